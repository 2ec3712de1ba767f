//! The program as a whole: every door and its lock, the edge around the routes, the committed API document.

mod document;
mod doors;
mod edge;
mod kit;

//! The program as a whole: how it is called, every door and its lock, the edge around the routes, the API document.

mod cli;
mod document;
mod doors;
mod edge;
mod kit;

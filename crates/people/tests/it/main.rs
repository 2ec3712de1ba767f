//! People on both engines: scope, sign-in, administration, persons.

mod accounts;
mod api;
mod kit;
mod persons;
mod scope;
mod separation;
mod sign_in;
mod tokens;
mod units;

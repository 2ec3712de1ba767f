//! People on both engines: scope, sign-in, administration, persons.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod accounts;
mod api;
mod audit;
mod kit;
mod persons;
mod preferences;
mod retries;
mod scope;
mod separation;
mod settings;
mod sign_in;
mod standing;
mod tokens;
mod units;

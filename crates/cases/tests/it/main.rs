//! The cases area on both engines.

mod web_export;
mod web_files;
mod web_kit;
mod web_lists;
mod web_live;
mod web_plans;
mod web_promise;
mod web_scope;

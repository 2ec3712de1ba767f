//! The cases area on both engines.

mod core_duties;
mod core_erasure;
mod core_forms;
mod core_gaps;
mod core_invariants;
mod core_kit;
mod core_main_job;
mod core_promise;
mod core_random;
mod core_rounds;
mod core_rulebook;
mod core_succession;
mod core_together;
mod web_counted;
mod web_export;
mod web_files;
mod web_http;
mod web_kit;
mod web_lists;
mod web_live;
mod web_lookup;
mod web_next;
mod web_overview;
mod web_plans;
mod web_promise;
mod web_scope;

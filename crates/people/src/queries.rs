//! Reads: who calls, the directory of units and accounts, tokens, the access log.

mod directory;
mod identity;
mod log;

pub(crate) use directory::token_view;
pub use directory::{
    AccountFilter, AccountView, GrantView, TokenView, UnitFilter, UnitView, account, accounts,
    count_accounts, grants_of, tokens, unit, units,
};
pub use identity::{SessionView, actor, caller_by_session, caller_by_token, session_view};
pub(crate) use identity::{account_by_login, account_row, actor_of};
pub use log::{AccessEntry, LogFilter, access_log, count_access};

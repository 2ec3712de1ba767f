//! `onedoor accounts`.

use crate::{App, Config, Failure, cli::AccountsCommand};

pub(super) async fn run(config: Config, what: AccountsCommand) -> Result<(), Failure> {
    let app = App::open(config).await?;
    let _ = (app, what);
    Err(Failure::said("accounts: not available yet"))
}

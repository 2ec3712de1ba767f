//! The first start of a real county: its centre, the usual departments, and one account for each of the three
//! separated administrators.

use crate::{App, Failure, import::county, out::say};

/// Sets the county up when there is no account yet, and prints the one-time passwords. Otherwise does nothing.
///
/// # Errors
/// When the store cannot be written.
pub async fn first_start(app: &App) -> Result<(), Failure> {
    let accounts = people::bootstrap(&app.people, &app.config.county.centre).await?;
    if accounts.is_empty() {
        return Ok(());
    }
    say(
        "A new county is set up. Three administrators hold separate duties; each password works once and is shown only now:",
    );
    for account in accounts {
        say(format!("  {:<16} {}  ({})", account.login, account.password, account.role));
    }
    county::departments(app, app.store.clock().now()).await?;
    Ok(())
}

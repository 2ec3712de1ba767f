//! `onedoor accounts`: for whoever holds the machine, when nobody can sign in.

use crate::{App, Config, Failure, cli::AccountsCommand, out::say};
use diesel::prelude::*;
use store::{
    StoreError,
    schema::{accounts, units},
};

pub(super) async fn run(config: Config, what: AccountsCommand) -> Result<(), Failure> {
    let app = App::open(config).await?;
    match what {
        AccountsCommand::List => list(&app).await,
        AccountsCommand::ResetPassword { login } => {
            let password = people::commands::password::reset_from_machine(&app.people, &login).await?;
            say(format!(
                "The one-time password of {login} is {password}; its sessions are ended, its second factor is off."
            ));
            Ok(())
        }
    }
}

async fn list(app: &App) -> Result<(), Failure> {
    let rows: Vec<(String, String, String, String)> = app
        .store
        .read::<_, StoreError, _>(|conn| {
            let rows = accounts::table
                .inner_join(units::table.on(units::id.eq(accounts::unit_id)))
                .order(accounts::login)
                .select((accounts::login, accounts::name, units::name, accounts::state))
                .load(conn)?;
            Ok(rows)
        })
        .await?;
    for (login, name, unit, state) in rows {
        say(format!("{login:<24} {state:<10} {name}  {unit}"));
    }
    Ok(())
}

//! Creating and changing accounts. Roles are given elsewhere, by somebody else ([`super::grants`]).

use crate::{
    Change, People, PeopleError,
    commands::units::active_unit,
    model::{AccountRow, AccountState, checked_handle, checked_name, checked_text},
    queries::{account_row, unit},
    secret, totp,
    web::Id,
};
use diesel::prelude::*;
use serde_json::json;
use store::{Tx, ms, schema::accounts};

/// An account to create.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// What it signs in with: lower case letters, digits, `.`, `_`, `-`; unique.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// Its unit.
    pub unit_id: i64,
    /// Its phone.
    pub phone: String,
    /// `zh` or `en`.
    pub language: String,
}

/// What may change of an account; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct AccountChange {
    /// The person's name.
    pub name: Option<String>,
    /// The unit: what the account owned in the old one goes back to that unit's desk.
    pub unit_id: Option<i64>,
    /// The phone.
    pub phone: Option<String>,
    /// The language.
    pub language: Option<String>,
}

/// Creates an account within a transaction. `one_time`: the first sign-in must change the password.
pub fn create(
    tx: &mut Tx<'_>,
    new: &NewAccount,
    password_hash: &str,
    one_time: bool,
    change: &Change,
) -> Result<AccountRow, PeopleError> {
    let login = checked_handle("login", &new.login, 2)?;
    tx.lock_name("people.accounts")?;
    let taken: i64 = accounts::table.filter(accounts::login.eq(&login)).count().get_result(tx.conn())?;
    if taken > 0 {
        return Err(PeopleError::field("login", "account.taken"));
    }
    active_unit(tx.conn(), "unit_id", new.unit_id)?;
    let row = AccountRow {
        id: tx.id()?,
        login,
        name: checked_name("name", &new.name, 60)?,
        unit_id: new.unit_id,
        phone: checked_text("phone", &new.phone, 40)?,
        password_hash: password_hash.to_owned(),
        must_change_password: one_time,
        password_set_at: ms(change.now),
        totp_sealed: None,
        totp_last_step: totp::PENDING,
        state: AccountState::Active.as_str().to_owned(),
        failed_count: 0,
        locked_until: None,
        language: checked_language(&new.language)?,
        version: 1,
        created_at: ms(change.now),
        last_sign_in_at: None,
    };
    diesel::insert_into(accounts::table).values(row.clone()).execute(tx.conn())?;
    let public = json!({ "unit_id": row.unit_id.to_string() });
    tx.append(change.event("account", row.id, "account.created", public))?;
    change.log(tx, format!("account {} created", row.id))?;
    Ok(row)
}

/// Creates an account and returns its id and one-time password. A retry with the same client id returns the id
/// alone: the password is shown once and stored nowhere.
pub async fn create_account(
    people: &People,
    new: NewAccount,
    change: Change,
) -> Result<(i64, Option<String>), PeopleError> {
    let password = secret::one_time_password(people.store.entropy().as_ref());
    let hash = people.hash(&password).await?;
    people
        .store
        .write(move |tx| {
            let mut fresh = None;
            let id = change.once(tx, |tx| {
                fresh = Some(password.clone());
                Ok(create(tx, &new, &hash, true, &change)?.id)
            })?;
            Ok((id, fresh))
        })
        .await
}

/// Changes an account.
pub async fn change_account(
    people: &People,
    id: i64,
    version: i64,
    wanted: AccountChange,
    change: Change,
) -> Result<(), PeopleError> {
    let service = people.clone();
    let work = move |tx: &mut Tx<'_>, row, change: &Change| change_in(tx, &service, row, &wanted, change);
    on_account(people, id, version, change, work).await
}

/// Changes one account, once for the client's request: locks it, refuses what was made on an older version of it, and
/// hands it to `work` as it stands.
///
/// # Errors
/// Those of `work`; `account.not_found`, `version.conflict`, [`store::StoreError::ClientIdReused`].
pub(crate) async fn on_account(
    people: &People,
    id: i64,
    version: i64,
    change: Change,
    work: impl Fn(&mut Tx<'_>, AccountRow, &Change) -> Result<(), PeopleError> + Send + 'static,
) -> Result<(), PeopleError> {
    let write = move |tx: &mut Tx<'_>| {
        change.once(tx, |tx| {
            let row = as_read(tx, id, version)?;
            work(tx, row, &change)
        })
    };
    people.store.write(write).await
}

/// The account, locked, if it stands as it was read.
pub(crate) fn as_read(tx: &mut Tx<'_>, id: i64, version: i64) -> Result<AccountRow, PeopleError> {
    tx.lock_row("accounts", id)?;
    let row = account_row(tx.conn(), id)?;
    expect(tx, &row, version)?;
    Ok(row)
}

fn change_in(
    tx: &mut Tx<'_>,
    people: &People,
    mut row: AccountRow,
    wanted: &AccountChange,
    change: &Change,
) -> Result<(), PeopleError> {
    let id = row.id;
    if let Some(name) = &wanted.name {
        row.name = checked_name("name", name, 60)?;
    }
    if let Some(phone) = &wanted.phone {
        row.phone = checked_text("phone", phone, 40)?;
    }
    if let Some(language) = &wanted.language {
        row.language = checked_language(language)?;
    }
    let old_unit = row.unit_id;
    if let Some(unit) = wanted.unit_id.filter(|unit| *unit != old_unit) {
        active_unit(tx.conn(), "unit_id", unit)?;
        row.unit_id = unit;
        people.ownership.release_account(tx, id, old_unit, change)?;
    }
    diesel::update(accounts::table.find(id))
        .set((
            accounts::name.eq(row.name.clone()),
            accounts::phone.eq(row.phone.clone()),
            accounts::language.eq(row.language.clone()),
            accounts::unit_id.eq(row.unit_id),
            accounts::version.eq(row.version + 1),
        ))
        .execute(tx.conn())?;
    let public = json!({ "unit_id": row.unit_id.to_string() });
    tx.append(change.event("account", id, "account.changed", public))?;
    change.log(tx, format!("account {id} changed"))
}

/// Changes the language of one's own account.
pub async fn change_language(people: &People, id: i64, language: &str) -> Result<(), PeopleError> {
    let language = checked_language(language)?;
    people
        .store
        .write(move |tx| {
            diesel::update(accounts::table.find(id))
                .set(accounts::language.eq(language.clone()))
                .execute(tx.conn())?;
            Ok(())
        })
        .await
}

fn checked_language(language: &str) -> Result<String, PeopleError> {
    match language {
        "zh" | "en" => Ok(language.to_owned()),
        "" => Ok("zh".to_owned()),
        _ => Err(PeopleError::field("language", "field.invalid")),
    }
}

/// Refuses a change made on an older version of the account.
fn expect(tx: &mut Tx<'_>, row: &AccountRow, version: i64) -> Result<(), PeopleError> {
    if row.version == version {
        return Ok(());
    }
    let unit_name = unit(tx.conn(), row.unit_id)?.name;
    let current = json!({
        "id": Id(row.id),
        "login": row.login,
        "name": row.name,
        "unit_id": Id(row.unit_id),
        "unit_name": unit_name,
        "phone": row.phone,
        "language": row.language,
        "state": row.state,
        "version": row.version,
    });
    Err(PeopleError::Conflict { current })
}

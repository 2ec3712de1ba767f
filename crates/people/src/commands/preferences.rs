//! What a person set for themselves in the console: saved views, columns. The server keeps it and reads nothing in it.

use crate::{People, PeopleError, web::Caller};
use diesel::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value};
use store::{Conn, StoreError, Timestamp, Tx, ms, requests::ClientRequest, schema::preferences};

/// The largest body kept, in bytes of JSON.
pub const LARGEST: usize = 32 * 1024;

/// What an account has set.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Preferences {
    /// 0 before anything was set.
    pub version: i64,
    /// Whatever the console keeps: an object.
    pub values: Map<String, Value>,
}

/// What an account has set; empty, of version 0, before anything was.
///
/// # Errors
/// When the database fails.
pub fn load(conn: &mut Conn, account: i64) -> Result<Preferences, PeopleError> {
    let row: Option<(i64, String)> = preferences::table
        .find(account)
        .select((preferences::version, preferences::body))
        .first(conn)
        .optional()?;
    let Some((version, body)) = row else { return Ok(Preferences { version: 0, values: Map::new() }) };
    let corrupt = |_| StoreError::Corrupt { what: "preferences", detail: "not an object".to_owned() };
    Ok(Preferences { version, values: serde_json::from_str(&body).map_err(corrupt)? })
}

/// Replaces what the caller's account has set, on the version that was read before. A retry gets what stands.
///
/// # Errors
/// `field.too_long` for more than [`LARGEST`] bytes, `version.conflict`, [`StoreError::ClientIdReused`].
pub async fn set(
    people: &People,
    caller: &Caller,
    version: i64,
    values: Map<String, Value>,
    request: ClientRequest,
) -> Result<Preferences, PeopleError> {
    let body = Value::Object(values).to_string();
    if body.len() > LARGEST {
        return Err(PeopleError::field("values", "field.too_long"));
    }
    let (account, now) = (caller.actor.account_id, people.now());
    let write = move |tx: &mut Tx<'_>| {
        if tx.earlier_outcome(&request)?.is_none() {
            // The account's row is the lock: the first preferences of an account have no row of their own yet.
            tx.lock_row("accounts", account)?;
            replace(tx, account, version, &body, now)?;
            tx.keep_outcome(&request, "", now)?;
        }
        load(tx.conn(), account)
    };
    people.store.write(write).await
}

fn replace(
    tx: &mut Tx<'_>,
    account: i64,
    version: i64,
    body: &str,
    now: Timestamp,
) -> Result<(), PeopleError> {
    let stands = load(tx.conn(), account)?;
    if stands.version != version {
        let current = serde_json::to_value(&stands).unwrap_or_default();
        return Err(PeopleError::Conflict { current });
    }
    let written = (
        preferences::body.eq(body),
        preferences::version.eq(version + 1),
        preferences::updated_at.eq(ms(now)),
    );
    if version == 0 {
        let row = (preferences::account_id.eq(account), written.0, written.1, written.2);
        diesel::insert_into(preferences::table).values(row).execute(tx.conn())?;
    } else {
        diesel::update(preferences::table.find(account)).set(written).execute(tx.conn())?;
    }
    Ok(())
}

//! Changing what a county sets for itself.

use crate::{
    Change, People, PeopleError,
    county::{self, CountySettings, SettingsChange},
};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use store::Tx;

/// The stream of the settings' events. No id is negative.
const STREAM: i64 = -1;

/// Changes settings on the version that was read; those who keep them in memory hear of it by the event
/// `settings.changed`. A retry gets the settings as they stand.
///
/// # Errors
/// `field.out_of_range`, `field.too_long`, `settings.color`, `settings.emblem`, `settings.emblem_too_large`,
/// `version.conflict`, [`store::StoreError::ClientIdReused`].
pub async fn change_settings(
    people: &People,
    version: i64,
    wanted: SettingsChange,
    change: Change,
) -> Result<CountySettings, PeopleError> {
    let rows = wanted.rows()?;
    let write = move |tx: &mut Tx<'_>| {
        change.once(tx, |tx| write(tx, version, &rows, &change))?;
        county::load(tx.conn())
    };
    people.store.write(write).await
}

fn write(
    tx: &mut Tx<'_>,
    version: i64,
    rows: &[(&'static str, String)],
    change: &Change,
) -> Result<(), PeopleError> {
    tx.lock_name("people.settings")?;
    let stands = county::load(tx.conn())?;
    if stands.version != version {
        let current = serde_json::to_value(&stands).unwrap_or_default();
        return Err(PeopleError::Conflict { current });
    }
    let mut public = Map::new();
    for (name, value) in rows {
        tx.put_setting(name, value, change.now)?;
        public.insert((*name).to_owned(), told(name, value));
    }
    tx.put_setting(county::VERSION, &(version + 1).to_string(), change.now)?;
    let names: Vec<&str> = rows.iter().map(|(name, _)| *name).collect();
    tx.append(change.event("settings", STREAM, "settings.changed", Value::Object(public)))?;
    change.log(tx, format!("settings changed: {}", names.join(" ")))
}

/// The value as the event tells it: of an emblem only what it can be known by.
fn told(name: &str, value: &str) -> Value {
    if name == county::EMBLEM && !value.is_empty() {
        return data_encoding::HEXLOWER.encode(&Sha256::digest(value)).into();
    }
    value.into()
}

//! The installation's settings: a name and a text each. What a name means is for the room that reads it.

use crate::{StoreError, Timestamp, Tx, ms, schema::settings};
use diesel::prelude::*;

impl Tx<'_> {
    /// Sets a setting, or sets it anew.
    ///
    /// # Errors
    /// The database's.
    pub fn put_setting(&mut self, name: &str, value: &str, now: Timestamp) -> Result<(), StoreError> {
        let written = (settings::value.eq(value), settings::updated_at.eq(ms(now)));
        let changed = diesel::update(settings::table.find(name)).set(written).execute(self.conn)?;
        if changed == 0 {
            diesel::insert_into(settings::table)
                .values((settings::name.eq(name), written))
                .execute(self.conn)?;
        }
        Ok(())
    }
}

//! Making erased data unreadable for good.

use crate::{Conn, Store, StoreError, dialect};

impl Store {
    /// Rewrites the database so that nothing deleted is left in its files.
    ///
    /// Run it after erasures, outside busy hours: writers wait for as long as the rewriting takes. On PostgreSQL the
    /// server's write-ahead log and its archive keep old pages until they are recycled; set their age accordingly.
    pub async fn compact(&self) -> Result<(), StoreError> {
        self.aside(|conn| match conn {
            Conn::Sqlite(conn) => dialect::sqlite::compact(conn),
            Conn::Postgres(conn) => dialect::postgres::compact(conn),
        })
        .await
    }
}

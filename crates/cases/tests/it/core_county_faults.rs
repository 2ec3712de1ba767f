//! Faults of the database itself: a statement, a transaction or a commit that fails while a fault is set. They stand in the
//! database as triggers on the table of outcomes, the last row a command writes; the product knows nothing of them.

use diesel::{connection::SimpleConnection as _, prelude::*};
use store::{Conn, Store, StoreError};

/// What fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The last statement.
    Statement,
    /// The statement, and the engine rolls the whole transaction back by itself.
    Transaction,
    /// The commit.
    Commit,
}

impl Fault {
    pub(crate) const ALL: &'static [Fault] = &[Fault::Statement, Fault::Transaction, Fault::Commit];
}

const SQLITE: &str = "
    CREATE TABLE sim_fault (how TEXT NOT NULL);
    CREATE TABLE sim_parent (id INTEGER PRIMARY KEY);
    CREATE TABLE sim_child (parent INTEGER REFERENCES sim_parent DEFERRABLE INITIALLY DEFERRED);
    CREATE TRIGGER sim_statement BEFORE INSERT ON requests
        WHEN EXISTS (SELECT 1 FROM sim_fault WHERE how = 'Statement')
        BEGIN SELECT RAISE(ABORT, 'injected'); END;
    CREATE TRIGGER sim_transaction BEFORE INSERT ON requests
        WHEN EXISTS (SELECT 1 FROM sim_fault WHERE how = 'Transaction')
        BEGIN SELECT RAISE(ROLLBACK, 'injected'); END;
    CREATE TRIGGER sim_commit AFTER INSERT ON requests
        WHEN EXISTS (SELECT 1 FROM sim_fault WHERE how = 'Commit')
        BEGIN INSERT INTO sim_child VALUES (1); END;";

const POSTGRES: &str = "
    CREATE TABLE sim_fault (how TEXT NOT NULL);
    CREATE FUNCTION sim_fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT 1 FROM sim_fault WHERE how = ANY (TG_ARGV)) THEN RAISE EXCEPTION 'injected'; END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER sim_statement BEFORE INSERT ON requests
        FOR EACH ROW EXECUTE FUNCTION sim_fail('Statement', 'Transaction');
    CREATE CONSTRAINT TRIGGER sim_commit AFTER INSERT ON requests DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION sim_fail('Commit');";

async fn run(store: &Store, sqlite: String, postgres: String) {
    let job = move |tx: &mut store::Tx<'_>| {
        match tx.conn() {
            Conn::Sqlite(conn) => conn.batch_execute(&sqlite)?,
            Conn::Postgres(conn) => conn.batch_execute(&postgres)?,
        }
        Ok::<_, StoreError>(())
    };
    store.write(job).await.expect("the fault is set");
}

/// Puts the triggers in.
pub(crate) async fn prepare(store: &Store) {
    run(store, SQLITE.into(), POSTGRES.into()).await;
}

/// From now on it fails.
pub(crate) async fn set(store: &Store, fault: Fault) {
    let sql = format!("INSERT INTO sim_fault VALUES ('{fault:?}')");
    run(store, sql.clone(), sql).await;
}

/// From now on nothing fails.
pub(crate) async fn heal(store: &Store) {
    let sql = "DELETE FROM sim_fault".to_owned();
    run(store, sql.clone(), sql).await;
}

/// The version of a case, and how many cases and events there are: what a failed command must leave alone.
pub(crate) async fn stand(store: &Store, case: i64) -> (Option<i64>, i64) {
    use store::schema::{cases, events};
    let look = move |conn: &mut Conn| {
        let version = cases::table.find(case).select(cases::version).first(conn).optional()?;
        let last: Option<i64> = events::table.select(diesel::dsl::max(events::id)).first(conn)?;
        Ok::<_, StoreError>((version, last.unwrap_or(0)))
    };
    store.read(look).await.expect("reads")
}

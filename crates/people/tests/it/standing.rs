//! What is kept in memory about who may do what never differs from what is stored.

use crate::kit::{App, on_both_apps};
use diesel::prelude::*;
use people::{AccountActor, PeopleError, Permission, Role, UnitKind, queries};
use std::time::Duration;
use store::{
    Conn, Store, ms,
    schema::{accounts, grants, sessions, units},
};

/// The one account that signed in, as a request finds it and as it is stored.
async fn both(app: &App) -> (AccountActor, AccountActor) {
    let (people, now) = (app.people.clone(), app.people.now());
    let read = move |conn: &mut Conn| {
        let hash: Vec<u8> = sessions::table.select(sessions::token_hash).first(conn)?;
        let found = queries::caller_by_session(conn, &people, &hash, now, "")?;
        let kept = found.expect("signed in").0.actor;
        let stored = queries::actor(conn, kept.account_id, now)?;
        Ok::<_, PeopleError>((kept, stored))
    };
    app.people.store().read(read).await.expect("reads")
}

/// A change that no command knows of.
async fn change<T: Send + 'static>(
    store: &Store,
    change: impl Fn(&mut Conn) -> QueryResult<T> + Clone + Send + Sync + 'static,
) {
    store.write(move |tx| change(tx.conn()).map_err(PeopleError::from)).await.expect("changes");
}

#[tokio::test]
async fn every_change_of_units_and_roles_holds_from_the_next_request() {
    on_both_apps(async |app: App| {
        let store = app.people.store().clone();
        let town = app.unit("town", UnitKind::Town, None).await;
        let village = app.unit("village", UnitKind::Village, None).await;
        let li = app.account("li", town, &[Role::Liaison]).await;
        app.signed_in("li").await;
        let mut last = both(&app).await.0;
        let until = ms(app.people.now()) + 60_000;
        let of_li = move || grants::table.filter(grants::account_id.eq(li));
        macro_rules! moves {
            ($what:literal, $change:expr) => {
                change(&store, $change).await;
                let (kept, stored) = both(&app).await;
                assert_eq!(kept, stored, $what);
                assert_ne!(kept, last, "{} changes something", $what);
                last = kept;
            };
        }
        moves!("a unit under another", move |conn| diesel::update(units::table.find(village))
            .set(units::parent_id.eq(Some(town)))
            .execute(conn));
        let below = app.unit("below", UnitKind::Village, Some(village)).await;
        let (kept, stored) = both(&app).await;
        assert_eq!(kept, stored, "a new unit");
        assert!(kept.reach.contains(&below));
        moves!("another role", move |conn| diesel::update(of_li())
            .set(grants::role.eq(Role::Supervisor.as_str()))
            .execute(conn));
        moves!("a role until a minute from now", move |conn| diesel::insert_into(grants::table)
            .values((
                grants::id.eq(9_999_999),
                grants::account_id.eq(li),
                grants::role.eq(Role::Operator.as_str()),
                grants::granted_at.eq(0),
                grants::expires_at.eq(Some(until)),
            ))
            .execute(conn));
        moves!("another name", move |conn| diesel::update(accounts::table.find(li))
            .set(accounts::name.eq("李主任"))
            .execute(conn));
        moves!("another unit", move |conn| diesel::update(accounts::table.find(li))
            .set(accounts::unit_id.eq(village))
            .execute(conn));
        moves!("a unit that is gone", move |conn| diesel::delete(units::table.find(town)).execute(conn));
        app.clock.advance(Duration::from_secs(61));
        let kept = both(&app).await;
        assert_eq!(kept.0, kept.1, "a role that ended");
        assert!(last.can(Permission::CaseRegister) && !kept.0.can(Permission::CaseRegister));
        last = kept.0;
        moves!("no role", move |conn| diesel::delete(of_li()).execute(conn));
        assert_eq!(last.grants, []);
    })
    .await;
}

//! The first start: the centre, and one account for each separated administrator.

use crate::{
    Change, People, PeopleError, Role, UnitKind,
    commands::{
        accounts::{self, NewAccount},
        grants::{self, NewGrant},
        units::{self, NewUnit},
    },
    secret,
};
use diesel::prelude::*;
use store::schema;

/// An account made at the first start, with its one-time password.
#[derive(Clone, Debug)]
pub struct FirstAccount {
    /// What to sign in with.
    pub login: String,
    /// The one-time password: shown once, must be changed at the first sign-in.
    pub password: String,
    /// The role.
    pub role: Role,
}

const FIRST: [(Role, &str, &str); 3] = [
    (Role::SystemAdmin, "system", "系统管理员"),
    (Role::SecurityAdmin, "security", "安全管理员"),
    (Role::AuditAdmin, "audit", "审计管理员"),
];

/// Creates the centre unit (if there is none) and the three administrators when there is no account yet;
/// otherwise does nothing and returns an empty list.
pub async fn bootstrap(people: &People, centre_name: &str) -> Result<Vec<FirstAccount>, PeopleError> {
    let accounts: i64 = people
        .store
        .read(|conn| Ok::<_, PeopleError>(schema::accounts::table.count().get_result(conn)?))
        .await?;
    if accounts > 0 {
        return Ok(Vec::new());
    }
    let mut first = Vec::new();
    for (role, login, name) in FIRST {
        let password = secret::one_time_password(people.store.entropy().as_ref());
        let hash = people.hash(&password).await?;
        first.push((FirstAccount { login: login.to_owned(), password, role }, name, hash));
    }
    let change = Change::by_system(people.now());
    let (service, made, centre_name) = (people.clone(), first.clone(), centre_name.to_owned());
    people
        .store
        .write(move |tx| {
            let centre = centre(tx, &centre_name, &change)?;
            for (account, name, hash) in &made {
                let new = NewAccount {
                    login: account.login.clone(),
                    name: (*name).to_owned(),
                    unit_id: centre,
                    phone: String::new(),
                    language: "zh".to_owned(),
                };
                let row = accounts::create(tx, &new, hash, true, &change)?;
                let grant = NewGrant { role: account.role, unit_id: None, area_id: None, expires_at: None };
                grants::set(tx, &service, row.id, &[grant], &change)?;
            }
            Ok::<_, PeopleError>(())
        })
        .await?;
    Ok(first.into_iter().map(|(account, _, _)| account).collect())
}

fn centre(tx: &mut store::Tx<'_>, name: &str, change: &Change) -> Result<i64, PeopleError> {
    let existing: Option<i64> = schema::units::table
        .filter(schema::units::kind.eq(UnitKind::Centre.as_str()))
        .filter(schema::units::active.eq(true))
        .select(schema::units::id)
        .first(tx.conn())
        .optional()?;
    if let Some(id) = existing {
        return Ok(id);
    }
    let new = NewUnit {
        code: "centre".to_owned(),
        name: name.to_owned(),
        short_name: String::new(),
        kind: UnitKind::Centre,
        parent_id: None,
        area_id: None,
        phone: String::new(),
    };
    Ok(units::create(tx, &new, change)?.id)
}

//! What an empty database needs before matters can be imported: a centre, departments, the map's rules.

use super::map::Map;
use crate::{App, Failure, out::say, setup};
use cases::{
    Ctx,
    rulebook::{NewRules, RuleBook, RuleKind},
};
use diesel::prelude::*;
use people::{
    Change, PeopleError, UnitKind,
    commands::units::{self, NewUnit},
};
use rules::routing::{UNITS, UnitTemplate};
use std::path::Path;
use store::{Timestamp, Tx, schema};

/// Sets the county up where nothing stands yet.
///
/// # Errors
/// When the store cannot be written, or the map's rules are refused.
pub async fn prepare(app: &App, map: &Map, beside: &Path) -> Result<(), Failure> {
    setup::first_start(app).await?;
    let now = app.store.clock().now();
    let made = departments(app, now).await?;
    if made > 0 {
        say(format!(
            "{made} departments and bodies of a usual county are set up; change them in the administration"
        ));
    }
    if let Some(file) = &map.rules.deadlines {
        let path = beside.join(file);
        let text = std::fs::read_to_string(&path)
            .map_err(|why| Failure::said(format!("{}: {why}", path.display())))?;
        deadlines(app, text, now).await?;
    }
    Ok(())
}

/// Makes the units of the template under the centre when the county has no department yet; returns how many.
///
/// # Errors
/// When the store cannot be written.
pub async fn departments(app: &App, now: Timestamp) -> Result<usize, Failure> {
    let template: UnitTemplate =
        toml::from_str(UNITS).map_err(|why| Failure::said(format!("the template of units: {why}")))?;
    let made = app.store.write(move |tx| make(tx, &template, &Change::by_system(now))).await?;
    Ok(made)
}

fn make(tx: &mut Tx<'_>, template: &UnitTemplate, change: &Change) -> Result<usize, PeopleError> {
    let units = schema::units::table.filter(schema::units::active);
    let departments: i64 =
        units.filter(schema::units::kind.eq(UnitKind::Department.as_str())).count().get_result(tx.conn())?;
    if departments > 0 {
        return Ok(0);
    }
    let centre: Option<i64> = units
        .filter(schema::units::kind.eq(UnitKind::Centre.as_str()))
        .order(schema::units::id)
        .select(schema::units::id)
        .first(tx.conn())
        .optional()?;
    let mut made = 0;
    for unit in template.units.iter().filter(|unit| unit.kind != UnitKind::Centre) {
        let new = NewUnit {
            code: unit.code.clone(),
            name: unit.zh.clone(),
            short_name: unit.short.clone(),
            kind: unit.kind,
            parent_id: centre,
            area_id: None,
            phone: String::new(),
        };
        units::create(tx, &new, change)?;
        made += 1;
    }
    Ok(made)
}

/// Publishes the map's deadline rules where the county has published none.
async fn deadlines(app: &App, text: String, now: Timestamp) -> Result<(), Failure> {
    let rules: &RuleBook = &app.cases.rules;
    if rules.current().versions.get(&RuleKind::Deadlines).copied().unwrap_or_default() > 0 {
        say("the county's own deadline rules stay; those beside the mapping are not used");
        return Ok(());
    }
    let new = NewRules { kind: RuleKind::Deadlines, text, note: "import".to_owned(), made_from: None };
    let version = rules.publish(&app.store, &Ctx::system(now), new).await?;
    say(format!("deadline rules of the mapping are published as version {version}"));
    Ok(())
}

//! Publishing rules: one new version at a time, holding together with what stands, pointing to nothing that is not there.

use super::{PUBLISHED, RuleBook, RuleKind, Rules, read};
use crate::{CaseError, Ctx};
use diesel::{dsl::max, prelude::*};
use people::Permission;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use store::{
    Conn, Store, StoreError, Tx,
    events::NewEvent,
    expect_version, ms,
    schema::{cases, rule_sets, units},
};

/// Whoever publishes, waits for whoever is publishing.
const LOCK: &str = "rule-sets";

/// Rules to publish.
#[derive(Clone, Debug)]
pub struct NewRules {
    /// Which.
    pub kind: RuleKind,
    /// The rules, as in the shipped files.
    pub text: String,
    /// Why.
    pub note: String,
    /// The version they were made from; refused when another one stands by now. `None`: whatever stands.
    pub made_from: Option<i64>,
}

/// A refusal that can be given again.
type Refusal = (&'static str, String);

impl RuleBook {
    /// Publishes a new version and returns its number. Needs `rules.manage`. Running clocks keep the limits they were
    /// started with. A request that was carried out before gets its outcome.
    ///
    /// # Errors
    /// Bad data with the rules crate's code; `routing.unknown_unit`, `deadlines.unknown_category`, `catalogue.in_use` for
    /// what points to nothing; `version.conflict`; `request.client_id_reused`; `forbidden`.
    pub async fn publish(&self, store: &Store, ctx: &Ctx, new: NewRules) -> Result<i64, CaseError> {
        if !ctx.actor.can(Permission::RulesManage) {
            return Err(CaseError::Forbidden);
        }
        let standing = self.current();
        // Reading may take long and is done before the transaction; what was refused is told there, because the same
        // request may have had its outcome before.
        let read_before = standing.with(new.kind, 0, &new.text).map_err(refusal);
        let ctx = ctx.clone();
        let version =
            store.write(move |tx| publication(tx, &ctx, &new, &standing, read_before.as_ref())).await?;
        self.reload(store).await?;
        Ok(version)
    }
}

fn refusal(error: CaseError) -> Refusal {
    match error {
        CaseError::Rules { code, detail } => (code, detail),
        other => (other.code(), other.to_string()),
    }
}

fn publication(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    new: &NewRules,
    standing: &Arc<Rules>,
    read_before: Result<&Rules, &Refusal>,
) -> Result<i64, CaseError> {
    if let Some(version) = earlier(tx, ctx)? {
        return Ok(version);
    }
    tx.lock_name(LOCK)?;
    let versions = versions(tx.conn())?;
    let found = versions.get(&new.kind).copied().unwrap_or(0);
    expect_version(new.made_from.unwrap_or(found), found)?;
    let again = |(code, detail): &Refusal| CaseError::Rules { code, detail: detail.clone() };
    if versions == standing.versions {
        check_targets(tx.conn(), new.kind, standing, read_before.map_err(again)?)?;
    } else {
        // Somebody published meanwhile, or elsewhere: it must hold together with that.
        let standing = read(tx.conn())?;
        let rules = standing.with(new.kind, 0, &new.text)?;
        check_targets(tx.conn(), new.kind, &standing, &rules)?;
    }
    write(tx, ctx, new, found + 1)?;
    if let Some(request) = &ctx.request {
        tx.keep_outcome(request, &(found + 1).to_string(), ctx.now)?;
    }
    Ok(found + 1)
}

/// The version that the same request published before.
fn earlier(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Option<i64>, CaseError> {
    let Some(request) = &ctx.request else { return Ok(None) };
    let Some(kept) = tx.earlier_outcome(request)? else { return Ok(None) };
    kept.parse().map(Some).map_err(|_| StoreError::ClientIdReused.into())
}

/// The version of each kind that stands; 0 for the shipped rules.
fn versions(conn: &mut Conn) -> Result<BTreeMap<RuleKind, i64>, CaseError> {
    let mut versions = BTreeMap::new();
    for kind in RuleKind::ALL {
        let newest: Option<i64> = rule_sets::table
            .filter(rule_sets::kind.eq(kind.as_str()))
            .select(max(rule_sets::version))
            .first(conn)?;
        versions.insert(kind, newest.unwrap_or(0));
    }
    Ok(versions)
}

/// Refuses rules that name what is not there.
fn check_targets(conn: &mut Conn, kind: RuleKind, standing: &Rules, rules: &Rules) -> Result<(), CaseError> {
    match kind {
        RuleKind::Routing => {
            let active: Vec<String> = units::table.filter(units::active).select(units::code).load(conn)?;
            let active: BTreeSet<&str> = active.iter().map(String::as_str).collect();
            let unknown = rules.routing.unit_codes().into_iter().filter(|code| !active.contains(code));
            refuse("routing.unknown_unit", "no active unit has the code", unknown)
        }
        RuleKind::Deadlines => known_categories(rules),
        RuleKind::Catalogue => {
            known_categories(rules)?;
            let lost = lost_leaves(standing, rules);
            let mut used = Vec::new();
            for code in lost {
                let open = cases::table.filter(cases::category.eq(code).and(cases::open));
                if diesel::select(diesel::dsl::exists(open)).get_result(conn)? {
                    used.push(code);
                }
            }
            refuse("catalogue.in_use", "open cases have the category", used.into_iter())
        }
        RuleKind::Calendar | RuleKind::Supervision => Ok(()),
    }
}

/// The categories that a case may have now and could not have afterwards.
fn lost_leaves<'a>(standing: &'a Rules, rules: &Rules) -> Vec<&'a str> {
    let stays = |code: &str| rules.catalogue.get(code).is_ok_and(|category| category.leaf);
    let leaves = standing.catalogue.categories().filter(|category| category.leaf);
    leaves.map(|leaf| leaf.code.as_str()).filter(|code| !stays(code)).collect()
}

fn known_categories(rules: &Rules) -> Result<(), CaseError> {
    let named = rules.deadlines.categories();
    let unknown = named.into_iter().filter(|code| rules.catalogue.get(code).is_err());
    refuse("deadlines.unknown_category", "the catalogue has no category", unknown)
}

/// Refuses when there are such codes, and names them.
fn refuse<'a>(code: &'static str, what: &str, codes: impl Iterator<Item = &'a str>) -> Result<(), CaseError> {
    let codes: Vec<&str> = codes.collect();
    if codes.is_empty() {
        return Ok(());
    }
    Err(CaseError::Rules { code, detail: format!("{what}: {}", codes.join(", ")) })
}

fn write(tx: &mut Tx<'_>, ctx: &Ctx, new: &NewRules, version: i64) -> Result<(), CaseError> {
    let id = tx.id()?;
    diesel::insert_into(rule_sets::table)
        .values((
            rule_sets::id.eq(id),
            rule_sets::kind.eq(new.kind.as_str()),
            rule_sets::version.eq(version),
            rule_sets::body.eq(&new.text),
            rule_sets::note.eq(&new.note),
            rule_sets::published_by.eq(ctx.actor.account_id()),
            rule_sets::published_at.eq(ms(ctx.now)),
        ))
        .execute(tx.conn())?;
    tx.append(NewEvent {
        stream: id,
        stream_kind: "rules",
        kind: PUBLISHED,
        kind_version: 1,
        occurred_at: ctx.now,
        recorded_at: ctx.now,
        actor: ctx.actor.account_id(),
        actor_unit: ctx.actor.unit_id(),
        public: serde_json::json!({ "kind": new.kind.as_str(), "version": version }),
        parts: Vec::new(),
    })?;
    Ok(())
}

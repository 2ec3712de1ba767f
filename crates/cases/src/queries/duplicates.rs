//! Cases that may be about the same matter: near in time and place, alike in category and words. A proposal for a
//! person to look at, never a decision.

use super::{Ask, rows, secrets, visible};
use crate::{
    CaseError, Cases,
    http::dto::{DuplicateList, DuplicateRow},
    model::{CaseRow, CaseTextRow, contexts},
};
use diesel::prelude::*;
use people::{Permission, scope::predicate};
use rules::{lifecycle::CaseState, words::Confidentiality};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Conn,
    schema::{case_texts, cases, persons, reporters},
    vault::Vault,
};

const DAY_MS: i64 = 86_400_000;
/// How far before a case its duplicates are looked for.
const BEFORE: i64 = 90 * DAY_MS;
/// How far after it.
const AFTER: i64 = 30 * DAY_MS;
/// How many candidates are compared.
const CANDIDATES: i64 = 200;
/// How many are shown.
const SHOWN: usize = 10;
/// What is less alike is not shown.
const LEAST: f64 = 0.3;
/// Points nearer than this count as one place.
const NEAR_M: f64 = 300.0;

/// The likely duplicates of a case.
///
/// # Errors
/// [`CaseError::NotFound`] when the asker may not know of the case.
pub async fn duplicates(service: &Cases, ask: &Ask, id_or_number: &str) -> Result<DuplicateList, CaseError> {
    let rules = service.rules.current();
    let store = service.store.clone();
    let (ask, wanted) = (ask.clone(), id_or_number.to_owned());
    service
        .store
        .read(move |conn| {
            let case = visible::find(conn, &ask, &wanted)?;
            let mut alike = compare(conn, store.vault(), &ask, &case)?;
            alike.sort_by(|a, b| {
                b.likeness.total_cmp(&a.likeness).then(b.case.received_at.cmp(&a.case.received_at))
            });
            alike.truncate(SHOWN);
            let found: Vec<CaseRow> = alike.iter().map(|alike| alike.case.clone()).collect();
            let shown = rows::decorate(conn, store.vault(), &rules, &ask, &found)?;
            let items = shown.into_iter().zip(alike).map(|(case, alike)| DuplicateRow {
                case,
                detail: alike.text.detail,
                place: alike.text.place,
                likeness: alike.likeness,
                reasons: alike.reasons.into_iter().map(ToOwned::to_owned).collect(),
                distance_m: alike.distance_m,
            });
            Ok(DuplicateList { items: items.collect() })
        })
        .await
}

/// A candidate, compared.
struct Alike {
    case: CaseRow,
    text: Text,
    likeness: f64,
    reasons: Vec<&'static str>,
    distance_m: Option<f64>,
}

/// The opened texts of a case.
#[derive(Default)]
struct Text {
    title: Option<String>,
    detail: Option<String>,
    place: Option<String>,
}

impl Text {
    fn pairs(&self) -> BTreeSet<(char, char)> {
        let whole: Vec<char> = [&self.title, &self.detail]
            .into_iter()
            .flatten()
            .flat_map(|text| text.chars())
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        whole.windows(2).map(|pair| (pair[0], pair[1])).collect()
    }
}

fn compare(conn: &mut Conn, vault: &Vault, ask: &Ask, case: &CaseRow) -> Result<Vec<Alike>, CaseError> {
    let candidates = candidates(conn, ask, case)?;
    let ids: Vec<i64> = candidates.iter().map(|other| other.id).chain([case.id]).collect();
    let mut texts: BTreeMap<i64, CaseTextRow> = case_texts::table
        .filter(case_texts::case_id.eq_any(ids))
        .load::<CaseTextRow>(conn)?
        .into_iter()
        .map(|row| (row.case_id, row))
        .collect();
    let own = open(conn, vault, case, texts.remove(&case.id))?.pairs();
    let people = same_reporters(conn, ask, case, &candidates)?;
    let mut alike = Vec::new();
    for other in candidates {
        let text = open(conn, vault, &other, texts.remove(&other.id))?;
        let words = dice(&own, &text.pairs());
        let (likeness, reasons, distance_m) = judge(case, &other, words, people.contains(&other.id));
        if likeness >= LEAST {
            alike.push(Alike { case: other, text, likeness, reasons, distance_m });
        }
    }
    Ok(alike)
}

/// Cases of the time window in the same town; where the town is not known, of the same category.
fn candidates(conn: &mut Conn, ask: &Ask, case: &CaseRow) -> Result<Vec<CaseRow>, CaseError> {
    let query = cases::table
        .into_boxed()
        .filter(predicate(&ask.viewer()))
        .filter(cases::id.ne(case.id))
        .filter(cases::state.ne(CaseState::Merged.as_str()))
        .filter(cases::received_at.between(case.received_at - BEFORE, case.received_at + AFTER));
    let query = match (case.town_id, case.category.as_str()) {
        (Some(town), _) => query.filter(cases::town_id.eq(town)),
        (None, "") => query,
        (None, code) => query.filter(cases::category.eq(code.to_owned())),
    };
    Ok(query.order((cases::received_at.desc(), cases::id.desc())).limit(CANDIDATES).load(conn)?)
}

fn open(
    conn: &mut Conn,
    vault: &Vault,
    case: &CaseRow,
    texts: Option<CaseTextRow>,
) -> Result<Text, CaseError> {
    let title = secrets::title(conn, vault, case)?;
    let Some(texts) = texts else { return Ok(Text { title, ..Text::default() }) };
    Ok(Text {
        title,
        detail: secrets::open(conn, vault, case.key_id, contexts::DETAIL, &texts.detail)?,
        place: secrets::open(conn, vault, case.key_id, contexts::PLACE, &texts.place)?,
    })
}

/// Which candidates somebody with the same phone reports. Numbers are compared by their keyed hashes; nothing of
/// them is shown. Who asked for confidence, and who stands on a secret case, is compared only for those who may see
/// such reporters: elsewhere the likeness would tell who they are.
fn same_reporters(
    conn: &mut Conn,
    ask: &Ask,
    case: &CaseRow,
    candidates: &[CaseRow],
) -> Result<BTreeSet<i64>, CaseError> {
    let all = ask.actor.can_at_centre(Permission::CaseUnmask);
    let compared = |case: &&CaseRow| all || case.confidentiality == Confidentiality::Open.as_str();
    if !compared(&case) {
        return Ok(BTreeSet::new());
    }
    let own: BTreeSet<Vec<u8>> = phones(conn, &[case.id], all)?.into_iter().map(|(_, hash)| hash).collect();
    if own.is_empty() {
        return Ok(BTreeSet::new());
    }
    let others: Vec<i64> = candidates.iter().filter(compared).map(|other| other.id).collect();
    let others = phones(conn, &others, all)?;
    Ok(others.into_iter().filter(|(_, hash)| own.contains(hash)).map(|(id, _)| id).collect())
}

/// The hashes of the phones of cases' reporters, with those who asked for confidence or without.
fn phones(conn: &mut Conn, cases: &[i64], confidential_too: bool) -> Result<Vec<(i64, Vec<u8>)>, CaseError> {
    let found: Vec<(i64, Option<Vec<u8>>)> = reporters::table
        .inner_join(persons::table.on(persons::id.nullable().eq(reporters::person_id)))
        .filter(reporters::case_id.eq_any(cases.to_vec()))
        .filter(persons::phone_hash.is_not_null())
        .filter(reporters::confidential.eq_any(if confidential_too {
            vec![false, true]
        } else {
            vec![false]
        }))
        .select((reporters::case_id, persons::phone_hash))
        .load(conn)?;
    Ok(found.into_iter().filter_map(|(case, hash)| Some((case, hash?))).collect())
}

/// How alike two cases are, and why: words weigh half, place and category a fifth each, the person a tenth.
fn judge(
    case: &CaseRow,
    other: &CaseRow,
    words: f64,
    same_person: bool,
) -> (f64, Vec<&'static str>, Option<f64>) {
    let mut reasons = Vec::new();
    let distance_m = distance(case, other);
    let same = |a: Option<i64>, b: Option<i64>| a.is_some() && a == b;
    let place = if distance_m.is_some_and(|metres| metres <= NEAR_M) {
        reasons.push("near");
        1.0
    } else if same(case.grid_id, other.grid_id) {
        reasons.push("same_grid");
        1.0
    } else if same(case.village_id, other.village_id) {
        reasons.push("same_village");
        0.7
    } else if same(case.town_id, other.town_id) {
        reasons.push("same_town");
        0.2
    } else {
        0.0
    };
    let category = if case.category.is_empty() || other.category.is_empty() {
        0.0
    } else if case.category == other.category {
        reasons.push("same_category");
        1.0
    } else if case.category.get(..2) == other.category.get(..2) {
        0.4
    } else {
        0.0
    };
    if words >= 0.3 {
        reasons.push("similar_words");
    }
    if same_person {
        reasons.push("same_reporter");
    }
    let person = if same_person { 1.0 } else { 0.0 };
    (0.5 * words + 0.2 * place + 0.2 * category + 0.1 * person, reasons, distance_m)
}

#[expect(clippy::cast_precision_loss, reason = "a text has far fewer than 2^52 pairs")]
fn dice(a: &BTreeSet<(char, char)>, b: &BTreeSet<(char, char)>) -> f64 {
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    2.0 * a.intersection(b).count() as f64 / (a.len() + b.len()) as f64
}

/// Metres between two points, on a sphere (good to half a percent).
fn distance(case: &CaseRow, other: &CaseRow) -> Option<f64> {
    const RADIUS_M: f64 = 6_371_000.0;
    let (lat1, lon1) = (case.lat?.to_radians(), case.lon?.to_radians());
    let (lat2, lon2) = (other.lat?.to_radians(), other.lon?.to_radians());
    let half = |delta: f64| (delta / 2.0).sin().powi(2);
    let chord = half(lat2 - lat1) + lat1.cos() * lat2.cos() * half(lon2 - lon1);
    Some(2.0 * RADIUS_M * chord.sqrt().asin())
}

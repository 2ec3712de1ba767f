//! `desk`, `search`, `overview`: what people at their desks ask all day.

use super::{
    read::{Expect, Field, Question, Reader},
    site::Site,
};
use crate::{county::Writer, db::Db, http::Session, load::Worker};
use people::Role;
use std::sync::Arc;
use tokio::time::Instant;

/// Cases whose pages are opened.
pub const PAGES: usize = 2_000;

/// The cases to open: the id and number of some, spread over all, and those of the busiest village.
pub struct Known {
    cases: Vec<(i64, String)>,
    of_village: Vec<(i64, String)>,
}

impl Known {
    /// Picks them from the database.
    ///
    /// # Errors
    /// In words.
    pub fn pick(db: &mut Db, village: i64) -> Result<Known, String> {
        let bounds = db.query("SELECT min(id), max(id), count(*) FROM cases", &[])?;
        let [first, last, count] = [0, 1, 2].map(|at| bounds[0][at].int().unwrap_or(0));
        let steps = i64::try_from(PAGES).unwrap_or(1).min(count.max(1));
        let mut cases = Vec::new();
        for step in 0..steps {
            let from = first + (last - first) / steps * step;
            cases.extend(named(db, "SELECT id, number FROM cases WHERE id >= $1 ORDER BY id LIMIT 1", from)?);
        }
        let sql = "SELECT id, number FROM cases WHERE village_id = $1 AND confidentiality = 'open' ORDER BY received_at DESC, id LIMIT 500";
        let of_village = named(db, sql, village)?;
        if cases.is_empty() || of_village.is_empty() {
            return Err("there are no cases to open".into());
        }
        Ok(Known { cases, of_village })
    }
}

fn named(db: &mut Db, sql: &str, parameter: i64) -> Result<Vec<(i64, String)>, String> {
    let rows = db.query(sql, &[parameter])?;
    Ok(rows.iter().filter_map(|row| Some((row[0].int()?, row[1].text()?.to_owned()))).collect())
}

/// The sessions that ask for lists, by their place in [`sessions`].
const DISPATCHER: usize = 0;
const VILLAGE_CLERK: usize = 1;
const OPERATOR: usize = 2;

/// Every desk and filter of the lists, alone and in the usual pairs, as the dispatcher and the village clerk ask them; first pages,
/// and the second ones where there are any.
///
/// # Errors
/// When the server does not answer.
pub async fn filters(site: &Site) -> Result<Vec<Question>, String> {
    let mut client = site.client();
    let sessions = sessions(site, 0);
    let mut questions = Vec::new();
    for session in [DISPATCHER, VILLAGE_CLERK] {
        questions.extend(asked(site).into_iter().map(|(query, field)| list(session, &query, field)));
        let desks = client.get(&sessions[session], "/api/v1/desks").await?.json();
        let desks = desks["desks"].as_array().cloned().unwrap_or_default();
        let names = desks.iter().filter_map(|desk| desk["desk"].as_str());
        questions.extend(names.map(|desk| list(session, &format!("desk={desk}"), None)));
    }
    questions.push(list(OPERATOR, "phone4=1234", None));
    let mut later = Vec::new();
    for question in &questions {
        let page = client.get(&sessions[question.session], &question.path).await?.json();
        if let Some(cursor) = page["next_cursor"].as_str() {
            let path = format!("{}&cursor={}", question.path, encoded(cursor));
            later.push(Question { path, ..question.clone() });
        }
    }
    questions.extend(later);
    Ok(questions)
}

/// How often each question is asked alone.
const TIMES: usize = 7;

/// Each list, the desks' counts and a case page of both, asked alone, one after the other: how long it takes (the shortest of some times, in milliseconds), the slowest
/// first. What a mixed load spreads over many answers is seen here: one filter without its index.
///
/// # Errors
/// When the server does not answer.
pub async fn alone(site: &Site, questions: &[Question], known: &Known) -> Result<Vec<(f64, String)>, String> {
    let mut client = site.client();
    let sessions = sessions(site, 0);
    let mut times = Vec::new();
    let mut all = questions.to_vec();
    for (session, cases) in [(DISPATCHER, &known.cases), (VILLAGE_CLERK, &known.of_village)] {
        all.push(desks(session));
        all.push(page(session, &cases[cases.len() / 2], false));
    }
    for question in &all {
        let mut shortest = f64::INFINITY;
        for _ in 0..TIMES {
            let begun = Instant::now();
            client.get(&sessions[question.session], &question.path).await?;
            shortest = shortest.min(begun.elapsed().as_secs_f64() * 1_000.0);
        }
        let who = ["dispatcher", "village clerk", "operator"][question.session];
        let (path, query) = question.path.split_once('?').unwrap_or((&question.path, ""));
        let later = if query.contains("cursor=") { ", second page" } else { "" };
        let query = query.split("&cursor=").next().unwrap_or_default();
        times.push((shortest, format!("{who} {path} {query}{later}")));
    }
    times.sort_by(|a, b| b.0.total_cmp(&a.0));
    Ok(times)
}

fn list(session: usize, query: &str, field: Option<(Field, String)>) -> Question {
    Question { session, path: format!("/api/v1/cases?{query}"), expect: Expect::List(field) }
}

/// Filters, and what they promise of every row.
fn asked(site: &Site) -> Vec<(String, Option<(Field, String)>)> {
    let ground = &site.ground;
    let spot = &ground.spots[ground.by_rank[0]];
    let (town, village, grid, unit) = (spot.town_id, spot.village_id, spot.grid, site.units[0].0);
    let plain = [
        format!("town={town}"),
        format!("village={village}"),
        format!("grid={grid}"),
        format!("town={town}&open=false&limit=20"),
        format!("unit={unit}"),
        "category=01".into(),
        "category=02".into(),
        "category=05".into(),
        "due=late".into(),
        "due=soon".into(),
        "from=2024-01-01&to=2024-12-31".into(),
        format!("village={village}&from=2023-01-01&to=2025-12-31"),
    ];
    let worded = [
        ("state", Field::State, &["received", "verified", "in_progress", "callback", "closed"][..]),
        ("kind", Field::Kind, &["request", "complaint", "hazard"]),
        ("channel", Field::Channel, &["hotline", "window", "portal"]),
        ("open", Field::Open, &["true", "false"]),
    ];
    let worded = worded.iter().flat_map(|(name, field, words)| {
        words.iter().map(move |word| (format!("{name}={word}"), Some((*field, (*word).to_owned()))))
    });
    plain.into_iter().map(|query| (query, None)).chain(worded).collect()
}

/// The dispatcher, the village clerk, an operator (who may look people up by telephone).
#[must_use]
pub fn sessions(site: &Site, turn: usize) -> Vec<Session> {
    let (dispatcher, operator) = (site.someone(Role::Dispatcher, turn), site.someone(Role::Operator, turn));
    vec![dispatcher, site.village_clerk.clone(), operator]
}

/// Bytes as a query string carries them.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Readers of lists, desks and case pages.
#[must_use]
pub fn readers(
    site: &Site,
    filters: &Arc<Vec<Question>>,
    known: &Arc<Known>,
    count: usize,
) -> Vec<impl Worker + use<>> {
    let reader = |turn: usize| {
        let (filters, known, mut dice) = (Arc::clone(filters), Arc::clone(known), site.dice());
        let ask = move |_: u64| match dice.below(10) {
            0..=5 => dice.pick(&filters).clone(),
            6 => desks(dice.below(2)),
            7 => page(1, dice.pick(&known.of_village), dice.percent(50)),
            _ => page(0, dice.pick(&known.cases), dice.percent(50)),
        };
        Reader::new(site.client(), sessions(site, turn), ask)
    };
    (0..count).map(reader).collect()
}

/// The counts of one's desks.
fn desks(session: usize) -> Question {
    Question { session, path: "/api/v1/desks".into(), expect: Expect::Desks }
}

/// A case's page, by id or by number.
pub(super) fn page(session: usize, case: &(i64, String), by_number: bool) -> Question {
    let named = if by_number { case.1.clone() } else { case.0.to_string() };
    Question { session, path: format!("/api/v1/cases/{named}"), expect: Expect::Page(case.0) }
}

impl Known {
    /// A case anywhere.
    pub(super) fn cases(&self) -> &[(i64, String)] {
        &self.cases
    }
}

/// Readers who search for words of 2 to 4 characters.
///
/// # Errors
/// In words.
pub fn searchers(site: &Site, count: usize) -> Result<Vec<impl Worker + use<>>, String> {
    (0..count)
        .map(|turn| {
            let mut writer = site.writer()?;
            let ask = move |_: u64| search(&mut writer, 0);
            Ok(Reader::new(site.client(), sessions(site, turn), ask))
        })
        .collect()
}

/// A search for some neighbouring characters of a matter.
pub(super) fn search(writer: &mut Writer, session: usize) -> Question {
    let length = 2 + writer.dice().below(3);
    let word = loop {
        let detail: Vec<char> = writer.matter().detail.chars().collect();
        let at = writer.dice().below(detail.len().saturating_sub(length));
        let word = &detail[at..(at + length).min(detail.len())];
        if word.len() == length && word.iter().all(|c| ('\u{4e00}'..='\u{9fff}').contains(c)) {
            break word.iter().collect::<String>();
        }
    };
    Question { session, path: format!("/api/v1/search?q={}", encoded(&word)), expect: Expect::Search }
}

/// Readers of the dashboard: all areas, all units, a year and a month of the history.
#[must_use]
pub fn overviewers(site: &Site, from: &str, to: &str, count: usize) -> Vec<impl Worker + use<>> {
    let reader = |turn: usize| {
        let (from, to) = (from.to_owned(), to.to_owned());
        let ask = move |_: u64| Question {
            session: 0,
            path: format!("/api/v1/overview?from={from}&to={to}"),
            expect: Expect::Overview(from.clone()),
        };
        Reader::new(site.client(), vec![site.someone(Role::Leader, turn)], ask)
    };
    (0..count).map(reader).collect()
}

//! `desk`, `search`, `overview`: what people at their desks ask all day.

use super::{
    read::{Expect, Field, Question, Reader},
    site::Site,
};
use crate::{county::Writer, db::Db, http::Session, load::Worker};
use people::Role;
use std::sync::Arc;

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

/// Every filter of the lists, alone and in the usual pairs, as the dispatcher (0) and the village clerk (1) ask them.
#[must_use]
pub fn filters(site: &Site) -> Vec<Question> {
    let ground = &site.ground;
    let spot = &ground.spots[ground.by_rank[0]];
    let unit = site.units[0].0;
    let mut asked: Vec<(String, Option<(Field, String)>)> = Vec::new();
    let mut plain = |query: String| asked.push((query, None));
    for desk in ["all", "mine", "unit"] {
        plain(format!("desk={desk}"));
    }
    plain(format!("town={}", spot.town_id));
    plain(format!("village={}", spot.village_id));
    plain(format!("grid={}", spot.grid));
    plain(format!("town={}&open=false&limit=20", spot.town_id));
    plain(format!("unit={unit}"));
    for category in ["01", "02", "05"] {
        plain(format!("category={category}"));
    }
    plain("due=late".into());
    plain("due=soon".into());
    plain("phone4=1234".into());
    plain("from=2024-01-01&to=2024-12-31".into());
    plain(format!("village={}&from=2023-01-01&to=2025-12-31", spot.village_id));
    let mut worded = |name: &str, field: Field, words: &[&str]| {
        asked.extend(words.iter().map(|word| (format!("{name}={word}"), Some((field, (*word).to_owned())))));
    };
    worded("state", Field::State, &["received", "verified", "in_progress", "callback", "closed"]);
    worded("kind", Field::Kind, &["request", "complaint", "hazard"]);
    worded("channel", Field::Channel, &["hotline", "window", "portal"]);
    worded("open", Field::Open, &["true", "false"]);
    let question = |session: usize| {
        move |(query, field): &(String, Option<(Field, String)>)| Question {
            session,
            path: format!("/api/v1/cases?{query}"),
            expect: Expect::List(field.clone()),
        }
    };
    let mut questions: Vec<Question> = asked.iter().map(question(0)).collect();
    questions.extend(asked.iter().map(question(1)));
    for desk in ["cleaning", "dispatch", "review", "callback"] {
        questions.push(question(0)(&(format!("desk={desk}"), None)));
    }
    questions
}

/// The dispatcher and the village clerk.
#[must_use]
pub fn sessions(site: &Site, turn: usize) -> Vec<Session> {
    vec![site.someone(Role::Dispatcher, turn), site.village_clerk.clone()]
}

/// Readers of lists, desks and case pages.
#[must_use]
pub fn readers(site: &Site, known: &Arc<Known>, count: usize) -> Vec<impl Worker + use<>> {
    let filters = Arc::new(filters(site));
    let reader = |turn: usize| {
        let (filters, known, mut dice) = (Arc::clone(&filters), Arc::clone(known), site.dice());
        let ask = move |_: u64| match dice.below(10) {
            0..=5 => dice.pick(&filters).clone(),
            6 => Question { session: dice.below(2), path: "/api/v1/desks".into(), expect: Expect::Desks },
            7 => page(1, dice.pick(&known.of_village), dice.percent(50)),
            _ => page(0, dice.pick(&known.cases), dice.percent(50)),
        };
        Reader::new(site.client(), sessions(site, turn), ask)
    };
    (0..count).map(reader).collect()
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
    let encoded: String = word.bytes().map(|byte| format!("%{byte:02X}")).collect();
    Question { session, path: format!("/api/v1/search?q={encoded}"), expect: Expect::Search }
}

/// Readers of the dashboard: all areas, all units, the last five years.
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

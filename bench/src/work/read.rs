//! Readers: each asks a question, and judges the answer by its body.

use super::lifecycle::expect_ok;
use crate::{
    http::{Answer, Client, Session},
    load::{Verdict, Worker},
};
use serde::Deserialize;

/// What an answer must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// A page of cases, every one of which has this word in this field.
    List(Option<(Field, String)>),
    /// A page of hits.
    Search,
    /// The page of this case, by id.
    Page(i64),
    /// The counts of desks.
    Desks,
    /// An overview from this day on.
    Overview(String),
    /// This grid.
    Grid(i64),
    /// Exactly these bytes.
    Constant(&'static [u8]),
}

/// A field of a list's rows that a filter fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The state.
    State,
    /// The kind.
    Kind,
    /// The channel.
    Channel,
    /// Whether it is open.
    Open,
}

/// A question: by which of the reader's sessions, where, and what must come.
#[derive(Clone, Debug)]
pub struct Question {
    /// The session.
    pub session: usize,
    /// Path and query.
    pub path: String,
    /// What must come.
    pub expect: Expect,
}

#[derive(Deserialize)]
struct List {
    items: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    state: String,
    kind: String,
    channel: String,
    open: bool,
}

#[derive(Deserialize)]
struct Hits {
    items: Vec<Hit>,
}

#[derive(Deserialize)]
struct Hit {
    phrase: bool,
    case: Named,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

#[derive(Deserialize)]
struct Page {
    case: Named,
    timeline: Vec<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Desks {
    desks: Vec<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Overview {
    from: String,
    by_unit: Vec<serde::de::IgnoredAny>,
    by_day: Vec<serde::de::IgnoredAny>,
    by_month: Vec<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Located {
    grid: Option<Named>,
}

impl Expect {
    /// What is wrong with a body; `None`: nothing.
    #[must_use]
    pub fn fault(&self, body: &[u8]) -> Option<&'static str> {
        let sound = match self {
            Expect::List(field) => list_is_sound(body, field.as_ref()),
            Expect::Search => serde_json::from_slice(body).ok().map(|hits: Hits| ranked(&hits)),
            Expect::Page(id) => serde_json::from_slice(body)
                .ok()
                .map(|page: Page| page.case.id == id.to_string() && !page.timeline.is_empty()),
            Expect::Desks => serde_json::from_slice(body).ok().map(|desks: Desks| !desks.desks.is_empty()),
            Expect::Overview(from) => serde_json::from_slice(body).ok().map(|seen: Overview| {
                let told = seen.by_day.len() + seen.by_month.len();
                seen.from == *from && told > 0 && !seen.by_unit.is_empty()
            }),
            Expect::Grid(id) => serde_json::from_slice(body)
                .ok()
                .map(|found: Located| found.grid.is_some_and(|grid| grid.id == id.to_string())),
            Expect::Constant(bytes) => Some(body == *bytes),
        };
        match sound {
            Some(true) => None,
            Some(false) => Some("the answer says something else"),
            None => Some("the answer has another form"),
        }
    }
}

fn list_is_sound(body: &[u8], field: Option<&(Field, String)>) -> Option<bool> {
    let list: List = serde_json::from_slice(body).ok()?;
    Some(list.items.iter().all(|row| {
        let fits = field.is_none_or(|(field, word)| match field {
            Field::State => row.state == *word,
            Field::Kind => row.kind == *word,
            Field::Channel => row.channel == *word,
            Field::Open => row.open.to_string() == *word,
        });
        fits && !row.id.is_empty()
    }))
}

/// Exact phrases stand first.
fn ranked(hits: &Hits) -> bool {
    hits.items.is_sorted_by_key(|hit| !hit.phrase) && hits.items.iter().all(|hit| !hit.case.id.is_empty())
}

/// Somebody who asks.
pub struct Reader<F> {
    client: Client,
    sessions: Vec<Session>,
    ask: F,
}

impl<F: FnMut(u64) -> Question + Send + 'static> Reader<F> {
    /// Asks what `ask` says, by one of these sessions.
    pub fn new(client: Client, sessions: Vec<Session>, ask: F) -> Reader<F> {
        Reader { client, sessions, ask }
    }
}

impl<F: FnMut(u64) -> Question + Send + 'static> Worker for Reader<F> {
    async fn step(&mut self, turn: u64) -> Verdict {
        let question = (self.ask)(turn);
        ask(&mut self.client, &self.sessions[question.session % self.sessions.len()], &question).await
    }
}

/// Asks one question and judges the answer.
pub(super) async fn ask(client: &mut Client, session: &Session, question: &Question) -> Verdict {
    match client.get(session, &question.path).await {
        Ok(answer) => judge(&answer, question),
        Err(error) => Verdict::Bad(error),
    }
}

fn judge(answer: &Answer, question: &Question) -> Verdict {
    // Lists are told apart by their filters; searches and pages are too many.
    let place = || match &question.expect {
        Expect::List(_) => question.path.split("&cursor").next().unwrap_or_default().to_owned(),
        Expect::Page(_) => "a case's page".to_owned(),
        _ => question.path.split('?').next().unwrap_or_default().to_owned(),
    };
    match expect_ok(answer) {
        Err(Verdict::Bad(why)) => Verdict::Bad(format!("{}: {why}", place())),
        Err(other) => other,
        Ok(answer) => match question.expect.fault(&answer.body) {
            None => Verdict::Good,
            Some(fault) => Verdict::Bad(format!("{}: {fault}", place())),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_the_filter_should_have_kept_out_is_a_fault() {
        let body = br#"{"items":[{"id":"7","state":"closed","kind":"request","channel":"hotline","open":false}],"next_cursor":null}"#;
        assert_eq!(Expect::List(None).fault(body), None);
        assert_eq!(Expect::List(Some((Field::State, "closed".into()))).fault(body), None);
        assert!(Expect::List(Some((Field::State, "signed".into()))).fault(body).is_some());
        assert!(Expect::List(Some((Field::Open, "true".into()))).fault(body).is_some());
        assert!(Expect::List(None).fault(b"{}").is_some());
    }

    #[test]
    fn hits_out_of_rank_are_a_fault() {
        let hits = |first: bool, second: bool| {
            format!(
                r#"{{"items":[{{"case":{{"id":"1"}},"phrase":{first}}},{{"case":{{"id":"2"}},"phrase":{second}}}]}}"#
            )
        };
        assert_eq!(Expect::Search.fault(hits(true, false).as_bytes()), None);
        assert!(Expect::Search.fault(hits(false, true).as_bytes()).is_some());
    }
}

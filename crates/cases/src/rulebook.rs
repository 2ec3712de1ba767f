//! The rules in force: calendar, deadlines, routing, catalogue, supervision. Published versions come first, shipped defaults otherwise.

mod publish;

pub use publish::NewRules;

use crate::CaseError;
use arc_swap::ArcSwap;
use diesel::prelude::*;
use rules::{
    RuleError,
    calendar::{CalendarData, WorkCalendar},
    catalogue::{self, Catalogue},
    deadlines::{self, DeadlineRules},
    routing::{self, RoutingRules},
    supervision::{self, SupervisionRules},
};
use std::{collections::BTreeMap, sync::Arc};
use store::{
    Conn, Store,
    schema::{rule_sets, settings},
};

/// The event that tells of a new version.
const PUBLISHED: &str = "rules.published";

/// Which rules.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// Working days and office hours: CSV (`date,type,name`), laid over the shipped days.
    Calendar,
    /// Deadline rules: TOML.
    Deadlines,
    /// Categories and their forms: TOML.
    Catalogue,
    /// Routing rules: TOML. Their categories must stand in the catalogue.
    Routing,
    /// When clocks remind, warn and escalate: TOML.
    Supervision,
}

impl RuleKind {
    /// All kinds.
    pub const ALL: [RuleKind; 5] = [
        RuleKind::Calendar,
        RuleKind::Deadlines,
        RuleKind::Catalogue,
        RuleKind::Routing,
        RuleKind::Supervision,
    ];

    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            RuleKind::Calendar => "calendar",
            RuleKind::Deadlines => "deadlines",
            RuleKind::Routing => "routing",
            RuleKind::Catalogue => "catalogue",
            RuleKind::Supervision => "supervision",
        }
    }

    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<RuleKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The shipped text; empty for the calendar, which is shipped as days and not as a change to them.
    pub fn shipped(self) -> &'static str {
        match self {
            RuleKind::Calendar => "",
            RuleKind::Deadlines => deadlines::SHIPPED,
            RuleKind::Routing => routing::SHIPPED,
            RuleKind::Catalogue => catalogue::SHIPPED,
            RuleKind::Supervision => supervision::SHIPPED,
        }
    }
}

/// A few numbers that a county sets (table `settings`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// Days in which the person may reopen after the end (`cases.reopen_days`).
    pub reopen_days: i64,
    /// Attempts after which a reporter counts as unreachable (`cases.callback_attempts`).
    pub callback_attempts: u32,
}

impl Default for Numbers {
    fn default() -> Numbers {
        Numbers { reopen_days: 30, callback_attempts: 3 }
    }
}

/// One consistent set of rules.
#[derive(Clone)]
pub struct Rules {
    /// Published version of each kind; a kind that was never published is shipped and has version 0.
    pub versions: BTreeMap<RuleKind, i64>,
    /// Working days and hours.
    pub calendar: Arc<WorkCalendar>,
    /// Limits.
    pub deadlines: Arc<DeadlineRules>,
    /// Categories.
    pub catalogue: Arc<Catalogue>,
    /// Which unit.
    pub routing: Arc<RoutingRules>,
    /// Reminders and cards.
    pub supervision: Arc<SupervisionRules>,
    /// The county's numbers.
    pub numbers: Numbers,
}

impl Rules {
    /// The shipped rules.
    pub fn shipped() -> Result<Rules, CaseError> {
        let catalogue = Catalogue::build(toml(catalogue::SHIPPED)?)?;
        let routing = RoutingRules::build(toml(routing::SHIPPED)?, &catalogue)?;
        Ok(Rules {
            versions: RuleKind::ALL.into_iter().map(|kind| (kind, 0)).collect(),
            calendar: Arc::new(WorkCalendar::shipped()?),
            deadlines: Arc::new(DeadlineRules::build(toml(deadlines::SHIPPED)?)?),
            catalogue: Arc::new(catalogue),
            routing: Arc::new(routing),
            supervision: Arc::new(SupervisionRules::build(toml(supervision::SHIPPED)?)?),
            numbers: Numbers::default(),
        })
    }

    /// These rules with one kind replaced; refuses what does not hold together.
    pub fn with(&self, kind: RuleKind, version: i64, body: &str) -> Result<Rules, CaseError> {
        let mut rules = self.clone();
        match kind {
            RuleKind::Calendar => {
                let days = CalendarData::shipped()?.with_csv(body)?;
                rules.calendar = Arc::new(WorkCalendar::build(&days)?);
            }
            RuleKind::Deadlines => rules.deadlines = Arc::new(DeadlineRules::build(toml(body)?)?),
            RuleKind::Catalogue => {
                rules.catalogue = Arc::new(Catalogue::build(toml(body)?)?);
                // The routing rules name categories: they must still stand.
                rules.routing = Arc::new(RoutingRules::build(self.routing.file(), &rules.catalogue)?);
            }
            RuleKind::Routing => rules.routing = Arc::new(RoutingRules::build(toml(body)?, &self.catalogue)?),
            RuleKind::Supervision => rules.supervision = Arc::new(SupervisionRules::build(toml(body)?)?),
        }
        rules.versions.insert(kind, version);
        Ok(rules)
    }
}

/// The rules in force, swapped whole when a new version is published.
#[derive(Clone)]
pub struct RuleBook {
    current: Arc<ArcSwap<Rules>>,
}

impl RuleBook {
    /// These rules, without a store behind them (tests, previews).
    pub fn of(rules: Rules) -> RuleBook {
        RuleBook { current: Arc::new(ArcSwap::from_pointee(rules)) }
    }

    /// Loads the newest published version of each kind.
    pub async fn load(store: &Store) -> Result<RuleBook, CaseError> {
        Ok(RuleBook::of(store.read(read).await?))
    }

    /// Loads them again (another node may have published).
    pub async fn reload(&self, store: &Store) -> Result<(), CaseError> {
        self.current.store(Arc::new(store.read(read).await?));
        Ok(())
    }

    /// The rules in force now.
    pub fn current(&self) -> Arc<Rules> {
        self.current.load_full()
    }

    /// Reloads whenever the log tells that rules were published or settings changed: by another process, or another node.
    /// Runs until the store closes.
    pub async fn follow(self, store: Store) {
        let (book, kept) = (&self, &store);
        store::follow::keep_fresh(store.clone(), &[PUBLISHED, "settings."], || book.reload(kept)).await;
    }
}

fn read(conn: &mut Conn) -> Result<Rules, CaseError> {
    let mut rules = Rules::shipped()?;
    // The catalogue before the routing rules: these name its categories.
    for kind in RuleKind::ALL {
        let newest: Option<(i64, String)> = rule_sets::table
            .filter(rule_sets::kind.eq(kind.as_str()))
            .order(rule_sets::version.desc())
            .select((rule_sets::version, rule_sets::body))
            .first(conn)
            .optional()?;
        if let Some((version, body)) = newest {
            rules = rules.with(kind, version, &body)?;
        }
    }
    let mut number = |name: &str| -> Result<Option<i64>, CaseError> {
        let value: Option<String> =
            settings::table.find(name).select(settings::value).first(conn).optional()?;
        Ok(value.and_then(|value| value.trim().parse().ok()))
    };
    if let Some(days) = number("cases.reopen_days")? {
        rules.numbers.reopen_days = days.clamp(1, 3650);
    }
    if let Some(attempts) = number("cases.callback_attempts")? {
        rules.numbers.callback_attempts = attempts.clamp(1, 20) as u32;
    }
    Ok(rules)
}

fn toml<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, CaseError> {
    ::toml::from_str(text)
        .map_err(|error| CaseError::Rules { code: "rules.unreadable", detail: error.to_string() })
}

impl From<RuleError> for CaseError {
    fn from(error: RuleError) -> CaseError {
        CaseError::Rules { code: error.code(), detail: error.to_string() }
    }
}

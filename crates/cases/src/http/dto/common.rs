//! Small parts that many answers share.

use rules::words;
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type},
};

/// An identifier: a whole number in the database, a string in JSON (JavaScript would round it).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub i64);

impl Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map(Id).map_err(|_| serde::de::Error::custom("an identifier is a string of digits"))
    }
}

impl std::str::FromStr for Id {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Id)
    }
}

impl PartialSchema for Id {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[0-9]{1,16}$"))
            .description(Some("An identifier, as a string of digits."))
            .into()
    }
}

impl ToSchema for Id {
    fn name() -> std::borrow::Cow<'static, str> {
        "Id".into()
    }
}

/// An instant, RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Instant(pub jiff::Timestamp);

impl Instant {
    /// The instant of an `*_at` column (milliseconds).
    #[must_use]
    pub fn of(ms: i64) -> Self {
        Self(store::at(ms))
    }
}

impl PartialSchema for Instant {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("An instant, RFC 3339."))
            .into()
    }
}

impl ToSchema for Instant {
    fn name() -> std::borrow::Cow<'static, str> {
        "Instant".into()
    }
}

macro_rules! word_schema {
    ($($(#[$meta:meta])* $name:ident($word:ty) as $shown:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name(pub $word);

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .enum_values(Some(<$word>::ALL.iter().map(|w| w.as_str())))
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                $shown.into()
            }
        }

        impl From<$name> for $word {
            fn from(word: $name) -> $word {
                word.0
            }
        }
    )+};
}

word_schema! {
    /// What kind of matter.
    KindWord(words::CaseKind) as "CaseKind";
    /// By which door it came.
    ChannelWord(words::Channel) as "Channel";
    /// How pressing it is.
    UrgencyWord(words::Urgency) as "Urgency";
    /// How it is meant to be solved.
    ResolutionWord(words::ResolutionClass) as "ResolutionClass";
    /// Who may know of it.
    ConfidentialityWord(words::Confidentiality) as "Confidentiality";
}

/// A unit by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnitName {
    /// Its id.
    pub id: Id,
    /// Full name.
    pub name: String,
    /// Short name for lists.
    pub short_name: String,
}

/// An account by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccountName {
    /// Its id.
    pub id: Id,
    /// The person's name.
    pub name: String,
}

/// An area by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AreaName {
    /// Its id.
    pub id: Id,
    /// Name.
    pub name: String,
    /// `county`, `town`, `village`, `grid`.
    pub level: String,
}

/// A category by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CategoryName {
    /// Code, two digits per level.
    pub code: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Chinese names from the top down to this one.
    pub path_zh: Vec<String>,
    /// English names from the top down to this one.
    pub path_en: Vec<String>,
}

/// Another case by number; one that the caller may not see is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CaseName {
    /// Its id.
    pub id: Id,
    /// Its number.
    pub number: String,
    /// Its title; absent when erased.
    pub title: Option<String>,
    /// Its state.
    pub state: String,
}

/// In what time is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// Minutes of working time.
    WorkingMinutes,
    /// Hours of working time.
    WorkingHours,
    /// Working days.
    WorkingDays,
    /// Minutes on the wall clock.
    Minutes,
    /// Hours on the wall clock.
    Hours,
    /// Calendar days.
    Days,
}

/// A span of time as people say it: 6 working hours, 2 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Span {
    /// How many.
    pub amount: i64,
    /// Of what.
    pub unit: TimeUnit,
}

/// How a running clock looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockTone {
    /// More than a quarter is left.
    Calm,
    /// A quarter or less is left.
    Soon,
    /// Overdue.
    Late,
    /// Stands still (suspended).
    Paused,
    /// No clock runs: the case has ended.
    Ended,
}

/// The promise bar: owner, next step, clock.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Promise {
    /// The unit that answers for the case now.
    pub owner_unit: UnitName,
    /// The person that answers for it now, when named.
    pub owner_account: Option<AccountName>,
    /// The next step (`clock.{next_step}` in the locale files): the clock that runs; `close` or `rework` when nobody is left
    /// to call back. Absent on ended cases.
    pub next_step: Option<String>,
    /// The units that have yet to sign for their work order, the host first. While they have not, they are waited for and not
    /// the owner.
    pub awaiting: Vec<UnitName>,
    /// When the clock began.
    pub started_at: Option<Instant>,
    /// When the next step is due.
    pub due_at: Option<Instant>,
    /// The limit in its own words, `5wd`.
    pub limit: Option<String>,
    /// How long is left or, when overdue, how long it is over (see `tone`); 0 while no working time has passed since.
    pub left: Option<Span>,
    /// The share of the clock that is left, 1 to 0.
    pub share_left: Option<f64>,
    /// How to show it.
    pub tone: ClockTone,
    /// For which instant `left` was counted.
    pub as_of: Instant,
}

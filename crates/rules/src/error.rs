//! What the rules refuse, each with a stable code.

use crate::words::UnknownWord;

/// A refusal or a fault in rule data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// A date lies outside the years of the working calendar: never guessed, always refused.
    #[error(
        "the working calendar has the years {first}-{last}; load `cn-workdays-{year}.csv` \
         (columns date,type,name) before a date of {year} can be reckoned"
    )]
    YearNotLoaded {
        /// The year that is missing.
        year: i16,
        /// The first loaded year.
        first: i16,
        /// The last loaded year.
        last: i16,
    },
    /// The calendar's data cannot be used.
    #[error("working calendar: {0}")]
    BadCalendar(String),
    /// A time limit that cannot be read.
    #[error(
        "`{0}` is no time limit; write 5wd (working days), 12wh (working hours), 15cd (days) or 2h (hours)"
    )]
    BadLimit(String),
    /// A word that is not in its list.
    #[error(transparent)]
    Word(#[from] UnknownWord),
    /// Two deadline rules of equal rank may hold for one case.
    #[error(
        "deadline rules `{first}` and `{second}` both set `{clock}` for the same cases and neither is more specific"
    )]
    DeadlinesAmbiguous {
        /// One rule.
        first: String,
        /// The other rule.
        second: String,
        /// The clock that both set.
        clock: String,
    },
    /// The deadline rules cannot be used.
    #[error("deadline rules: {0}")]
    BadDeadlines(String),
    /// No rule sets this clock for this case.
    #[error("no deadline rule sets `{0}` for this case")]
    NoDeadline(String),
    /// A longer extension than the rules allow.
    #[error("an extension may reach {allowed} at most")]
    ExtensionTooLong {
        /// The longest allowed extension, `10wd`.
        allowed: String,
    },
    /// No further extension is allowed.
    #[error("only {0} extension(s) are allowed")]
    ExtensionsUsedUp(u32),
    /// Two routing rules of equal rank may hold for one case.
    #[error("routing rules `{first}` and `{second}` hold for the same cases and neither is more specific")]
    RoutingAmbiguous {
        /// One rule.
        first: String,
        /// The other rule.
        second: String,
    },
    /// The routing rules cannot be used.
    #[error("routing rules: {0}")]
    BadRouting(String),
    /// No rule names a unit that may take the case.
    #[error("no routing rule finds a unit for this case; dispatch it by hand")]
    NoRoute,
    /// A village or residents' committee may not be made host of a department's work
    /// (Beijing, Regulation on Acting on Receipt of Complaints, art. 17).
    #[error("a village may not be made host of a department's work")]
    VillageNotHost,
    /// A committee leads only disputes, a partner body no report of wrongdoing.
    #[error("this kind of unit may not be made host of this kind of case")]
    KindNotHosted,
    /// The unit that a report is about may not handle it (信访工作条例 art. 28, 30).
    #[error("the unit that the report is about may not handle it")]
    ReportedUnit,
    /// The category catalogue cannot be used.
    #[error("catalogue: {0}")]
    BadCatalogue(String),
    /// A category that is not in the catalogue.
    #[error("category `{0}` is not in the catalogue")]
    NoCategory(String),
    /// A form value that does not fit its field.
    #[error("form field `{field}`: {reason}")]
    BadFormValue {
        /// The field's name.
        field: String,
        /// `missing`, `unknown`, `not_a_number`, `not_a_date`, `not_a_choice`, `not_a_boolean`, `too_long`.
        reason: &'static str,
    },
    /// The thresholds of supervision cannot be used.
    #[error("supervision rules: {0}")]
    BadSupervision(String),
}

impl RuleError {
    /// The stable code that the API and the locale files know.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::YearNotLoaded { .. } => "calendar.year_not_loaded",
            Self::BadCalendar(_) => "calendar.invalid",
            Self::BadLimit(_) => "limit.invalid",
            Self::Word(word) => word.code(),
            Self::DeadlinesAmbiguous { .. } => "deadlines.ambiguous",
            Self::BadDeadlines(_) => "deadlines.invalid",
            Self::NoDeadline(_) => "deadlines.none",
            Self::ExtensionTooLong { .. } => "extension.too_long",
            Self::ExtensionsUsedUp(_) => "extension.used_up",
            Self::RoutingAmbiguous { .. } => "routing.ambiguous",
            Self::BadRouting(_) => "routing.invalid",
            Self::NoRoute => "routing.none",
            Self::VillageNotHost => "routing.village_not_host",
            Self::KindNotHosted => "routing.kind_not_hosted",
            Self::ReportedUnit => "routing.reported_unit",
            Self::BadCatalogue(_) => "catalogue.invalid",
            Self::NoCategory(_) => "catalogue.no_category",
            Self::BadFormValue { .. } => "catalogue.form_value",
            Self::BadSupervision(_) => "supervision.invalid",
        }
    }
}

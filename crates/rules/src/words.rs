//! The words of the field: what kind a matter is, by which door it came, how pressing it is, how long it may
//! take and who may know of it. Each word has one stable spelling (snake_case) in the database, in JSON and in
//! the rule files.

use serde::{Deserialize, Serialize};

/// A word that is not in the list it should come from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no {list}; known are: {known}")]
pub struct UnknownWord {
    /// The list, in English (`channel`, `urgency`, …).
    pub list: &'static str,
    /// What was given.
    pub given: String,
    /// All accepted spellings, separated by commas.
    pub known: String,
}

impl UnknownWord {
    /// Stable code: `word.unknown`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "word.unknown"
    }
}

macro_rules! words {
    ($(#[$meta:meta])* $name:ident, $list:literal { $($(#[$vmeta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vmeta])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every value, in the order of the definition.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable spelling.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// Parses the stable spelling.
            ///
            /// # Errors
            /// [`UnknownWord`] names the list and every accepted spelling.
            pub fn parse(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord {
                        list: $list,
                        given: word.to_owned(),
                        known: [$($word),+].join(", "),
                    }),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                Self::parse(word)
            }
        }
    };
}

words! {
    /// What a matter is. Decides the lifecycle's special paths (whistle, wrongdoing report) and the deadlines.
    CaseKind, "case kind" {
        /// 求助/诉求: the person asks for something to be done.
        Request = "request",
        /// 投诉: the person complains about a service, a nuisance or somebody's conduct.
        Complaint = "complaint",
        /// 咨询: a question that an answer settles.
        Inquiry = "inquiry",
        /// 建议意见: a proposal (信访工作条例 art. 29).
        Suggestion = "suggestion",
        /// 隐患: something dangerous at a place.
        Hazard = "hazard",
        /// 矛盾纠纷: a conflict between parties.
        Dispute = "dispute",
        /// 检举控告: a report of wrongdoing; the reported unit never learns of it (信访工作条例 art. 30, 46).
        WrongdoingReport = "wrongdoing_report",
        /// 吹哨: a village or town asks county units to come.
        Whistle = "whistle",
    }
}

words! {
    /// The door by which a matter came in. Every door leads to the same case.
    Channel, "channel" {
        /// 窗口: a walk-in at a reception window.
        Window = "window",
        /// 热线: the 12345 hotline.
        Hotline = "hotline",
        /// 值班室: the duty office of the county.
        DutyOffice = "duty_office",
        /// 网格员: a grid worker on the spot.
        GridWorker = "grid_worker",
        /// 门户: the citizen portal.
        Portal = "portal",
        /// 一码直报: a printed code that names a place.
        OneCode = "one_code",
        /// 协作单位: another system or body (API, Open311, file).
        Partner = "partner",
        /// 传感器: a device.
        Sensor = "sensor",
        /// 领导接访: a leader's reception day.
        LeaderReception = "leader_reception",
    }
}

words! {
    /// How pressing a matter is (the four tiers of domain.md §3.2).
    Urgency, "urgency" {
        /// Danger to life or property: wall clock, first answer in 2 h, done in 24 h.
        Emergency = "emergency",
        /// Water, power, gas, heat and the like: one day.
        Urgent = "urgent",
        /// The usual matter.
        Ordinary = "ordinary",
        /// Several units, an old story, or a technical question.
        Hard = "hard",
    }
}

words! {
    /// How the unit means to solve it (及时办、协调办、统筹办).
    ResolutionClass, "resolution class" {
        /// 及时办: at once, by one unit.
        Prompt = "prompt",
        /// 协调办: several units together.
        Coordinated = "coordinated",
        /// 统筹办: needs a plan, money or a decision of the county.
        Planned = "planned",
    }
}

words! {
    /// Who may know of the matter.
    Confidentiality, "confidentiality" {
        /// Everybody whose work it is.
        Open = "open",
        /// The reporter stays hidden from the handling unit.
        Restricted = "restricted",
        /// Named people only; in no list, search, cube or export of others.
        Sealed = "sealed",
    }
}

words! {
    /// What a unit is; decides what may be routed to it.
    UnitKind, "unit kind" {
        /// 县级中心: the county centre.
        Centre = "centre",
        /// 部门: a county department.
        Department = "department",
        /// 乡镇（街道）: a town, township or street office.
        Town = "town",
        /// 村（社区）: a village or residents' committee.
        Village = "village",
        /// 调解委员会: a mediation committee.
        Committee = "committee",
        /// 协作单位: a partner body outside the county government.
        Partner = "partner",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_spelled_alike_everywhere() {
        for channel in Channel::ALL {
            assert_eq!(Channel::parse(channel.as_str()).unwrap(), *channel);
            let json = serde_json::to_string(channel).unwrap();
            assert_eq!(json, format!("\"{channel}\""));
            assert_eq!(serde_json::from_str::<Channel>(&json).unwrap(), *channel);
        }
        assert_eq!(CaseKind::ALL.len(), 8);
        assert_eq!(Channel::ALL.len(), 9);
    }

    #[test]
    fn an_unknown_word_is_refused_with_the_list() {
        let error = Urgency::parse("panic").unwrap_err();
        assert_eq!(error.code(), "word.unknown");
        assert_eq!(error.to_string(), "`panic` is no urgency; known are: emergency, urgent, ordinary, hard");
    }
}

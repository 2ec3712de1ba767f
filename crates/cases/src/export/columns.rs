//! The columns of an export and what stands in them.

use super::words;
use crate::{
    CaseError,
    http::dto::{CaseRow, CategoryName, Instant},
};
use jiff::tz::{Offset, TimeZone};

/// The language of headings and words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl Language {
    /// Reads `zh` or `en`; Chinese when absent.
    ///
    /// # Errors
    /// `field.unknown_choice`.
    pub fn parse(word: Option<&str>) -> Result<Language, CaseError> {
        match word {
            None | Some("zh") => Ok(Language::Zh),
            Some("en") => Ok(Language::En),
            Some(_) => Err(CaseError::field("lang", "field.unknown_choice")),
        }
    }
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A number.
    Number(i64),
    /// A local time, as `2026-11-22 09:30`.
    Time(String),
    /// Nothing.
    Empty,
}

macro_rules! columns {
    ($($variant:ident = $word:literal, $zh:literal, $en:literal;)+) => {
        /// A column of an export.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum Column { $($variant),+ }

        impl Column {
            /// Every column, in the usual order.
            pub const ALL: &'static [Column] = &[$(Column::$variant),+];

            /// Its name in the question.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Column::$variant => $word),+ }
            }

            /// Its heading.
            #[must_use]
            pub const fn heading(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Column::$variant, Language::Zh) => $zh, (Column::$variant, Language::En) => $en,)+
                }
            }
        }
    };
}

columns! {
    Number = "number", "编号", "Number";
    Title = "title", "标题", "Title";
    Kind = "kind", "类型", "Kind";
    Channel = "channel", "渠道", "Channel";
    State = "state", "状态", "State";
    Urgency = "urgency", "紧急程度", "Urgency";
    Confidentiality = "confidentiality", "保密", "Confidentiality";
    Category = "category", "分类", "Category";
    Town = "town", "乡镇", "Town";
    Village = "village", "村（社区）", "Village";
    Grid = "grid", "网格", "Grid";
    HostUnit = "host_unit", "主办单位", "Host unit";
    Owner = "owner", "当前责任单位", "Owner";
    NextStep = "next_step", "下一步", "Next step";
    NextDue = "next_due_at", "下一步期限", "Next step due";
    Due = "due_at", "办结期限", "Due";
    Received = "received_at", "登记时间", "Registered";
    Replied = "replied_at", "答复时间", "Replied";
    Closed = "closed_at", "办结时间", "Closed";
    Reporters = "reporter_count", "诉求人数", "Reporters";
    Heads = "head_count", "来访人数", "Heads";
    YellowCards = "yellow_cards", "黄牌", "Yellow cards";
    RedCards = "red_cards", "红牌", "Red cards";
    Round = "round", "办理轮次", "Round";
}

impl Column {
    /// Reads a list of column names; every column when absent.
    ///
    /// # Errors
    /// `field.unknown_choice`.
    pub fn parse_list(names: Option<&str>) -> Result<Vec<Column>, CaseError> {
        let Some(names) = names.filter(|names| !names.is_empty()) else { return Ok(Column::ALL.to_vec()) };
        let find = |name: &str| Column::ALL.iter().copied().find(|column| column.as_str() == name.trim());
        names
            .split(',')
            .map(|name| find(name).ok_or_else(|| CaseError::field("columns", "field.unknown_choice")))
            .collect()
    }

    fn cell(self, row: &CaseRow, language: Language) -> Cell {
        let word = |group: &str, word: &str| Cell::Text(words::of(group, word, language).to_owned());
        let text = |text: Option<String>| text.map_or(Cell::Empty, Cell::Text);
        match self {
            Column::Number => Cell::Text(row.number.clone()),
            Column::Title => text(row.title.clone()),
            Column::Kind => word("kind", row.kind.0.as_str()),
            Column::Channel => word("channel", row.channel.0.as_str()),
            Column::State => word("state", &row.state),
            Column::Urgency => word("urgency", row.urgency.0.as_str()),
            Column::Confidentiality => word("confidentiality", row.confidentiality.0.as_str()),
            Column::Category => text(row.category.as_ref().map(|category| path(category, language))),
            Column::Town => text(row.town.as_ref().map(|area| area.name.clone())),
            Column::Village => text(row.village.as_ref().map(|area| area.name.clone())),
            Column::Grid => text(row.grid.as_ref().map(|area| area.name.clone())),
            Column::HostUnit => text(row.host_unit.as_ref().map(|unit| unit.name.clone())),
            Column::Owner => Cell::Text(row.promise.owner_unit.name.clone()),
            Column::NextStep => match &row.promise.next_step {
                Some(step) => word("clock", step),
                None => Cell::Empty,
            },
            Column::NextDue => time(row.promise.due_at),
            Column::Due => time(row.due_at),
            Column::Received => time(Some(row.received_at)),
            Column::Replied => time(row.replied_at),
            Column::Closed => time(row.closed_at),
            Column::Reporters => Cell::Number(row.reporter_count),
            Column::Heads => Cell::Number(row.head_count),
            Column::YellowCards => Cell::Number(row.yellow_cards),
            Column::RedCards => Cell::Number(row.red_cards),
            Column::Round => Cell::Number(row.round),
        }
    }
}

/// The cells of one row.
#[must_use]
pub fn cells(columns: &[Column], row: &CaseRow, language: Language) -> Vec<Cell> {
    columns.iter().map(|column| column.cell(row, language)).collect()
}

fn path(category: &CategoryName, language: Language) -> String {
    match language {
        Language::Zh => category.path_zh.join(" / "),
        Language::En => category.path_en.join(" / "),
    }
}

fn time(at: Option<Instant>) -> Cell {
    let zone = TimeZone::fixed(Offset::constant(8));
    at.map_or(Cell::Empty, |at| Cell::Time(at.0.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string()))
}

//! Codes, levels and rows.

use crate::TerritoryError;
use std::fmt;

/// The code of an area: 12 digits of the statistical code (province 2, prefecture 2, county 2, town 3, village 3),
/// right-padded with 0; a grid carries its village's code and 3 digits more (15-digit unit grid code, DB11).
///
/// Codes are names: they are compared and searched by prefix, never calculated with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AreaCode(String);

impl AreaCode {
    /// Reads a code as it stands in files: 2, 4, 6, 9, 12 or 15 digits.
    ///
    /// # Errors
    /// [`TerritoryError::BadCode`] for anything else, for a gap (`620500100000`: a town without a county)
    /// and for the number 000 of a grid.
    pub fn parse(text: &str) -> Result<AreaCode, TerritoryError> {
        let bad = || TerritoryError::BadCode(text.chars().take(40).collect());
        let digits = text.trim();
        if !matches!(digits.len(), 2 | 4 | 6 | 9 | 12 | 15) || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        let padded = format!("{digits:0<12}");
        let code = AreaCode(padded);
        let steps = [&code.0[0..2], &code.0[2..4], &code.0[4..6], &code.0[6..9], &code.0[9..12]];
        let mut ended = false;
        for step in steps {
            let empty = step.bytes().all(|b| b == b'0');
            if ended && !empty {
                return Err(bad());
            }
            ended |= empty;
        }
        let is_grid = code.0.len() == 15;
        if code.0.starts_with("00") || (is_grid && (ended || code.0.ends_with("000"))) {
            return Err(bad());
        }
        Ok(code)
    }

    /// The grid number `seq` (1–999) of this village.
    ///
    /// # Errors
    /// [`TerritoryError::BadCode`] when this is no village or `seq` is out of range.
    pub fn grid(&self, seq: u32) -> Result<AreaCode, TerritoryError> {
        if self.level() != Some(Level::Village) || !(1..=999).contains(&seq) {
            return Err(TerritoryError::BadCode(format!("{self}{seq:03}")));
        }
        AreaCode::parse(&format!("{}{seq:03}", self.0))
    }

    /// The code as stored: 12 digits, 15 for a grid.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits that say something: what every code within this area begins with.
    pub fn prefix(&self) -> &str {
        let code = self.0.as_str();
        match code.len() {
            15 => code,
            _ if !code.ends_with("000") => code,
            _ if &code[6..9] != "000" => &code[..9],
            _ if &code[4..6] != "00" => &code[..6],
            _ if &code[2..4] != "00" => &code[..4],
            _ => &code[..2],
        }
    }

    /// The level, or `None` above the county.
    pub fn level(&self) -> Option<Level> {
        match self.prefix().len() {
            15 => Some(Level::Grid),
            12 => Some(Level::Village),
            9 => Some(Level::Town),
            6 => Some(Level::County),
            _ => None,
        }
    }

    /// Whether this area is `other` or lies in it.
    pub fn is_within(&self, other: &AreaCode) -> bool {
        self.0.starts_with(other.prefix())
    }

    /// The area above, by the code: grid → village → town → county; `None` above that.
    pub fn parent(&self) -> Option<AreaCode> {
        let length = match self.level()? {
            Level::Grid => 12,
            Level::Village => 9,
            Level::Town => 6,
            Level::County => return None,
        };
        Some(AreaCode(format!("{:0<12}", &self.0[..length])))
    }
}

impl fmt::Display for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The level of an area.
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
pub enum Level {
    /// 县.
    County,
    /// 乡镇、街道, and zones and farms coded like towns.
    Town,
    /// 村、社区.
    Village,
    /// 网格.
    Grid,
}

impl Level {
    /// Every level, from the county down.
    pub const ALL: [Level; 4] = [Level::County, Level::Town, Level::Village, Level::Grid];

    /// The word in the database and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Level::County => "county",
            Level::Town => "town",
            Level::Village => "village",
            Level::Grid => "grid",
        }
    }

    /// Reads the word.
    ///
    /// # Errors
    /// [`TerritoryError::BadLevel`].
    pub fn parse(word: &str) -> Result<Level, TerritoryError> {
        Level::ALL
            .into_iter()
            .find(|level| level.as_str() == word)
            .ok_or_else(|| TerritoryError::BadLevel(word.chars().take(40).collect()))
    }
}

/// An area as it stands: the row of `areas`. `id` follows the area through renamings and new codes; what it was
/// called before stands in rows of their own that are closed (`valid_to`).
#[derive(Clone, Debug, PartialEq, diesel::Queryable, diesel::Selectable)]
#[diesel(table_name = store::schema::areas)]
pub struct Area {
    /// Its id.
    pub id: i64,
    /// Its code.
    pub code: String,
    /// Its level's word.
    pub level: String,
    /// Its name.
    pub name: String,
    /// The area above.
    pub parent_id: Option<i64>,
    /// The county it is in (itself, for a county).
    pub county_id: Option<i64>,
    /// The town it is in (itself, for a town).
    pub town_id: Option<i64>,
    /// The village it is in (itself, for a village).
    pub village_id: Option<i64>,
    /// The urban-rural class (`111` … `220`), empty when unknown.
    pub urban_class: String,
    /// How many households; never who they are.
    pub households: Option<i64>,
    /// Longitude of a point in it, degrees, WGS 84.
    pub lon: Option<f64>,
    /// Latitude of a point in it, degrees, WGS 84.
    pub lat: Option<f64>,
    /// Since when this version holds (ms).
    pub valid_from: i64,
    /// Until when it held (ms); `None` means now.
    pub valid_to: Option<i64>,
    /// The code that took over from a closed one.
    pub successor_code: Option<String>,
}

/// Which areas a place lies in, as far as known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The county.
    pub county_id: Option<i64>,
    /// The town.
    pub town_id: Option<i64>,
    /// The village.
    pub village_id: Option<i64>,
    /// The grid.
    pub grid_id: Option<i64>,
}

impl Place {
    /// The place that an area is.
    pub fn of(area: &Area) -> Place {
        Place {
            county_id: area.county_id,
            town_id: area.town_id,
            village_id: area.village_id,
            grid_id: (area.level == Level::Grid.as_str()).then_some(area.id),
        }
    }

    /// The smallest area known.
    pub fn finest(&self) -> Option<i64> {
        self.grid_id.or(self.village_id).or(self.town_id).or(self.county_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> AreaCode {
        AreaCode::parse(text).unwrap()
    }

    #[test]
    fn codes_are_padded_and_know_their_level() {
        assert_eq!(code("620521").as_str(), "620521000000");
        assert_eq!(code("620521100").as_str(), "620521100000");
        assert_eq!(code("620521000000"), code("620521"));
        assert_eq!(code("62").level(), None);
        assert_eq!(code("6205").level(), None);
        assert_eq!(code("620521").level(), Some(Level::County));
        assert_eq!(code("620521400").level(), Some(Level::Town));
        assert_eq!(code("620521100001").level(), Some(Level::Village));
        assert_eq!(code("620521100001007").level(), Some(Level::Grid));
    }

    #[test]
    fn a_prefix_ends_where_the_code_says_nothing_more() {
        assert_eq!(code("620000000000").prefix(), "62");
        assert_eq!(code("620500").prefix(), "6205");
        assert_eq!(code("620520").prefix(), "620520");
        assert_eq!(code("620521100").prefix(), "620521100");
        assert_eq!(code("620521100200").prefix(), "620521100200");
        assert!(code("620521100200").is_within(&code("620521100")));
        assert!(code("620521100200").is_within(&code("620521100200")));
        assert!(!code("620521101200").is_within(&code("620521100")));
        assert!(!code("620521100").is_within(&code("620521100200")));
    }

    #[test]
    fn a_parent_is_one_level_up() {
        assert_eq!(code("620521100200003").parent(), Some(code("620521100200")));
        assert_eq!(code("620521100200").parent(), Some(code("620521100")));
        assert_eq!(code("620521100").parent(), Some(code("620521")));
        assert_eq!(code("620521").parent(), None);
        assert_eq!(code("620521100200").grid(3).unwrap(), code("620521100200003"));
        assert!(code("620521100").grid(3).is_err());
        assert!(code("620521100200").grid(0).is_err());
        assert!(code("620521100200").grid(1000).is_err());
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for text in [
            "",
            "6",
            "62052",
            "62052110020",
            "6205211002001",
            "62052a",
            "六二",
            "000000",
            "620500100",
            "620021",
            "620521100200000",
            "620521100000001",
        ] {
            assert_eq!(AreaCode::parse(text).unwrap_err().code(), "area.bad_code", "{text}");
        }
    }
}

//! Counts from the cubes: cost independent of history, always exact.

use super::{
    Ask, days,
    filters::Filters,
    knowledge, names,
    sources::{Listing, Order, Source},
};
use crate::{
    CaseError, Cases,
    http::dto::{
        DayMeasures, DueFilter, GroupMeasures, Instant, Measures, MonthMeasures, Now, Overview,
        OverviewQuestion,
    },
    rulebook::Rules,
};
use diesel::{expression_methods::NullableExpressionMethods, prelude::*};
use jiff::{ToSpan, civil::Date};
use people::Permission;
use rules::words::{CaseKind, Confidentiality};
use std::collections::BTreeMap;
use store::{
    Conn, StoreError, ms,
    schema::cases as case_table,
    tally::{self, Cell, Cube, Wanted},
};

/// The longest period, in days: twenty years.
const LONGEST: i64 = 7_320;
/// The longest period that is told by day; longer ones by month.
const BY_DAY: i64 = 100;

/// The overview of a period. Who holds the permission for the centre sees the county; others see the figures of
/// their own units and areas, and no breakdown that would mix in other units'.
///
/// # Errors
/// `request.date`, `request.period` for a period that is empty or too long.
pub async fn overview(cases: &Cases, ask: &Ask, question: OverviewQuestion) -> Result<Overview, CaseError> {
    let today = days::of(ask.now);
    let to = question.to.as_deref().map_or(Ok(today), |text| days::parse("to", text))?;
    let from = match question.from.as_deref() {
        Some(text) => days::parse("from", text)?,
        None => to.checked_sub(29.days()).map_err(|_| CaseError::field("to", "request.date"))?,
    };
    let length = i64::from((to - from).get_days());
    if !(0..LONGEST).contains(&length) {
        return Err(CaseError::field("from", "request.period"));
    }
    let rules = cases.rules.current();
    let ask = ask.clone();
    let end = days::end_ms("to", to)?;
    cases
        .store
        .read(move |conn| {
            let not_yet = not_yet_due(conn, ms(ask.now), end)?;
            Period { from, to, today, not_yet, ask: &ask, rules: &rules }.read(conn)
        })
        .await
}

/// An open case whose due lies ahead, later today or in the rest of the period: it is not due yet.
type NotYet = (i64, Option<i64>, Option<i64>, String, String, String);

/// The open cases that the cubes count as due in the period although their time is not over.
fn not_yet_due(conn: &mut Conn, now: i64, end: i64) -> Result<Vec<NotYet>, CaseError> {
    let due = case_table::due_at.assume_not_null();
    Ok(case_table::table
        .filter(case_table::open)
        .filter(case_table::due_at.gt(now))
        .filter(case_table::due_at.lt(end))
        .filter(case_table::confidentiality.ne(Confidentiality::Sealed.as_str()))
        .filter(case_table::kind.ne(CaseKind::WrongdoingReport.as_str()))
        .select((
            due,
            case_table::host_unit_id,
            case_table::town_id,
            case_table::channel,
            case_table::kind,
            case_table::category,
        ))
        .load(conn)?)
}

/// What takes a case that is not yet due out of a cube's count.
fn taken_out(not_yet: &NotYet, cube: Cube) -> Cell {
    let (due, unit, town, channel, kind, category) = not_yet;
    let key = match cube {
        Cube::Total => String::new(),
        Cube::Unit => unit.unwrap_or(0).to_string(),
        Cube::Town => town.unwrap_or(0).to_string(),
        Cube::Channel => channel.clone(),
        Cube::Kind => kind.clone(),
        Cube::Category => category.get(..2).unwrap_or_default().to_owned(),
    };
    let period = days::number(days::of(store::at(*due)));
    Cell { measure: "due".to_owned(), period, key, n: -1 }
}

/// A way to read a cube from a day to a day.
type Reading = fn(&mut Conn, Wanted, i64, i64) -> Result<Vec<Cell>, StoreError>;

struct Period<'a> {
    from: Date,
    to: Date,
    today: Date,
    not_yet: Vec<NotYet>,
    ask: &'a Ask,
    rules: &'a Rules,
}

impl Period<'_> {
    fn read(&self, conn: &mut Conn) -> Result<Overview, CaseError> {
        let county = self.county();
        let units = self.whole(conn, Cube::Unit)?;
        let total = if county { sum(&self.whole(conn, Cube::Total)?) } else { sum(&units) };
        let others = |conn: &mut Conn, cube| if county { self.whole(conn, cube) } else { Ok(Vec::new()) };
        let (channels, kinds) = (others(conn, Cube::Channel)?, others(conn, Cube::Kind)?);
        let categories = others(conn, Cube::Category)?;
        let towns = self.whole(conn, Cube::Town)?;
        let long = i64::from((self.to - self.from).get_days()) >= BY_DAY;
        Ok(Overview {
            from: self.from.to_string(),
            to: self.to.to_string(),
            as_of: Instant(self.ask.now),
            now: self.now(conn)?,
            total,
            by_day: if long { Vec::new() } else { self.by_day(conn)? },
            by_month: if long { self.by_month(conn)? } else { Vec::new() },
            by_channel: groups(&channels),
            by_kind: groups(&kinds),
            by_unit: self.units(conn, &units)?,
            by_town: self.towns(conn, &towns)?,
            by_category: self.categories(&categories),
        })
    }

    /// Whether the asker sees the figures of the whole county.
    fn county(&self) -> bool {
        self.ask.actor.can_at_centre(Permission::OverviewRead)
    }

    /// What the asker may read of a cube.
    fn wanted(&self, cube: Cube) -> Wanted {
        let actor = &self.ask.actor;
        if self.county() {
            return cube.into();
        }
        cube.only(match cube {
            Cube::Unit => actor.reach.iter().map(ToString::to_string).collect(),
            Cube::Town => {
                actor.grants.iter().filter_map(|grant| grant.area_id).map(|id| id.to_string()).collect()
            }
            Cube::Total | Cube::Channel | Cube::Kind | Cube::Category => Vec::new(),
        })
    }

    /// The cube whose sum is what the asker sees in all.
    fn all(&self) -> Cube {
        if self.county() { Cube::Total } else { Cube::Unit }
    }

    /// The cells of a cube that the asker may read, over the whole period.
    fn whole(&self, conn: &mut Conn, cube: Cube) -> Result<Vec<Cell>, CaseError> {
        self.corrected(conn, cube, tally::over, (self.from, self.to))
    }

    /// The cells of some days, without what is counted as due there although its time is not over.
    fn corrected(
        &self,
        conn: &mut Conn,
        cube: Cube,
        read: Reading,
        (from, to): (Date, Date),
    ) -> Result<Vec<Cell>, CaseError> {
        let (first, last) = (days::number(from), days::number(to));
        let wanted = self.wanted(cube);
        let not_yet = self.not_yet.iter().map(|case| taken_out(case, cube));
        let not_yet =
            not_yet.filter(|cell| (first..=last).contains(&cell.period) && wanted.covers(&cell.key));
        let not_yet: Vec<Cell> = not_yet.collect();
        let mut cells = read(conn, wanted, first, last)?;
        cells.extend(not_yet);
        Ok(cells)
    }

    fn by_day(&self, conn: &mut Conn) -> Result<Vec<DayMeasures>, CaseError> {
        let cells = self.corrected(conn, self.all(), tally::by_day, (self.from, self.to))?;
        let mut days: BTreeMap<i64, Vec<&Cell>> = BTreeMap::new();
        for cell in &cells {
            days.entry(cell.period).or_default().push(cell);
        }
        let span = self.from.series(1.day()).take_while(|day| *day <= self.to);
        let day = |day: Date| DayMeasures {
            day: day.to_string(),
            measures: sum(days.get(&days::number(day)).into_iter().flatten().copied()),
        };
        Ok(span.map(day).collect())
    }

    fn by_month(&self, conn: &mut Conn) -> Result<Vec<MonthMeasures>, CaseError> {
        let cells = self.corrected(conn, self.all(), tally::months_of, (self.from, self.to))?;
        let mut months: BTreeMap<i64, Vec<&Cell>> = BTreeMap::new();
        for cell in &cells {
            // What is taken out stands at its day.
            let month = if cell.period < 10_000_000 { cell.period } else { cell.period / 100 };
            months.entry(month).or_default().push(cell);
        }
        let span = self.from.first_of_month().series(1.month()).take_while(|month| *month <= self.to);
        let month = |month: Date| MonthMeasures {
            month: month.strftime("%Y-%m").to_string(),
            measures: sum(months.get(&(days::number(month) / 100)).into_iter().flatten().copied()),
        };
        Ok(span.map(month).collect())
    }

    fn now(&self, conn: &mut Conn) -> Result<Now, CaseError> {
        let today = days::number(self.today);
        let measures = sum(&tally::by_day(conn, self.wanted(self.all()), today, today)?);
        let count = |conn: &mut Conn, due: Option<DueFilter>| {
            let filters = Filters {
                open: Some(true),
                due: due.map(|due| (due, ms(self.ask.now))),
                ..Filters::default()
            };
            Listing::of(self.ask, vec![Source::Every], filters, Order::Due).total(conn)
        };
        Ok(Now {
            registered_today: measures.registered,
            closed_today: measures.closed,
            due_today: measures.due,
            open: count(conn, None)?,
            late: count(conn, Some(DueFilter::Late))?,
            soon: count(conn, Some(DueFilter::Soon))?,
        })
    }

    fn units(&self, conn: &mut Conn, cells: &[Cell]) -> Result<Vec<GroupMeasures>, CaseError> {
        let mut groups = groups(cells);
        let ids = groups.iter().filter_map(|group| group.key.parse().ok());
        let names = names::Wanted::default().units(ids).load(conn)?;
        for group in &mut groups {
            match group.key.parse() {
                Ok(0) | Err(_) => group.key.clear(),
                Ok(id) => group.zh = Some(names.unit(id).short_name),
            }
        }
        Ok(groups)
    }

    fn towns(&self, conn: &mut Conn, cells: &[Cell]) -> Result<Vec<GroupMeasures>, CaseError> {
        let mut groups = groups(cells);
        let ids = groups.iter().filter_map(|group| group.key.parse().ok());
        let names = names::Wanted::default().areas(ids).load(conn)?;
        for group in &mut groups {
            match group.key.parse() {
                Ok(0) | Err(_) => group.key.clear(),
                Ok(id) => group.zh = names.area(id).map(|area| area.name),
            }
        }
        Ok(groups)
    }

    fn categories(&self, cells: &[Cell]) -> Vec<GroupMeasures> {
        let mut groups = groups(cells);
        for group in &mut groups {
            if let Some(category) = knowledge::category(self.rules, &group.key) {
                group.zh = Some(category.zh);
                group.en = Some(category.en);
            }
        }
        groups
    }
}

/// The groups of a cube, the largest first.
fn groups(cells: &[Cell]) -> Vec<GroupMeasures> {
    let mut keys: BTreeMap<&str, Vec<&Cell>> = BTreeMap::new();
    for cell in cells {
        keys.entry(cell.key.as_str()).or_default().push(cell);
    }
    let mut groups: Vec<GroupMeasures> = keys
        .into_iter()
        .map(|(key, cells)| GroupMeasures { key: key.to_owned(), zh: None, en: None, measures: sum(cells) })
        .filter(|group| group.measures != Measures::default())
        .collect();
    groups.sort_by(|a, b| {
        (b.measures.registered, b.measures.due)
            .cmp(&(a.measures.registered, a.measures.due))
            .then(a.key.cmp(&b.key))
    });
    groups
}

/// The measures of some cells. The rate's denominator is everything that was due: what is still open and overdue
/// counts against it, what still has time does not.
fn sum<'a>(cells: impl IntoIterator<Item = &'a Cell>) -> Measures {
    let mut sum = Measures::default();
    for cell in cells {
        match cell.measure.as_str() {
            "registered" => sum.registered += cell.n,
            "ended" => sum.ended += cell.n,
            "closed" => sum.closed += cell.n,
            "due" => sum.due += cell.n,
            "on_time" => sum.on_time += cell.n,
            "replied" => sum.replied += cell.n,
            "reopened" => sum.reopened += cell.n,
            "yellow" => sum.yellow += cell.n,
            "red" => sum.red += cell.n,
            "callbacks" => sum.callbacks += cell.n,
            "resolved" => sum.resolved += cell.n,
            "satisfied" => sum.satisfied += cell.n,
            _ => {}
        }
    }
    sum.on_time_rate = rate(sum.on_time, sum.due);
    sum.resolved_rate = rate(sum.resolved, sum.callbacks);
    sum.satisfied_rate = rate(sum.satisfied, sum.callbacks);
    sum
}

#[expect(clippy::cast_precision_loss, reason = "counts of matters stay far below 2^52")]
fn rate(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

//! Which mould is stamped for which week and grid.

use super::mould::Mould;
use crate::{county::Ground, load::Zipf};
use onedoor::{App, demo::dice::Dice};
use rules::calendar::WorkCalendar;
use std::collections::BTreeMap;
use store::ms;

/// Milliseconds of a week.
pub const WEEK: i64 = 7 * 86_400_000;
/// How far back copies go: five years.
const BACK: i64 = 261;

/// A case to stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The mould.
    pub mould: usize,
    /// By how many weeks it is moved.
    pub weeks: i64,
    /// The grid.
    pub spot: usize,
}

/// For each mould the weeks into which it may be moved.
pub struct Weeks(Vec<Vec<i64>>);

impl Weeks {
    /// Weeks in which, over the mould's whole span, working days fall as they do in the mould's own, and that are over.
    ///
    /// # Errors
    /// A mould that fits nowhere.
    pub fn of(app: &App, moulds: &[Mould]) -> Result<Weeks, String> {
        let rules = app.cases.rules.current();
        let now = ms(app.store.clock().now());
        let weeks = moulds.iter().map(|mould| {
            let own = pattern(&rules.calendar, mould, 0);
            let fits: Vec<i64> = (-BACK..=BACK)
                .filter(|weeks| {
                    mould.ended + weeks * WEEK <= now && mould.started + weeks * WEEK > now - BACK * WEEK
                })
                .filter(|weeks| own.is_some() && pattern(&rules.calendar, mould, *weeks) == own)
                .collect();
            if fits.is_empty() {
                Err("a mould fits no week of the last five years".to_owned())
            } else {
                Ok(fits)
            }
        });
        weeks.collect::<Result<_, _>>().map(Weeks)
    }

    /// The weeks of a mould.
    #[must_use]
    pub fn of_mould(&self, mould: usize) -> &[i64] {
        &self.0[mould]
    }
}

/// Which days of a mould's span are working days when it is moved; `None` where the calendar does not say.
fn pattern(calendar: &WorkCalendar, mould: &Mould, weeks: i64) -> Option<Vec<bool>> {
    let days = (mould.span_until - mould.started) / 86_400_000 + 2;
    (0..days)
        .map(|day| {
            let at = store::at(mould.started + weeks * WEEK + day * 86_400_000);
            calendar.is_workday(calendar.date(at)).ok()
        })
        .collect()
}

/// Draws copies, oldest first: grids by Zipf's law, moulds of the grid's town and kind of place, weeks evenly.
///
/// # Errors
/// When there is no mould.
pub fn copies(
    ground: &Ground,
    moulds: &[Mould],
    weeks: &Weeks,
    count: usize,
    seed: u64,
) -> Result<Vec<Copy>, String> {
    let mut of_place: BTreeMap<(i64, bool), Vec<usize>> = BTreeMap::new();
    for (index, mould) in moulds.iter().enumerate() {
        let spot = &ground.spots[mould.spot];
        of_place.entry((spot.town_id, spot.urban)).or_default().push(index);
    }
    let mut dice = Dice::new(seed, 31);
    let areas = Zipf::new(ground.spots.len(), 1.0);
    if of_place.is_empty() {
        return Err("there is no mould".into());
    }
    let mut copies = Vec::with_capacity(count);
    while copies.len() < count {
        let spot = ground.by_rank[areas.draw(&mut dice)];
        let place = &ground.spots[spot];
        let Some(fitting) = of_place.get(&(place.town_id, place.urban)) else { continue };
        let mould = *dice.pick(fitting);
        copies.push(Copy { mould, weeks: *dice.pick(weeks.of_mould(mould)), spot });
    }
    copies.sort_by_key(|copy| moulds[copy.mould].started + copy.weeks * WEEK);
    Ok(copies)
}

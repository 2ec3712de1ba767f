//! How long things take: office hours, or day and night when it presses; late now and then.

use super::{Sim, time::wall};
use rules::words::{CaseKind, Urgency};
use store::Timestamp;

impl Sim<'_> {
    /// When the host answers, and whether that is too late.
    pub(super) fn reply_time(&mut self, case: usize, from: Timestamp) -> (Timestamp, bool) {
        let joint = !self.live[case].helpers.is_empty();
        let live = &mut self.live[case];
        let late = live.dice.percent(match live.plan.urgency {
            Urgency::Emergency | Urgency::Urgent => 5,
            Urgency::Ordinary | Urgency::Hard => 8,
        });
        let share = live.dice.unit() * live.dice.unit() + live.dice.between(0.03, 0.12);
        let overrun = live.dice.between(1.05, 1.9);
        let at = match live.plan.urgency {
            Urgency::Emergency => {
                wall(from, if late { 24.0 * 60.0 * overrun } else { 180.0 + 900.0 * share })
            }
            Urgency::Urgent => wall(from, if late { 23.0 * 60.0 * overrun } else { 40.0 + 620.0 * share }),
            Urgency::Ordinary => {
                let days = match (late, live.plan.kind == CaseKind::Inquiry, joint) {
                    (true, false, false) => 5.0 * overrun,
                    (true, true, _) => 2.0 * overrun,
                    (true, false, true) => 10.0 * overrun,
                    (false, true, _) => 1.4 * share,
                    (false, false, true) => 1.0 + 7.5 * share,
                    (false, false, false) => 0.3 + 4.0 * share,
                };
                self.hours.work(from, days * self.hours.day())
            }
            Urgency::Hard => {
                let days = if late { 11.0 * overrun } else { 1.5 + 7.5 * share };
                self.hours.work(from, days * self.hours.day())
            }
        };
        (at, late)
    }

    pub(super) fn in_hours(&mut self, case: usize, from: Timestamp, low: f64, high: f64) -> Timestamp {
        self.hours.soon(from, low, high, &mut self.live[case].dice)
    }

    pub(super) fn in_days(&mut self, case: usize, from: Timestamp, low: f64, high: f64) -> Timestamp {
        let day = self.hours.day();
        self.hours.soon(from, low * day, high * day, &mut self.live[case].dice)
    }

    /// Office hours, or day and night when it presses.
    pub(super) fn at_once(&mut self, case: usize, from: Timestamp, low: f64, high: f64) -> Timestamp {
        let live = &mut self.live[case];
        if live.presses() {
            return wall(from, live.dice.between(low, high));
        }
        self.hours.soon(from, low, high, &mut live.dice)
    }

    /// Office hours, unless it presses; late in `chance` of 100.
    pub(super) fn desk_time(
        &mut self,
        case: usize,
        from: Timestamp,
        usual: (f64, f64),
        late: (f64, f64),
        chance: u32,
    ) -> Timestamp {
        if self.live[case].presses() {
            return self.wall_time(
                case,
                from,
                (usual.0 / 2.0, usual.1 / 1.5),
                (late.0 / 1.5, late.1 / 1.5),
                chance,
            );
        }
        let dice = &mut self.live[case].dice;
        let (low, high) = if dice.percent(chance) { late } else { usual };
        self.hours.soon(from, low, high, dice)
    }

    pub(super) fn wall_time(
        &mut self,
        case: usize,
        from: Timestamp,
        usual: (f64, f64),
        late: (f64, f64),
        chance: u32,
    ) -> Timestamp {
        let dice = &mut self.live[case].dice;
        let (low, high) = if dice.percent(chance) { late } else { usual };
        wall(from, dice.between(low, high))
    }
}

/// A share of the way between two instants.
pub(super) fn between(from: Timestamp, until: Timestamp, share: f64) -> Timestamp {
    #[expect(clippy::cast_precision_loss, reason = "some weeks in milliseconds fit")]
    let span = (store::ms(until) - store::ms(from)) as f64;
    wall(from, span * share / 60_000.0)
}

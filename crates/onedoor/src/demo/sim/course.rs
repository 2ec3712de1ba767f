//! What follows from what, and when. Most is done in time; some is late, and some lies still.

use super::{
    Live, Outcome, Sim, Step,
    plan::{Fate, Plan},
    time::wall,
};
use crate::demo::{dice::Dice, staff::Staff};
use rules::words::{CaseKind, Channel, Urgency};
use store::Timestamp;

/// How often a refused step is tried again.
const TRIES: u32 = 3;
/// Attempts to call somebody back.
const ATTEMPTS: u32 = 3;
/// Minutes of a day.
const DAY: f64 = 24.0 * 60.0;

impl Live {
    pub(super) fn new(plan: Plan, dice: Dice) -> Live {
        let at = plan.at;
        Live {
            plan,
            id: 0,
            reporters: Vec::new(),
            host: None,
            helpers: Vec::new(),
            dice,
            dispatched_at: at,
            tries: 0,
            attempts: 0,
            returned: false,
            rejected: false,
            reworked: false,
            discontent: false,
            ended: false,
        }
    }

    /// Some matters need a second unit; a whistle needs all whom it calls.
    pub(super) fn with_helpers(mut self, staff: &Staff) -> Live {
        const HELPERS: [&str; 8] = ["gaj", "cgj", "zrzy", "sfj", "mzj", "hbj", "scj", "yjj"];
        if self.plan.kind == CaseKind::Whistle {
            self.helpers = self.plan.needed.iter().skip(1).copied().collect();
        } else if self.plan.kind != CaseKind::WrongdoingReport && self.dice.percent(7) {
            self.helpers = staff.units.get(*self.dice.pick(&HELPERS)).copied().into_iter().collect();
        }
        self
    }

    /// Day and night count, as for danger and for water, power, gas and heat.
    fn presses(&self) -> bool {
        matches!(self.plan.urgency, Urgency::Emergency | Urgency::Urgent)
    }
}

impl Plan {
    /// Whether the unit has to come to the place.
    pub(super) fn on_site(&self) -> bool {
        self.urgency == Urgency::Emergency
            || self.urgency == Urgency::Urgent
            || self.kind == CaseKind::Whistle
    }
}

impl Sim<'_> {
    /// What follows a command that was done.
    pub(super) fn after(&mut self, case: usize, step: Step, at: Timestamp, outcome: Outcome) {
        self.live[case].tries = 0;
        if matches!(
            outcome.state.as_str(),
            "answered" | "not_accepted" | "transferred_emergency" | "withdrawn" | "merged"
        ) {
            self.live[case].ended = true;
        }
        match step {
            Step::Register => self.registered(case, at, outcome),
            Step::Verify => {
                let next = self.desk_time(case, at, (5.0, 60.0), (130.0, 290.0), 5);
                self.push(next, case, Step::Dispatch);
            }
            Step::Dispatch => self.dispatched(case, at, outcome),
            Step::Sign => self.signed(case, at),
            Step::AskReturn => {
                let next = self.in_hours(case, at, 30.0, 320.0);
                self.push(next, case, Step::DecideReturn);
            }
            Step::DecideReturn => {
                let again = if outcome.state == "verified" { Step::Dispatch } else { Step::Sign };
                let next = self.in_hours(case, at, 10.0, 120.0);
                self.push(next, case, again);
            }
            Step::AskExtension => {
                let next = self.in_hours(case, at, 20.0, 200.0);
                self.push(next, case, Step::DecideExtension);
            }
            Step::Suspend => {
                let next = self.in_days(case, at, 3.0, 9.0);
                self.push(next, case, Step::Resume);
            }
            Step::Resume => {
                let next = self.in_days(case, at, 0.5, 2.0);
                self.push(next, case, Step::Reply);
            }
            Step::Supervise => {
                let next = self.in_days(case, at, 0.4, 2.6);
                self.push(next, case, Step::AnswerSupervision);
            }
            Step::DecideWhistle => self.whistled(case, at),
            Step::Reply | Step::Review | Step::Deliver | Step::Callback(_) | Step::Rework => {
                self.answered(case, step, at, &outcome);
            }
            Step::Close | Step::CloseAnyway => self.closed(case, at),
            Step::Reopen => {
                self.live[case].ended = false;
                self.live[case].reworked = true;
                let next = self.in_hours(case, at, 30.0, 300.0);
                self.push(next, case, if outcome.state == "verified" { Step::Dispatch } else { Step::Sign });
            }
            Step::Answer | Step::NotAccept | Step::Emergency | Step::Withdraw | Step::Merge => {
                self.ended(case, step, at);
            }
            Step::Start
            | Step::Note
            | Step::CoSign(_)
            | Step::CoReply(_)
            | Step::DecideExtension
            | Step::Archive
            | Step::AnswerSupervision
            | Step::Remind
            | Step::ReportIn(_) => {}
        }
    }

    /// A step that could not even be tried.
    pub(super) fn skip(&mut self, case: usize, step: Step, at: Timestamp) {
        if step == Step::Merge {
            self.push(at, case, Step::Verify);
        }
    }

    /// A step that was refused: some are tried again later, some lead elsewhere, some are let be.
    pub(super) fn stumble(&mut self, case: usize, step: Step, at: Timestamp) {
        match step {
            Step::Merge | Step::Answer | Step::NotAccept | Step::Emergency => {
                self.push(at, case, Step::Verify)
            }
            Step::AskReturn => self.push(at, case, Step::Sign),
            Step::Suspend => self.push(at, case, Step::Reply),
            Step::Callback(_) => self.push(at, case, Step::CloseAnyway),
            Step::Verify
            | Step::Dispatch
            | Step::Sign
            | Step::Reply
            | Step::Review
            | Step::CloseAnyway
            | Step::Rework => {
                self.live[case].tries += 1;
                if self.live[case].tries <= TRIES {
                    let next = self.in_hours(case, at, 60.0, 240.0);
                    self.push(next, case, step);
                }
            }
            Step::Register
            | Step::Withdraw
            | Step::DecideReturn
            | Step::Start
            | Step::Note
            | Step::CoSign(_)
            | Step::CoReply(_)
            | Step::AskExtension
            | Step::DecideExtension
            | Step::Resume
            | Step::Deliver
            | Step::Close
            | Step::Reopen
            | Step::Archive
            | Step::Supervise
            | Step::AnswerSupervision
            | Step::Remind
            | Step::DecideWhistle
            | Step::ReportIn(_) => {}
        }
    }

    fn registered(&mut self, case: usize, at: Timestamp, outcome: Outcome) {
        self.lived.matters += 1;
        let live = &mut self.live[case];
        live.id = outcome.case;
        let contacts = live.plan.reporters.iter().map(|reporter| reporter.person.phone.is_some());
        live.reporters =
            outcome.reporters.iter().zip(contacts).filter(|(_, has)| *has).map(|(id, _)| *id).collect();
        let (fate, channel, kind) = (live.plan.fate, live.plan.channel, live.plan.kind);
        let counter = matches!(channel, Channel::Window | Channel::Hotline | Channel::DutyOffice);
        match fate {
            Fate::Answered if counter => {
                let next = wall(at, self.live[case].dice.between(3.0, 22.0));
                self.push(next, case, Step::Answer);
            }
            Fate::Answered => {
                let next = self.in_hours(case, at, 15.0, 170.0);
                self.push(next, case, Step::Answer);
            }
            Fate::Emergency => {
                let next = wall(at, self.live[case].dice.between(2.0, 11.0));
                self.push(next, case, Step::Emergency);
            }
            Fate::NotAccepted => {
                let next = self.in_hours(case, at, 10.0, 110.0);
                self.push(next, case, Step::NotAccept);
            }
            Fate::Merged(_) => {
                let next = self.desk_time(case, at, (8.0, 80.0), (130.0, 240.0), 5);
                self.push(next, case, Step::Merge);
            }
            Fate::Withdrawn | Fate::Handled => {
                let next = self.desk_time(case, at, (4.0, 70.0), (130.0, 320.0), 7);
                self.push(next, case, Step::Verify);
            }
        }
        if fate == Fate::Withdrawn {
            let next = self.in_hours(case, at, 150.0, 1200.0);
            self.push(next, case, Step::Withdraw);
        }
        if kind == CaseKind::Whistle {
            let next = self.in_hours(case, at, 15.0, 230.0);
            self.push(next, case, Step::DecideWhistle);
        }
    }

    fn dispatched(&mut self, case: usize, at: Timestamp, outcome: Outcome) {
        let live = &mut self.live[case];
        live.host = outcome.host.or(live.host);
        let host = live.host;
        live.helpers.retain(|helper| Some(*helper) != host);
        live.dispatched_at = at;
        for helper in 0..self.live[case].helpers.len() {
            let next = self.in_hours(case, at, 20.0, 220.0);
            self.push(next, case, Step::CoSign(helper));
        }
        // A few lie still until somebody notices.
        if !self.live[case].dice.percent(1) {
            self.sign_or_return(case, at);
        }
        if self.live[case].dice.percent(4) {
            let next = self.in_days(case, at, 1.0, 3.5);
            self.push(next, case, Step::Remind);
        }
    }

    fn sign_or_return(&mut self, case: usize, at: Timestamp) {
        let sign = match self.live[case].plan.urgency {
            Urgency::Emergency => self.wall_time(case, at, (5.0, 40.0), (65.0, 150.0), 8),
            Urgency::Urgent => self.wall_time(case, at, (10.0, 150.0), (250.0, 600.0), 7),
            Urgency::Ordinary | Urgency::Hard => self.desk_time(case, at, (10.0, 165.0), (260.0, 700.0), 8),
        };
        let live = &mut self.live[case];
        let returns = !live.returned && live.plan.kind != CaseKind::Whistle && live.dice.percent(5);
        live.returned |= returns;
        self.push(sign, case, if returns { Step::AskReturn } else { Step::Sign });
    }

    fn signed(&mut self, case: usize, at: Timestamp) {
        let start = match self.live[case].plan.urgency {
            Urgency::Emergency => self.wall_time(case, at, (10.0, 75.0), (130.0, 240.0), 10),
            Urgency::Urgent => self.wall_time(case, at, (30.0, 420.0), (800.0, 1500.0), 8),
            Urgency::Ordinary | Urgency::Hard => self.in_hours(case, at, 30.0, 390.0),
        };
        self.push(start, case, Step::Start);
        let still = self.live[case].dice.percent(2);
        let (reply, late) = self.reply_time(case, start);
        if self.live[case].dice.percent(45) {
            self.push(between(start, reply, 0.3), case, Step::Note);
        }
        for helper in 0..self.live[case].helpers.len() {
            self.push(between(start, reply, 0.6), case, Step::CoReply(helper));
        }
        let supervised = self.live[case].dice.percent(if late || still { 45 } else { 1 });
        if supervised {
            let when = if still { self.in_days(case, start, 5.5, 8.0) } else { between(start, reply, 0.93) };
            self.push(when, case, Step::Supervise);
        }
        if still {
            return;
        }
        let (asks, rests) = (self.live[case].dice.percent(7), self.live[case].dice.percent(2));
        if rests && !self.live[case].presses() {
            self.push(between(start, reply, 0.5), case, Step::Suspend);
            return;
        }
        self.push(reply, case, Step::Reply);
        if asks && !late && !self.live[case].presses() {
            self.push(between(start, reply, 0.7), case, Step::AskExtension);
        }
    }

    /// When the host answers, and whether that is too late.
    fn reply_time(&mut self, case: usize, from: Timestamp) -> (Timestamp, bool) {
        let joint = !self.live[case].helpers.is_empty();
        let live = &mut self.live[case];
        let late = live.dice.percent(match live.plan.urgency {
            Urgency::Emergency => 7,
            Urgency::Urgent => 10,
            Urgency::Ordinary | Urgency::Hard => 9,
        });
        let share = live.dice.unit() * live.dice.unit() + live.dice.between(0.03, 0.12);
        let overrun = live.dice.between(1.05, 1.9);
        let at = match live.plan.urgency {
            Urgency::Emergency => {
                wall(from, if late { 24.0 * 60.0 * overrun } else { 180.0 + 900.0 * share })
            }
            Urgency::Urgent => wall(from, if late { 23.0 * 60.0 * overrun } else { 120.0 + 1050.0 * share }),
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

    fn whistled(&mut self, case: usize, at: Timestamp) {
        for unit in 0..self.live[case].plan.needed.len() {
            let next = self.desk_time(case, at, (60.0, 390.0), (430.0, 800.0), 12);
            self.push(next, case, Step::ReportIn(unit));
        }
    }

    fn answered(&mut self, case: usize, step: Step, at: Timestamp, outcome: &Outcome) {
        match (step, outcome.state.as_str()) {
            (Step::Reply, _) => {
                let next = self.desk_time(case, at, (10.0, 330.0), (440.0, 900.0), 6);
                self.push(next, case, Step::Review);
            }
            (Step::Review, "callback") if self.live[case].reporters.is_empty() => {
                let next = self.in_hours(case, at, 30.0, 600.0);
                self.push(next, case, Step::Close);
            }
            (Step::Review, "callback") => {
                let deliver = self.in_hours(case, at, 10.0, 200.0);
                self.push(deliver, case, Step::Deliver);
                let next = self.desk_time(case, deliver, (40.0, 900.0), (1300.0, 2200.0), 5);
                self.push(next, case, Step::Callback(0));
            }
            (Step::Review, _) => {
                self.live[case].rejected = true;
                let next = self.in_days(case, at, 0.3, 2.2);
                self.push(next, case, Step::Reply);
            }
            (Step::Callback(_), "closed") => self.closed(case, at),
            (Step::Callback(reporter), _) => self.called(case, reporter, at),
            (Step::Rework, "dispatched") => {
                self.live[case].reworked = true;
                self.sign_or_return(case, at);
            }
            (Step::Rework, _) => {
                let next = self.in_hours(case, at, 20.0, 200.0);
                self.push(next, case, Step::Dispatch);
            }
            _ => {}
        }
    }

    fn called(&mut self, case: usize, reporter: usize, at: Timestamp) {
        let live = &mut self.live[case];
        let away = live.attempts > 0;
        if away && live.attempts < ATTEMPTS {
            let next = self.in_hours(case, at, 120.0, 420.0);
            self.push(next, case, Step::Callback(reporter));
        } else if reporter + 1 < live.reporters.len() {
            live.attempts = 0;
            let next = self.in_hours(case, at, 5.0, 200.0);
            self.push(next, case, Step::Callback(reporter + 1));
        } else {
            let again = live.discontent && !live.reworked && live.dice.percent(72);
            live.attempts = 0;
            live.discontent = false;
            let next = self.in_hours(case, at, 10.0, 160.0);
            self.push(next, case, if again { Step::Rework } else { Step::CloseAnyway });
        }
    }

    fn closed(&mut self, case: usize, at: Timestamp) {
        self.live[case].ended = true;
        if !self.live[case].reworked && self.live[case].dice.percent(2) {
            let next = self.in_days(case, at, 1.0, 9.0);
            self.push(next, case, Step::Reopen);
        } else {
            self.archive(case, at);
        }
    }

    fn ended(&mut self, case: usize, step: Step, at: Timestamp) {
        self.live[case].ended = true;
        if step == Step::Merge {
            // Who reported the second one is asked with those of the first.
            if let Fate::Merged(earlier) = self.live[case].plan.fate {
                let reporters = self.live[case].reporters.clone();
                self.live[earlier].reporters.extend(reporters);
            }
        } else {
            self.archive(case, at);
        }
    }

    /// When the way back is over.
    fn archive(&mut self, case: usize, at: Timestamp) {
        let next = wall(at, self.live[case].dice.between(30.2, 36.0) * DAY);
        self.push(next, case, Step::Archive);
    }

    fn in_hours(&mut self, case: usize, from: Timestamp, low: f64, high: f64) -> Timestamp {
        self.hours.soon(from, low, high, &mut self.live[case].dice)
    }

    fn in_days(&mut self, case: usize, from: Timestamp, low: f64, high: f64) -> Timestamp {
        let day = self.hours.day();
        self.hours.soon(from, low * day, high * day, &mut self.live[case].dice)
    }

    /// Office hours, unless it presses; late in `chance` of 100.
    fn desk_time(
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

    fn wall_time(
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
fn between(from: Timestamp, until: Timestamp, share: f64) -> Timestamp {
    #[expect(clippy::cast_precision_loss, reason = "some weeks in milliseconds fit")]
    let span = (store::ms(until) - store::ms(from)) as f64;
    wall(from, span * share / 60_000.0)
}

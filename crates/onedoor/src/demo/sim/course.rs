//! What follows from what, and when. Most is done in time; some is late, and some lies still.

use super::{
    Live, Outcome, Sim, Step,
    pace::between,
    plan::{Fate, Plan},
    time::wall,
};
use crate::demo::{dice::Dice, staff::Staff};
use rules::words::{CaseKind, Channel, Confidentiality, Urgency};
use store::Timestamp;

/// How often a refused step is tried again.
const TRIES: u32 = 3;
/// Attempts to call somebody back.
const ATTEMPTS: u32 = 3;
/// Minutes of a day.
const DAY: f64 = 24.0 * 60.0;

impl Live {
    pub(super) fn new(plan: Plan, dice: Dice) -> Live {
        let (at, waits) = (plan.at, plan.course.is_some());
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
            rejected: waits,
            reworked: false,
            discontent: false,
            centre_answers: false,
            called: false,
            declined: false,
            ended: false,
            walked: 0,
        }
    }

    /// Some matters need a second unit; a whistle needs all whom it calls.
    pub(super) fn with_helpers(mut self, staff: &Staff) -> Live {
        const HELPERS: [&str; 8] = ["gaj", "cgj", "zrzy", "sfj", "mzj", "hbj", "scj", "yjj"];
        if self.plan.course.is_some() {
            self.helpers.clear();
        } else if self.plan.kind == CaseKind::Whistle {
            self.helpers = self.plan.needed.iter().skip(1).copied().collect();
        } else if self.plan.kind != CaseKind::WrongdoingReport && self.dice.percent(7) {
            self.helpers = staff.units.get(*self.dice.pick(&HELPERS)).copied().into_iter().collect();
        }
        self
    }

    /// Whether only named people may know of it.
    pub(super) fn is_sealed(&self) -> bool {
        self.plan.confidentiality() == Confidentiality::Sealed
    }

    /// Day and night count, as for danger and for water, power, gas and heat.
    pub(super) fn presses(&self) -> bool {
        matches!(self.plan.urgency, Urgency::Emergency | Urgency::Urgent)
    }
}

impl Plan {
    /// Whether the unit has to come to the place.
    pub(super) fn on_site(&self) -> bool {
        matches!(self.urgency, Urgency::Emergency | Urgency::Urgent)
            || matches!(self.kind, CaseKind::Whistle | CaseKind::Hazard)
    }
}

impl Sim<'_> {
    /// What follows a command that was done.
    pub(super) fn after(&mut self, case: usize, step: Step, at: Timestamp, outcome: Outcome) {
        self.live[case].tries = 0;
        if self.live[case].plan.course.is_some() {
            return self.lead(case, step, at, outcome);
        }
        if matches!(
            outcome.state.as_str(),
            "answered" | "not_accepted" | "transferred_emergency" | "withdrawn" | "merged"
        ) {
            self.live[case].ended = true;
        }
        match step {
            Step::Register => self.registered(case, at, outcome),
            Step::Verify => {
                let next = self.desk_time(case, at, (5.0, 60.0), (130.0, 290.0), 3);
                self.push(next, case, Step::Dispatch);
            }
            Step::Dispatch => self.dispatched(case, at, outcome),
            Step::Sign => self.signed(case, at),
            Step::DecideWhistle if self.live[case].declined => {}
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
            Step::AskReturn
            | Step::DecideReturn
            | Step::AskExtension
            | Step::Suspend
            | Step::Resume
            | Step::Supervise
            | Step::AnswerSupervision
            | Step::CoSign(_) => self.around(case, step, at, &outcome),
            Step::Start
            | Step::Note
            | Step::CoArrive(_)
            | Step::CoReply(_)
            | Step::DecideExtension
            | Step::Archive
            | Step::Remind
            | Step::ReportIn(_) => {}
        }
    }

    /// What lies over a case: requests, suspensions, supervision; and who helps.
    fn around(&mut self, case: usize, step: Step, at: Timestamp, outcome: &Outcome) {
        match step {
            Step::AskReturn => {
                let next = self.at_once(case, at, 20.0, 200.0);
                self.push(next, case, Step::DecideReturn);
            }
            Step::DecideReturn => {
                let again = if outcome.state == "verified" { Step::Dispatch } else { Step::Sign };
                let next = self.at_once(case, at, 10.0, 100.0);
                self.push(next, case, again);
            }
            Step::AskExtension => {
                let next = self.in_hours(case, at, 20.0, 120.0);
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
            Step::AnswerSupervision => {
                // What waited for the written reply can be closed now.
                let asked = self.live[case].called || self.live[case].reporters.is_empty();
                if outcome.state == "callback" && asked {
                    let next = self.in_hours(case, at, 10.0, 120.0);
                    self.push(next, case, Step::CloseAnyway);
                }
            }
            Step::CoSign(helper) if self.live[case].plan.on_site() => {
                let next = self.at_once(case, at, 10.0, 80.0);
                self.push(next, case, Step::CoArrive(helper));
            }
            _ => {}
        }
    }

    /// A step that could not even be tried.
    pub(super) fn skip(&mut self, case: usize, step: Step, at: Timestamp) {
        if step == Step::Merge {
            self.push(at, case, Step::Verify);
        }
    }

    /// A step that was refused: some are tried again later, some lead elsewhere, some are let be.
    pub(super) fn stumble(&mut self, case: usize, step: Step, at: Timestamp, code: &str) {
        if self.live[case].plan.course.is_some() {
            return;
        }
        match step {
            Step::CoReply(_) if code == "case.suspended" => {
                let next = self.in_days(case, at, 0.8, 1.6);
                self.push(next, case, step);
            }
            // A helper is not done yet.
            Step::Reply if code == "reply.co_handlers_open" => {
                let next = self.at_once(case, at, 120.0, 400.0);
                self.push(next, case, step);
            }
            Step::Merge | Step::Answer | Step::NotAccept | Step::Emergency => {
                self.push(at, case, Step::Verify)
            }
            Step::AskReturn => self.push(at, case, Step::Sign),
            Step::Suspend => self.push(at, case, Step::Reply),
            Step::Callback(_) => self.push(at, case, Step::CloseAnyway),
            // Somebody with a telephone has joined in the meantime: a merged matter's reporter.
            Step::Close if !self.live[case].reporters.is_empty() => self.called_up(case, at),
            // The host is done with it: the centre answers for the order.
            Step::AnswerSupervision if !self.live[case].centre_answers => {
                self.live[case].centre_answers = true;
                self.push(at, case, step);
            }
            Step::Verify
            | Step::Dispatch
            | Step::Sign
            | Step::Reply
            | Step::Review
            | Step::CloseAnyway
            | Step::Rework => {
                self.live[case].tries += 1;
                if self.live[case].tries <= TRIES {
                    let next = self.at_once(case, at, 60.0, 200.0);
                    self.push(next, case, step);
                }
            }
            Step::Register
            | Step::Withdraw
            | Step::DecideReturn
            | Step::Start
            | Step::Note
            | Step::CoSign(_)
            | Step::CoArrive(_)
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
                let next = self.desk_time(case, at, (8.0, 80.0), (130.0, 240.0), 3);
                self.push(next, case, Step::Merge);
            }
            Fate::Withdrawn | Fate::Handled => {
                let next = self.desk_time(case, at, (4.0, 70.0), (130.0, 320.0), 4);
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
            let next = self.at_once(case, at, 20.0, 120.0);
            self.push(next, case, Step::CoSign(helper));
        }
        // A few lie still until somebody notices.
        let found = if self.live[case].dice.percent(1) { self.in_days(case, at, 3.0, 9.0) } else { at };
        self.sign_or_return(case, found);
        if self.live[case].dice.percent(4) {
            let next = self.in_days(case, at, 1.0, 3.5);
            self.push(next, case, Step::Remind);
        }
    }

    fn sign_or_return(&mut self, case: usize, at: Timestamp) {
        let sign = match self.live[case].plan.urgency {
            Urgency::Emergency => self.wall_time(case, at, (5.0, 40.0), (65.0, 150.0), 8),
            Urgency::Urgent => self.wall_time(case, at, (10.0, 130.0), (250.0, 420.0), 4),
            Urgency::Ordinary | Urgency::Hard if self.live[case].plan.on_site() => {
                self.desk_time(case, at, (8.0, 100.0), (260.0, 500.0), 4)
            }
            Urgency::Ordinary | Urgency::Hard => self.desk_time(case, at, (10.0, 165.0), (260.0, 700.0), 5),
        };
        let live = &mut self.live[case];
        let returns = !live.returned && live.plan.kind != CaseKind::Whistle && live.dice.percent(5);
        live.returned |= returns;
        self.push(sign, case, if returns { Step::AskReturn } else { Step::Sign });
    }

    fn signed(&mut self, case: usize, at: Timestamp) {
        let start = match self.live[case].plan.urgency {
            Urgency::Emergency => self.wall_time(case, at, (10.0, 75.0), (130.0, 240.0), 10),
            Urgency::Urgent => self.wall_time(case, at, (20.0, 240.0), (700.0, 1000.0), 4),
            Urgency::Ordinary | Urgency::Hard if self.live[case].plan.on_site() => {
                self.desk_time(case, at, (10.0, 110.0), (250.0, 500.0), 5)
            }
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
            let found = self.in_days(case, start, 8.0, 15.0);
            self.push(found, case, Step::Reply);
            return;
        }
        let (asks, rests) = (self.live[case].dice.percent(7), self.live[case].dice.percent(2));
        if rests && !self.live[case].presses() {
            self.push(between(start, reply, 0.5), case, Step::Suspend);
            return;
        }
        self.push(reply, case, Step::Reply);
        let long = store::ms(reply) - store::ms(start) > 30 * 3_600_000;
        if asks && long && !late && !self.live[case].presses() {
            self.push(between(start, reply, 0.45), case, Step::AskExtension);
        }
    }

    fn whistled(&mut self, case: usize, at: Timestamp) {
        for unit in 0..self.live[case].plan.needed.len() {
            let next = self.desk_time(case, at, (60.0, 390.0), (430.0, 800.0), 10);
            self.push(next, case, Step::ReportIn(unit));
        }
    }

    fn answered(&mut self, case: usize, step: Step, at: Timestamp, outcome: &Outcome) {
        match (step, outcome.state.as_str()) {
            (Step::Reply, _) => {
                let next = self.desk_time(case, at, (10.0, 330.0), (440.0, 900.0), 4);
                self.push(next, case, Step::Review);
            }
            (Step::Review, "callback") if self.live[case].reporters.is_empty() => {
                let next = self.in_hours(case, at, 30.0, 600.0);
                self.push(next, case, Step::Close);
            }
            (Step::Review, "callback") => self.called_up(case, at),
            (Step::Review, _) => {
                self.live[case].rejected = true;
                let next = self.at_once(case, at, 60.0, 420.0);
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

    /// The answer is brought, then somebody calls.
    fn called_up(&mut self, case: usize, at: Timestamp) {
        let deliver = self.in_hours(case, at, 10.0, 160.0);
        self.push(deliver, case, Step::Deliver);
        let next = self.desk_time(case, deliver, (20.0, 600.0), (1250.0, 2000.0), 3);
        self.push(next, case, Step::Callback(0));
    }

    fn called(&mut self, case: usize, reporter: usize, at: Timestamp) {
        let live = &mut self.live[case];
        let away = live.attempts > 0;
        if away && live.attempts < ATTEMPTS {
            let next = self.in_hours(case, at, 60.0, 200.0);
            self.push(next, case, Step::Callback(reporter));
        } else if reporter + 1 < live.reporters.len() {
            live.attempts = 0;
            let next = self.in_hours(case, at, 5.0, 200.0);
            self.push(next, case, Step::Callback(reporter + 1));
        } else {
            let again = live.discontent && !live.reworked && live.dice.percent(72);
            live.called = !again;
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
}

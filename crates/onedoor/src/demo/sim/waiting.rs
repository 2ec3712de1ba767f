//! What waits on the desks when the demo opens, at whatever hour that is: a few matters that come as far as a desk and stay there.

use super::{
    Outcome, Sim, Span, Step,
    plan::{Fate, Plan, Planner},
    time::Hours,
};
use cases::commands::ReporterInput;
use people::persons::{Person, Phone};
use rules::words::{CaseKind, Channel, Confidentiality, Urgency};
use store::{Timestamp, ms};

/// Minutes of office hours between two steps of such a matter.
const STEP: f64 = 12.0;
/// How often a text that suits is drawn for.
const DRAWS: usize = 4000;

/// How far a matter goes before it is left lying.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Course {
    /// The steps after its registration.
    steps: &'static [Step],
    /// The unit it goes to; `None`: as the rules say.
    pub(super) unit: Option<i64>,
}

/// Who gets a matter that waits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    /// The unit that the rules find.
    Rules,
    /// The unit of the first account of a liaison, with which a visitor tries that duty.
    Liaison,
    /// Nobody yet: a town whistles.
    Whistle,
}

use Step::{AskExtension, AskReturn, Deliver, Dispatch, Reply, Review, Sign, Start, Supervise, Verify};

/// Working days ago, how far it came, and for whom.
const WAITING: [(f64, &[Step], For); 22] = [
    // To be cleaned.
    (0.05, &[], For::Rules),
    (0.12, &[], For::Rules),
    (0.2, &[], For::Rules),
    // To be dispatched; a return, an extension and a whistle to be decided.
    (0.1, &[Verify], For::Rules),
    (0.16, &[Verify], For::Rules),
    (0.35, &[Verify, Dispatch, AskReturn], For::Rules),
    (1.2, &[Verify, Dispatch, Sign, Start, AskExtension], For::Rules),
    (0.2, &[], For::Whistle),
    // To be signed, begun and answered by a unit; soon late, and late.
    (0.08, &[Verify, Dispatch], For::Liaison),
    (0.15, &[Verify, Dispatch], For::Liaison),
    (0.3, &[Verify, Dispatch, Sign], For::Liaison),
    (1.4, &[Verify, Dispatch, Sign, Start], For::Liaison),
    (4.4, &[Verify, Dispatch, Sign, Start], For::Liaison),
    (5.6, &[Verify, Dispatch, Sign, Start], For::Liaison),
    (4.3, &[Verify, Dispatch, Sign, Start], For::Rules),
    (6.4, &[Verify, Dispatch, Sign, Start], For::Rules),
    // A supervision order to be answered.
    (5.2, &[Verify, Dispatch, Sign, Start, Supervise], For::Liaison),
    (5.3, &[Verify, Dispatch, Sign, Start, Supervise], For::Rules),
    // Answers to be reviewed.
    (1.3, &[Verify, Dispatch, Sign, Start, Reply], For::Liaison),
    (1.6, &[Verify, Dispatch, Sign, Start, Reply], For::Rules),
    // People to be called.
    (1.8, &[Verify, Dispatch, Sign, Start, Reply, Review, Deliver], For::Rules),
    (2.1, &[Verify, Dispatch, Sign, Start, Reply, Review, Deliver], For::Rules),
];

/// How many of so many matters are to wait.
pub(super) fn share(matters: usize) -> usize {
    if matters >= WAITING.len() * 2 { WAITING.len() } else { 0 }
}

impl Planner<'_> {
    /// The matters that wait.
    pub(super) fn waiting(&mut self, hours: &Hours, span: Span) -> Vec<Plan> {
        let (urban, rural): (Vec<usize>, Vec<usize>) =
            (0..self.spots.len()).partition(|i| self.spots[*i].urban);
        let first = self.staff.listed.iter().find(|account| account.role == "liaison");
        let desk =
            first.and_then(|account| Some((account.login.clone(), *self.staff.units.get(&account.login)?)));
        let courses = WAITING.iter().take(share(span.matters));
        courses
            .map(|(days, steps, whose)| {
                let at = hours.ago(span, days * hours.day());
                let desk = desk.as_ref().filter(|_| *whose == For::Liaison);
                let plan = match whose {
                    For::Whistle => self.whistle(at, &rural),
                    For::Rules | For::Liaison => {
                        self.plain(at, &urban, desk.map(|(code, _)| code.as_str()), hours)
                    }
                };
                Plan {
                    course: Some(Course { steps, unit: desk.map(|(_, unit)| *unit) }),
                    fate: Fate::Handled,
                    ..plan
                }
            })
            .collect()
    }

    /// An ordinary matter somebody rings about, in the field of a department if one is asked for.
    fn plain(&mut self, at: Timestamp, spots: &[usize], department: Option<&str>, hours: &Hours) -> Plan {
        let mut plan = self.drawn(at, spots, hours);
        for _ in 0..DRAWS {
            if self.suits(&plan, department) {
                break;
            }
            plan = self.drawn(at, spots, hours);
        }
        let person = Person {
            name: Some(self.names.draw()),
            phone: Phone::parse(&self.names.phone()).ok(),
            ..Person::default()
        };
        plan.reporters = vec![ReporterInput { person, anonymous: false, confidential: false }];
        plan.channel = Channel::Hotline;
        plan.urgency = Urgency::Ordinary;
        plan.head_count = None;
        plan
    }

    fn suits(&self, plan: &Plan, department: Option<&str>) -> bool {
        let usual = self.rules.catalogue.get(&plan.category).is_ok_and(|c| c.urgency == Urgency::Ordinary);
        let theirs =
            department.is_none_or(|code| self.rules.routing.department_of(&plan.category) == Some(code));
        usual
            && theirs
            && matches!(plan.kind, CaseKind::Request | CaseKind::Complaint)
            && plan.confidentiality == Confidentiality::Open
    }
}

impl Hours {
    /// The last instant from which so many minutes of office hours have passed when the demo opens.
    fn ago(&self, span: Span, minutes: f64) -> Timestamp {
        let (mut early, mut late) = (ms(span.from), ms(span.until));
        while late - early > 1000 {
            let middle = early + (late - early) / 2;
            if self.work(store::at(middle), minutes) <= span.until { early = middle } else { late = middle }
        }
        store::at(early)
    }
}

impl Sim<'_> {
    /// The next step of a matter that goes as far as a desk, and no further.
    pub(super) fn lead(&mut self, case: usize, step: Step, at: Timestamp, outcome: Outcome) {
        let live = &mut self.live[case];
        let Some(course) = live.plan.course else { return };
        match step {
            Step::Register => {
                self.lived.matters += 1;
                live.id = outcome.case;
                live.reporters = outcome.reporters;
            }
            Step::Dispatch => {
                live.host = outcome.host;
                live.dispatched_at = at;
            }
            _ => {}
        }
        let next = course.steps.get(live.walked).copied();
        live.walked += 1;
        if let Some(next) = next {
            let when = self.hours.work(at, STEP);
            self.push(when, case, next);
        }
    }
}

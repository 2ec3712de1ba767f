//! Who does what: a step becomes a command.

use super::{Live, Sim, Step, plan::Fate};
use crate::demo::dice::Dice;
use cases::commands::Register;
use people::{Actor, Role};
use rules::words::{CaseKind, Channel, Urgency};
use serde_json::{Value, json};

/// A command ready to be run.
pub(super) enum Deed {
    /// A registration.
    Register(Actor, Box<Register>),
    /// A dispatch; the unit that takes it where no rule finds one.
    Dispatch(Actor, Value, i64),
    /// Anything else.
    Act(Actor, &'static str, Value),
}

impl Deed {
    /// Who does it.
    pub(super) fn account(&self) -> Option<i64> {
        match self {
            Deed::Register(actor, _) | Deed::Dispatch(actor, _, _) | Deed::Act(actor, _, _) => match actor {
                Actor::Account(account) => Some(account.account_id),
                Actor::System | Actor::Citizen => None,
            },
        }
    }
}

impl Sim<'_> {
    /// The command of a step; `None` when it can't be (any more).
    pub(super) fn deed(&mut self, case: usize, step: Step) -> Option<Deed> {
        let mut dice = self.live[case].dice.clone();
        let deed = match step {
            Step::Register => self.register(case, &mut dice),
            Step::Answer
            | Step::NotAccept
            | Step::Emergency
            | Step::Withdraw
            | Step::Merge
            | Step::Verify => self.at_the_desk(case, step, &mut dice),
            Step::Dispatch => Some(self.dispatch(case, &mut dice)),
            Step::AnswerSupervision if self.live[case].centre_answers => {
                let text = self.say(case, &self.texts.office().answer_supervision, &mut dice);
                Some(Deed::Act(
                    self.centre(Role::Dispatcher, &mut dice),
                    "answer_supervision",
                    json!({ "text": text }),
                ))
            }
            Step::Sign
            | Step::AskReturn
            | Step::Start
            | Step::Note
            | Step::AskExtension
            | Step::Resume
            | Step::Reply
            | Step::AnswerSupervision => self.by_the_host(case, step, &mut dice),
            Step::CoSign(helper) | Step::CoArrive(helper) | Step::CoReply(helper) => {
                self.by_a_helper(case, step, helper, &mut dice)
            }
            Step::DecideReturn | Step::DecideExtension | Step::Suspend | Step::DecideWhistle => {
                self.decided(case, step, &mut dice)
            }
            Step::ReportIn(helper) => {
                let unit = *self.live[case].plan.needed.get(helper)?;
                let actor = self.staff.handler(unit, &mut dice)?.clone();
                Some(Deed::Act(actor.into(), "whistle_arrive", json!({})))
            }
            Step::Review
            | Step::Deliver
            | Step::Callback(_)
            | Step::Close
            | Step::CloseAnyway
            | Step::Rework
            | Step::Reopen
            | Step::Archive
            | Step::Supervise
            | Step::Remind => self.afterwards(case, step, &mut dice),
        };
        self.live[case].dice = dice;
        if let Some(Deed::Act(_, "decline_whistle", _)) = &deed {
            self.live[case].declined = true;
        }
        if let Some(Deed::Act(_, "callback", body)) = &deed {
            let live = &mut self.live[case];
            live.attempts = if body["resolved"] == "unreachable" { live.attempts + 1 } else { 0 };
            live.discontent |= body["resolved"] == "no";
        }
        deed
    }

    fn centre(&self, role: Role, dice: &mut Dice) -> Actor {
        self.staff.someone(role, dice).clone().into()
    }

    fn say(&self, case: usize, phrases: &[String], dice: &mut Dice) -> String {
        self.texts.say(phrases, &self.spots[self.live[case].plan.spot], dice)
    }

    fn registrar(&self, case: usize, dice: &mut Dice) -> Actor {
        let plan = &self.live[case].plan;
        let spot = &self.spots[plan.spot];
        let town = self.staff.town_units.get(&spot.town_id);
        if plan.kind == CaseKind::Whistle {
            let handler = town.and_then(|unit| self.staff.handler(*unit, dice));
            return handler.map_or(Actor::System, |actor| actor.clone().into());
        }
        match plan.channel {
            Channel::Hotline | Channel::DutyOffice => self.centre(Role::Operator, dice),
            Channel::Window => {
                let counter = town.filter(|_| !spot.urban).and_then(|unit| self.staff.counters.get(unit));
                counter.map_or_else(|| self.centre(Role::Clerk, dice), |actor| actor.clone().into())
            }
            Channel::LeaderReception => self.centre(Role::Clerk, dice),
            Channel::GridWorker => {
                self.staff.grid_workers.get(&spot.grid).map_or(Actor::System, |actor| actor.clone().into())
            }
            Channel::Portal | Channel::OneCode => Actor::Citizen,
            Channel::Partner | Channel::Sensor => Actor::System,
        }
    }

    /// A whistle is its town's, also where nobody of the town is there to register it.
    fn whistling(&self, case: usize) -> Option<i64> {
        let plan = &self.live[case].plan;
        let town = self.staff.town_units.get(&self.spots[plan.spot].town_id);
        town.copied().filter(|_| plan.kind == CaseKind::Whistle)
    }

    fn register(&self, case: usize, dice: &mut Dice) -> Option<Deed> {
        let plan = &self.live[case].plan;
        let known = matches!(plan.channel, Channel::Window | Channel::GridWorker | Channel::LeaderReception);
        let category =
            (known || plan.kind == CaseKind::Whistle || dice.percent(60)).then(|| plan.category.clone());
        let input = Register {
            kind: plan.kind,
            channel: plan.channel,
            urgency: (plan.urgency == Urgency::Emergency).then_some(Urgency::Emergency),
            form: if category.is_some() { plan.form.clone() } else { serde_json::Map::new() },
            category,
            title: plan.written.title.clone(),
            detail: plan.written.detail.clone(),
            place: plan.place.clone(),
            confidentiality: Some(plan.confidentiality),
            reported_unit_id: plan.reported,
            reporters: plan.reporters.clone(),
            head_count: plan.head_count,
            occurred_at: None,
            external: None,
            units_needed: plan.needed.clone(),
            whistling_unit_id: self.whistling(case),
        };
        Some(Deed::Register(self.registrar(case, dice), Box::new(input)))
    }

    fn at_the_desk(&self, case: usize, step: Step, dice: &mut Dice) -> Option<Deed> {
        let office = self.texts.office();
        let live = &self.live[case];
        let steward = self.centre(Role::Steward, dice);
        Some(match step {
            Step::Answer => {
                let by_phone = matches!(live.plan.channel, Channel::Hotline | Channel::DutyOffice);
                let (actor, told_by) = match live.plan.channel {
                    Channel::Window | Channel::LeaderReception => (self.registrar(case, dice), "spoken"),
                    Channel::Hotline | Channel::DutyOffice => (self.centre(Role::Operator, dice), "phone"),
                    Channel::GridWorker
                    | Channel::Portal
                    | Channel::OneCode
                    | Channel::Partner
                    | Channel::Sensor => (steward, if by_phone { "phone" } else { "portal" }),
                };
                let text = format!("{}{}", live.plan.written.reply, self.say(case, &office.answer, dice));
                Deed::Act(actor, "answer", json!({ "text": text, "told_by": told_by }))
            }
            Step::NotAccept => {
                let (reason, route) = dice.pick(&office.not_accept);
                let body = json!({ "legal_reason": reason, "route": route, "told_by": "phone" });
                Deed::Act(steward, "not_accept", body)
            }
            Step::Emergency => {
                let service = dice.pick(&["110", "119", "120"]);
                let receipt = format!("接警台{}号，已派警", 1 + dice.below(9));
                let operator = self.centre(Role::Steward, dice);
                Deed::Act(operator, "transfer_emergency", json!({ "service": service, "receipt": receipt }))
            }
            Step::Withdraw => {
                let text = self.say(case, &office.withdraw, dice);
                Deed::Act(self.centre(Role::Operator, dice), "withdraw", json!({ "statement": text }))
            }
            Step::Merge => {
                let Fate::Merged(earlier) = live.plan.fate else { return None };
                let target = &self.live[earlier];
                if target.id == 0 || target.ended {
                    return None;
                }
                let reason = self.say(case, &office.merge, dice);
                Deed::Act(steward, "merge", json!({ "into": target.id.to_string(), "reason": reason }))
            }
            _ => {
                let plan = &live.plan;
                let body = json!({
                    "kind": plan.kind, "category": plan.category, "urgency": plan.urgency,
                    "confidentiality": plan.confidentiality(), "title": plan.written.title,
                    "place": plan.place, "form": plan.form,
                    "nobody_named": plan.kind == CaseKind::WrongdoingReport && plan.reported.is_none(),
                });
                Deed::Act(steward, "verify", body)
            }
        })
    }

    fn dispatch(&self, case: usize, dice: &mut Dice) -> Deed {
        let live = &self.live[case];
        let spot = &self.spots[live.plan.spot];
        let town = self.staff.town_units.get(&spot.town_id).copied().unwrap_or(self.staff.centre);
        let office = self.texts.office();
        let mut body = json!({ "reason": "" });
        let by_hand = if live.plan.kind == CaseKind::Whistle {
            live.plan.needed.first().copied()
        } else if live.returned {
            Some(if live.host == Some(town) { self.staff.centre } else { town })
        } else if let Some(course) = live.plan.course {
            course.unit
        } else {
            dice.percent(4).then_some(town)
        };
        if let Some(host) = by_hand {
            body["host"] = json!(host.to_string());
            let by_duty =
                live.plan.kind == CaseKind::Whistle || (!live.returned && live.plan.course.is_some());
            let reasons = if by_duty { &office.duty_reason } else { &office.hand_reason };
            body["reason"] = json!(self.say(case, reasons, dice));
            body["designated"] = json!(live.returned);
        }
        let helpers: Vec<String> = live.helpers.iter().map(ToString::to_string).collect();
        body["co_handlers"] = json!(helpers);
        if !live.helpers.is_empty() {
            body["resolution_class"] = json!("coordinated");
        } else if live.plan.kind == CaseKind::Suggestion && dice.percent(30) {
            body["resolution_class"] = json!("planned");
        }
        Deed::Dispatch(self.centre(Role::Dispatcher, dice), body, town)
    }

    fn by_the_host(&self, case: usize, step: Step, dice: &mut Dice) -> Option<Deed> {
        let office = self.texts.office();
        let live = &self.live[case];
        let actor: Actor = self.staff.handler(live.host?, dice)?.clone().into();
        let mut say = |phrases: &[String]| self.say(case, phrases, dice);
        let (action, body) = match step {
            Step::Sign => ("sign", json!({})),
            Step::AskReturn => (
                "request_return",
                json!({ "reason": say(&office.return_reason), "basis": say(&office.return_basis) }),
            ),
            Step::Start if live.plan.on_site() => ("arrive", json!({})),
            Step::Start => ("start", json!({})),
            Step::Note => ("note", json!({ "text": say(&office.note) })),
            Step::AskExtension => {
                let days = match (live.plan.urgency, live.helpers.is_empty()) {
                    (Urgency::Hard, _) => 17.0,
                    (_, true) => 7.5,
                    (_, false) => 13.0,
                };
                let until = self.hours.work(live.dispatched_at, days * self.hours.day());
                let body = json!({ "reason": say(&office.extension), "until": until, "person_told": true });
                ("request_extension", body)
            }
            Step::Resume => ("resume", json!({ "reason": say(&office.resume) })),
            Step::AnswerSupervision => {
                ("answer_supervision", json!({ "text": say(&office.answer_supervision) }))
            }
            _ => {
                let refused = live.dice.clone().percent(11);
                let text = if refused { say(&office.explain) } else { live.plan.written.reply.clone() };
                let result = if refused {
                    "explained"
                } else if live.dice.clone().percent(19) {
                    "partly"
                } else {
                    "done"
                };
                ("reply", json!({ "text": text, "result": result, "submit": true }))
            }
        };
        Some(Deed::Act(actor, action, body))
    }

    fn by_a_helper(&self, case: usize, step: Step, helper: usize, dice: &mut Dice) -> Option<Deed> {
        let unit = *self.live[case].helpers.get(helper)?;
        let actor: Actor = self.staff.handler(unit, dice)?.clone().into();
        Some(match step {
            Step::CoSign(_) => Deed::Act(actor, "sign", json!({})),
            Step::CoArrive(_) => Deed::Act(actor, "arrive", json!({})),
            _ => {
                let text = self.say(case, &self.texts.office().note, dice);
                let body = json!({ "text": format!("我单位已配合主办单位办理。{text}"), "result": "done" });
                Deed::Act(actor, "reply", body)
            }
        })
    }

    fn decided(&self, case: usize, step: Step, dice: &mut Dice) -> Option<Deed> {
        let office = self.texts.office();
        let actor = self.centre(Role::Dispatcher, dice);
        let granted = dice.percent(match step {
            Step::DecideReturn => 58,
            Step::DecideWhistle => 90,
            _ => 78,
        });
        let mut say = |phrases: &[String]| self.say(case, phrases, dice);
        let (action, body) = match (step, granted) {
            (Step::DecideReturn, true) => ("grant_return", json!({ "reason": say(&office.grant_return) })),
            (Step::DecideReturn, false) => ("refuse_return", json!({ "reason": say(&office.refuse_return) })),
            (Step::DecideExtension, true) => ("grant_extension", json!({ "reason": "" })),
            (Step::DecideExtension, false) => {
                ("refuse_extension", json!({ "reason": say(&office.refuse_extension) }))
            }
            (Step::DecideWhistle, true) => ("approve_whistle", json!({})),
            (Step::DecideWhistle, false) => {
                ("decline_whistle", json!({ "reason": say(&office.whistle_decline) }))
            }
            _ => ("suspend", json!({ "basis": "appraisal", "reason": say(&office.suspend) })),
        };
        Some(Deed::Act(actor, action, body))
    }

    fn afterwards(&self, case: usize, step: Step, dice: &mut Dice) -> Option<Deed> {
        let office = self.texts.office();
        let live = &self.live[case];
        Some(match step {
            Step::Review if !live.rejected && dice.percent(5) => {
                let reason = self.say(case, &office.review_reject, dice);
                Deed::Act(self.reviewer(dice), "review_reject", json!({ "reason": reason }))
            }
            Step::Review => {
                let note = self.say(case, &office.review_note, dice);
                Deed::Act(self.reviewer(dice), "review_pass", json!({ "note": note }))
            }
            Step::Deliver => {
                let way = if live.is_sealed() {
                    "portal"
                } else {
                    dice.pick(&["phone", "phone", "message", "visit"])
                };
                let evidence = format!("回执{:06}", dice.below(999_999));
                let body = json!({ "channel": way, "reached": true, "evidence": evidence });
                Deed::Act(self.caller(live, dice), "deliver", body)
            }
            Step::Callback(reporter) => return self.callback(live, reporter, dice, case),
            Step::Close => {
                let body = json!({ "reason": "无联系方式，办理结果已在现场公示。" });
                Deed::Act(self.closer(live, dice), "close", body)
            }
            Step::CloseAnyway => {
                let body = json!({ "reason": "已多次联系并当面说明，办理结果和救济途径均已告知。" });
                Deed::Act(self.closer(live, dice), "close", body)
            }
            Step::Rework => {
                let reason = self.say(case, &office.rework, dice);
                Deed::Act(self.closer(live, dice), "rework", json!({ "reason": reason }))
            }
            Step::Reopen => {
                let reason = self.say(case, &office.reopen, dice);
                Deed::Act(self.centre(Role::Operator, dice), "reopen", json!({ "reason": reason }))
            }
            Step::Archive => Deed::Act(self.centre(Role::Supervisor, dice), "archive", json!({})),
            Step::Supervise => {
                let text = self.say(case, &office.supervise, dice);
                Deed::Act(self.centre(Role::Supervisor, dice), "supervise", json!({ "text": text }))
            }
            _ => {
                let note = self.say(case, &office.remind, dice);
                Deed::Act(self.centre(Role::Dispatcher, dice), "remind", json!({ "note": note }))
            }
        })
    }

    fn reviewer(&self, dice: &mut Dice) -> Actor {
        let role = if dice.percent(75) { Role::Steward } else { Role::Supervisor };
        self.centre(role, dice)
    }

    /// Who brings answers and asks how it went: an operator; a sealed matter's reporter looks at the portal.
    fn caller(&self, live: &Live, dice: &mut Dice) -> Actor {
        if live.is_sealed() { Actor::Citizen } else { self.centre(Role::Operator, dice) }
    }

    /// Operators close what they called back; what they may not see, a dispatcher.
    fn closer(&self, live: &Live, dice: &mut Dice) -> Actor {
        self.centre(if live.is_sealed() { Role::Dispatcher } else { Role::Operator }, dice)
    }

    fn callback(&self, live: &Live, reporter: usize, dice: &mut Dice, case: usize) -> Option<Deed> {
        let office = self.texts.office();
        let reporter = live.reporters.get(reporter)?;
        // Who could not be reached once mostly cannot be reached the next time either.
        let away = !live.is_sealed() && dice.percent(if live.attempts > 0 { 70 } else { 9 });
        let actor = self.caller(live, dice);
        let mut body = json!({ "reporter": reporter.to_string(), "conclude": true });
        if away {
            body["resolved"] = json!("unreachable");
        } else {
            let mood = dice.weighted([74.0, 15.0, 8.0, 3.0].into_iter());
            let (resolved, satisfaction) = match mood {
                0 => ("yes", 1 + dice.below(2)),
                1 => ("partly", 2 + dice.below(2)),
                2 => ("no", 4),
                _ => ("no", 5),
            };
            body["resolved"] = json!(resolved);
            body["satisfaction"] = json!(satisfaction);
            let phrases = if mood < 2 { &office.said } else { &office.said_bad };
            body["note"] = json!(self.say(case, phrases, dice));
        }
        Some(Deed::Act(actor, "callback", body))
    }
}

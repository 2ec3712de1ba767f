//! The tables are checked as data: total, unambiguous, reachable, and never without a next-step clock.

use super::*;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/lifecycle.md");

#[test]
fn the_page_in_the_docs_is_made_from_the_tables() {
    let page = diagram::page(Tables::shipped());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(ROOT, &page).unwrap();
    }
    let stands = std::fs::read_to_string(ROOT).unwrap_or_default();
    assert!(stands == page, "docs/lifecycle.md is out of date; run with UPDATE=1");
}

#[test]
fn every_action_has_a_row_and_every_state_a_way_in_and_out() {
    let rows = &Tables::shipped().cases;
    for action in CaseAction::ALL {
        assert!(rows.iter().any(|rule| rule.action == *action), "{action} has no row");
    }
    for state in CaseState::ALL {
        let into = rows.iter().any(|r| matches!(r.to, To::State(to) | To::NextRound(to) if to == *state));
        assert!(into, "nothing leads into {state}");
        let out = rows.iter().any(|r| r.from.contains(state) && r.to != To::Stay);
        assert!(out, "nothing leads out of {state}");
    }
    for action in OrderAction::ALL {
        assert!(Tables::shipped().orders.iter().any(|rule| rule.action == *action), "{action} has no row");
    }
}

#[test]
fn no_two_rows_fit_the_same_actor_in_the_same_state() {
    let mut seen: BTreeMap<(CaseAction, CaseState), Vec<When>> = BTreeMap::new();
    for rule in &Tables::shipped().cases {
        for from in &rule.from {
            let stand = seen.entry((rule.action, *from)).or_default();
            let clash = stand
                .iter()
                .any(|when| *when == rule.when || *when == When::Always || rule.when == When::Always);
            assert!(!clash, "{} from {from} has two rows", rule.action);
            stand.push(rule.when);
        }
    }
}

#[test]
fn a_row_ends_with_evidence_or_stays_open() {
    for rule in &Tables::shipped().cases {
        let to = match rule.to {
            To::State(to) | To::NextRound(to) => to,
            To::Stay => continue,
        };
        let from_open = rule.from.iter().any(|state| state.is_open()) || rule.from.is_empty();
        assert_eq!(!to.is_open() && from_open, !rule.ends.is_empty(), "{}", rule.action);
        if !rule.ends.is_empty() {
            assert!(rule.clocks.contains(&Effect::StopAll), "{} ends with clocks running", rule.action);
        }
    }
    for ending in Ending::ALL {
        assert!(!evidence_of(*ending).is_empty(), "{ending} needs no evidence");
        assert!(
            Tables::shipped().cases.iter().any(|rule| rule.ends.contains(ending)),
            "{ending} cannot happen"
        );
    }
}

#[test]
fn a_state_has_a_next_step_exactly_while_it_is_open() {
    for state in CaseState::ALL {
        for overlays in overlay_sets() {
            let lying: Vec<OverlayKind> =
                overlays.iter().copied().filter(|o| may_lie_over(*o, *state)).collect();
            assert_eq!(next_step(*state, &lying).is_some(), state.is_open(), "{state} {lying:?}");
        }
    }
}

fn overlay_sets() -> Vec<Vec<OverlayKind>> {
    (0..32u32)
        .map(|bits| {
            OverlayKind::ALL
                .iter()
                .enumerate()
                .filter(|(i, _)| bits & (1 << i) != 0)
                .map(|(_, o)| *o)
                .collect()
        })
        .collect()
}

/// The case, its overlays, the host's order and the running or paused clocks: what the tables do to them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Abstract {
    state: CaseState,
    overlays: BTreeSet<OverlayKind>,
    host: Option<OrderState>,
    running: BTreeSet<ClockKind>,
    paused: BTreeSet<ClockKind>,
}

const UNIT_CLOCKS: [ClockKind; 3] = [ClockKind::Sign, ClockKind::Arrive, ClockKind::Resolve];

impl Abstract {
    fn stop(&mut self, kind: ClockKind) {
        self.running.remove(&kind);
        self.paused.remove(&kind);
    }

    fn pause(&mut self, kind: ClockKind) {
        if self.running.remove(&kind) {
            self.paused.insert(kind);
        }
    }

    fn resume(&mut self, kind: ClockKind) {
        if self.paused.remove(&kind) {
            self.running.insert(kind);
        }
    }

    fn order(&mut self, action: OrderAction) -> bool {
        let Some(state) = self.host else { return action == OrderAction::Cancel };
        let Ok((_, rule)) = Tables::shipped().order_step(action, state) else { return false };
        self.host = rule.to.is_open().then_some(rule.to);
        for clock in &rule.clocks {
            match clock {
                OrderClock::Stop(kind) => self.stop(*kind),
                OrderClock::Pause(kind) => self.pause(*kind),
                OrderClock::Resume(kind) => self.resume(*kind),
                OrderClock::StopAll => UNIT_CLOCKS.into_iter().for_each(|kind| self.stop(kind)),
            }
        }
        true
    }

    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Start(kind) => {
                self.running.insert(kind);
            }
            Effect::Stop(kind) => self.stop(kind),
            Effect::PauseHost(kind) => self.pause(kind),
            Effect::ResumeHost(kind) => self.resume(kind),
            Effect::ExtendHost(_) | Effect::Renew(_) => {}
            Effect::PauseWork => UNIT_CLOCKS.into_iter().for_each(|kind| self.pause(kind)),
            Effect::ResumeWork => UNIT_CLOCKS.into_iter().for_each(|kind| self.resume(kind)),
            Effect::StopAll => {
                self.running.clear();
                self.paused.clear();
            }
        }
    }

    /// Lays or lifts the overlay that an action is about.
    fn lay(&mut self, action: CaseAction) {
        let (kind, lies) = match action {
            CaseAction::RequestReturn => (OverlayKind::ReturnRequest, true),
            CaseAction::GrantReturn | CaseAction::RefuseReturn => (OverlayKind::ReturnRequest, false),
            CaseAction::RequestExtension => (OverlayKind::ExtensionRequest, true),
            CaseAction::GrantExtension | CaseAction::RefuseExtension => {
                (OverlayKind::ExtensionRequest, false)
            }
            CaseAction::Suspend => (OverlayKind::Suspension, true),
            CaseAction::Resume => (OverlayKind::Suspension, false),
            CaseAction::Supervise => (OverlayKind::Supervision, true),
            CaseAction::AnswerSupervision => (OverlayKind::Supervision, false),
            _ => return,
        };
        if lies {
            self.overlays.insert(kind);
        } else {
            self.overlays.remove(&kind);
        }
    }

    fn after(&self, rule: &CaseRule) -> Option<Abstract> {
        let mut next = self.clone();
        for guard in &rule.needs {
            let has = |kind| self.overlays.contains(&kind);
            let holds = match guard {
                Guard::NoReturnPending => !has(OverlayKind::ReturnRequest),
                Guard::ReturnPending => has(OverlayKind::ReturnRequest),
                Guard::NotSuspended => !has(OverlayKind::Suspension),
                Guard::Suspended => has(OverlayKind::Suspension),
                Guard::NoExtensionPending => !has(OverlayKind::ExtensionRequest),
                Guard::ExtensionPending => has(OverlayKind::ExtensionRequest),
                Guard::NoSupervisionPending => !has(OverlayKind::Supervision),
                Guard::SupervisionPending => has(OverlayKind::Supervision),
                _ => true,
            };
            if !holds {
                return None;
            }
        }
        if rule.when == When::AsCoHandler {
            return None;
        }
        for effect in &rule.orders {
            match effect {
                OrderEffect::OpenProposed | OrderEffect::OpenLastHost => {
                    next.host = Some(OrderState::Dispatched);
                    next.running.extend([ClockKind::Sign, ClockKind::Resolve]);
                }
                OrderEffect::Mine(action) | OrderEffect::Host(action) => {
                    if !next.order(*action) {
                        return None;
                    }
                }
                OrderEffect::OpenCoHandler | OrderEffect::CoHandlers(_) | OrderEffect::Named(_) => {}
            }
        }
        next.state = match rule.to {
            To::Stay => self.state,
            To::State(to) | To::NextRound(to) => to,
        };
        rule.clocks.iter().for_each(|effect| next.effect(*effect));
        next.lay(rule.action);
        next.overlays.retain(|kind| may_lie_over(*kind, next.state));
        Some(next)
    }
}

/// Every state that the tables can reach has its next-step clock running, and none once it has ended.
#[test]
fn wherever_the_tables_lead_the_next_step_has_its_clock() {
    let start = Abstract {
        state: CaseState::Received,
        overlays: BTreeSet::new(),
        host: None,
        running: BTreeSet::from([ClockKind::Verify]),
        paused: BTreeSet::new(),
    };
    let mut seen = BTreeSet::from([start.clone()]);
    let mut queue = VecDeque::from([start]);
    let mut rows = BTreeSet::new();
    while let Some(at) = queue.pop_front() {
        let overlays: Vec<OverlayKind> = at.overlays.iter().copied().collect();
        match next_step(at.state, &overlays) {
            Some(step) => assert!(at.running.contains(&step.clock), "{step:?} does not run: {at:?}"),
            None => {
                assert!(at.running.is_empty() && at.paused.is_empty(), "clocks run after the end: {at:?}")
            }
        }
        assert_eq!(at.host.is_some(), at.state.has_host(), "host order: {at:?}");
        for (row, rule) in Tables::shipped().cases.iter().enumerate() {
            if let Some(next) = rule.from.contains(&at.state).then(|| at.after(rule)).flatten() {
                rows.insert(row);
                if seen.insert(next.clone()) {
                    queue.push_back(next);
                }
            }
        }
    }
    let all = Tables::shipped().cases.iter().enumerate();
    for (row, rule) in all.filter(|(_, rule)| !rule.from.is_empty() && rule.when != When::AsCoHandler) {
        assert!(rows.contains(&row), "{} can never be taken", rule.action);
    }
}

fn facts(state: CaseState) -> CaseFacts {
    CaseFacts {
        state,
        kind: crate::words::CaseKind::Request,
        own_affair: false,
        confidentiality: crate::words::Confidentiality::Open,
        owner: 1,
        centre: 1,
        registered: 1,
        reported: vec![],
        designated: false,
        last_host: Some(2),
        above_host: Some(1),
        dispatched_by: Some(10),
        handlers: vec![20],
        orders: vec![OrderFacts {
            id: 5,
            unit: 2,
            part: Part::Host,
            state: OrderState::Dispatched,
            return_refused: false,
            handler: None,
        }],
        overlays: vec![],
        extensions: 0,
        extensions_allowed: 1,
        reporters: vec![ReporterFacts { contact: true, ..ReporterFacts::default() }],
        reply_passed: false,
        attempts_needed: 3,
        reopen_window_over: false,
        overdue: false,
        whistle_open: None,
        whistled: vec![],
        legal_hold: false,
    }
}

fn actor(account: i64, unit: i64, powers: &[Power]) -> ActorFacts {
    ActorFacts { account: Some(account), units: vec![unit], any_unit: false, powers: powers.to_vec() }
}

fn step(action: CaseAction, facts: &CaseFacts, actor: &ActorFacts) -> Result<CaseState, &'static str> {
    Tables::shipped().step(action, facts, actor, &Proposal::default()).map(|t| t.to).map_err(|r| r.code)
}

#[test]
fn only_the_host_signs_and_becomes_owner_by_it() {
    let facts = facts(CaseState::Dispatched);
    assert_eq!(step(CaseAction::Sign, &facts, &actor(20, 2, &[Power::Handle])), Ok(CaseState::Signed));
    assert_eq!(step(CaseAction::Sign, &facts, &actor(20, 3, &[Power::Handle])), Err("case.not_your_order"));
    assert_eq!(step(CaseAction::Sign, &facts, &actor(20, 2, &[Power::Clean])), Err("forbidden"));
    let signing = Tables::shipped().cases.iter().find(|r| r.action == CaseAction::Sign).unwrap();
    assert_eq!(signing.owner, Owner::Host);
    let dispatching = Tables::shipped().cases.iter().find(|r| r.action == CaseAction::Dispatch).unwrap();
    assert_eq!(dispatching.owner, Owner::Keep, "the owner stays answerable until the next owner has it");
}

#[test]
fn nobody_reviews_what_they_handled_or_dispatched() {
    let mut facts = facts(CaseState::UnderReview);
    facts.orders[0].state = OrderState::Replied;
    let reviewer = |account| actor(account, 1, &[Power::Review]);
    assert_eq!(step(CaseAction::ReviewPass, &facts, &reviewer(20)), Err("review.own_work"));
    assert_eq!(step(CaseAction::ReviewPass, &facts, &reviewer(10)), Err("review.own_dispatch"));
    assert_eq!(step(CaseAction::ReviewPass, &facts, &reviewer(30)), Ok(CaseState::Callback));
}

#[test]
fn a_return_is_asked_once_and_never_by_a_designated_unit() {
    let mut facts = facts(CaseState::Dispatched);
    let host = actor(20, 2, &[Power::Handle]);
    assert_eq!(step(CaseAction::RequestReturn, &facts, &host), Ok(CaseState::Dispatched));
    facts.designated = true;
    assert_eq!(step(CaseAction::RequestReturn, &facts, &host), Err("return.designated"));
    facts.designated = false;
    facts.orders[0].return_refused = true;
    assert_eq!(step(CaseAction::RequestReturn, &facts, &host), Err("return.refused_before"));
    facts.overlays = vec![(OverlayKind::ReturnRequest, Some(20))];
    assert_eq!(step(CaseAction::Sign, &facts, &host), Err("return.pending"));
    assert_eq!(
        step(CaseAction::GrantReturn, &facts, &actor(20, 1, &[Power::Decide])),
        Err("decision.own_request")
    );
}

#[test]
fn a_village_never_leads_a_departments_work_and_the_reported_unit_never_hosts() {
    use crate::words::UnitKind;
    let mut facts = facts(CaseState::Verified);
    facts.orders.clear();
    let dispatcher = actor(10, 1, &[Power::Dispatch]);
    let to = |facts: &CaseFacts, id, kind| {
        let unit = UnitFacts { id, kind, parent: None, active: true };
        let proposal = Proposal { unit: Some(unit), ..Proposal::default() };
        Tables::shipped()
            .step(CaseAction::Dispatch, facts, &dispatcher, &proposal)
            .map(|t| t.to)
            .map_err(|r| r.code)
    };
    assert_eq!(to(&facts, 2, UnitKind::Department), Ok(CaseState::Dispatched));
    assert_eq!(to(&facts, 9, UnitKind::Village), Err("dispatch.village_host"));
    facts.reported = vec![2, 9];
    assert_eq!(to(&facts, 2, UnitKind::Department), Err("dispatch.reported_unit"));
    facts.kind = crate::words::CaseKind::Dispute;
    assert_eq!(to(&facts, 8, UnitKind::Village), Err("dispatch.village_host"), "a department's disputes");
    facts.own_affair = true;
    assert_eq!(
        to(&facts, 8, UnitKind::Village),
        Ok(CaseState::Dispatched),
        "a village leads its own disputes"
    );
}

#[test]
fn closing_asks_for_its_evidence() {
    let mut facts = facts(CaseState::Callback);
    facts.orders.clear();
    let clerk = actor(30, 1, &[Power::Callback]);
    let close = |facts: &CaseFacts| {
        let reason = Proposal { reason: true, ..Proposal::default() };
        Tables::shipped()
            .step(CaseAction::Close, facts, &clerk, &reason)
            .map(|t| t.ending)
            .map_err(|r| r.code)
    };
    assert_eq!(close(&facts), Err("evidence.reviewed_reply"));
    facts.reply_passed = true;
    assert_eq!(close(&facts), Err("evidence.reached"));
    facts.reporters[0].attempts = 3;
    facts.reporters[0].unreachable = true;
    assert_eq!(close(&facts), Ok(Some(Ending::ClosedUnreachable)));
    facts.reporters[0].reached = true;
    facts.reporters[0].resolved = Some(true);
    assert_eq!(close(&facts), Ok(Some(Ending::Closed)));
    facts.reporters[0].contact = false;
    assert_eq!(close(&facts), Ok(Some(Ending::ClosedAnonymous)));
    facts.reporters[0].contact = true;
    facts.overlays = vec![(OverlayKind::Supervision, None)];
    assert_eq!(close(&facts), Err("evidence.supervision_answered"));
    facts.overlays.clear();
    facts.reporters[0].resolved = Some(false);
    assert_eq!(
        Tables::shipped()
            .step(CaseAction::Close, &facts, &clerk, &Proposal::default())
            .map_err(|r| r.code)
            .err(),
        Some("close.somebody_not_content")
    );
}

#[test]
fn calling_back_is_next_until_everybody_said_how_it_is_or_was_tried_often_enough() {
    let told = ReporterFacts { contact: true, reached: true, ..ReporterFacts::default() };
    let nobody = ReporterFacts::default();
    let content = ReporterFacts { resolved: Some(true), satisfaction: Some(1), ..told };
    let tried = |attempts| ReporterFacts { contact: true, unreachable: true, attempts, ..nobody };
    let next = |reporters: &[ReporterFacts]| after_callbacks(reporters, 3);
    assert_eq!(next(&[told]), None, "told is not asked");
    assert_eq!(next(&[nobody, content, told]), None);
    assert_eq!(next(&[tried(2)]), None);
    for over in [&[][..], &[nobody], &[content, nobody], &[tried(3), content]] {
        assert_eq!(next(over), Some(CaseAction::Close), "{over:?}");
    }
    let unsolved = ReporterFacts { resolved: Some(false), ..told };
    let dissatisfied = ReporterFacts { satisfaction: Some(4), ..content };
    for bad in [[unsolved, content], [content, dissatisfied]] {
        assert_eq!(next(&bad), Some(CaseAction::Rework), "{bad:?}");
    }
}

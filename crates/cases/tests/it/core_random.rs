//! Random lives of cases: who does what, with which words, at which times. Everything comes from one seed.

#![expect(clippy::too_many_lines, reason = "lists of what can be done, and with which words")]

use crate::core_kit::{
    self as kit, CENTRE, COMMITTEE, HOUSING, OFFICE, PARTNER, ROADS, TOWN, TOWN_2, VILLAGE, WATER,
};
use cases::{Cases, Ctx, Target, clocks::run_case, commands::Register};
use diesel::prelude::*;
use people::Actor;
use rules::words::{CaseKind, Channel, Confidentiality, Urgency};
use serde_json::{Value, json};
use std::time::Duration;
use store::{StoreError, Timestamp, schema};

/// A small generator (SplitMix64): the same seed lives the same life on every machine.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.roll() % n
    }

    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize].clone()
    }
}

/// What the generator looks at before it chooses.
pub(crate) struct Snap {
    pub(crate) state: String,
    kind: String,
    confidentiality: String,
    pub(crate) version: i64,
    pub(crate) open: bool,
    due_at: Option<i64>,
    host: Option<i64>,
    /// Live orders: unit, part, state.
    orders: Vec<(i64, String, String)>,
    /// Kinds of open overlays.
    overlays: Vec<String>,
    /// Reporters with a contact.
    reporters: Vec<i64>,
    whistle: bool,
    called: Vec<i64>,
}

type Head = (String, String, String, i64, bool, Option<i64>, Option<i64>);

pub(crate) async fn snap(cases: &Cases, id: i64) -> Snap {
    let look = move |conn: &mut store::Conn| {
        use schema::{cases as table, overlays, reporters, whistle_units, whistles, work_orders};
        let (state, kind, confidentiality, version, open, due_at, host): Head = table::table
            .find(id)
            .select((
                table::state,
                table::kind,
                table::confidentiality,
                table::version,
                table::open,
                table::due_at,
                table::host_unit_id,
            ))
            .first(conn)?;
        let mut whistles: Vec<(i64, String)> = Vec::new();
        if open {
            let of_case = whistles::table.filter(whistles::case_id.eq(id));
            whistles = of_case.select((whistles::id, whistles::state)).load(conn)?;
        }
        let (mut orders, mut overlays, mut reporters) = (Vec::new(), Vec::new(), Vec::new());
        if open && state != "received" && state != "verified" {
            orders = work_orders::table
                .filter(work_orders::case_id.eq(id).and(work_orders::open))
                .select((work_orders::unit_id, work_orders::part, work_orders::state))
                .load(conn)?;
        }
        if open {
            overlays = overlays::table
                .filter(overlays::case_id.eq(id).and(overlays::state.eq("open")))
                .select(overlays::kind)
                .load(conn)?;
        }
        if ["replied", "under_review", "callback"].contains(&state.as_str()) {
            reporters = reporters::table
                .filter(reporters::case_id.eq(id).and(reporters::contact))
                .order(reporters::id)
                .select(reporters::id)
                .load(conn)?;
        }
        let mut called = Vec::new();
        if !whistles.is_empty() {
            let ids: Vec<i64> = whistles.iter().map(|(id, _)| *id).collect();
            called = whistle_units::table
                .filter(whistle_units::whistle_id.eq_any(ids).and(whistle_units::state.eq("called")))
                .select(whistle_units::unit_id)
                .load(conn)?;
        }
        Ok::<_, StoreError>(Snap {
            orders,
            overlays,
            reporters,
            whistle: whistles.iter().any(|(_, state)| state == "open"),
            called,
            state,
            kind,
            confidentiality,
            version,
            open,
            due_at,
            host,
        })
    };
    cases.store.read(look).await.expect("reads")
}

/// Who is doing something.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Who {
    Account(i64),
    Person,
    System,
}

const HOSTS: [i64; 10] = [ROADS, WATER, HOUSING, TOWN, TOWN_2, VILLAGE, COMMITTEE, PARTNER, OFFICE, CENTRE];
const GOOD_HOSTS: [i64; 5] = [ROADS, WATER, HOUSING, TOWN, TOWN_2];

fn hands_of(unit: i64) -> i64 {
    match unit {
        ROADS => 221,
        WATER => 231,
        HOUSING => 241,
        TOWN => 251,
        TOWN_2 => 261,
        VILLAGE => 271,
        COMMITTEE => 281,
        PARTNER => 291,
        OFFICE => 295,
        CENTRE => 206,
        _ => 204,
    }
}

/// One life: a few cases, 20–60 commands on them.
pub(crate) struct Life<'c> {
    pub(crate) cases: &'c Cases,
    pub(crate) dice: Dice,
    pub(crate) now: Timestamp,
    pub(crate) ids: Vec<i64>,
    pub(crate) done: usize,
    pub(crate) refused: usize,
    /// Errors that must never be: the engine's own, corrupt rows.
    pub(crate) broken: Vec<String>,
}

impl<'c> Life<'c> {
    pub(crate) fn new(cases: &'c Cases, seed: u64) -> Life<'c> {
        let mut dice = Dice::new(seed);
        let hours = dice.below(24 * 150);
        let now = kit::monday() + Duration::from_secs(hours * 3600);
        Life { cases, dice, now, ids: Vec::new(), done: 0, refused: 0, broken: Vec::new() }
    }

    fn passes(&mut self) {
        let hours = match self.dice.below(60) {
            0 => 24 * 33,
            1..=4 => 24 + self.dice.below(24 * 9),
            5..=25 => self.dice.below(20),
            _ => 0,
        };
        self.now += Duration::from_secs(hours * 3600 + self.dice.below(3600));
    }

    /// A matter of a random kind by a random door.
    pub(crate) fn matter(&mut self) -> (Who, Register) {
        let dice = &mut self.dice;
        let kind = match dice.below(10) {
            0 => CaseKind::WrongdoingReport,
            1 => CaseKind::Whistle,
            2 => CaseKind::Dispute,
            3 => CaseKind::Complaint,
            4 => CaseKind::Hazard,
            _ => dice.pick(CaseKind::ALL),
        };
        let phones: &[&str] = match dice.below(10) {
            0..=1 => &[],
            2..=3 => &["13800000001", "13800000002"],
            _ => &["13800000003"],
        };
        let mut input = kit::matter(kind, phones);
        input.channel = dice.pick(Channel::ALL);
        input.urgency = dice.chance(70).then(|| dice.pick(Urgency::ALL));
        input.confidentiality = dice.chance(20).then(|| dice.pick(Confidentiality::ALL));
        input.head_count = dice.chance(20).then(|| 1 + dice.below(9) as i64);
        if matches!(kind, CaseKind::WrongdoingReport | CaseKind::Complaint) && dice.chance(80) {
            input.reported_unit_id = Some(dice.pick(&[WATER, ROADS, TOWN]));
        }
        if kind == CaseKind::Whistle {
            input.units_needed = vec![dice.pick(&GOOD_HOSTS), dice.pick(&GOOD_HOSTS)];
            input.whistling_unit_id = dice.chance(15).then(|| dice.pick(&[TOWN, VILLAGE, ROADS]));
        }
        let who = match dice.below(10) {
            _ if kind == CaseKind::Whistle && dice.chance(75) => Who::Account(dice.pick(&[251, 252, 271])),
            0 => Who::Person,
            1 => Who::Account(dice.pick(&[209, 210])),
            2 => Who::System,
            _ => Who::Account(dice.pick(&[201, 202, 203, 251, 252, 253, 271])),
        };
        (who, input)
    }

    /// Registers a matter.
    pub(crate) async fn register(&mut self) {
        let (who, input) = self.matter();
        match self.cases.register(&ctx(who, self.now), input).await {
            Ok(done) => {
                self.ids.push(done.case_id);
                self.done += 1;
            }
            Err(error) => self.note(error.code(), "register", error.to_string()),
        }
    }

    fn note(&mut self, code: &'static str, action: &str, text: String) {
        self.refused += 1;
        if code.starts_with("store.") {
            self.broken.push(format!("{action}: {code}: {text}"));
        }
    }

    /// One step: time passes, clocks are looked at, somebody does something. Returns the case it was done to.
    pub(crate) async fn step(&mut self) -> Option<i64> {
        self.passes();
        if self.ids.is_empty() || (self.ids.len() < 3 && self.dice.chance(5)) {
            self.register().await;
            return self.ids.last().copied();
        }
        let id = self.dice.pick(&self.ids.clone());
        if self.dice.chance(30)
            && let Err(error) = run_case(self.cases, id, self.now).await
        {
            self.broken.push(format!("clocks: {error}"));
        }
        let snap = snap(self.cases, id).await;
        let action = if self.dice.chance(88) {
            let (onward, likely) = (onward(&snap), likely(&snap));
            if self.dice.chance(60) && !onward.is_empty() {
                self.dice.pick(&onward)
            } else {
                self.dice.pick(&likely)
            }
        } else {
            self.dice.pick(rules::lifecycle::CaseAction::ALL).as_str()
        };
        let who = if self.dice.chance(88) {
            self.who(action, &snap)
        } else {
            match self.dice.below(12) {
                0 => Who::Person,
                1 => Who::System,
                _ => Who::Account(self.dice.pick(kit::STAFF).0),
            }
        };
        let body = self.body(action, &snap);
        let version = match self.dice.below(20) {
            0 => Some(snap.version - 1),
            1..=10 => Some(snap.version),
            _ => None,
        };
        let target = Target { case: id, version };
        match self.cases.act(&ctx(who, self.now), target, action, body).await {
            Ok(_) => self.done += 1,
            Err(error) => self.note(error.code(), action, format!("{who:?} {error}")),
        }
        Some(id)
    }

    pub(crate) fn who(&mut self, action: &str, snap: &Snap) -> Who {
        let dice = &mut self.dice;
        let order = snap.orders.iter().map(|(unit, _, _)| *unit).collect::<Vec<_>>();
        let host = snap.orders.iter().find(|(_, part, _)| part == "host").map(|(unit, _, _)| hands_of(*unit));
        Who::Account(match action {
            "verify" | "correct" | "merge" | "unmerge" | "not_accept" => dice.pick(&[203, 206]),
            "answer" | "transfer_emergency" => dice.pick(&[201, 203, 204]),
            // Taken back from a host that may not be it any more: only the product does that.
            "recall" if snap.state == "replied" || snap.state == "under_review" => return Who::System,
            "dispatch" | "recall" | "add_co_handler" | "remove_co_handler" | "grant_return"
            | "refuse_return" | "grant_extension" | "refuse_extension" | "suspend" | "prolong_suspension"
            | "approve_whistle" | "decline_whistle" => dice.pick(&[204, 207]),
            "resume" if dice.chance(50) => dice.pick(&[204, 207]),
            "sign" | "arrive" | "start" | "note" | "assign_handler" | "reply" if !order.is_empty() => {
                let ready: Vec<i64> = snap
                    .orders
                    .iter()
                    .filter(|(_, _, state)| match action {
                        "sign" => state == "dispatched",
                        "start" => state == "signed",
                        "note" => state == "in_progress",
                        "arrive" | "reply" => state == "signed" || state == "in_progress",
                        _ => true,
                    })
                    .map(|(unit, _, _)| *unit)
                    .collect();
                hands_of(dice.pick(if ready.is_empty() { &order } else { &ready }))
            }
            "whistle_arrive" if !snap.called.is_empty() => hands_of(dice.pick(&snap.called)),
            "whistle" => dice.pick(&[251, 261, 271]),
            "review_pass" | "review_reject" => dice.pick(&[203, 205, 206, 203, 205, 206, 204]),
            "deliver" | "callback" | "close" | "rework" => dice.pick(&[201, 202]),
            "reopen" => match dice.below(2) {
                0 => return Who::Person,
                _ => dice.pick(&[201, 202, 204]),
            },
            "withdraw" => match dice.below(2) {
                0 => return Who::Person,
                _ => dice.pick(&[201, 202]),
            },
            "archive" | "reopen_by_review" | "supervise" | "remind" | "escalate" | "hold_legally"
            | "lift_hold" => 205,
            "answer_supervision" => host.filter(|_| dice.chance(60)).unwrap_or(204),
            "change_confidentiality" | "link" => dice.pick(&[203, 204]),
            "add_information" => dice.pick(&[201, 203, 204]),
            _ => host.unwrap_or(204),
        })
    }

    /// A day or more after the present due date, or after today.
    fn until(&mut self, snap: &Snap, days: u64) -> String {
        let from = snap.due_at.filter(|_| self.dice.chance(85)).map_or(self.now, store::at).max(self.now);
        (from + Duration::from_secs(86_400 * (1 + self.dice.below(days)))).to_string()
    }

    pub(crate) fn body(&mut self, action: &str, snap: &Snap) -> Value {
        let why = "理由";
        match action {
            "verify" | "correct" => self.findings(snap),
            "answer" => json!({ "text": "答复", "told_by": "spoken" }),
            "not_accept" => json!({ "legal_reason": "litigation", "route": "请向法院", "told_by": "spoken" }),
            "transfer_emergency" => {
                json!({ "service": self.dice.pick(&["110", "119", "911"]), "receipt": "接警员" })
            }
            "dispatch" => self.dispatch(snap),
            "sign" => json!({}),
            "assign_handler" => {
                let own: Vec<i64> = snap.orders.iter().map(|(unit, _, _)| hands_of(*unit)).collect();
                let some = if own.is_empty() || self.dice.chance(20) { vec![221, 222, 999] } else { own };
                json!({ "account": self.dice.pick(&some).to_string() })
            }
            "add_co_handler" => json!({ "unit": self.dice.pick(&HOSTS).to_string(), "reason": why }),
            "remove_co_handler" | "send_back" => {
                let helpers: Vec<i64> = snap
                    .orders
                    .iter()
                    .filter(|(_, part, _)| part != "host")
                    .map(|(unit, _, _)| *unit)
                    .collect();
                let unit = if helpers.is_empty() { WATER } else { self.dice.pick(&helpers) };
                json!({ "unit": unit.to_string(), "reason": why })
            }
            "note" | "supervise" | "answer_supervision" | "add_information" => json!({ "text": "内容" }),
            "reply" => json!({ "text": "已办结", "result": "done", "submit": self.dice.chance(60) }),
            "deliver" => json!({
                "reporter": self.reporter(snap), "channel": "phone", "reached": self.dice.chance(60), "evidence": "通话记录",
            }),
            "callback" => {
                let resolved = self.dice.pick(&[
                    "yes",
                    "yes",
                    "partly",
                    "no",
                    "no",
                    "no",
                    "unreachable",
                    "unreachable",
                    "maybe",
                ]);
                let rated = resolved != "unreachable" && self.dice.chance(70);
                let satisfaction = rated.then(|| 1 + self.dice.below(5));
                json!({
                    "reporter": self.reporter(snap), "resolved": resolved, "satisfaction": satisfaction,
                    "conclude": self.dice.chance(50),
                })
            }
            "close" => json!({ "reason": if self.dice.chance(50) { why } else { "" } }),
            "withdraw" => json!({ "statement": "不用了" }),
            "request_return" => json!({ "reason": why, "basis": "职责" }),
            "request_extension" => {
                json!({ "reason": why, "until": self.until(snap, 2), "person_told": self.dice.chance(85) })
            }
            "suspend" => {
                let review = self.dice.chance(40).then(|| self.until(snap, 30));
                json!({ "basis": "appraisal", "reason": why, "review_at": review })
            }
            "merge" => json!({ "into": self.dice.pick(&self.ids.clone()).to_string(), "reason": why }),
            "link" => json!({ "other": self.dice.pick(&self.ids.clone()).to_string(), "kind": "related" }),
            "whistle" => json!({ "units": [self.dice.pick(&HOSTS).to_string()], "reason": why }),
            "approve_whistle" if self.dice.chance(50) => {
                json!({ "units": [self.dice.pick(&GOOD_HOSTS).to_string(), ROADS.to_string()], "reason": "" })
            }
            "change_confidentiality" => {
                json!({ "confidentiality": self.dice.pick(&["open", "restricted", "sealed"]), "reason": why })
            }
            _ => json!({ "reason": why }),
        }
    }

    fn findings(&mut self, snap: &Snap) -> Value {
        let kind =
            if self.dice.chance(85) { snap.kind.as_str() } else { self.dice.pick(CaseKind::ALL).as_str() };
        let category = if self.dice.chance(95) { self.dice.pick(&["0101", "0102", "0201"]) } else { "9999" };
        let category = if kind == "dispute" && self.dice.chance(60) { "1301" } else { category };
        let level = if self.dice.chance(90) { snap.confidentiality.as_str() } else { "restricted" };
        let about = match snap.host {
            // The centre has nobody above it to whom a matter about itself could go.
            Some(host) if host != CENTRE && snap.state == "callback" && self.dice.chance(85) => {
                Some(host.to_string())
            }
            Some(_) | None => None,
        };
        json!({
            "nobody_named": about.is_none() && self.dice.chance(if kind == "wrongdoing_report" { 70 } else { 5 }),
            "reported_unit_id": about,
            "kind": kind, "category": category, "urgency": self.dice.pick(Urgency::ALL).as_str(),
            "confidentiality": level, "title": "标题", "reason": "理由",
            "place": { "text": "某处", "town_id": self.dice.pick(&["101", "102"]) },
        })
    }

    fn dispatch(&mut self, snap: &Snap) -> Value {
        let to = if self.dice.chance(75) { self.dice.pick(&GOOD_HOSTS) } else { self.dice.pick(&HOSTS) };
        let to = if snap.kind == "dispute" && self.dice.chance(40) {
            self.dice.pick(&[COMMITTEE, VILLAGE])
        } else {
            to
        };
        let helpers: Vec<String> =
            (0..self.dice.below(3)).map(|_| self.dice.pick(&GOOD_HOSTS).to_string()).collect();
        json!({
            "host": if self.dice.chance(90) { to.to_string() } else { String::new() },
            "co_handlers": helpers, "designated": self.dice.chance(15),
            "reason": if self.dice.chance(95) { "按职责" } else { "" },
        })
    }

    fn reporter(&mut self, snap: &Snap) -> Option<String> {
        if snap.reporters.is_empty() || self.dice.chance(20) {
            return None;
        }
        Some(self.dice.pick(&snap.reporters).to_string())
    }
}

pub(crate) fn ctx(who: Who, now: Timestamp) -> Ctx {
    match who {
        Who::Account(account) => kit::at(account, now),
        Who::Person => Ctx::of(Actor::Citizen, now),
        Who::System => Ctx::system(now),
    }
}

/// What brings the matter forward.
pub(crate) fn onward(snap: &Snap) -> Vec<&'static str> {
    match snap
        .overlays
        .iter()
        .map(String::as_str)
        .find(|kind| *kind != "escalation" && *kind != "supervision")
    {
        Some("return_request") => return vec!["refuse_return", "grant_return"],
        Some("extension_request") => return vec!["grant_extension", "grant_extension", "refuse_extension"],
        Some("suspension") => return vec!["resume", "prolong_suspension"],
        Some(_) | None => {}
    }
    match snap.state.as_str() {
        "received" => vec!["verify"],
        "verified" => vec!["dispatch"],
        "dispatched" => vec!["sign"],
        "signed" => vec!["start", "arrive", "reply", "sign", "request_extension", "start"],
        "in_progress" => vec!["reply", "reply", "sign", "note", "start", "request_extension"],
        "replied" => vec!["submit"],
        "under_review" => vec!["review_pass", "review_pass", "review_reject"],
        "callback" if snap.overlays.iter().any(|kind| kind == "supervision") => vec!["answer_supervision"],
        "callback" => vec!["callback", "callback", "close", "rework", "rework", "rework", "correct"],
        "closed" => vec!["reopen"],
        "merged" => vec!["unmerge"],
        _ => vec![],
    }
}

/// What is likely to be done in a state.
pub(crate) fn likely(snap: &Snap) -> Vec<&'static str> {
    let mut likely: Vec<&'static str> = match snap.state.as_str() {
        "received" => vec![
            "verify",
            "verify",
            "verify",
            "verify",
            "verify",
            "verify",
            "verify",
            "verify",
            "answer",
            "not_accept",
            "transfer_emergency",
            "withdraw",
            "merge",
            "merge",
            "whistle",
            "link",
            "add_information",
        ],
        "verified" => vec![
            "dispatch",
            "dispatch",
            "dispatch",
            "dispatch",
            "dispatch",
            "dispatch",
            "dispatch",
            "dispatch",
            "correct",
            "answer",
            "not_accept",
            "transfer_emergency",
            "withdraw",
            "merge",
            "whistle",
            "change_confidentiality",
        ],
        "dispatched" => vec![
            "sign",
            "sign",
            "sign",
            "sign",
            "sign",
            "sign",
            "sign",
            "sign",
            "request_return",
            "request_return",
            "recall",
            "add_co_handler",
            "remove_co_handler",
            "assign_handler",
            "transfer_emergency",
            "withdraw",
            "merge",
            "whistle",
            "start",
            "reply",
            "note",
            "note",
            "assign_handler",
        ],
        "signed" => vec![
            "start",
            "start",
            "start",
            "arrive",
            "sign",
            "sign",
            "reply",
            "reply",
            "request_return",
            "request_extension",
            "suspend",
            "assign_handler",
            "add_co_handler",
            "remove_co_handler",
            "recall",
            "withdraw",
            "merge",
            "whistle",
            "send_back",
            "escalate",
            "note",
            "note",
            "assign_handler",
        ],
        "in_progress" => vec![
            "reply",
            "reply",
            "reply",
            "sign",
            "sign",
            "start",
            "start",
            "arrive",
            "note",
            "note",
            "request_extension",
            "request_extension",
            "suspend",
            "assign_handler",
            "assign_handler",
            "add_co_handler",
            "remove_co_handler",
            "send_back",
            "send_back",
            "recall",
            "withdraw",
            "merge",
            "whistle",
            "escalate",
            "supervise",
        ],
        "replied" => vec![
            "submit",
            "submit",
            "submit",
            "submit",
            "deliver",
            "withdraw",
            "supervise",
            "escalate",
            "recall",
        ],
        "under_review" => {
            vec![
                "review_pass",
                "review_pass",
                "review_pass",
                "review_reject",
                "deliver",
                "escalate",
                "recall",
            ]
        }
        "callback" => vec![
            "callback", "callback", "callback", "callback", "deliver", "close", "close", "rework", "rework",
            "rework", "correct", "correct", "correct",
        ],
        "closed" => vec!["reopen", "reopen", "reopen", "reopen_by_review", "archive", "archive", "link"],
        "merged" => vec!["unmerge", "unmerge", "link", "reopen", "archive"],
        "archived" => vec!["reopen_by_review", "reopen", "link", "change_confidentiality", "hold_legally"],
        _ => vec!["reopen", "reopen_by_review", "archive", "archive", "link", "change_confidentiality"],
    };
    for overlay in &snap.overlays {
        likely.extend(match overlay.as_str() {
            "return_request" => {
                vec!["grant_return", "refuse_return", "grant_return", "refuse_return", "refuse_return"]
            }
            "extension_request" => {
                vec!["grant_extension", "grant_extension", "refuse_extension", "refuse_extension"]
            }
            "suspension" => vec!["resume", "resume", "resume", "prolong_suspension", "resume", "resume"],
            "supervision" => vec!["answer_supervision", "answer_supervision", "answer_supervision"],
            _ => vec![],
        });
    }
    if snap.orders.iter().any(|(_, part, state)| part != "host" && state == "replied") {
        likely.extend(["send_back", "send_back", "send_back"]);
    }
    if snap.whistle {
        likely.extend(["approve_whistle", "decline_whistle", "approve_whistle"]);
    }
    if !snap.called.is_empty() {
        likely.extend(["whistle_arrive", "whistle_arrive"]);
    }
    if snap.open {
        likely.extend(["remind", "supervise", "add_information", "correct"]);
    }
    likely.extend(["hold_legally", "lift_hold"]);
    likely
}

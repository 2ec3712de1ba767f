//! What comes in: when, by which door, about what, from whom.

use super::{
    Span,
    time::{Hours, month},
    waiting::{self, Course},
};
use crate::demo::{
    dice::Dice,
    names::Names,
    spots::Spot,
    staff::Staff,
    texts::{Texts, Written},
};
use cases::{
    commands::{Place, ReporterInput},
    rulebook::Rules,
};
use people::persons::{Person, Phone};
use rules::{
    catalogue::{FieldKind, FormField},
    words::{CaseKind, Channel, Confidentiality, Urgency},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use store::Timestamp;
use territory::Territory;

/// How a matter is going to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Answered on the spot.
    Answered,
    /// Not accepted.
    NotAccepted,
    /// Passed to an emergency service.
    Emergency,
    /// Taken back while it is handled.
    Withdrawn,
    /// Merged into an earlier one (by index).
    Merged(usize),
    /// Handled.
    Handled,
}

/// A matter before it is registered.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) at: Timestamp,
    pub(super) kind: CaseKind,
    pub(super) channel: Channel,
    pub(super) category: String,
    pub(super) urgency: Urgency,
    pub(super) confidentiality: Confidentiality,
    pub(super) written: Written,
    pub(super) place: Place,
    pub(super) form: Map<String, Value>,
    pub(super) reporters: Vec<ReporterInput>,
    pub(super) head_count: Option<i64>,
    pub(super) reported: Option<i64>,
    /// For a whistle: the units that are needed.
    pub(super) needed: Vec<i64>,
    pub(super) spot: usize,
    pub(super) fate: Fate,
    pub(super) template: usize,
    /// How far it goes, where it is to wait on a desk.
    pub(super) course: Option<Course>,
}

impl Plan {
    /// As open as the matter may be: a reporter who wants to stay unknown restricts it.
    pub(super) fn confidentiality(&self) -> Confidentiality {
        let hidden = self.reporters.iter().any(|reporter| reporter.confidential);
        let least = if self.kind == CaseKind::WrongdoingReport {
            Confidentiality::Sealed
        } else if hidden {
            Confidentiality::Restricted
        } else {
            Confidentiality::Open
        };
        self.confidentiality.max(least)
    }
}

pub(super) struct Planner<'a> {
    pub(super) staff: &'a Staff,
    pub(super) texts: &'a Texts,
    pub(super) spots: &'a [Spot],
    pub(super) rules: &'a Rules,
    pub(super) territory: &'a Territory,
    pub(super) names: Names,
    pub(super) dice: Dice,
}

impl Planner<'_> {
    /// All matters in the order of time.
    pub(super) fn plans(&mut self, hours: &Hours, span: Span) -> Vec<Plan> {
        let mut moments: Vec<Timestamp> = (0..span.matters - waiting::share(span.matters))
            .map(|_| Hours::moment(span.from, span.until, &mut self.dice))
            .collect();
        moments.sort();
        let (urban, rural): (Vec<usize>, Vec<usize>) =
            (0..self.spots.len()).partition(|i| self.spots[*i].urban);
        let mut plans: Vec<Plan> = Vec::with_capacity(moments.len());
        for at in moments {
            let plan = match self.repeats(&plans, at) {
                Some(earlier) => self.again(&plans, earlier, at, hours),
                None if self.dice.percent(3) => self.whistle(at, &rural),
                None => {
                    let spots = if self.dice.clone().percent(46) { &urban } else { &rural };
                    self.drawn(at, spots, hours)
                }
            };
            plans.push(plan);
        }
        plans.extend(self.waiting(hours, span));
        plans
    }

    /// Anything that may happen there at that time of the year.
    pub(super) fn drawn(&mut self, at: Timestamp, spots: &[usize], hours: &Hours) -> Plan {
        let spot = *self.dice.pick(spots);
        let template = self.texts.draw(month(at), self.spots[spot].urban, &mut self.dice);
        self.plan(at, template, spot, hours)
    }

    /// Now and then somebody reports what a neighbour reported some days before.
    fn repeats(&mut self, plans: &[Plan], at: Timestamp) -> Option<usize> {
        if plans.len() < 50 || !self.dice.percent(6) {
            return None;
        }
        let back = plans.len() - 1 - self.dice.below(50);
        let earlier = &plans[back];
        let mergeable = earlier.fate == Fate::Handled
            && earlier.needed.is_empty()
            && earlier.confidentiality == Confidentiality::Open
            && store::ms(at) - store::ms(earlier.at) < 4 * 86_400_000;
        mergeable.then_some(back)
    }

    fn again(&mut self, plans: &[Plan], earlier: usize, at: Timestamp, hours: &Hours) -> Plan {
        let (template, spot) = (plans[earlier].template, plans[earlier].spot);
        let mut plan = self.plan(at, template, spot, hours);
        plan.confidentiality = Confidentiality::Open;
        plan.reporters.iter_mut().for_each(|reporter| reporter.confidential = false);
        plan.place.text.clone_from(&plans[earlier].place.text);
        plan.fate = Fate::Merged(earlier);
        plan
    }

    fn plan(&mut self, at: Timestamp, index: usize, spot: usize, hours: &Hours) -> Plan {
        let texts = self.texts;
        let template = &texts.templates()[index];
        let category = self.rules.catalogue.get(&template.category).ok();
        let kind = template.kind.or(category.and_then(|c| c.kind)).unwrap_or(CaseKind::Request);
        let channel = self.channel(at, kind, hours);
        let usual = category.map_or(Urgency::Ordinary, |c| c.urgency);
        let urgency = if usual == Urgency::Ordinary && self.dice.percent(5) { Urgency::Hard } else { usual };
        let variant = self.dice.below(6);
        let here = &self.spots[spot];
        let written = texts.write(template, here, variant, &mut self.dice);
        let reporters = self.reporters(channel, kind);
        let confidentiality = template.confidentiality.unwrap_or(Confidentiality::Open);
        let place = self.place(spot, &written);
        Plan {
            at,
            kind,
            channel,
            category: template.category.clone(),
            urgency,
            confidentiality,
            form: self.form(&template.category, &written, &place.text, at),
            place,
            head_count: self.heads(channel, reporters.len()),
            reporters,
            reported: self.reported(kind, spot),
            needed: Vec::new(),
            spot,
            fate: self.fate(kind, channel, urgency, written.detail.len()),
            written,
            template: index,
            course: None,
        }
    }

    pub(super) fn whistle(&mut self, at: Timestamp, rural: &[usize]) -> Plan {
        let spot = *self.dice.pick(rural);
        let here = &self.spots[spot];
        let office = self.texts.office();
        const NEEDED: [&[&str]; 8] = [
            &["swj", "hbj"],
            &["cgj", "scj", "jjdd"],
            &["hbj", "nyj"],
            &["zrzy", "yjj"],
            &["zrzy", "cgj"],
            &["xfdd", "scj"],
            &["swj"],
            &["gaj", "zrzy"],
        ];
        const CATEGORIES: [&str; 8] = ["0506", "0208", "1006", "0406", "0110", "1201", "0505", "0405"];
        let subject = self.dice.below(NEEDED.len());
        let title = std::slice::from_ref(&office.whistle_title[subject]);
        let written = Written {
            title: self.texts.say(title, here, &mut self.dice),
            detail: self.texts.say(&office.whistle_detail, here, &mut self.dice),
            reply: self.texts.say(&office.whistle_done, here, &mut self.dice),
            slots: BTreeMap::new(),
        };
        let needed = NEEDED[subject].iter().filter_map(|code| self.staff.units.get(*code).copied()).collect();
        let place = self.place(spot, &written);
        Plan {
            at,
            kind: CaseKind::Whistle,
            channel: Channel::DutyOffice,
            category: CATEGORIES[subject].to_owned(),
            urgency: Urgency::Ordinary,
            confidentiality: Confidentiality::Open,
            form: self.form(CATEGORIES[subject], &written, &place.text, at),
            place,
            written,
            reporters: Vec::new(),
            head_count: None,
            reported: None,
            needed,
            spot,
            fate: Fate::Handled,
            template: usize::MAX,
            course: None,
        }
    }

    fn channel(&mut self, at: Timestamp, kind: CaseKind, hours: &Hours) -> Channel {
        use Channel as C;
        let doors = [
            (C::Hotline, 38.0),
            (C::GridWorker, 17.0),
            (C::Window, 15.0),
            (C::Portal, 13.0),
            (C::OneCode, 6.0),
            (C::Partner, 4.0),
            (C::DutyOffice, 3.0),
            (C::LeaderReception, 2.0),
            (C::Sensor, 2.0),
        ];
        let channel = doors[self.dice.weighted(doors.iter().map(|(_, weight)| *weight))].0;
        let open = hours.is_open(at);
        match channel {
            C::Window | C::LeaderReception if !open => C::Hotline,
            C::GridWorker if matches!(kind, CaseKind::Inquiry | CaseKind::WrongdoingReport) => C::Hotline,
            C::Sensor if kind != CaseKind::Hazard => C::Hotline,
            C::Hotline if kind == CaseKind::Hazard && self.dice.percent(20) => C::Sensor,
            C::OneCode | C::Partner if matches!(kind, CaseKind::WrongdoingReport | CaseKind::Dispute) => {
                C::Portal
            }
            C::Sensor
            | C::GridWorker
            | C::OneCode
            | C::Partner
            | C::Window
            | C::LeaderReception
            | C::Hotline
            | C::Portal
            | C::DutyOffice => channel,
        }
    }

    fn reporters(&mut self, channel: Channel, kind: CaseKind) -> Vec<ReporterInput> {
        let silent = match channel {
            Channel::Sensor => 100,
            Channel::GridWorker => 55,
            Channel::OneCode => 35,
            Channel::Window
            | Channel::Hotline
            | Channel::DutyOffice
            | Channel::Portal
            | Channel::Partner
            | Channel::LeaderReception => 5,
        };
        if self.dice.percent(silent) {
            return Vec::new();
        }
        let count =
            if channel == Channel::Window && self.dice.percent(14) { 2 + self.dice.below(2) } else { 1 };
        let secret = kind == CaseKind::WrongdoingReport;
        (0..count)
            .map(|_| {
                let anonymous = self.dice.percent(if secret { 40 } else { 8 });
                let phone = Phone::parse(&self.names.phone()).ok();
                let person =
                    Person { name: (!anonymous).then(|| self.names.draw()), phone, ..Person::default() };
                ReporterInput { person, anonymous, confidential: secret || self.dice.percent(5) }
            })
            .collect()
    }

    fn heads(&mut self, channel: Channel, reporters: usize) -> Option<i64> {
        let batch = matches!(channel, Channel::Window | Channel::LeaderReception) && self.dice.percent(18);
        let more = if batch { 1 + self.dice.below(9) } else { 0 };
        (more > 0).then(|| i64::try_from(reporters.max(1) + more).unwrap_or(1))
    }

    fn reported(&self, kind: CaseKind, spot: usize) -> Option<i64> {
        let village = self.staff.village_units.get(&self.spots[spot].village_id).copied();
        village.filter(|_| kind == CaseKind::WrongdoingReport)
    }

    /// Where it is: by what the text names, if it names anything.
    fn place(&mut self, spot: usize, written: &Written) -> Place {
        let here = &self.spots[spot];
        let text = if here.urban {
            let mut named = |slot: &str| {
                written.slots.get(slot).cloned().unwrap_or_else(|| self.texts.slot(slot, &mut self.dice))
            };
            format!("{}{}{}附近", here.town, named("road"), named("estate"))
        } else {
            format!("{}{}{}组", here.town, here.village, ["一", "二", "三", "四"][self.dice.below(4)])
        };
        here.place(self.territory, text, &mut self.dice)
    }

    fn fate(&mut self, kind: CaseKind, channel: Channel, urgency: Urgency, length: usize) -> Fate {
        let spoken = !matches!(channel, Channel::Sensor | Channel::GridWorker);
        let on_the_spot = match kind {
            CaseKind::Inquiry => 62,
            CaseKind::Suggestion => 6,
            CaseKind::Request | CaseKind::Complaint => 3,
            CaseKind::Hazard | CaseKind::Dispute | CaseKind::WrongdoingReport | CaseKind::Whistle => 0,
        };
        let ordinary = kind != CaseKind::WrongdoingReport && length > 0;
        match urgency {
            Urgency::Emergency if self.dice.percent(30) => Fate::Emergency,
            _ if spoken && self.dice.percent(on_the_spot) => Fate::Answered,
            _ if ordinary && self.dice.percent(2) => Fate::NotAccepted,
            _ if ordinary && self.dice.percent(2) => Fate::Withdrawn,
            Urgency::Emergency | Urgency::Urgent | Urgency::Ordinary | Urgency::Hard => Fate::Handled,
        }
    }

    /// The answers of the category's form: the required ones, and of the others those that the text tells.
    fn form(&mut self, category: &str, written: &Written, place: &str, at: Timestamp) -> Map<String, Value> {
        let mut form = Map::new();
        let Ok(category) = self.rules.catalogue.get(category) else { return form };
        for field in &category.fields {
            let told = match field.def.kind {
                FieldKind::Text => {
                    slot_of(&field.name).and_then(|slot| written.slots.get(slot)).map(|text| json!(text))
                }
                FieldKind::Number => written.told(counted_in(&field.name)).map(|number| json!(number)),
                FieldKind::Date if field.name == "happened" => {
                    written.days_ago().map(|days| json!(self.day(store::ms(at) - days * 86_400_000)))
                }
                FieldKind::Date => None,
                FieldKind::Boolean => self.dice.percent(55).then(|| json!(self.dice.percent(12))),
                FieldKind::Choice => match field.def.choices.as_slice() {
                    [] => None,
                    choices => self.dice.percent(55).then(|| json!(self.dice.pick(choices).value)),
                },
            };
            if let Some(value) = told.or_else(|| self.drawn_answer(field, place, at)) {
                form.insert(field.name.clone(), value);
            }
        }
        form
    }

    /// An answer to a required question that the text leaves open.
    fn drawn_answer(&mut self, field: &FormField, place: &str, at: Timestamp) -> Option<Value> {
        if !field.required {
            return None;
        }
        Some(match field.def.kind {
            FieldKind::Text => match slot_of(&field.name) {
                Some(slot) => json!(self.texts.slot(slot, &mut self.dice)),
                None => json!(place),
            },
            FieldKind::Number => json!(self.texts.slot("n", &mut self.dice).parse().unwrap_or(1)),
            FieldKind::Boolean => json!(self.dice.percent(12)),
            FieldKind::Date => json!(self.day(store::ms(at))),
            FieldKind::Choice if field.def.choices.is_empty() => return None,
            FieldKind::Choice => json!(self.dice.pick(&field.def.choices).value),
        })
    }

    fn day(&self, at: i64) -> String {
        self.rules.calendar.date(store::at(at)).to_string()
    }
}

/// The slot of the texts that answers a question in words.
fn slot_of(field: &str) -> Option<&'static str> {
    Some(match field {
        "company" => "company",
        "school" => "school",
        "hospital" => "hospital",
        "project" => "estate",
        "route" => "plate",
        _ => return None,
    })
}

/// What the things are counted in that a question asks the number of.
fn counted_in(field: &str) -> &'static [char] {
    match field {
        "amount" => &['元'],
        "people" => &['人', '名'],
        "households" => &['户'],
        "area_mu" => &['亩'],
        _ => &[],
    }
}

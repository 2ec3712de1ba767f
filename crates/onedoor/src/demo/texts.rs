//! What people write and offices answer: templates with slots, filled so that no two matters read alike.

use super::{dice::Dice, spots::Spot};
use crate::Failure;
use rules::words::{CaseKind, Confidentiality};
use serde::Deserialize;
use std::collections::BTreeMap;

const MATTERS: [&str; 3] = [
    include_str!("../../../../data/demo/matters/01-05.toml"),
    include_str!("../../../../data/demo/matters/06-10.toml"),
    include_str!("../../../../data/demo/matters/11-15.toml"),
];
const PHRASES: &str = include_str!("../../../../data/demo/phrases.toml");

/// Where a template's matters happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Where {
    /// In the county seat.
    Seat,
    /// In the countryside.
    Village,
    /// Anywhere.
    Any,
}

/// A matter with slots.
#[derive(Clone, Debug, Deserialize)]
pub struct Template {
    /// The category.
    pub category: String,
    /// Where it happens.
    pub at: Where,
    /// What it is, where it is not the category's usual kind.
    pub kind: Option<CaseKind>,
    /// Who may know.
    pub confidentiality: Option<Confidentiality>,
    title: String,
    detail: Vec<String>,
    reply: String,
}

/// A template filled.
#[derive(Clone, Debug)]
pub struct Written {
    /// One line.
    pub title: String,
    /// In the person's words.
    pub detail: String,
    /// What the unit will answer when it is done.
    pub reply: String,
    /// What the slots were filled with: the place and the form say the same.
    pub slots: BTreeMap<String, String>,
}

impl Written {
    /// The number that stands before one of these units of counting, in the title or the detail.
    pub fn told(&self, units: &[char]) -> Option<i64> {
        let text: Vec<char> = self.title.chars().chain(self.detail.chars()).collect();
        let end = (1..text.len()).find(|&at| units.contains(&text[at]) && text[at - 1].is_ascii_digit())?;
        let begin = text[..end].iter().rposition(|c| !c.is_ascii_digit()).map_or(0, |at| at + 1);
        // The decimals of another number are no number.
        if begin > 0 && text[begin - 1] == '.' {
            return None;
        }
        text[begin..end].iter().collect::<String>().parse().ok()
    }

    /// How many days ago it was, by its own words.
    pub fn days_ago(&self) -> Option<i64> {
        let words = [("大前天", 3), ("前天", 2), ("昨天", 1), ("昨晚", 1), ("今天", 0)];
        words.iter().find(|(word, _)| self.detail.contains(word)).map(|(_, days)| *days)
    }
}

#[derive(Deserialize)]
struct MatterFile {
    matter: Vec<Template>,
}

/// How people speak.
#[derive(Deserialize)]
struct Speech {
    open: Vec<String>,
    close: Vec<String>,
}

/// How offices write.
#[derive(Deserialize)]
#[expect(missing_docs, reason = "named after the commands they go with")]
pub struct Office {
    reply_open: Vec<String>,
    reply_close: Vec<String>,
    pub explain: Vec<String>,
    pub note: Vec<String>,
    pub return_reason: Vec<String>,
    pub return_basis: Vec<String>,
    pub grant_return: Vec<String>,
    pub refuse_return: Vec<String>,
    pub extension: Vec<String>,
    pub refuse_extension: Vec<String>,
    pub suspend: Vec<String>,
    pub resume: Vec<String>,
    pub review_reject: Vec<String>,
    pub review_note: Vec<String>,
    pub rework: Vec<String>,
    pub reopen: Vec<String>,
    pub supervise: Vec<String>,
    pub answer_supervision: Vec<String>,
    pub remind: Vec<String>,
    pub whistle_title: Vec<String>,
    pub whistle_detail: Vec<String>,
    pub whistle_done: Vec<String>,
    pub whistle_decline: Vec<String>,
    pub not_accept: Vec<(String, String)>,
    pub answer: Vec<String>,
    pub withdraw: Vec<String>,
    pub merge: Vec<String>,
    pub said: Vec<String>,
    pub said_bad: Vec<String>,
    pub hand_reason: Vec<String>,
    pub duty_reason: Vec<String>,
    pub co_reason: Vec<String>,
}

#[derive(Deserialize)]
struct PhraseFile {
    slots: BTreeMap<String, Vec<String>>,
    speech: Speech,
    office: Office,
    weights: BTreeMap<String, f64>,
    months: BTreeMap<String, Vec<i8>>,
}

/// All texts.
pub struct Texts {
    templates: Vec<Template>,
    phrases: PhraseFile,
}

impl Texts {
    /// Reads the shipped files.
    ///
    /// # Errors
    /// When a shipped file is not what it should be.
    pub fn shipped() -> Result<Texts, Failure> {
        let mut templates = Vec::new();
        for text in MATTERS {
            let file: MatterFile = toml::from_str(text).map_err(|error| Failure::said(error.to_string()))?;
            templates.extend(file.matter);
        }
        let phrases = toml::from_str(PHRASES).map_err(|error| Failure::said(error.to_string()))?;
        Ok(Texts { templates, phrases })
    }

    /// What offices say.
    pub fn office(&self) -> &Office {
        &self.phrases.office
    }

    /// The templates.
    pub fn templates(&self) -> &[Template] {
        &self.templates
    }

    /// Draws a template for a month and a place, often used ones more often.
    pub fn draw(&self, month: i8, urban: bool, dice: &mut Dice) -> usize {
        let weight = |template: &Template| {
            let in_season =
                self.phrases.months.get(&template.category).is_none_or(|months| months.contains(&month));
            let fits = match template.at {
                Where::Seat => urban,
                Where::Village => !urban,
                Where::Any => true,
            };
            let weight = self.phrases.weights.get(&template.category).copied().unwrap_or(1.0);
            if in_season && fits { weight } else { 0.0 }
        };
        dice.weighted(self.templates.iter().map(weight))
    }

    /// Fills a template for a place. `variant` chooses among its wordings.
    pub fn write(&self, template: &Template, spot: &Spot, variant: usize, dice: &mut Dice) -> Written {
        let mut slots = BTreeMap::new();
        let speech = &self.phrases.speech;
        let title = self.fill(&template.title, spot, &mut slots, dice);
        let body = &template.detail[variant % template.detail.len()];
        let detail = format!("{}{body}{}", dice.pick(&speech.open), dice.pick(&speech.close));
        let detail = self.fill(&detail, spot, &mut slots, dice);
        let office = &self.phrases.office;
        let reply =
            format!("{}{}{}", dice.pick(&office.reply_open), template.reply, dice.pick(&office.reply_close));
        let reply = self.fill(&reply, spot, &mut slots, dice);
        Written { title, detail, reply, slots }
    }

    /// Fills one of some phrases.
    pub fn say(&self, phrases: &[String], spot: &Spot, dice: &mut Dice) -> String {
        let phrase = dice.pick(phrases).clone();
        self.fill(&phrase, spot, &mut BTreeMap::new(), dice)
    }

    /// Replaces `{slot}`s; the same slot means the same thing throughout a matter.
    fn fill(&self, text: &str, spot: &Spot, slots: &mut BTreeMap<String, String>, dice: &mut Dice) -> String {
        let mut filled = String::with_capacity(text.len() * 2);
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (slot, after) = after.split_once('}').unwrap_or((after, ""));
            filled.push_str(before);
            match slot {
                "village" => filled.push_str(&spot.village),
                "town" => filled.push_str(&spot.town),
                slot => {
                    if !slots.contains_key(slot) {
                        let value = self.slot_for(slot, spot, dice);
                        slots.insert(slot.to_owned(), value);
                    }
                    filled.push_str(slots.get(slot).map_or("", String::as_str));
                }
            }
            rest = after;
        }
        filled.push_str(rest);
        filled
    }

    /// A value of a slot that fits the place: a village has no avenues.
    fn slot_for(&self, slot: &str, spot: &Spot, dice: &mut Dice) -> String {
        let rural = (!spot.urban).then(|| self.phrases.slots.get(&format!("{slot}_rural"))).flatten();
        match rural.or_else(|| self.phrases.slots.get(slot)) {
            Some(values) => {
                dice.pick(values).replace("{village}", &spot.village).replace("{town}", &spot.town)
            }
            None => String::new(),
        }
    }

    /// A value of a slot, for a form.
    pub fn slot(&self, slot: &str, dice: &mut Dice) -> String {
        self.phrases.slots.get(slot).map_or_else(String::new, |values| dice.pick(values).clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn templates_cover_every_top_category_and_fill_without_a_hole() {
        let texts = Texts::shipped().unwrap();
        assert!(texts.templates.len() >= 120);
        let tops: BTreeSet<&str> = texts.templates.iter().map(|t| &t.category[..2]).collect();
        assert_eq!(tops.len(), 15);
        let catalogue = cases::rulebook::Rules::shipped().unwrap().catalogue;
        let spot = Spot::for_tests();
        let mut written = BTreeSet::new();
        for template in &texts.templates {
            let category = catalogue.get(&template.category).unwrap();
            assert!(category.leaf, "{}", template.category);
            for variant in 0..template.detail.len() {
                let dice = &mut Dice::new(7, written.len() as u64);
                let text = texts.write(template, &spot, variant, dice);
                for text in [&text.title, &text.detail, &text.reply] {
                    assert!(!text.contains(['{', '}']), "{text}");
                    assert!(!text.is_empty());
                }
                assert!(text.title.chars().count() <= 60, "{}", text.title);
                written.insert(text.detail);
            }
        }
        assert!(written.len() > 250);
    }

    #[test]
    fn a_form_says_what_the_text_says() {
        let written = |title: &str, detail: &str| Written {
            title: title.into(),
            detail: detail.into(),
            reply: String::new(),
            slots: BTreeMap::new(),
        };
        let wages = written("新世纪装饰拖欠17名农民工工资", "大前天去要过，每人欠6500元，地有1.2亩。");
        assert_eq!(wages.told(&['人', '名']), Some(17));
        assert_eq!(wages.told(&['元']), Some(6500));
        assert_eq!(wages.told(&['亩']), None, "a part of a number is no number");
        assert_eq!(wages.told(&['户']), None);
        assert_eq!(wages.days_ago(), Some(3));
        assert_eq!(written("", "前天的事").days_ago(), Some(2));
        assert_eq!(written("", "上周的事").days_ago(), None);
    }

    #[test]
    fn the_same_slot_means_the_same_thing_throughout_a_matter() {
        let texts = Texts::shipped().unwrap();
        let estates = &texts.phrases.slots["estate"];
        let mut seen = 0;
        for (index, template) in texts.templates.iter().enumerate() {
            let written = texts.write(template, &Spot::for_tests(), index, &mut Dice::new(3, index as u64));
            let whole = format!("{}{}{}", written.title, written.detail, written.reply);
            let named = estates.iter().filter(|estate| whole.contains(estate.as_str())).count();
            assert!(named <= 1, "{whole}");
            seen += named;
        }
        assert!(seen > 10);
    }
}

use proptest::prelude::*;
use rules::{
    RuleError,
    deadlines::{DeadlineCase, DeadlineFile, DeadlineRules, SHIPPED},
    lifecycle::ClockKind,
    supervision::{CardLevel, ClockStage, SupervisionFile, SupervisionRules},
    words::{CaseKind, Channel, ResolutionClass, Urgency},
};

fn shipped() -> DeadlineRules {
    DeadlineRules::build(toml::from_str(SHIPPED).unwrap()).unwrap()
}

fn plain() -> DeadlineCase<'static> {
    DeadlineCase {
        kind: CaseKind::Request,
        channel: Channel::Hotline,
        urgency: Urgency::Ordinary,
        class: ResolutionClass::Prompt,
        category: "0101",
    }
}

fn resolve(case: &DeadlineCase<'_>) -> (String, String) {
    let chosen = shipped().limit(ClockKind::Resolve, case).unwrap();
    (chosen.limit.to_string(), chosen.rule)
}

fn with(rules: &str) -> Result<DeadlineRules, RuleError> {
    let base = "[[rules]]\nid = \"base\"\nextension = { most = \"1wd\", times = 1 }\n[rules.limits]\n";
    let all: String = ClockKind::ALL.iter().map(|clock| format!("{} = \"1wd\"\n", clock.as_str())).collect();
    let file: DeadlineFile = toml::from_str(&format!("{base}{all}{rules}")).unwrap();
    DeadlineRules::build(file)
}

#[test]
fn the_shipped_rules_say_what_their_sources_say() {
    let is = |limit: &str, rule: &str| (limit.to_owned(), rule.to_owned());
    let case = plain();
    assert_eq!(resolve(&case), is("5wd", "base"));
    assert_eq!(resolve(&DeadlineCase { urgency: Urgency::Emergency, ..case }), is("24h", "emergency"));
    assert_eq!(resolve(&DeadlineCase { urgency: Urgency::Urgent, ..case }), is("24h", "urgent"));
    assert_eq!(resolve(&DeadlineCase { urgency: Urgency::Hard, ..case }), is("15cd", "hard"));
    assert_eq!(
        resolve(&DeadlineCase { class: ResolutionClass::Coordinated, ..case }),
        is("10wd", "coordinated")
    );
    assert_eq!(resolve(&DeadlineCase { class: ResolutionClass::Planned, ..case }), is("20wd", "planned"));
    assert_eq!(resolve(&DeadlineCase { kind: CaseKind::Inquiry, ..case }), is("2wd", "inquiry"));
    assert_eq!(resolve(&DeadlineCase { category: "1407", ..case }), is("20wd", "disclosure"));
    let pressing = DeadlineCase {
        urgency: Urgency::Emergency,
        kind: CaseKind::Dispute,
        class: ResolutionClass::Planned,
        category: "1407",
        ..case
    };
    assert_eq!(resolve(&pressing), is("24h", "emergency"), "nothing slows an emergency");
    let arrival = shipped().limit(ClockKind::WhistleArrival, &case).unwrap();
    assert_eq!(arrival.limit.to_string(), "1wd");
    assert_eq!(arrival.version, 1);
}

#[test]
fn extensions_are_bounded() {
    let rules = shipped();
    assert_eq!(rules.extension(&plain(), 0).unwrap().to_string(), "10wd");
    assert_eq!(rules.extension(&plain(), 1).unwrap_err().code(), "extension.used_up");
    let disclosure = DeadlineCase { category: "1407", ..plain() };
    assert_eq!(rules.extension(&disclosure, 0).unwrap().to_string(), "20wd");
}

#[test]
fn ties_are_refused_and_name_both() {
    let tie = r#"
        [[rules]]
        id = "roads"
        category = "03"
        limits = { resolve = "3wd" }
        [[rules]]
        id = "questions"
        kind = "inquiry"
        limits = { resolve = "2wd" }
    "#;
    let error = with(tie).unwrap_err();
    assert_eq!(error.code(), "deadlines.ambiguous");
    assert!(error.to_string().contains("`roads` and `questions`"), "{error}");

    let settled = format!(
        "{tie}\n[[rules]]\nid = \"both\"\ncategory = \"03\"\nkind = \"inquiry\"\nlimits = {{ resolve = \"4wd\" }}"
    );
    let rules = with(&settled).unwrap();
    let case = DeadlineCase { kind: CaseKind::Inquiry, category: "0301", ..plain() };
    assert_eq!(rules.limit(ClockKind::Resolve, &case).unwrap().rule, "both");

    let ranked = tie.replacen("category = \"03\"", "category = \"03\"\npriority = 1", 1);
    assert_eq!(with(&ranked).unwrap().limit(ClockKind::Resolve, &case).unwrap().rule, "roads");

    let apart = tie.replacen("resolve = \"3wd\"", "sign = \"3wd\"", 1);
    with(&apart).expect("they set different clocks");

    let twins = "[[rules]]\nid = \"a\"\nchannel = \"portal\"\nlimits = { sign = \"1wh\" }\n";
    let error = with(&format!("{twins}{}", twins.replace("\"a\"", "\"b\""))).unwrap_err();
    assert_eq!(error.code(), "deadlines.ambiguous");
}

#[test]
fn incomplete_or_misnamed_rules_are_refused() {
    let file: DeadlineFile = toml::from_str("[[rules]]\nid = \"a\"\nlimits = { sign = \"1wd\" }").unwrap();
    assert!(DeadlineRules::build(file).unwrap_err().to_string().contains("verify"));
    assert_eq!(with("[[rules]]\nid = \"base\"\n").unwrap_err().code(), "deadlines.invalid");
    assert_eq!(with("[[rules]]\nid = \"x\"\ncategory = \"3\"\n").unwrap_err().code(), "deadlines.invalid");
    assert!(toml::from_str::<DeadlineFile>("[[rules]]\nid = \"x\"\nlimits = { sgn = \"1wd\" }").is_err());
}

#[test]
fn rules_survive_json() {
    let file = shipped().file();
    let json = serde_json::to_string(&file).unwrap();
    assert_eq!(serde_json::from_str::<DeadlineFile>(&json).unwrap(), file);
}

#[test]
fn supervision_defaults_are_the_shipped_file() {
    let file: SupervisionFile = toml::from_str(rules::supervision::SHIPPED).unwrap();
    let rules = SupervisionRules::build(file.clone()).unwrap();
    assert_eq!(rules, SupervisionRules::default());
    assert_eq!(rules.marks().remind_percent, 75);
    assert_eq!(rules.at(ClockStage::Reminder).card, None);
    assert_eq!(rules.at(ClockStage::Expiry).card, Some(CardLevel::Yellow));
    assert!(rules.at(ClockStage::Overrun).escalate);
    let mut milder = file.clone();
    milder.overrun.card = None;
    assert_eq!(SupervisionRules::build(milder).unwrap_err().code(), "supervision.invalid");
    let mut never = file;
    never.marks.remind_percent = 100;
    assert_eq!(SupervisionRules::build(never).unwrap_err().code(), "supervision.invalid");
}

fn pick<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    (0..all.len()).prop_map(move |index| all[index])
}

/// A handful of conditions, few enough values that rules overlap often.
fn condition()
-> impl Strategy<Value = (Option<&'static str>, Option<Urgency>, Option<CaseKind>, Option<Channel>)> {
    (
        proptest::option::of(pick(&["01", "0101", "010101", "02"])),
        proptest::option::of(pick(&[Urgency::Hard, Urgency::Urgent])),
        proptest::option::of(pick(&[CaseKind::Inquiry, CaseKind::Hazard])),
        proptest::option::of(pick(&[Channel::Portal, Channel::Window])),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Whatever is accepted at load has one answer for every case, whatever the order of the file, and that answer
    /// lies inside every other rule that holds.
    #[test]
    fn accepted_rules_have_one_answer(
        conditions in proptest::collection::vec(condition(), 0..6),
        turn in 0..6usize,
    ) {
        let rule = |index: usize| {
            let (category, urgency, kind, channel) = conditions[index];
            let line = |name: &str, value: Option<&str>| {
                value.map(|value| format!("{name} = \"{value}\"\n")).unwrap_or_default()
            };
            format!(
                "[[rules]]\nid = \"r{index}\"\n{}{}{}{}limits = {{ resolve = \"2wd\" }}\n",
                line("category", category),
                line("urgency", urgency.map(Urgency::as_str)),
                line("kind", kind.map(CaseKind::as_str)),
                line("channel", channel.map(Channel::as_str)),
            )
        };
        let count = conditions.len();
        let straight: String = (0..count).map(rule).collect();
        let turned: String = (0..count).map(|index| rule((index + turn) % count)).collect();
        let (first, second) = (with(&straight), with(&turned));
        prop_assert_eq!(first.is_ok(), second.is_ok());
        let (Ok(first), Ok(second)) = (first, second) else { return Ok(()) };
        for category in ["01", "0101", "010101", "0102", "02", "03"] {
            for urgency in [Urgency::Hard, Urgency::Urgent, Urgency::Ordinary] {
                for kind in [CaseKind::Inquiry, CaseKind::Hazard, CaseKind::Request] {
                    for channel in [Channel::Portal, Channel::Window, Channel::Sensor] {
                        let case = DeadlineCase { kind, channel, urgency, category, class: ResolutionClass::Prompt };
                        let chosen = first.limit(ClockKind::Resolve, &case).unwrap();
                        prop_assert_eq!(&chosen, &second.limit(ClockKind::Resolve, &case).unwrap());
                        let narrow = chosen.rule.strip_prefix('r').map(|index| conditions[index.parse::<usize>().unwrap()]);
                        for other in conditions.iter().filter(|other| {
                            other.0.is_none_or(|code| category.starts_with(code))
                                && other.1.is_none_or(|x| x == urgency)
                                && other.2.is_none_or(|x| x == kind)
                                && other.3.is_none_or(|x| x == channel)
                        }) {
                            let narrow = narrow.expect("a rule of ours holds and is narrower than the base");
                            prop_assert!(other.0.is_none_or(|code| narrow.0.is_some_and(|n| n.starts_with(code))));
                            prop_assert!(other.1.is_none() || other.1 == narrow.1);
                            prop_assert!(other.2.is_none() || other.2 == narrow.2);
                            prop_assert!(other.3.is_none() || other.3 == narrow.3);
                        }
                    }
                }
            }
        }
    }
}

//! The descriptor of allowed actions is enough to do them; new versions of the rules; the end of the calendar.

use crate::core_kit::{self as kit, ROADS, WATER, at};
use cases::{
    Cases, Ctx, Target,
    actions::{self, ActionView, Field, FieldKind},
    commands as c,
    rulebook::RuleKind,
};
use rules::words::{CaseKind, Urgency};
use serde_json::{Map, Value, json};
use std::time::Duration;
use store::testkit::on_both;

/// Brings a case to a state: who does what.
const COURSE: &[(&str, i64, &str)] = &[
    ("received", 203, "verify"),
    ("verified", 204, "dispatch"),
    ("dispatched", 221, "sign"),
    ("signed", 221, "start"),
    ("in_progress", 221, "reply"),
    ("replied", 221, "submit"),
    ("under_review", 205, "review_pass"),
    ("callback", 202, "callback"),
];

/// What a form would send.
fn value(field: &Field, other: i64, now: jiff::Timestamp) -> Value {
    match field.kind {
        FieldKind::Unit => json!(field.options.first().cloned().unwrap_or_else(|| WATER.to_string())),
        FieldKind::Units => json!([WATER.to_string()]),
        FieldKind::Account => json!("222"),
        FieldKind::Category => json!(kit::CATEGORY),
        FieldKind::Place => json!({ "text": "某处", "town_id": "101" }),
        FieldKind::Date => json!((now + Duration::from_secs(86_400 * 9)).to_string()),
        FieldKind::Choice if field.name == "urgency" => json!("ordinary"),
        FieldKind::Choice | FieldKind::Reporter | FieldKind::Order => {
            json!(field.options.first().expect("options"))
        }
        FieldKind::Case => json!(other.to_string()),
        FieldKind::Number => json!(1),
        FieldKind::Text | FieldKind::LongText => json!("内容"),
        FieldKind::Form => json!({}),
        FieldKind::Area | FieldKind::Files => Value::Null,
    }
}

fn body(view: &ActionView, other: i64, now: jiff::Timestamp) -> Value {
    let optional =
        |field: &&Field| field.required || matches!(field.kind, FieldKind::Choice | FieldKind::LongText);
    let fields = view.fields.iter().filter(optional).filter(|field| field.name != "reported_unit_id");
    let mut body: Map<String, Value> =
        fields.map(|field| (field.name.clone(), value(field, other, now))).collect();
    if view.action.as_str() == "dispatch" {
        body.insert("host".into(), json!(ROADS.to_string()));
    }
    if let Some(submit) = body.get_mut("submit") {
        *submit = json!("no");
    }
    Value::Object(body)
}

async fn brought_to(cases: &Cases, state: &str, now: jiff::Timestamp) -> i64 {
    let input = kit::matter(CaseKind::Request, &["13800000001"]);
    let id = cases.register(&at(201, now), input).await.expect("registers").case_id;
    for (from, who, action) in COURSE {
        if *from == state {
            break;
        }
        let ctx = at(*who, now);
        let views = actions::allowed(cases, &ctx, id).await.expect("sees it");
        let view = views.iter().find(|view| view.action.as_str() == *action).expect("is offered");
        assert!(view.allowed && view.likely, "{action} is the next step: {view:?}");
        cases.act(&ctx, Target::from(id), action, body(view, id, now)).await.expect("does it");
    }
    assert_eq!(kit::case(cases, id).await.state, state);
    id
}

/// Every action that is offered can be done with what its form asks for.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_offered_can_be_done() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let other = brought_to(&cases, "verified", now).await;
        let mut done = 0;
        for (state, _, _) in COURSE {
            for who in [201, 202, 203, 204, 205, 221] {
                let ctx = at(who, now);
                let sample = brought_to(&cases, state, now).await;
                let Ok(views) = actions::allowed(&cases, &ctx, sample).await else { continue };
                for view in views.iter().filter(|view| view.allowed) {
                    let id = brought_to(&cases, state, now).await;
                    let action = view.action.as_str();
                    let result = cases.act(&ctx, Target::from(id), action, body(view, other, now)).await;
                    assert!(result.is_ok(), "{action} in {state} by {who}: {:?} {view:?}", result.err());
                    done += 1;
                }
            }
        }
        assert!(done > 60, "{done} actions done");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_of_the_rules_sets_new_clocks_and_leaves_running_ones() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let admin = at(209, now);
        let before = brought_to(&cases, "dispatched", now).await;
        let due = kit::case(&cases, before).await.due_at;
        let publish = async |ctx: &Ctx, kind, body: String| {
            cases.rules.publish(&store, ctx, kit::new_rules(kind, body)).await
        };

        let shipped = RuleKind::Deadlines.shipped();
        let refused =
            publish(&at(204, now), RuleKind::Deadlines, shipped.into()).await.expect_err("no right");
        assert_eq!(refused.code(), "forbidden");
        let unreadable = publish(&admin, RuleKind::Deadlines, "[[rules]".into()).await.expect_err("no TOML");
        assert_eq!(unreadable.code(), "rules.unreadable");
        let twice = format!("{shipped}\n[[rules]]\nid = \"base\"\n");
        assert_eq!(
            publish(&admin, RuleKind::Deadlines, twice).await.expect_err("a name twice").code(),
            "deadlines.invalid"
        );

        let longer = shipped.replacen("resolve = \"5wd\"", "resolve = \"8wd\"", 1);
        assert_eq!(publish(&admin, RuleKind::Deadlines, longer).await.expect("published"), 1);
        assert_eq!(kit::case(&cases, before).await.due_at, due, "a running clock keeps its limit");
        let after = brought_to(&cases, "dispatched", now).await;
        let later = kit::case(&cases, after).await.due_at.zip(due).map(|(new, old)| (new - old) / 86_400_000);
        assert_eq!(later, Some(3), "eight working days from a Monday: Thursday week instead of Monday");

        let reopened = Cases::open(store.clone()).await.expect("opens");
        assert_eq!(reopened.rules.current().versions[&RuleKind::Deadlines], 1);
        let year = publish(&admin, RuleKind::Calendar, "date,type,name\nnonsense\n".into())
            .await
            .expect_err("no days");
        assert_eq!(year.code(), "calendar.invalid");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_calendar_a_deadline_is_refused_and_says_what_to_load() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let late = "2026-12-31T02:00:00Z".parse().expect("an instant");
        let id = cases
            .register(&at(201, late), kit::matter(CaseKind::Request, &["13800000001"]))
            .await
            .expect("two hours end in the year")
            .case_id;
        cases
            .run(&at(203, late), id, kit::verified(CaseKind::Request, Urgency::Hard))
            .await
            .expect("so does this");
        let host = c::Dispatch {
            host: Some(ROADS),
            co_handlers: vec![],
            resolution_class: None,
            designated: false,
            reason: "按职责".into(),
        };
        let error = cases.run(&at(204, late), id, host).await.expect_err("fifteen days do not");
        assert_eq!(error.code(), "calendar.year_not_loaded");
        assert!(error.to_string().contains("cn-workdays-2027.csv"), "{error}");
        assert_eq!(kit::case(&cases, id).await.state, "verified", "nothing of it was kept");
    })
    .await;
}

//! The main job end to end, and what stands in its way.

use crate::core_invariants::violations;
use crate::core_kit::{self as kit, CENTRE, COMMITTEE, ROADS, TOWN, VILLAGE, WATER, at};
use cases::{
    CaseError, Cases, Ctx, actions,
    clocks::run_due,
    commands::{self as c, Command},
};
use people::{Actor, Permission};
use rules::words::{CaseKind, Confidentiality, Urgency};
use std::time::Duration;
use store::{Timestamp, clocks, testkit::on_both};

fn later(now: Timestamp, hours: u64) -> Timestamp {
    now + Duration::from_secs(hours * 3600)
}

async fn does<C: Command>(cases: &Cases, who: i64, now: Timestamp, case: i64, command: C) -> cases::Done {
    cases.run(&at(who, now), case, command).await.expect("allowed")
}

async fn refused<C: Command>(cases: &Cases, who: i64, now: Timestamp, case: i64, command: C) -> &'static str {
    cases.run(&at(who, now), case, command).await.expect_err("refused").code()
}

fn by_hand(host: i64) -> c::Dispatch {
    c::Dispatch {
        host: Some(host),
        co_handlers: Vec::new(),
        resolution_class: None,
        designated: false,
        reason: "按职责".into(),
    }
}

fn reply() -> c::Reply {
    c::Reply { text: "已更换灯具".into(), result: "done".into(), submit: true }
}

fn said(resolved: &str, satisfaction: Option<i64>) -> c::Callback {
    c::Callback {
        reporter: None,
        resolved: resolved.into(),
        satisfaction,
        note: String::new(),
        conclude: true,
    }
}

async fn dispatched(cases: &Cases, now: Timestamp, to: c::Dispatch) -> i64 {
    let id = cases
        .register(&at(201, now), kit::matter(CaseKind::Request, &["13800000001"]))
        .await
        .expect("registers")
        .case_id;
    does(cases, 203, now, id, kit::verified(CaseKind::Request, Urgency::Ordinary)).await;
    does(cases, 204, now, id, to).await;
    id
}

async fn next_step(cases: &Cases, id: i64) -> (Option<String>, i64) {
    let open = cases
        .store
        .read(move |conn| clocks::of_case(conn, id))
        .await
        .expect("clocks")
        .into_iter()
        .filter(|clock| clock.state != "ended" && clock.spec.next_step)
        .map(|clock| clock.spec.kind)
        .collect::<Vec<_>>();
    assert!(open.len() <= 1, "more than one next step: {open:?}");
    (open.first().cloned(), kit::case(cases, id).await.owner_unit_id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_matter_is_registered_cleaned_dispatched_signed_handled_answered_called_back_and_closed() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let step = async |id| next_step(&cases, id).await;
        let registered = cases
            .register(&at(252, now), kit::matter(CaseKind::Request, &["13800000001"]))
            .await
            .expect("registers");
        let id = registered.case_id;
        assert_eq!(registered.number, "620521-20260302-0001");
        assert_eq!(step(id).await, (Some("verify".into()), TOWN), "who was asked first answers for it");

        does(&cases, 203, now, id, kit::verified(CaseKind::Request, Urgency::Ordinary)).await;
        assert_eq!(step(id).await, (Some("dispatch".into()), CENTRE));

        does(&cases, 204, now, id, c::Dispatch { co_handlers: vec![WATER], ..by_hand(ROADS) }).await;
        assert_eq!(
            step(id).await,
            (Some("sign".into()), CENTRE),
            "until the host has it, the centre answers"
        );

        assert_eq!(refused(&cases, 241, now, id, c::Sign { handler: None }).await, "case.not_found");
        does(&cases, 221, now, id, c::Sign { handler: Some(222) }).await;
        assert_eq!(step(id).await, (Some("resolve".into()), ROADS));
        assert_eq!(kit::case(&cases, id).await.owner_account_id, Some(222));

        does(&cases, 222, now, id, c::Start {}).await;
        assert_eq!(refused(&cases, 222, now, id, reply()).await, "reply.co_handlers_open");
        does(&cases, 231, now, id, c::Sign { handler: None }).await;
        does(&cases, 231, now, id, c::Reply { submit: false, ..reply() }).await;
        let done = does(&cases, 222, later(now, 30), id, reply()).await;
        assert_eq!((done.state.as_str(), done.events.len()), ("under_review", 2));
        assert_eq!(step(id).await, (Some("review".into()), CENTRE));

        does(&cases, 206, later(now, 31), id, c::ReviewPass { note: String::new() }).await;
        let done = does(&cases, 202, later(now, 32), id, said("yes", Some(1))).await;
        assert_eq!(done.state, "closed");
        let case = kit::case(&cases, id).await;
        assert_eq!((case.ended_as.as_deref(), case.open, case.next_step), (Some("closed"), false, None));
        assert_eq!(step(id).await.0, None);

        let found = cases.by_check_code(&registered.number, &registered.check_code).await.expect("reads");
        assert_eq!(found.map(|case| case.id), Some(id));
        assert!(cases.by_check_code(&registered.number, "AAAAAAAAAA").await.expect("reads").is_none());
        let report = store.verify(None).await.expect("checks");
        assert!(report.problem.is_none(), "{:?}", report.problem);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_is_done_once() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let request = |body: u8| store::requests::ClientRequest {
            actor: 201,
            client_id: "0192f000-0000-7000-8000-000000000001".into(),
            body_hash: vec![body],
        };
        let ctx = Ctx { request: Some(request(1)), ..at(201, now) };
        let input = kit::matter(CaseKind::Request, &["13800000001"]);
        let first = cases.register(&ctx, input.clone()).await.expect("registers");
        let again = cases.register(&ctx, input.clone()).await.expect("answers");
        assert_eq!(first, again, "the same number and the same check code");
        let other = Ctx { request: Some(request(2)), ..at(201, now) };
        let error = cases.register(&other, input).await.expect_err("another body");
        assert_eq!(error.code(), "request.client_id_reused");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_edits_are_told_apart_by_version() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let id = cases
            .register(&at(201, now), kit::matter(CaseKind::Request, &["13800000001"]))
            .await
            .expect("ok")
            .case_id;
        let found = kit::verified(CaseKind::Request, Urgency::Ordinary);
        cases.run(&at(203, now), (id, 1), found.clone()).await.expect("version 1");
        let error = cases.run(&at(206, now), (id, 1), found).await.expect_err("version 1 again");
        assert!(matches!(error, CaseError::Conflict { found: 2, .. }), "{error}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reviewer_and_handler_and_dispatcher_are_three() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let id = dispatched(&cases, now, by_hand(ROADS)).await;
        does(&cases, 221, now, id, c::Sign { handler: None }).await;
        does(&cases, 221, now, id, reply()).await;
        assert_eq!(refused(&cases, 221, now, id, c::ReviewPass { note: String::new() }).await, "forbidden");
        assert_eq!(refused(&cases, 204, now, id, c::ReviewPass { note: String::new() }).await, "forbidden");
        does(&cases, 205, now, id, c::ReviewReject { reason: "没有照片".into() }).await;
        assert_eq!(next_step(&cases, id).await, (Some("resolve".into()), ROADS));
        does(&cases, 221, now, id, reply()).await;
        does(&cases, 205, now, id, c::ReviewPass { note: String::new() }).await;
        assert_eq!(next_step(&cases, id).await, (Some("callback".into()), CENTRE));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_waits_for_its_decision_and_is_asked_once() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let id = dispatched(&cases, now, by_hand(ROADS)).await;
        let ask = || c::RequestReturn { reason: "不属职责".into(), basis: "三定规定".into() };
        does(&cases, 221, now, id, ask()).await;
        assert_eq!(next_step(&cases, id).await.0.as_deref(), Some("return_decision"));
        assert_eq!(refused(&cases, 221, now, id, c::Sign { handler: None }).await, "return.pending");
        does(&cases, 204, now, id, c::RefuseReturn { reason: "属于你局".into() }).await;
        assert_eq!(next_step(&cases, id).await.0.as_deref(), Some("sign"));
        assert_eq!(refused(&cases, 221, now, id, ask()).await, "return.refused_before");

        let other = dispatched(&cases, now, by_hand(WATER)).await;
        does(&cases, 231, now, other, ask()).await;
        does(&cases, 207, now, other, c::GrantReturn { reason: "改派".into() }).await;
        assert_eq!(next_step(&cases, other).await, (Some("dispatch".into()), CENTRE));
        does(&cases, 204, now, other, c::Dispatch { designated: true, ..by_hand(WATER) }).await;
        assert_eq!(refused(&cases, 231, now, other, ask()).await, "return.designated");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gave_a_case_back_may_not_do_so_again() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let ask = || c::RequestReturn { reason: "不属职责".into(), basis: "三定规定".into() };
        let id = dispatched(&cases, now, by_hand(WATER)).await;
        does(&cases, 231, now, id, ask()).await;
        does(&cases, 207, now, id, c::GrantReturn { reason: "改派".into() }).await;
        does(&cases, 204, now, id, by_hand(WATER)).await;
        assert_eq!(refused(&cases, 231, now, id, ask()).await, "return.designated", "nobody ticked it");

        let again = dispatched(&cases, now, c::Dispatch { designated: true, ..by_hand(ROADS) }).await;
        does(&cases, 221, now, again, c::Sign { handler: None }).await;
        does(&cases, 221, now, again, reply()).await;
        does(&cases, 205, now, again, c::ReviewPass { note: String::new() }).await;
        does(&cases, 202, now, again, c::Callback { conclude: false, ..said("no", Some(5)) }).await;
        does(&cases, 202, now, again, c::Rework { reason: "没有修好".into() }).await;
        assert_eq!(kit::case(&cases, again).await.state, "dispatched");
        assert_eq!(refused(&cases, 221, now, again, ask()).await, "return.designated", "in the next round");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_village_leads_nothing_but_its_own_affairs() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let input = kit::matter(CaseKind::Dispute, &["13800000001"]);
        let id = cases.register(&at(201, now), input).await.expect("registers").case_id;
        let found = kit::verified(CaseKind::Dispute, Urgency::Ordinary);
        does(&cases, 203, now, id, c::Verify { category: "1308".into(), ..found }).await;
        assert_eq!(refused(&cases, 204, now, id, by_hand(VILLAGE)).await, "dispatch.village_host");
        does(&cases, 204, now, id, by_hand(COMMITTEE)).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_rejected_was_told_to_nobody() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let id = dispatched(&cases, now, by_hand(ROADS)).await;
        let bring = |reached| c::Deliver {
            reporter: None,
            channel: "phone".into(),
            reached,
            evidence: "通话记录".into(),
        };
        does(&cases, 221, now, id, c::Sign { handler: None }).await;
        does(&cases, 221, now, id, c::Reply { submit: false, ..reply() }).await;
        does(&cases, 202, now, id, bring(false)).await;
        does(&cases, 202, now, id, bring(true)).await;
        does(&cases, 221, now, id, c::Submit {}).await;
        does(&cases, 205, now, id, c::ReviewReject { reason: "没有照片".into() }).await;
        does(&cases, 221, now, id, reply()).await;
        does(&cases, 205, now, id, c::ReviewPass { note: String::new() }).await;
        for attempt in 1..=3 {
            assert_eq!(kit::case(&cases, id).await.state, "callback", "attempt {attempt}");
            does(&cases, 202, now, id, said("unreachable", None)).await;
        }
        assert_eq!(kit::case(&cases, id).await.ended_as.as_deref(), Some("closed_unreachable"));
        assert_eq!(violations(&cases, id).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_without_a_name_has_none_again_when_a_named_one_is_taken_out() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let mut ids = Vec::new();
        for phones in [&[][..], &["13800000001"][..]] {
            let matter = kit::matter(CaseKind::Request, phones);
            ids.push(cases.register(&at(201, now), matter).await.expect("registers").case_id);
        }
        does(&cases, 203, now, ids[1], c::Merge { into: ids[0], reason: "同一件事".into() }).await;
        assert!(!kit::case(&cases, ids[0]).await.anonymous);
        does(&cases, 203, now, ids[1], c::Unmerge { reason: "不是一件事".into() }).await;
        assert!(kit::case(&cases, ids[0]).await.anonymous);
        assert!(!kit::case(&cases, ids[1]).await.anonymous);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_has_its_review_and_gives_the_time_back() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let id = dispatched(&cases, now, by_hand(ROADS)).await;
        does(&cases, 221, now, id, c::Sign { handler: None }).await;
        let due = kit::case(&cases, id).await.due_at.expect("a due date");
        let suspend = c::Suspend { basis: "appraisal".into(), reason: "鉴定中".into(), review_at: None };
        does(&cases, 204, now, id, suspend).await;
        assert_eq!(next_step(&cases, id).await.0.as_deref(), Some("suspension_review"));
        assert_eq!(refused(&cases, 221, now, id, reply()).await, "case.suspended");
        let ran = run_due(&cases, later(now, 24 * 10), 100).await.expect("runs");
        assert_eq!((ran.yellow, ran.red), (0, 0), "time stands still");
        assert_eq!(kit::case(&cases, id).await.due_at, None, "due at no day while it stands still");
        agree(&cases).await;
        does(&cases, 204, later(now, 24 * 7), id, c::Resume { reason: String::new() }).await;
        let case = kit::case(&cases, id).await;
        assert_eq!(
            case.due_at,
            Some(due + 7 * 86_400_000),
            "five working days from a Monday, moved by a week"
        );
        assert_eq!(next_step(&cases, id).await.0.as_deref(), Some("resolve"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extension_moves_the_promise_and_withdraws_the_card() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let id = dispatched(&cases, now, by_hand(ROADS)).await;
        does(&cases, 221, now, id, c::Sign { handler: None }).await;
        let ask = |days: u64, told| c::RequestExtension {
            reason: "等待配件".into(),
            until: later(now, 24 * days),
            person_told: told,
        };
        assert_eq!(refused(&cases, 221, now, id, ask(14, false)).await, "extension.person_not_told");
        assert_eq!(refused(&cases, 221, now, id, ask(60, true)).await, "input.invalid");
        does(&cases, 221, now, id, ask(14, true)).await;
        assert_eq!(next_step(&cases, id).await.0.as_deref(), Some("resolve"), "work goes on meanwhile");
        let late = later(now, 24 * 7 + 10);
        while run_due(&cases, late, 100).await.expect("runs").clocks > 0 {}
        assert_eq!(standing_cards(&cases, id, "resolve").await, 1);
        does(&cases, 204, late, id, c::GrantExtension { reason: String::new() }).await;
        assert_eq!(standing_cards(&cases, id, "resolve").await, 0);
        let case = kit::case(&cases, id).await;
        let due = store::at(case.due_at.expect("due")).to_string();
        assert_eq!(due, "2026-03-16T10:00:00Z", "the end of business of the granted day");
        assert_eq!(refused(&cases, 221, late, id, ask(15, true)).await, "extension.used_up");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cards_come_once_in_their_order() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let id = dispatched(&cases, now, by_hand(ROADS)).await;
        let mut total = (0, 0, 0);
        for day in 1..20 {
            for _ in 0..2 {
                let ran = run_due(&cases, later(now, 24 * day), 3).await.expect("runs");
                total = (total.0 + ran.reminders, total.1 + ran.yellow, total.2 + ran.red);
            }
        }
        assert_eq!(total, (2, 2, 2), "one of each for signing and for resolving");
        let case = kit::case(&cases, id).await;
        assert_eq!(
            (case.supervision.as_str(), case.version),
            ("escalated", 3),
            "a card takes nobody's version"
        );
        assert_eq!(run_due(&cases, later(now, 24 * 365), 100).await.expect("runs").clocks, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn merged_reporters_keep_their_own_progress_and_are_counted_once() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let into = dispatched(&cases, now, by_hand(ROADS)).await;
        let from = cases
            .register(&at(201, now), kit::matter(CaseKind::Request, &["13900000002"]))
            .await
            .expect("ok")
            .case_id;
        let merge = |into| c::Merge { into, reason: "同一路灯".into() };
        assert_eq!(refused(&cases, 203, now, from, merge(from)).await, "link.same_case");
        does(&cases, 203, now, from, merge(into)).await;
        assert_eq!(kit::case(&cases, into).await.reporter_count, 2);
        does(&cases, 221, now, into, c::Sign { handler: None }).await;
        does(&cases, 221, now, into, reply()).await;
        does(&cases, 205, now, into, c::ReviewPass { note: String::new() }).await;
        assert_eq!(
            refused(&cases, 202, now, into, said("yes", Some(1))).await,
            "input.invalid",
            "which of the two?"
        );
        let reporters = reporters(&cases, into).await;
        for (reporter, state) in [(reporters[0], "callback"), (reporters[1], "closed")] {
            let done = does(
                &cases,
                202,
                now,
                into,
                c::Callback { reporter: Some(reporter), ..said("yes", Some(2)) },
            )
            .await;
            assert_eq!(done.state, state);
        }
        assert_eq!(
            refused(&cases, 203, now, from, c::Unmerge { reason: "不是一件事".into() }).await,
            "unmerge.target_ended"
        );
        agree(&cases).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reported_unit_neither_sees_nor_hosts() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let mut report = kit::matter(CaseKind::WrongdoingReport, &["13800000001"]);
        report.reported_unit_id = Some(WATER);
        let id = cases.register(&at(252, now), report).await.expect("registers").case_id;
        let case = kit::case(&cases, id).await;
        assert_eq!((case.confidentiality.as_str(), case.owner_unit_id), ("sealed", CENTRE));
        let seen = async |who: i64| actions::allowed(&cases, &at(who, now), id).await.is_ok();
        assert!(!seen(231).await && !seen(295).await, "the unit and those under it");
        assert!(seen(203).await && !seen(201).await, "the desk, not every clerk");
        let sealed = c::Verify {
            reported_unit_id: Some(WATER),
            nobody_named: false,
            confidentiality: Confidentiality::Open,
            ..kit::verified(CaseKind::WrongdoingReport, Urgency::Ordinary)
        };
        does(&cases, 203, now, id, sealed).await;
        assert_eq!(kit::case(&cases, id).await.confidentiality, "sealed");
        assert_eq!(refused(&cases, 204, now, id, by_hand(WATER)).await, "dispatch.reported_unit");
        assert_eq!(refused(&cases, 204, now, id, by_hand(kit::OFFICE)).await, "dispatch.reported_unit");
        does(&cases, 204, now, id, by_hand(ROADS)).await;
        does(&cases, 221, now, id, c::Sign { handler: None }).await;
        assert!(seen(203).await && seen(221).await && !seen(231).await && !seen(251).await);
        let helper = c::AddCoHandler { unit: WATER, reason: "协助".into() };
        assert_eq!(refused(&cases, 204, now, id, helper).await, "dispatch.unit_not_allowed");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whistled_units_arrive_by_button() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let mut input = kit::matter(CaseKind::Whistle, &[]);
        input.units_needed = vec![ROADS, WATER];
        let id = cases.register(&at(251, now), input).await.expect("registers").case_id;
        let approve = c::ApproveWhistle { units: vec![ROADS], reason: String::new() };
        assert_eq!(refused(&cases, 251, now, id, approve.clone()).await, "forbidden");
        does(&cases, 204, now, id, approve).await;
        assert_eq!(refused(&cases, 231, now, id, c::WhistleArrive {}).await, "case.not_found");
        does(&cases, 221, now, id, c::WhistleArrive {}).await;
        assert_eq!(refused(&cases, 221, now, id, c::WhistleArrive {}).await, "whistle.not_called");
        let running = store.read(move |conn| clocks::of_case(conn, id)).await.expect("clocks");
        let arrival = running.iter().find(|clock| clock.spec.kind == "whistle_arrival").expect("the clock");
        assert_eq!((arrival.state.as_str(), arrival.spec.unit_id), ("ended", Some(ROADS)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unreachable_is_its_own_value_and_closes_after_three_attempts() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let id = dispatched(&cases, now, by_hand(ROADS)).await;
        does(&cases, 221, now, id, c::Sign { handler: None }).await;
        does(&cases, 221, now, id, reply()).await;
        does(&cases, 205, now, id, c::ReviewPass { note: String::new() }).await;
        let close = || c::Close { reason: String::new() };
        for _ in 0..2 {
            assert_eq!(does(&cases, 202, now, id, said("unreachable", None)).await.state, "callback");
        }
        assert_eq!(refused(&cases, 202, now, id, close()).await, "evidence.reached");
        assert_eq!(does(&cases, 202, now, id, said("unreachable", None)).await.state, "closed");
        assert_eq!(kit::case(&cases, id).await.ended_as.as_deref(), Some("closed_unreachable"));
        let citizen = Ctx::of(Actor::Citizen, later(now, 24 * 5));
        let reopen = c::Reopen { reason: "没修好".into() };
        let done = cases.run(&citizen, id, reopen.clone()).await.expect("inside the window");
        assert_eq!(done.state, "dispatched");
        assert_eq!(next_step(&cases, id).await, (Some("sign".into()), CENTRE));
        agree(&cases).await;
        let case = kit::case(&cases, id).await;
        assert_eq!((case.round, case.reopened_count, case.ended_as, case.closed_at), (2, 1, None, None));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unmasking_needs_a_purpose_and_leaves_a_trace() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let id = dispatched(&cases, now, by_hand(ROADS)).await;
        assert_eq!(
            cases.unmask(&at(203, now), id, " ").await.expect_err("no purpose").code(),
            "input.invalid"
        );
        let shown = cases.unmask(&at(203, now), id, "回访").await.expect("allowed");
        let person = shown[0].person.as_ref().expect("a person");
        assert_eq!(person.phone.as_ref().map(|phone| phone.as_str()), Some("13800000001"));
        let hidden = cases.unmask(&at(241, now), id, "好奇").await.expect_err("not theirs");
        assert_eq!(hidden.code(), "case.not_found");
        assert!(!at(253, now).actor.can(Permission::CaseUnmask));
        let vault = store.clone();
        let log: Vec<(String, String)> = store
            .read(move |conn| {
                use diesel::prelude::*;
                use store::schema::access_log as log;
                let rows: Vec<(i64, String)> =
                    log::table.order(log::id).select((log::id, log::outcome)).load(conn)?;
                let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
                let mut purposes = store::access::purposes(conn, vault.vault(), &ids)?;
                let mut stated = |id| purposes.remove(&id).flatten().unwrap_or_default();
                let told = rows.into_iter().map(|(id, outcome)| (outcome, stated(id)));
                Ok::<_, store::StoreError>(told.collect())
            })
            .await
            .expect("the log");
        assert_eq!(log, [("allowed".into(), "回访".into()), ("refused".into(), "好奇".into())]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_retired_unit_owned_goes_to_its_successor() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let now = kit::monday();
        let id = dispatched(&cases, now, c::Dispatch { co_handlers: vec![WATER], ..by_hand(ROADS) }).await;
        does(&cases, 221, now, id, c::Sign { handler: None }).await;
        let rules = cases.rules.current();
        let moved = store
            .write(move |tx| c::reassign(tx, &rules, c::Owned::Unit { unit: ROADS, successor: WATER }, now))
            .await
            .expect("hands on");
        assert_eq!(moved, 1);
        let case = kit::case(&cases, id).await;
        assert_eq!(
            (case.owner_unit_id, case.host_unit_id, case.owner_account_id),
            (WATER, Some(WATER), None)
        );
        assert_eq!(next_step(&cases, id).await, (Some("resolve".into()), WATER));
        does(&cases, 231, now, id, reply()).await;
        agree(&cases).await;
    })
    .await;
}

async fn standing_cards(cases: &Cases, case: i64, clock: &'static str) -> i64 {
    use diesel::prelude::*;
    use store::schema::{cards, clocks as table};
    cases
        .store
        .read(move |conn| {
            let count = cards::table
                .inner_join(table::table.on(table::id.eq(cards::clock_id)))
                .filter(cards::case_id.eq(case).and(cards::withdrawn_at.is_null()).and(table::kind.eq(clock)))
                .count()
                .get_result(conn)?;
            Ok::<_, store::StoreError>(count)
        })
        .await
        .expect("cards")
}

async fn reporters(cases: &Cases, case: i64) -> Vec<i64> {
    use diesel::prelude::*;
    use store::schema::reporters as table;
    cases
        .store
        .read(move |conn| {
            let ids =
                table::table.filter(table::case_id.eq(case)).order(table::id).select(table::id).load(conn)?;
            Ok::<_, store::StoreError>(ids)
        })
        .await
        .expect("reporters")
}

/// Cubes plus tail equal a recount.
async fn agree(cases: &Cases) {
    crate::core_promise::tallies_agree(cases).await;
}

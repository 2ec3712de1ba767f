//! Free texts stand sealed; a person is erased with everything the person said, and the log still verifies.

use crate::core_kit::{self as kit, ROADS, at};
use cases::{
    Cases, Target,
    attachments::{self, Files, Upload},
    commands::{self as c, Erased, Erasure},
    queries::{Ask, page},
};
use diesel::prelude::*;
use image::{DynamicImage, ImageFormat};
use rules::words::{CaseKind, Urgency};
use serde_json::json;
use std::{io::Cursor, path::Path};
use store::{
    Conn, Store, StoreError,
    schema::{access_log, data_keys, deliveries, overlays},
    testkit::{Engine, on_both, on_both_kits},
};

/// What the person must not be found by afterwards.
const PHONE: &str = "13800138771";

fn said(what: &str) -> String {
    format!("{what}，打{PHONE}找她")
}

/// A closed case with the person's number in every text of it; gives case and reporters.
async fn closed(cases: &Cases, phones: &[&str]) -> (i64, Vec<i64>) {
    let now = kit::monday();
    let mut input = kit::matter(CaseKind::Request, phones);
    (input.title, input.detail) = (said("路灯不亮"), said("坏了一个月"));
    let done = cases.register(&at(201, now), input).await.expect("registers");
    let id = done.case_id;
    let act = async |who, action: &str, body| {
        cases.act(&at(who, now), Target::from(id), action, body).await.expect("does it");
    };
    let mut found = kit::verified(CaseKind::Request, Urgency::Ordinary);
    found.title = said("路灯");
    cases.run(&at(203, now), id, found).await.expect("verified");
    act(204, "dispatch", json!({ "host": ROADS.to_string(), "reason": "按职责" })).await;
    act(221, "sign", json!({})).await;
    act(221, "request_return", json!({ "reason": said("不属于"), "basis": said("三定方案") })).await;
    act(204, "refuse_return", json!({ "reason": said("属于") })).await;
    act(221, "start", json!({})).await;
    act(221, "reply", json!({ "text": said("已修"), "result": "done", "submit": "yes" })).await;
    act(206, "review_pass", json!({})).await;
    for reporter in &done.reporters {
        let way = json!({
            "reporter": reporter.to_string(), "channel": "letter", "reached": "yes", "evidence": said("签收"),
        });
        act(202, "deliver", way).await;
    }
    for reporter in &done.reporters {
        let answer = json!({
            "reporter": reporter.to_string(), "resolved": "yes", "note": said("满意"), "conclude": "yes",
        });
        act(202, "callback", answer).await;
    }
    (id, done.reporters)
}

async fn erase(cases: &Cases, files: &Files, who: i64, erasure: Erasure) -> Result<Erased, &'static str> {
    let done = cases.erase_person(files, &at(who, kit::monday()), erasure).await;
    done.map_err(|error| error.code())
}

async fn of(cases: &Cases, id: i64) -> Erasure {
    let case = kit::case(cases, id).await.number;
    Erasure { case, purpose: "本人要求".into(), ..Erasure::default() }
}

/// Every file below a folder.
fn all_files(folder: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(all_files(&path));
        } else {
            found.push(std::fs::read(&path).expect("a file"));
        }
    }
    found
}

fn stands(folder: &Path, needle: &[u8]) -> bool {
    all_files(folder).iter().any(|bytes| bytes.windows(needle.len()).any(|at| at == needle))
}

async fn keys(store: &Store) -> Vec<Vec<u8>> {
    let all = |conn: &mut Conn| {
        let of_matters = data_keys::table.filter(data_keys::subject_kind.eq_any(["person", "case"]));
        Ok::<_, StoreError>(of_matters.select(data_keys::wrapped).load(conn)?)
    };
    store.read(all).await.expect("reads")
}

async fn erasures(store: &Store) -> Vec<(String, String)> {
    let vault = store.clone();
    let logged = move |conn: &mut Conn| {
        let of_kind = access_log::table.filter(access_log::action.eq("erase")).order(access_log::id);
        let rows: Vec<(i64, String)> = of_kind.select((access_log::id, access_log::outcome)).load(conn)?;
        let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
        let mut purposes = store::access::purposes(conn, vault.vault(), &ids)?;
        let mut stated = |id| purposes.remove(&id).flatten().unwrap_or_default();
        let told = rows.into_iter().map(|(id, outcome)| (stated(id), outcome));
        Ok::<_, StoreError>(told.collect::<Vec<_>>())
    };
    store.read(logged).await.expect("reads")
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_and_basis_stand_sealed_and_are_shown() {
    on_both(async |store| {
        let cases = kit::county(&store).await;
        let (id, _) = closed(&cases, &["13800000001"]).await;
        let rows = move |conn: &mut Conn| {
            type Told = (String, Option<Vec<u8>>);
            let evidence: Vec<Told> = deliveries::table
                .filter(deliveries::case_id.eq(id))
                .select((deliveries::evidence, deliveries::evidence_text))
                .load(conn)?;
            let basis: Vec<Told> = overlays::table
                .filter(overlays::case_id.eq(id))
                .select((overlays::basis, overlays::basis_text))
                .load(conn)?;
            Ok::<_, StoreError>(evidence.into_iter().chain(basis).collect::<Vec<_>>())
        };
        let rows = store.read(rows).await.expect("reads");
        assert!(rows.iter().all(|(word, _)| !word.contains(PHONE)), "no text in clear: {rows:?}");
        assert_eq!(rows.iter().filter(|(_, text)| text.is_some()).count(), 2);
        let ask = Ask { actor: kit::actor(204), now: kit::monday() };
        let page = page(&cases, &ask, &id.to_string()).await.expect("sees it");
        assert_eq!(page.overlays[0].basis, said("三定方案"));
        assert!(page.deliveries.iter().any(|delivery| delivery.evidence == said("签收")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_person_is_left_in_any_file() {
    on_both_kits(async |both| {
        let (store, folder) = (both.store.clone(), both.folder());
        let cases = kit::county(&store).await;
        let files = Files::folder(&folder.join("files")).expect("a folder");
        let (id, reporters) = closed(&cases, &[PHONE]).await;
        let mut photo = Vec::new();
        DynamicImage::new_rgb8(40, 30)
            .write_to(&mut Cursor::new(&mut photo), ImageFormat::Png)
            .expect("a PNG");
        let upload = Upload { name: format!("{PHONE}.png"), bytes: photo.into(), keep_location: false };
        let (ctx, ask) = (at(203, kit::monday()), Ask { actor: kit::actor(203), now: kit::monday() });
        let number = kit::case(&cases, id).await.number;
        attachments::add(&store, &files, &ctx, &ask, &number, upload).await.expect("kept");
        cases::follow::reindex(&store, &[id]).await.expect("indexed");
        let before = keys(&store).await;
        let in_files = both.engine == Engine::Sqlite;
        if in_files {
            assert!(stands(folder, PHONE.as_bytes()), "the search index holds words in clear");
            assert!(before.iter().all(|key| stands(folder, key)), "and the keys are there");
        }

        let erasure = Erasure { reporter: Some(reporters[0]), ..of(&cases, id).await };
        let erased = erase(&cases, &files, 205, erasure).await.expect("erased");
        assert_eq!(erased.texts, [id], "nobody else stands behind it");
        store.compact().await.expect("compacted");

        assert!(keys(&store).await.is_empty(), "the person's key and the case's");
        if in_files {
            assert!(!stands(folder, PHONE.as_bytes()), "no word is left");
            assert!(before.iter().all(|key| !stands(folder, key)), "no key is left");
        }
        assert!(all_files(&folder.join("files")).is_empty(), "no object is left");
        assert_eq!(erasures(&store).await, [("本人要求".to_owned(), "allowed".to_owned())]);
        let checked = attachments::check(&store, &files).await.expect("checks");
        assert_eq!((checked.removed, checked.problems), (1, vec![]), "the log says why the file is gone");
        let page = page(&cases, &ask, &number).await.expect("the matter stays");
        assert!(page.reporters[0].erased && page.attachments.is_empty());
        assert!(store.verify(None).await.expect("checks").problem.is_none(), "and the chain still verifies");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_others_stand_behind_a_matter_its_texts_stay() {
    on_both(async |store| {
        let (cases, files) = (kit::county(&store).await, Files::in_memory());
        let (id, both) = closed(&cases, &[PHONE, "13800000002"]).await;
        assert_eq!(
            erase(&cases, &files, 205, of(&cases, id).await).await,
            Err("input.invalid"),
            "which one?"
        );
        let erasure = Erasure { reporter: Some(both[0]), ..of(&cases, id).await };
        let erased = erase(&cases, &files, 205, erasure).await.expect("erased");
        assert!(erased.texts.is_empty());
        let shown = cases.unmask(&at(203, kit::monday()), id, "核对").await.expect("allowed");
        assert_eq!(shown.iter().map(|one| one.person.is_some()).collect::<Vec<_>>(), [false, true]);
        let evidence = move |conn: &mut Conn| {
            let told = deliveries::table.filter(deliveries::evidence_text.is_not_null());
            Ok::<_, StoreError>(told.select(deliveries::reporter_id).load::<Option<i64>>(conn)?)
        };
        assert_eq!(store.read(evidence).await.expect("reads"), [Some(both[1])]);
        assert!(
            store.verify(None).await.expect("checks").problem.is_none(),
            "what was said counts as erased"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_or_may_not_yet_is_refused_and_written_down() {
    on_both(async |store| {
        let (cases, files) = (kit::county(&store).await, Files::in_memory());
        let now = kit::monday();
        let input = kit::matter(CaseKind::Request, &[PHONE]);
        let id = cases.register(&at(201, now), input).await.expect("registers").case_id;
        let tried = async |who| erase(&cases, &files, who, of(&cases, id).await).await.map(|_| ());
        assert_eq!(tried(204).await, Err("permission.refused"));
        assert_eq!(tried(205).await, Err("person.case_open"));
        let answer = c::Answer { text: "已说明".into(), told_by: "spoken".into() };
        cases.run(&at(201, now), id, answer).await.expect("answered");
        cases.run(&at(205, now), id, c::HoldLegally { reason: "诉讼".into() }).await.expect("held");
        assert_eq!(tried(205).await, Err("person.legal_hold"));
        cases.run(&at(205, now), id, c::LiftHold { reason: "结束".into() }).await.expect("lifted");
        assert_eq!(tried(205).await, Ok(()));
        let outcomes: Vec<String> = erasures(&store).await.into_iter().map(|(_, outcome)| outcome).collect();
        assert_eq!(outcomes, ["refused", "refused", "refused", "allowed"]);
    })
    .await;
}

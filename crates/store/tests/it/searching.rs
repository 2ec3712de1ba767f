//! Search: what is found, in which order, by whom; the same set on both engines.

use std::collections::{BTreeSet, HashMap};
use store::{
    Store, StoreError,
    search::{self, Document, Hit, Query},
    testkit::{Engine, Kit, engines, on_both},
};

async fn put(store: &Store, documents: Vec<Document>) {
    for chunk in documents.chunks(200) {
        let entries: Vec<_> = chunk.iter().map(Document::entry).collect();
        store
            .write::<_, StoreError, _>(move |tx| entries.iter().try_for_each(|entry| tx.index_entry(entry)))
            .await
            .unwrap();
    }
}

async fn find(store: &Store, query: Query) -> Vec<Hit> {
    store.read::<_, StoreError, _>(move |conn| search::find(conn, &query)).await.unwrap()
}

async fn ids(store: &Store, words: &str, scope: &[&str]) -> Vec<i64> {
    let scope = scope.iter().map(|scope| (*scope).to_owned()).collect();
    let hits = find(store, Query { words: words.to_owned(), scope, after: None, limit: 10_000 }).await;
    hits.iter().map(|hit| hit.case_id).collect()
}

fn document(case_id: i64, text: &str, scope: &[&str]) -> Document {
    Document {
        case_id,
        text: text.to_owned(),
        scope: scope.iter().map(|scope| (*scope).to_owned()).collect(),
    }
}

#[tokio::test]
async fn words_places_numbers_and_single_characters_are_found() {
    on_both(|store| async move {
        put(
            &store,
            vec![
                document(1, "QS20261122-0001 永清镇东关村路灯不亮", &["all", "u17"]),
                document(2, "QS20261122-0042 白沙镇小桥塌了，路上有灯", &["all", "u18"]),
                document(3, "QS20261201-0007 红堡镇：拖欠工资", &["all", "u17"]),
                document(4, "ＱＳ２０２６ 桥", &["all"]),
            ],
        )
        .await;
        assert_eq!(ids(&store, "路灯", &["all"]).await, [1]);
        assert_eq!(ids(&store, "东关村", &["all"]).await, [1]);
        assert_eq!(ids(&store, "拖欠工资", &["u17"]).await, [3]);
        assert_eq!(ids(&store, "桥", &["all"]).await, [4, 2]);
        assert_eq!(ids(&store, "亮", &["all"]).await, [1]);
        assert_eq!(ids(&store, "qs202611", &["all"]).await, [2, 1]);
        assert_eq!(ids(&store, "QS20261122-00", &["all"]).await, [2, 1]);
        assert_eq!(ids(&store, "QS20261122-0042", &["all"]).await, [2]);
        assert_eq!(ids(&store, "镇 灯", &["all"]).await, [2, 1]);
        assert!(ids(&store, "路 塌桥", &["all"]).await.is_empty());
        assert!(ids(&store, "' OR \" * NEAR( :", &["all"]).await.is_empty());
        assert!(ids(&store, "。", &["all"]).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn scope_is_part_of_the_question() {
    on_both(|store| async move {
        put(&store, vec![document(1, "路灯", &["u17"]), document(2, "路灯 u18", &["u18", "t-1"])]).await;
        assert_eq!(ids(&store, "路灯", &["u17"]).await, [1]);
        assert_eq!(ids(&store, "路灯", &["u17", "u18"]).await, [2, 1]);
        assert_eq!(ids(&store, "路灯", &["t-1"]).await, [2]);
        assert!(ids(&store, "路灯", &["u1"]).await.is_empty());
        assert!(ids(&store, "路灯", &[]).await.is_empty());
        assert!(ids(&store, "u17", &["u17"]).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn phrases_come_first_then_the_most_recent_page_by_page() {
    on_both(|store| async move {
        let text =
            |n: i64| if n % 3 == 0 { "路灯坏了" } else { "路灯亮着，灯坏的那盏在西边" };
        put(&store, (1..=50).map(|n| document(n, text(n), &["all"])).collect()).await;
        let mut expected: Vec<_> = (1..=50).filter(|n| n % 3 == 0).rev().collect();
        expected.extend((1..=50).filter(|n| n % 3 != 0).rev());
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let query = Query { words: "路灯坏".into(), scope: vec!["all".into()], after, limit: 7 };
            let hits = find(&store, query).await;
            let Some(last) = hits.last() else { break };
            after = Some((last.phrase, last.case_id));
            assert!(hits.iter().all(|hit| hit.phrase == (hit.case_id % 3 == 0)));
            seen.extend(hits.iter().map(|hit| hit.case_id));
        }
        assert_eq!(seen, expected);
    })
    .await;
}

#[tokio::test]
async fn a_document_is_replaced_and_taken_out() {
    on_both(|store| async move {
        put(&store, vec![document(1, "路灯坏了", &["all"])]).await;
        put(&store, vec![document(1, "拖欠工资", &["u17"])]).await;
        assert!(ids(&store, "路灯", &["all", "u17"]).await.is_empty());
        assert_eq!(ids(&store, "工资", &["u17"]).await, [1]);
        store.write::<_, StoreError, _>(|tx| tx.unindex(1)).await.unwrap();
        assert!(ids(&store, "工资", &["u17"]).await.is_empty());
    })
    .await;
}

/// Draws without a library: the same numbers in every run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

fn real_texts() -> Option<Vec<String>> {
    let root = std::env::var("ONEDOOR_SHARED")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").to_owned());
    let mut texts = Vec::new();
    for file in ["replies-dev.csv", "hot-topics-dev.csv"] {
        let mut reader = csv::Reader::from_path(format!("{root}/data/complaints/{file}")).ok()?;
        let headers = reader.headers().unwrap().clone();
        let wanted: Vec<_> =
            (0..headers.len()).filter(|at| ["title", "detail", "reply"].contains(&&headers[*at])).collect();
        for record in reader.records() {
            let record = record.unwrap();
            texts.push(wanted.iter().map(|at| &record[*at]).collect::<Vec<_>>().join("\n"));
        }
    }
    // Every other one: enough to find differences, half the time.
    Some(texts.into_iter().step_by(2).collect())
}

fn random_queries(texts: &[String], count: usize) -> Vec<String> {
    let mut draw = Draw(7);
    let words = |draw: &mut Draw| {
        let text: Vec<char> = texts[draw.below(texts.len())].chars().collect();
        let length = 1 + draw.below(8);
        let start = draw.below(text.len().saturating_sub(length).max(1));
        text[start..(start + length).min(text.len())].iter().collect::<String>()
    };
    (0..count)
        .map(|n| match n % 5 {
            0 => format!("{} {}", words(&mut draw), words(&mut draw)),
            1 => words(&mut draw) + &words(&mut draw),
            _ => words(&mut draw),
        })
        .collect()
}

#[tokio::test]
async fn both_engines_give_the_same_hits_on_real_texts() {
    let Some(texts) = real_texts() else {
        eprintln!("left out: the texts of shared/data/complaints are not here");
        return;
    };
    if engines().len() < 2 {
        return;
    }
    let documents: Vec<_> = (1..)
        .zip(&texts)
        .map(|(id, text)| document(id, text, &["all", if id % 2 == 0 { "u2" } else { "u1" }]))
        .collect();
    let (sqlite, postgres) = (Kit::open(Engine::Sqlite).await, Kit::open(Engine::Postgres).await);
    put(&sqlite.store, documents.clone()).await;
    put(&postgres.store, documents).await;
    let mut found = HashMap::from([("none", 0), ("some", 0)]);
    for (n, words) in random_queries(&texts, 600).into_iter().enumerate() {
        let scope = vec![["all", "u1", "u2"][n % 3].to_owned()];
        let query = Query { words: words.clone(), scope, after: None, limit: 100_000 };
        let hits = find(&sqlite.store, query.clone()).await;
        assert_eq!(hits, find(&postgres.store, query).await, "for {words:?}");
        *found.get_mut(if hits.is_empty() { "none" } else { "some" }).unwrap() += 1;
        if n % 5 == 2 && n % 3 == 0 && words.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)) {
            let phrase: BTreeSet<_> = hits.iter().filter(|hit| hit.phrase).map(|hit| hit.case_id).collect();
            let plain = (1_i64..).zip(&texts).filter(|(_, text)| text.contains(&words)).map(|(id, _)| id);
            assert_eq!(phrase, plain.collect(), "for {words:?}");
        }
    }
    assert!(found["some"] > 200, "the queries must find something: {found:?}");
}

/// Words of any form are words: no operator, no quote, no error; a text is found by itself.
#[tokio::test]
async fn hostile_words_are_only_words() {
    use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
    on_both(|store| async move {
        let mut runner = TestRunner::deterministic();
        let hostile = "[a-c0-9路灯不亮永清镇 '\"*:()&|!<>\\\\%_^~-]{1,12}|(a OR |NEAR\\(|\"){1,4}|\\PC{0,20}|[\\x00-\\x1f]{0,4}";
        for round in 0..120_i64 {
            let words = hostile.new_tree(&mut runner).unwrap().current();
            put(&store, vec![document(round + 1, &words, &["all"])]).await;
            let found = ids(&store, &words, &["all"]).await;
            let other = ids(&store, &words, &["u1' OR 1=1", "\" OR *"]).await;
            assert!(other.is_empty(), "{words:?} got out of its scope: {other:?}");
            let is_text = words.chars().any(|c| c.is_ascii_alphanumeric() || ('\u{4e00}'..'\u{9fa5}').contains(&c));
            assert!(!is_text || found.contains(&(round + 1)), "{words:?} does not find itself: {found:?}");
        }
        let long = "灯".repeat(50_000);
        assert!(ids(&store, &long, &["all"]).await.is_empty());
    })
    .await;
}

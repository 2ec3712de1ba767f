//! Posts, service points, edits.

use crate::support::{TOWNS, VILLAGES, area, day, history, import};
use store::{requests::ClientRequest, testkit::on_both};
use territory::{
    TerritoryError,
    commands::{
        Actor, Change,
        edit_area::{AreaEdit, edit_area},
        service_points::{ServicePointSpec, edit_service_point, open_service_point},
        set_posts::{NewPost, change_posts, set_posts},
    },
    queries,
};

fn post(post: &str, name: &str, account_id: Option<i64>) -> NewPost {
    NewPost { post: post.into(), account_id, name: name.into(), phone: "0938-7150001".into() }
}

#[tokio::test]
async fn posts_are_filled_kept_and_ended() {
    on_both(|store| async move {
        import(&store, TOWNS, VILLAGES, 0).await;
        let village = area(&store, "620521100205").await.id;
        let both = vec![post("lead", "马志远", None), post("worker", "李小红", Some(77))];
        let first = set_posts(&store, Actor::default(), village, both, day(1)).await.unwrap();
        assert_eq!(first.len(), 2);
        let of_account = store.read(|conn| queries::areas_of_account(conn, 77)).await.unwrap();
        assert_eq!(of_account, [(village, "worker".to_owned())]);

        let next = vec![post("lead", "马志远", None), post("worker", "王建国", None)];
        let second = set_posts(&store, Actor::default(), village, next, day(2)).await.unwrap();
        assert_eq!(second[0], first[0], "who stays keeps the beginning");
        assert_eq!((second[1].name.as_str(), second[1].from_at), ("王建国", store::ms(day(2))));
        let of_account = store.read(|conn| queries::areas_of_account(conn, 77)).await.unwrap();
        assert_eq!(of_account, []);

        let bad = [
            (post("boss", "x", None), "post.unknown"),
            (post("lead", " ", None), "post.bad_name"),
            (NewPost { phone: "drop table".into(), ..post("lead", "x", None) }, "post.bad_phone"),
        ];
        for (post, code) in bad {
            let error = set_posts(&store, Actor::default(), village, vec![post], day(3)).await.unwrap_err();
            assert_eq!(error.code(), code);
        }
        let error =
            set_posts(&store, Actor::default(), 9_007_199_254_740_991, vec![], day(3)).await.unwrap_err();
        assert_eq!(error.code(), "area.not_found");
    })
    .await;
}

fn hall(area_id: i64) -> ServicePointSpec {
    ServicePointSpec {
        name: "永清镇便民服务中心".into(),
        kind: "town_hall".into(),
        area_id,
        point: Some((106.13, 34.75)),
        address: "中山路 1 号".into(),
        phone: "0938-7150002".into(),
        hours: "工作日 8:30–12:00，14:30–18:00".into(),
        active: true,
    }
}

#[tokio::test]
async fn a_service_point_is_opened_once_and_found_from_above() {
    on_both(|store| async move {
        import(&store, TOWNS, VILLAGES, 0).await;
        let (county, town) = (area(&store, "620521000000").await.id, area(&store, "620521100000").await.id);
        let other = area(&store, "620521101000").await.id;
        let request = ClientRequest { actor: 7, client_id: "a".into(), body_hash: vec![1; 32] };
        let first = open_service_point(&store, Actor::default(), hall(town), Some(request.clone()), day(0))
            .await
            .unwrap();
        let again =
            open_service_point(&store, Actor::default(), hall(town), Some(request), day(0)).await.unwrap();
        assert_eq!(first, again, "a retry never doubles");
        let found = |within| {
            let store = store.clone();
            async move {
                store
                    .read(move |conn| queries::service_points(conn, within, None, 0, 10))
                    .await
                    .unwrap()
                    .len()
            }
        };
        assert_eq!((found(Some(county)).await, found(Some(town)).await, found(Some(other)).await), (1, 1, 0));
        let closed = ServicePointSpec { active: false, ..hall(town) };
        edit_service_point(&store, Change::by(Actor::default(), day(1)), first.id, closed).await.unwrap();
        assert_eq!(found(None).await, 0);
        let bad = ServicePointSpec { kind: "palace".into(), ..hall(town) };
        let error = open_service_point(&store, Actor::default(), bad, None, day(1)).await.unwrap_err();
        assert_eq!(error.code(), "service_point.bad_kind");
        let change = Change::by(Actor::default(), day(1));
        let error = edit_service_point(&store, change, 9_007_199_254_740_991, hall(town)).await.unwrap_err();
        assert_eq!(error.code(), "service_point.not_found");
    })
    .await;
}

#[tokio::test]
async fn an_edit_needs_the_version_that_stands() {
    on_both(|store| async move {
        import(&store, TOWNS, VILLAGES, 0).await;
        let before = area(&store, "620521100205").await;
        let seen = |days| Change { seen: Some(before.valid_from), ..Change::by(Actor::default(), day(days)) };
        let edit = AreaEdit { name: Some("西关村".into()), households: Some(412), ..AreaEdit::default() };
        let after = edit_area(&store, seen(1), before.id, edit.clone()).await.unwrap();
        assert_eq!((after.name.as_str(), after.households), ("西关村", Some(412)));
        assert_eq!(history(&store, "620521100205").await.len(), 2);
        let stale = edit_area(&store, seen(2), before.id, edit).await.unwrap_err();
        assert_eq!(stale.code(), "version.conflict");
        let bad = AreaEdit { urban_class: Some("22".into()), ..AreaEdit::default() };
        let error =
            edit_area(&store, Change::by(Actor::default(), day(2)), before.id, bad).await.unwrap_err();
        assert!(matches!(error, TerritoryError::Invalid { field: "urban_class", .. }));
    })
    .await;
}

#[tokio::test]
async fn a_retry_changes_nothing_twice() {
    on_both(|store| async move {
        import(&store, TOWNS, VILLAGES, 0).await;
        let village = area(&store, "620521100205").await.id;
        let request = ClientRequest { actor: 7, client_id: "posts".into(), body_hash: vec![1; 32] };
        let change = Change { request: Some(request), seen: None, ..Change::by(Actor::default(), day(1)) };
        let once = vec![post("lead", "马志远", None)];
        change_posts(&store, change.clone(), village, once.clone()).await.unwrap();
        let later = vec![post("lead", "王建国", None)];
        set_posts(&store, Actor::default(), village, later, day(2)).await.unwrap();
        let again = change_posts(&store, change, village, once).await.unwrap();
        assert_eq!(again[0].name, "王建国", "a late retry does not undo what came after it");
    })
    .await;
}

//! Exports: what the list shows, in both forms, harmless to open.

use crate::web_kit::{self as kit, Planted};
use cases::{CaseError, export, http::dto::ListQuestion};
use people::Role;
use store::testkit::on_both;

fn columns(names: &str) -> ListQuestion {
    ListQuestion { columns: Some(names.into()), ..ListQuestion::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_csv_is_what_the_list_shows_and_never_a_formula() {
    on_both(async |store| {
        let service = kit::county(&store).await;
        let ask = kit::ask(&kit::actor(201, kit::CENTRE, Role::Supervisor));
        for title in
            ["=HYPERLINK(\"http://x\")", "+86 138", "-1", "@cmd", "  =1+1", "＝1", "普通, \"引号\"\n换行"]
        {
            kit::plant(&store, Planted { title: title.into(), ..Planted::default() }).await;
        }
        let made = export::collect(&service, &ask, columns("number,title,state,received_at"))
            .await
            .expect("an export");
        let bytes = export::csv(&made).expect("a file");
        let text = String::from_utf8(bytes).expect("UTF-8");
        let text =
            text.strip_prefix('\u{feff}').expect("a byte order mark, or Excel shows the wrong characters");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().expect("headings"), vec!["编号", "标题", "状态", "登记时间"]);
        let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("RFC 4180");
        let titles: Vec<&str> = rows.iter().rev().map(|row| &row[1]).collect();
        assert_eq!(
            titles,
            [
                "'=HYPERLINK(\"http://x\")",
                "'+86 138",
                "'-1",
                "'@cmd",
                "'  =1+1",
                "'＝1",
                "普通, \"引号\"\n换行"
            ]
        );
        assert_eq!((&rows[0][2], &rows[0][3]), ("办理中", "2026-11-15 10:00"));

        let english = ListQuestion { lang: Some("en".into()), ..columns("state") };
        let made = export::collect(&service, &ask, english).await.expect("an export");
        let text = String::from_utf8(export::csv(&made).expect("a file")).expect("UTF-8");
        assert!(text.starts_with("\u{feff}State\r\nIn progress\r\n"), "{text}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workbook_holds_strings_and_numbers_only() {
    on_both(async |store| {
        let service = kit::county(&store).await;
        let ask = kit::ask(&kit::actor(201, kit::CENTRE, Role::Supervisor));
        kit::plant(&store, Planted { title: "=1+1".into(), ..Planted::default() }).await;
        let made = export::collect(&service, &ask, ListQuestion::default()).await.expect("an export");
        assert_eq!(made.columns.len(), export::Column::ALL.len());
        let bytes = export::xlsx(&made).expect("a workbook");
        assert!(bytes.starts_with(b"PK\x03\x04"));
        assert!(!bytes.windows(3).any(|window| window == b"<f>"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_columns_and_languages_are_refused() {
    on_both(async |store| {
        let service = kit::county(&store).await;
        let ask = kit::ask(&kit::actor(201, kit::CENTRE, Role::Supervisor));
        let latin = ListQuestion { lang: Some("la".into()), ..ListQuestion::default() };
        for (question, field) in [(columns("number,phone"), "columns"), (latin, "lang")] {
            let Err(CaseError::Invalid(fields)) = export::collect(&service, &ask, question).await else {
                panic!("{field} must be refused");
            };
            assert_eq!(fields[0], (field.to_owned(), "field.unknown_choice"));
        }
    })
    .await;
}

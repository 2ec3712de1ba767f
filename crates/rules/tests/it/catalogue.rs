use rules::{
    catalogue::{Catalogue, CatalogueFile, FieldKind, SHIPPED, is_code},
    words::{CaseKind, Urgency},
};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) fn shipped() -> Catalogue {
    Catalogue::build(toml::from_str(SHIPPED).unwrap()).unwrap()
}

fn build(text: &str) -> Result<Catalogue, rules::RuleError> {
    Catalogue::build(toml::from_str::<CatalogueFile>(text).unwrap())
}

#[test]
fn the_shipped_catalogue_has_fifteen_tops_and_over_a_hundred_leaves() {
    let catalogue = shipped();
    let tops = catalogue.categories().filter(|category| category.parent.is_none()).count();
    let leaves = catalogue.categories().filter(|category| category.leaf).count();
    assert_eq!((tops, leaves), (15, 137));
    let names: BTreeSet<&str> = catalogue.categories().map(|category| category.zh.as_str()).collect();
    assert_eq!(names.len(), tops + leaves, "no name twice");
    for category in catalogue.categories() {
        assert!(!category.zh.is_empty() && !category.en.is_empty(), "{}", category.code);
        assert!(!category.leaf || !category.keywords.is_empty(), "{} has no words", category.code);
        assert!(category.en.is_ascii(), "{}", category.en);
    }
}

#[test]
fn every_field_is_used_and_labelled() {
    let catalogue = shipped();
    let used: BTreeSet<&str> = catalogue
        .categories()
        .flat_map(|category| &category.fields)
        .map(|field| field.name.as_str())
        .collect();
    for (name, field) in &catalogue.file().fields {
        assert!(used.contains(name.as_str()), "{name} is used nowhere");
        assert!(!field.zh.is_empty() && !field.en.is_empty());
    }
    let kinds: BTreeSet<String> =
        catalogue.file().fields.values().map(|field| format!("{:?}", field.kind)).collect();
    assert_eq!(kinds.len(), 5, "text, number, date, choice and boolean all occur");
}

#[test]
fn children_inherit() {
    let catalogue = build(
        r#"
        categories = [
          { code = "01", zh = "甲", en = "A", urgency = "urgent", kind = "hazard", village = true, fields = ["a!"] },
          { code = "0101", zh = "乙", en = "B", fields = ["b"] },
          { code = "010101", zh = "丙", en = "C", urgency = "hard", village = false, fields = ["a"] },
        ]
        [fields]
        a = { kind = "text", zh = "甲", en = "a" }
        b = { kind = "number", zh = "乙", en = "b" }
        "#,
    )
    .unwrap();
    let middle = catalogue.get("0101").unwrap();
    assert_eq!(
        (middle.urgency, middle.kind, middle.village),
        (Urgency::Urgent, Some(CaseKind::Hazard), true)
    );
    let names = |code: &str| -> Vec<(String, bool)> {
        let fields = &catalogue.get(code).unwrap().fields;
        fields.iter().map(|field| (field.name.clone(), field.required)).collect()
    };
    assert_eq!(names("0101"), [("a".to_owned(), true), ("b".to_owned(), false)]);
    assert_eq!(names("010101"), [("b".to_owned(), false), ("a".to_owned(), false)]);
    assert!(!middle.leaf && catalogue.get("010101").unwrap().leaf);
    assert_eq!(catalogue.get("09").unwrap_err().code(), "catalogue.no_category");
}

#[test]
fn a_broken_catalogue_is_refused() {
    for text in [
        r#"categories = [{ code = "0101", zh = "", en = "" }]"#,
        r#"categories = [{ code = "1", zh = "", en = "" }]"#,
        r#"categories = [{ code = "01", zh = "", en = "" }, { code = "01", zh = "", en = "" }]"#,
        r#"categories = [{ code = "01", zh = "", en = "", fields = ["nowhere"] }]"#,
        "categories = []\nfields.a = { kind = \"choice\", zh = \"\", en = \"\" }",
    ] {
        assert_eq!(build(text).unwrap_err().code(), "catalogue.invalid", "{text}");
    }
    for (code, good) in
        [("01", true), ("0102", true), ("01020304", true), ("", false), ("012", false), ("ab", false)]
    {
        assert_eq!(is_code(code), good, "{code}");
    }
}

#[test]
fn forms_are_typed() {
    let catalogue = shipped();
    let check = |code: &str, answers: &[(&str, &str)]| {
        let answers: BTreeMap<String, String> =
            answers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        catalogue.check_form(code, &answers).map_err(|error| match error {
            rules::RuleError::BadFormValue { field, reason } => format!("{field}: {reason}"),
            other => other.to_string(),
        })
    };
    check("1201", &[("danger", "true"), ("spot", "一号楼")]).unwrap();
    assert_eq!(check("1201", &[]).unwrap_err(), "danger: missing");
    assert_eq!(check("1201", &[("danger", "yes")]).unwrap_err(), "danger: not_a_boolean");
    assert_eq!(check("0108", &[("danger", "true")]).unwrap_err(), "danger: unknown");
    assert_eq!(check("1001", &[("noise_source", "moon")]).unwrap_err(), "noise_source: not_a_choice");
    assert_eq!(check("0601", &[("people", "many")]).unwrap_err(), "people: not_a_number");
    assert_eq!(check("0601", &[("people", "NaN")]).unwrap_err(), "people: not_a_number");
    assert_eq!(check("0603", &[("happened", "2026-02-30")]).unwrap_err(), "happened: not_a_date");
    assert_eq!(check("0601", &[("company", &"长".repeat(501))]).unwrap_err(), "company: too_long");
    let field =
        catalogue.get("1001").unwrap().fields.iter().find(|field| field.name == "noise_source").unwrap();
    assert_eq!(field.def.kind, FieldKind::Choice);
}

#[test]
fn words_suggest_a_category() {
    let catalogue = shipped();
    let first = |text: &str| catalogue.suggest(text, 3).first().map(|(category, _)| category.code.clone());
    assert_eq!(first("我们小区的物业费涨了，业委会不管").as_deref(), Some("0104"));
    assert_eq!(first("工地拖欠工资，农民工回不了家").as_deref(), Some("0601"));
    assert_eq!(first("楼下烧烤店油烟太大").as_deref(), Some("1003"));
    assert_eq!(first("？"), None);
}

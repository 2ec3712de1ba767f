use crate::calendar::at;
use rules::evaluation::{Answer, Measured, Rate, on_time, resolution, satisfaction};

#[test]
fn what_is_open_and_late_counts() {
    let one = |due: &str, closed: Option<&str>| Measured { due_at: Some(at(due)), closed_at: closed.map(at) };
    let all = [
        one("2026-11-10T18:00:00", Some("2026-11-10T18:00:00")),
        one("2026-11-10T18:00:00", Some("2026-11-11T08:00:00")),
        one("2026-11-12T18:00:00", None),
        one("2026-12-01T00:00:00", Some("2026-11-12T08:00:00")),
        one("2026-10-31T18:00:00", None),
        Measured { due_at: None, closed_at: Some(at("2026-11-12T08:00:00")) },
    ];
    let rate = on_time(&all, at("2026-11-01T00:00:00"), at("2026-12-01T00:00:00"));
    assert_eq!(rate, Rate { part: 1, whole: 3 });
    assert_eq!(rate.permille(), Some(333));
    assert_eq!(Rate::default().permille(), None);
}

#[test]
fn the_unreached_count_neither_for_nor_against() {
    let answers = [
        Answer { resolved: Some(true), satisfaction: Some(3) },
        Answer { resolved: Some(false), satisfaction: Some(4) },
        Answer { resolved: None, satisfaction: None },
        Answer { resolved: Some(true), satisfaction: Some(9) },
    ];
    assert_eq!(resolution(&answers), Rate { part: 2, whole: 3 });
    assert_eq!(satisfaction(&answers), Rate { part: 1, whole: 2 });
}

//! What the console would send.

use crate::county::Matter;
use serde_json::{Value, json};

/// A registration.
#[must_use]
pub fn register(matter: &Matter) -> Value {
    json!({
        "kind": matter.kind.as_str(),
        "channel": matter.channel.as_str(),
        "category": matter.category,
        "title": matter.title,
        "detail": matter.detail,
        "place": place(matter),
        "reporters": [{ "name": matter.name, "phone": matter.phone }],
    })
}

/// A place with its point.
#[must_use]
pub fn place(matter: &Matter) -> Value {
    let place = &matter.place;
    json!({ "text": place.text, "area_id": place.grid_id.map(|id| id.to_string()), "lon": place.lon, "lat": place.lat })
}

/// A steward's findings.
#[must_use]
pub fn verify(matter: &Matter) -> Value {
    let mut findings = json!({
        "kind": matter.kind.as_str(),
        "category": matter.category,
        "urgency": "ordinary",
        "confidentiality": "open",
        "title": matter.title,
        "place": place(matter),
    });
    if !matter.form.is_empty() {
        findings["form"] = Value::Object(matter.form.clone());
    }
    findings
}

/// A dispatch to a unit chosen by hand.
#[must_use]
pub fn dispatch(host: i64) -> Value {
    json!({ "host": host.to_string(), "reason": "经研判，由该单位主办。" })
}

/// The host's answer, handed to review at once.
#[must_use]
pub fn reply(text: &str) -> Value {
    json!({ "text": text, "result": "done", "submit": true })
}

/// The answer was told by telephone.
#[must_use]
pub fn deliver(receipt: usize) -> Value {
    json!({ "channel": "phone", "reached": true, "evidence": format!("回执{receipt:06}") })
}

/// The person is content; the case closes.
#[must_use]
pub fn callback() -> Value {
    json!({ "resolved": "yes", "satisfaction": 1, "note": "问题已经解决，谢谢。", "conclude": true })
}

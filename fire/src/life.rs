//! The life of a matter as the load drives it: who does what, and with which words.

use onedoor_bench::http::{Answer, Client, Session};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Mutex};
use uuid::Uuid;

/// The steps of a matter; step `n` leaves the case at version `n + 1`.
pub const STEPS: [&str; 7] = ["register", "verify", "dispatch", "sign", "start", "note", "reply"];

const CLERK: &str = "clerk1";
const STEWARD: &str = "steward1";
/// Sees every case of the county.
pub const DISPATCHER: &str = "dispatcher1";
/// The housing bureau's account; its sign-in name is the unit's code.
const HOST: &str = "zjj";

/// Who does a step.
#[must_use]
pub fn who(step: usize) -> &'static str {
    match STEPS[step] {
        "register" => CLERK,
        "verify" => STEWARD,
        "dispatch" => DISPATCHER,
        _ => HOST,
    }
}

/// Where a step is sent.
#[must_use]
pub fn path(step: usize, case: i64) -> String {
    match step {
        0 => "/api/v1/cases".to_owned(),
        _ => format!("/api/v1/cases/{case}/actions/{}", STEPS[step]),
    }
}

/// What a step says; `mark` is in the title, so that nobody's words are another's.
#[must_use]
pub fn body(step: usize, mark: &str, version: i64, host: &str) -> Value {
    let title = format!("城关小区自来水管漏水 {mark}");
    let mut body = match STEPS[step] {
        "register" => {
            return json!({
                "kind": "complaint", "channel": "hotline", "title": title,
                "detail": "三号楼前的自来水管漏了三天，路面结了冰，老人出门容易滑倒，反映过两次没有人来看，请尽快派人修理并给个答复。",
                "reporters": [{ "name": "张三", "phone": "13800001234" }],
            });
        }
        "verify" => json!({
            "kind": "complaint", "category": "0101", "urgency": "ordinary", "confidentiality": "open", "title": title,
            "place": { "text": "城关小区三号楼前" },
        }),
        "dispatch" => json!({ "host": host, "reason": "供水由住建局主管" }),
        "note" => json!({ "text": "已到现场，正在开挖" }),
        "reply" => json!({ "text": "漏点已修好，路面已清理，请放心。", "result": "done" }),
        _ => json!({}),
    };
    body["version"] = version.into();
    body
}

/// Sessions of the accounts that the load needs, shared by all who drive it.
pub struct Cast {
    password: String,
    sessions: Mutex<HashMap<&'static str, Session>>,
    /// The id of the unit that handles.
    pub host: String,
}

impl Cast {
    /// Signs everybody in.
    ///
    /// # Errors
    /// When somebody cannot, or the handling unit is missing.
    pub async fn gather(client: &mut Client, password: &str) -> Result<Cast, String> {
        let mut cast =
            Cast { password: password.to_owned(), sessions: Mutex::default(), host: String::new() };
        for login in [CLERK, STEWARD, DISPATCHER, HOST] {
            cast.renew(client, login).await?;
        }
        let units = client.get(&cast.session(DISPATCHER), "/api/v1/units?limit=1000").await?.json();
        let items = units["items"].as_array().ok_or("no list of units")?;
        let host = items.iter().find(|unit| unit["code"] == HOST).ok_or("the demo has no housing bureau")?;
        cast.host = host["id"].as_str().unwrap_or_default().to_owned();
        Ok(cast)
    }

    /// The session of an account.
    ///
    /// # Panics
    /// For one that was not gathered.
    pub fn session(&self, login: &'static str) -> Session {
        self.lock()[login].clone()
    }

    /// Signs an account in again.
    ///
    /// # Errors
    /// When it cannot.
    pub async fn renew(&self, client: &mut Client, login: &'static str) -> Result<(), String> {
        let session = client.sign_in(login, &self.password).await?;
        self.lock().insert(login, session);
        Ok(())
    }

    /// Sends a step once.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn send(&self, client: &mut Client, step: usize, case: i64, key: Uuid, body: &Value) -> Sent {
        client.post(&self.session(who(step)), &path(step, case), key, body).await
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<&'static str, Session>> {
        self.sessions.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// An answer, or why none came.
pub type Sent = Result<Answer, String>;

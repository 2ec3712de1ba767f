//! `lifecycle`: a matter from the first word to the answer that arrived, by the people whose duty each step is.

use super::{
    bodies,
    register::{client_id, registered},
    site::Site,
};
use crate::{
    county::{Matter, Writer},
    http::{Answer, Client, Session},
    load::{Verdict, Worker},
};
use http::StatusCode;
use people::Role;
use serde::Deserialize;
use serde_json::{Value, json};

/// Requests of one lifecycle: registration, seven actions, finding the case by its number.
pub const REQUESTS: usize = 9;

/// The people through whose hands a matter goes, behind one connection.
pub struct Life {
    client: Client,
    clerk: Session,
    steward: Session,
    dispatcher: Session,
    operator: Session,
    units: Vec<(i64, Session)>,
    writer: Writer,
    county: String,
    /// The cases whose closing was acknowledged, by id.
    pub closed: Vec<i64>,
    /// The cases that were registered, by id.
    pub acknowledged: Vec<i64>,
}

#[derive(Deserialize)]
struct Done {
    state: String,
    version: i64,
}

impl Life {
    /// So many in parallel.
    ///
    /// # Errors
    /// In words.
    pub fn many(site: &Site, count: usize) -> Result<Vec<Life>, String> {
        (0..count)
            .map(|turn| {
                Ok(Life {
                    client: site.client(),
                    clerk: site.someone(Role::Clerk, turn),
                    steward: site.someone(Role::Steward, turn),
                    dispatcher: site.someone(Role::Dispatcher, turn),
                    operator: site.someone(Role::Operator, turn),
                    units: site.units.clone(),
                    writer: site.writer()?,
                    county: site.ground.code()[..6].to_owned(),
                    closed: Vec::new(),
                    acknowledged: Vec::new(),
                })
            })
            .collect()
    }

    async fn live(&mut self, matter: &Matter) -> Result<(), Verdict> {
        let key = client_id(&mut self.writer);
        let body = bodies::register(matter);
        let answer = self.client.post(&self.clerk, "/api/v1/cases", key, &body).await;
        let (id, number, version) = registered(&answer.map_err(Verdict::Bad)?, &self.county)?;
        self.acknowledged.push(id);
        let host = self.writer.dice().below(self.units.len());
        let (unit, liaison) = self.units[host].clone();
        let receipt = self.writer.dice().below(1_000_000);
        let (steward, dispatcher, operator) =
            (self.steward.clone(), self.dispatcher.clone(), self.operator.clone());
        let steps: [(&Session, &str, Value, &str); 7] = [
            (&steward, "verify", bodies::verify(matter), "verified"),
            (&dispatcher, "dispatch", bodies::dispatch(unit), "dispatched"),
            (&liaison, "sign", json!({}), "signed"),
            (&liaison, "reply", bodies::reply(&matter.reply), "under_review"),
            (&steward, "review_pass", json!({}), "callback"),
            (&operator, "deliver", bodies::deliver(receipt), "callback"),
            (&operator, "callback", bodies::callback(), "closed"),
        ];
        let mut version = version;
        for (session, action, body, state) in steps {
            version = self.act(session, id, action, body, version, state).await?;
        }
        self.closed.push(id);
        self.find(&dispatcher, &number, id).await
    }

    async fn act(
        &mut self,
        session: &Session,
        id: i64,
        action: &str,
        mut body: Value,
        version: i64,
        state: &str,
    ) -> Result<i64, Verdict> {
        body["version"] = json!(version);
        let path = format!("/api/v1/cases/{id}/actions/{action}");
        let key = client_id(&mut self.writer);
        let answer = self.client.post(session, &path, key, &body).await.map_err(Verdict::Bad)?;
        let named = |verdict| match verdict {
            Verdict::Bad(why) => Verdict::Bad(format!("{action}: {why}")),
            other => other,
        };
        let answer = expect_ok(&answer).map_err(named)?;
        let done: Done = serde_json::from_slice(&answer.body)
            .map_err(|_| Verdict::Bad(format!("{action}: not an action's answer")))?;
        if done.state == state && done.version > version {
            Ok(done.version)
        } else {
            Err(Verdict::Bad(format!("{action}: state {}, not {state}", done.state)))
        }
    }

    async fn find(&mut self, session: &Session, number: &str, id: i64) -> Result<(), Verdict> {
        let path = format!("/api/v1/cases/{number}");
        let answer = self.client.get(session, &path).await.map_err(Verdict::Bad)?;
        let page = expect_ok(&answer)?.json();
        let right =
            page["case"]["id"].as_str() == Some(id.to_string().as_str()) && page["case"]["state"] == "closed";
        if right { Ok(()) } else { Err(Verdict::Bad("the page is not of the closed case".into())) }
    }
}

/// A 200, or what else came.
pub(super) fn expect_ok(answer: &Answer) -> Result<&Answer, Verdict> {
    if answer.is_refusal() {
        Err(Verdict::Refused)
    } else if answer.status == StatusCode::OK {
        Ok(answer)
    } else {
        Err(Verdict::Bad(answer.fault()))
    }
}

impl Worker for Life {
    async fn step(&mut self, _turn: u64) -> Verdict {
        let matter = self.writer.matter();
        self.live(&matter).await.err().unwrap_or(Verdict::Good)
    }
}

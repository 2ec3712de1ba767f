//! `register`: new matters, each durable before it is acknowledged.

use super::{bodies, site::Site};
use crate::{
    county::Writer,
    http::{Answer, Client, Session},
    load::{Verdict, Worker},
};
use http::StatusCode;
use people::Role;
use serde::Deserialize;
use uuid::Uuid;

/// Somebody at a window who takes matters in.
pub struct Registrar {
    client: Client,
    session: Session,
    writer: Writer,
    county: String,
    /// The cases that were acknowledged, by id.
    pub acknowledged: Vec<i64>,
}

/// What a registration gives.
#[derive(Debug, Deserialize)]
pub(super) struct Registered {
    pub(super) id: String,
    pub(super) number: String,
    pub(super) check_code: String,
    pub(super) version: i64,
}

impl Registrar {
    /// So many of them, clerks and operators in turn.
    ///
    /// # Errors
    /// In words.
    pub fn many(site: &Site, count: usize) -> Result<Vec<Registrar>, String> {
        (0..count)
            .map(|turn| {
                let role = if turn % 2 == 0 { Role::Clerk } else { Role::Operator };
                Ok(Registrar {
                    client: site.client(),
                    session: site.someone(role, turn / 2),
                    writer: site.writer()?,
                    county: site.ground.code()[..6].to_owned(),
                    acknowledged: Vec::new(),
                })
            })
            .collect()
    }
}

impl Worker for Registrar {
    async fn step(&mut self, _turn: u64) -> Verdict {
        let matter = self.writer.matter();
        let key = client_id(&mut self.writer);
        let body = bodies::register(&matter);
        match self.client.post(&self.session, "/api/v1/cases", key, &body).await {
            Ok(answer) => match registered(&answer, &self.county) {
                Ok((id, _, _)) => {
                    self.acknowledged.push(id);
                    Verdict::Good
                }
                Err(verdict) => verdict,
            },
            Err(error) => Verdict::Bad(error),
        }
    }
}

/// A client's own id for a command.
pub(super) fn client_id(writer: &mut Writer) -> Uuid {
    let (high, low) = (writer.dice().roll(), writer.dice().roll());
    uuid::Builder::from_random_bytes((u128::from(high) << 64 | u128::from(low)).to_be_bytes()).into_uuid()
}

/// Id, number and version of a registration whose answer is what it must be.
pub(super) fn registered(answer: &Answer, county: &str) -> Result<(i64, String, i64), Verdict> {
    if answer.is_refusal() {
        return Err(Verdict::Refused);
    }
    if answer.status != StatusCode::CREATED {
        return Err(Verdict::Bad(answer.fault()));
    }
    let wrong = || Verdict::Bad("a registration's answer is not what it must be".into());
    let done: Registered = serde_json::from_slice(&answer.body).map_err(|_| wrong())?;
    let id: i64 = done.id.parse().map_err(|_| wrong())?;
    let sound = id > 0 && done.number.starts_with(county) && done.check_code.len() == 10 && done.version == 1;
    if sound { Ok((id, done.number, done.version)) } else { Err(wrong()) }
}

//! `mixed`: a county's day at its desks. Six of ten requests read lists and desks, the others open pages, search, look at the
//! dashboard and register.

use super::{
    desk::{Known, page, search, sessions},
    read::{Expect, Question, ask},
    register::Registrar,
    site::Site,
};
use crate::{
    county::Writer,
    http::{Client, Session},
    load::{Verdict, Worker},
};
use people::Role;
use std::sync::Arc;

/// Somebody of the county at work.
pub struct Desk {
    client: Client,
    sessions: Vec<Session>,
    leader: Session,
    writer: Writer,
    filters: Arc<Vec<Question>>,
    known: Arc<Known>,
    /// Registers what comes in.
    pub registrar: Registrar,
}

impl Desk {
    /// So many of them.
    ///
    /// # Errors
    /// In words.
    pub fn many(
        site: &Site,
        filters: &Arc<Vec<Question>>,
        known: &Arc<Known>,
        count: usize,
    ) -> Result<Vec<Desk>, String> {
        let registrars = Registrar::many(site, count)?;
        let desk = |(turn, registrar)| {
            Ok(Desk {
                client: site.client(),
                sessions: sessions(site, turn),
                leader: site.someone(Role::Leader, turn),
                writer: site.writer()?,
                filters: Arc::clone(filters),
                known: Arc::clone(known),
                registrar,
            })
        };
        registrars.into_iter().enumerate().map(desk).collect()
    }

    async fn read(&mut self, question: &Question) -> Verdict {
        let session = self.sessions[question.session % self.sessions.len()].clone();
        ask(&mut self.client, &session, question).await
    }
}

impl Worker for Desk {
    async fn step(&mut self, turn: u64) -> Verdict {
        match self.writer.dice().below(100) {
            0..=44 => {
                let question = self.writer.dice().pick(&self.filters).clone();
                self.read(&question).await
            }
            45..=59 => {
                let question = Question { session: 0, path: "/api/v1/desks".into(), expect: Expect::Desks };
                self.read(&question).await
            }
            60..=79 => {
                let by_number = self.writer.dice().percent(50);
                let question = page(0, self.writer.dice().pick(self.known.cases()), by_number);
                self.read(&question).await
            }
            80..=87 => {
                let question = search(&mut self.writer, 0);
                self.read(&question).await
            }
            88..=89 => {
                let (from, to) = ("2025-01-01".to_owned(), "2025-12-31");
                let path = format!("/api/v1/overview?from={from}&to={to}");
                let question = Question { session: 0, path, expect: Expect::Overview(from) };
                let leader = self.leader.clone();
                ask(&mut self.client, &leader, &question).await
            }
            _ => self.registrar.step(turn).await,
        }
    }
}

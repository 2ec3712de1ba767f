//! Who calls.

use crate::{AccountActor, Actor, Permission, web::Problem};
use axum::extract::FromRequestParts;
use http::request::Parts;

/// How far a session has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Signed in completely.
    Full,
    /// The password was right; the second factor is still asked.
    SecondFactor,
    /// The password must be changed before anything else.
    MustChangePassword,
    /// A second factor must be enrolled before anything else.
    MustEnrol,
}

/// How the caller proved who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Channel {
    /// A cookie: unsafe methods need the CSRF token.
    Session {
        /// SHA-256 of the session's token.
        token_hash: Vec<u8>,
        /// What `x-csrf-token` must carry.
        csrf: String,
        /// How far it has come.
        stage: Stage,
    },
    /// A bearer token.
    Token {
        /// Its id.
        token_id: i64,
    },
}

/// Somebody signed in. As an extractor it refuses with `auth.required` when nobody is.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account with what it may do.
    pub actor: AccountActor,
    /// The client's address.
    pub address: String,
    /// How it proved who it is.
    pub channel: Channel,
}

impl Caller {
    /// As the actor of a command.
    pub fn to_actor(&self) -> Actor {
        Actor::Account(self.actor.clone())
    }

    /// Whether it may do this; a session that is not complete may only complete itself.
    pub fn may(&self, permission: Permission) -> bool {
        let complete = match &self.channel {
            Channel::Session { stage, .. } => *stage == Stage::Full,
            Channel::Token { .. } => true,
        };
        (complete || permission == Permission::SessionOwn) && self.actor.can(permission)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Caller, Problem> {
        parts.extensions.get::<Caller>().cloned().ok_or_else(|| Problem::new("auth.required"))
    }
}

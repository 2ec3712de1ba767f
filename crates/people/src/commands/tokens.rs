//! API tokens: for programs that act as an account, with fewer rights than it has.

use crate::{
    Change, People, PeopleError, Permission,
    model::{TokenRow, checked_name},
    queries::{TokenView, token_view},
    secret,
    web::{Caller, Channel},
};
use diesel::prelude::*;
use serde_json::json;
use store::{ms, schema::api_tokens};

/// The longest life of a token, in days.
const LONGEST_DAYS: i64 = 365;

/// What no token may do: a stolen one must not be able to make itself at home.
const NEVER: &[Permission] = &[
    Permission::SessionOwn,
    Permission::AccountManage,
    Permission::RoleGrant,
    Permission::AccountSecure,
    Permission::TokenManage,
    Permission::SettingsManage,
];

/// Makes a token of the caller's account. The token itself is returned once and stored nowhere.
pub async fn create_token(
    people: &People,
    caller: &Caller,
    name: &str,
    scopes: &[Permission],
    days: i64,
) -> Result<(TokenView, String), PeopleError> {
    if matches!(caller.channel, Channel::Token { .. }) {
        return Err(PeopleError::Refused("auth.session_required"));
    }
    let name = checked_name("name", name, 60)?;
    if scopes.is_empty() {
        return Err(PeopleError::field("scopes", "field.required"));
    }
    if scopes.iter().any(|scope| NEVER.contains(scope) || !caller.actor.can(*scope)) {
        return Err(PeopleError::field("scopes", "token.scope_refused"));
    }
    if !(1..=LONGEST_DAYS).contains(&days) {
        return Err(PeopleError::field("days", "token.days"));
    }
    let token = format!("od_{}", secret::new_token(people.store.entropy().as_ref()));
    let hash = secret::token_hash(&token);
    let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    let (scopes, account) = (scopes.join(" "), caller.actor.account_id);
    let change = Change::by_caller(caller, people.now());
    let row = people
        .store
        .write(move |tx| {
            let row = TokenRow {
                id: tx.id()?,
                token_hash: hash.clone(),
                account_id: account,
                name: name.clone(),
                scopes: scopes.clone(),
                created_at: ms(change.now),
                expires_at: Some(ms(change.now) + days * 86_400_000),
                revoked_at: None,
                last_used_at: None,
            };
            diesel::insert_into(api_tokens::table).values(row.clone()).execute(tx.conn())?;
            let public = json!({ "token_id": row.id.to_string(), "scopes": scopes });
            tx.append(change.event("account", account, "account.token_made", public))?;
            change.log(tx, format!("token {} made: {scopes}", row.id))?;
            Ok::<_, PeopleError>(row)
        })
        .await?;
    Ok((token_view(row), token))
}

/// Revokes a token: one's own, or anybody's for who may manage tokens.
pub async fn revoke_token(people: &People, caller: &Caller, id: i64) -> Result<(), PeopleError> {
    let change = Change::by_caller(caller, people.now());
    let (me, manages) = (caller.actor.account_id, caller.may(Permission::TokenManage));
    people
        .store
        .write(move |tx| {
            let row: Option<TokenRow> =
                api_tokens::table.find(id).select(TokenRow::as_select()).first(tx.conn()).optional()?;
            let row = row
                .filter(|row| manages || row.account_id == me)
                .ok_or(PeopleError::Refused("token.not_found"))?;
            if row.revoked_at.is_some() {
                return Ok(());
            }
            diesel::update(api_tokens::table.find(id))
                .set(api_tokens::revoked_at.eq(Some(ms(change.now))))
                .execute(tx.conn())?;
            let public = json!({ "token_id": id.to_string() });
            tx.append(change.event("account", row.account_id, "account.token_revoked", public))?;
            change.log(tx, format!("token {id} revoked"))
        })
        .await
}

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
use store::{StoreError, Tx, ms, requests::ClientRequest, schema::api_tokens};

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

/// A token to make.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Permission>,
    /// How many days it works.
    pub days: i64,
    /// The client's request, so that a retry never doubles.
    pub request: Option<ClientRequest>,
}

/// Makes a token of the caller's account. The token itself is returned once and stored nowhere: a retry therefore
/// gets a new secret for the token that was made, unless that was used already.
///
/// # Errors
/// `auth.session_required`, `field.required`, `token.scope_refused`, `token.days`, `token.already_used`,
/// [`store::StoreError::ClientIdReused`].
pub async fn create_token(
    people: &People,
    caller: &Caller,
    new: NewToken,
) -> Result<(TokenView, String), PeopleError> {
    if matches!(caller.channel, Channel::Token { .. }) {
        return Err(PeopleError::Refused("auth.session_required"));
    }
    let new = checked(caller, new)?;
    let token = format!("od_{}", secret::new_token(people.store.entropy().as_ref()));
    let hash = secret::token_hash(&token);
    let account = caller.actor.account_id;
    let change = Change::by_caller(caller, people.now());
    let write = move |tx: &mut Tx<'_>| {
        let Some(request) = &new.request else { return insert(tx, account, &new, hash.clone(), &change) };
        if let Some(outcome) = tx.earlier_outcome(request)? {
            return renew(tx, account, &outcome, hash.clone(), &change);
        }
        let row = insert(tx, account, &new, hash.clone(), &change)?;
        tx.keep_outcome(request, &row.id.to_string(), change.now)?;
        Ok::<_, PeopleError>(row)
    };
    Ok((token_view(people.store.write(write).await?), token))
}

fn checked(caller: &Caller, mut new: NewToken) -> Result<NewToken, PeopleError> {
    new.name = checked_name("name", &new.name, 60)?;
    if new.scopes.is_empty() {
        return Err(PeopleError::field("scopes", "field.required"));
    }
    if new.scopes.iter().any(|scope| NEVER.contains(scope) || !caller.actor.can(*scope)) {
        return Err(PeopleError::field("scopes", "token.scope_refused"));
    }
    if !(1..=LONGEST_DAYS).contains(&new.days) {
        return Err(PeopleError::field("days", "token.days"));
    }
    Ok(new)
}

fn insert(
    tx: &mut Tx<'_>,
    account: i64,
    new: &NewToken,
    hash: Vec<u8>,
    change: &Change,
) -> Result<TokenRow, PeopleError> {
    let scopes: Vec<&str> = new.scopes.iter().map(|scope| scope.as_str()).collect();
    let scopes = scopes.join(" ");
    let row = TokenRow {
        id: tx.id()?,
        token_hash: hash,
        account_id: account,
        name: new.name.clone(),
        scopes: scopes.clone(),
        created_at: ms(change.now),
        expires_at: Some(ms(change.now) + new.days * 86_400_000),
        revoked_at: None,
        last_used_at: None,
    };
    diesel::insert_into(api_tokens::table).values(row.clone()).execute(tx.conn())?;
    let public = json!({ "token_id": row.id.to_string(), "scopes": scopes });
    tx.append(change.event("account", account, "account.token_made", public))?;
    change.log(tx, format!("token {} made: {scopes}", row.id))?;
    Ok(row)
}

/// A token that was made, with a new secret for the one whose answer was lost.
fn renew(
    tx: &mut Tx<'_>,
    account: i64,
    outcome: &str,
    hash: Vec<u8>,
    change: &Change,
) -> Result<TokenRow, PeopleError> {
    let corrupt = |_| StoreError::Corrupt { what: "request outcome", detail: "not an id".into() };
    let id: i64 = outcome.parse().map_err(corrupt)?;
    let row: Option<TokenRow> =
        api_tokens::table.find(id).select(TokenRow::as_select()).first(tx.conn()).optional()?;
    let row = row.filter(|row| row.account_id == account && row.revoked_at.is_none());
    let mut row = row.ok_or(PeopleError::Refused("token.not_found"))?;
    if row.last_used_at.is_some() {
        return Err(PeopleError::Refused("token.already_used"));
    }
    diesel::update(api_tokens::table.find(id)).set(api_tokens::token_hash.eq(&hash)).execute(tx.conn())?;
    row.token_hash = hash;
    change.log(tx, format!("token {id} shown again with a new secret"))?;
    Ok(row)
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

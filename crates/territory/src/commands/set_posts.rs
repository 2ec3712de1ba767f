//! Says who stands for an area: its lead, its worker and the others whose names hang on the notice.

use super::{Actor, Change, append};
use crate::{TerritoryError, queries, queries::PostRow};
use diesel::prelude::*;
use store::{Store, Timestamp, Tx, ms, schema::grid_posts};

/// The posts an area may have: 网格长, 网格员, 指导员, 联络员, 网格警长, 网格法官.
pub const POSTS: [&str; 6] = ["lead", "worker", "instructor", "liaison", "police", "judge"];

/// One post to fill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPost {
    /// Which; one of [`POSTS`].
    pub post: String,
    /// The account, if the person has one.
    pub account_id: Option<i64>,
    /// The published name.
    pub name: String,
    /// The published telephone; may be empty.
    pub phone: String,
}

impl NewPost {
    fn check(&self) -> Result<(), TerritoryError> {
        let invalid = |field, code| Err(TerritoryError::Invalid { field, code });
        if !POSTS.contains(&self.post.as_str()) {
            return invalid("post", "post.unknown");
        }
        if !(1..=40).contains(&self.name.trim().chars().count()) {
            return invalid("name", "post.bad_name");
        }
        let is_phone = |phone: &str| {
            phone.len() <= 20
                && phone.bytes().all(|b| b.is_ascii_digit() || b == b'-' || b == b'+' || b == b' ')
        };
        if is_phone(&self.phone) { Ok(()) } else { invalid("phone", "post.bad_phone") }
    }

    fn is(&self, row: &PostRow) -> bool {
        (&self.post, self.account_id, self.name.as_str(), self.phone.as_str())
            == (&row.post, row.account_id, row.name.as_str(), row.phone.as_str())
    }
}

/// As [`change_posts`], over whoever stands.
///
/// # Errors
/// As [`change_posts`].
pub async fn set_posts(
    store: &Store,
    actor: Actor,
    area_id: i64,
    posts: Vec<NewPost>,
    now: Timestamp,
) -> Result<Vec<PostRow>, TerritoryError> {
    change_posts(store, Change::by(actor, now), area_id, posts).await
}

/// Makes `posts` the ones that stand for the area: who is not among them ends now, who stays keeps the beginning.
///
/// # Errors
/// [`TerritoryError::AreaNotFound`], [`TerritoryError::Invalid`]; `version.conflict` when others stand than
/// [`queries::posts_version`] said.
pub async fn change_posts(
    store: &Store,
    change: Change,
    area_id: i64,
    posts: Vec<NewPost>,
) -> Result<Vec<PostRow>, TerritoryError> {
    posts.iter().try_for_each(NewPost::check)?;
    store
        .write(move |tx| {
            change.once(tx, |tx| apply(tx, &change, area_id, &posts))?;
            queries::posts_of(tx.conn(), area_id)
        })
        .await
}

fn apply(tx: &mut Tx<'_>, change: &Change, area_id: i64, posts: &[NewPost]) -> Result<(), TerritoryError> {
    let (actor, now) = (change.actor, change.now);
    let area = queries::area(tx.conn(), area_id)?;
    let mut standing = queries::posts_of(tx.conn(), area_id)?;
    change.check(queries::posts_version(&standing))?;
    let mut filled = 0;
    for post in posts {
        if let Some(at) = standing.iter().position(|row| post.is(row)) {
            standing.swap_remove(at);
            continue;
        }
        insert(tx, area_id, post, now)?;
        filled += 1;
    }
    for row in &standing {
        diesel::update(grid_posts::table.find(row.id))
            .set(grid_posts::until_at.eq(ms(now)))
            .execute(tx.conn())?;
    }
    if filled + standing.len() > 0 {
        let public = serde_json::json!({ "code": area.code, "filled": filled, "ended": standing.len() });
        append(tx, area_id, "area.posts_set", actor, now, public)?;
    }
    Ok(())
}

fn insert(tx: &mut Tx<'_>, area_id: i64, post: &NewPost, now: Timestamp) -> Result<(), TerritoryError> {
    let id = tx.id()?;
    diesel::insert_into(grid_posts::table)
        .values((
            grid_posts::id.eq(id),
            grid_posts::area_id.eq(area_id),
            grid_posts::post.eq(&post.post),
            grid_posts::account_id.eq(post.account_id),
            grid_posts::name.eq(post.name.trim()),
            grid_posts::phone.eq(&post.phone),
            grid_posts::from_at.eq(ms(now)),
        ))
        .execute(tx.conn())?;
    Ok(())
}

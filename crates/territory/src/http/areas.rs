//! `/areas`: the tree, single areas, posts.

use super::{
    AreaView, PostView, change,
    dto::{Page, page_size},
    id,
};
use crate::{
    Level, Territory, TerritoryError,
    commands::{
        edit_area::{AreaEdit, edit_area},
        set_posts::{NewPost, change_posts},
    },
    queries::{self, AreaFilter, PostRow},
};
use axum::extract::State;
use people::web::{Caller, Json, Path, Problem, Query, Retriable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// Directly under this area.
    parent: Option<String>,
    /// Of this level: `county`, `town`, `village`, `grid`.
    level: Option<String>,
    /// Characters of the name, or the beginning of the code.
    q: Option<String>,
    /// From `next_cursor`.
    cursor: Option<String>,
    /// How many (1–500, usually 100).
    limit: Option<i64>,
}

/// Areas by code.
#[utoipa::path(get, path = "/areas", tag = "territory", params(ListParams),
    responses((status = 200, body = Page<AreaView>), (status = 422, body = Problem)))]
pub(super) async fn list(
    State(territory): State<Territory>,
    Query(params): Query<ListParams>,
) -> Result<Json<Page<AreaView>>, Problem> {
    let limit = page_size(params.limit)?;
    let filter = AreaFilter {
        parent_id: params.parent.as_deref().map(id).transpose()?,
        level: params.level.as_deref().map(Level::parse).transpose()?,
        text: params.q,
        after: params.cursor,
        limit: limit + 1,
    };
    let (rows, workers) = territory
        .store()
        .read(move |conn| {
            let rows = queries::list(conn, &filter)?;
            let grids: Vec<i64> =
                rows.iter().filter(|area| area.level == Level::Grid.as_str()).map(|area| area.id).collect();
            Ok::<_, TerritoryError>((rows, queries::workers_of(conn, &grids)?))
        })
        .await?;
    let mut page: Page<AreaView> = Page::of(rows, limit, |area| area.code.clone());
    for area in &mut page.items {
        area.worker = area.id.parse().ok().and_then(|id: i64| workers.get(&id).cloned());
    }
    Ok(Json(page))
}

/// One area.
#[utoipa::path(get, path = "/areas/{id}", tag = "territory", params(("id" = String, Path)),
    responses((status = 200, body = AreaView), (status = 404, body = Problem)))]
pub(super) async fn get(
    State(territory): State<Territory>,
    Path(area): Path<String>,
) -> Result<Json<AreaView>, Problem> {
    let area = id(&area)?;
    let area = territory.store().read(move |conn| queries::area(conn, area)).await?;
    Ok(Json(area.into()))
}

/// What to change of an area; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct EditBody {
    /// The version the editor saw.
    version: i64,
    /// A new name.
    name: Option<String>,
    /// A new number of households.
    households: Option<i64>,
    /// A new point's longitude, WGS 84; needs `lat`.
    lon: Option<f64>,
    /// A new point's latitude.
    lat: Option<f64>,
    /// A new urban-rural class (three digits or empty).
    urban_class: Option<String>,
}

/// Edits an area. A former name is kept in the history.
#[utoipa::path(patch, path = "/areas/{id}", tag = "territory", params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "A UUID that the client made for this command")),
    request_body = EditBody,
    responses((status = 200, body = AreaView), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(super) async fn edit(
    State(territory): State<Territory>,
    caller: Caller,
    Path(area): Path<String>,
    command: Retriable<EditBody>,
) -> Result<Json<AreaView>, Problem> {
    let (area, body) = (id(&area)?, command.body);
    let edit = AreaEdit {
        name: body.name,
        households: body.households,
        point: body.lon.zip(body.lat),
        urban_class: body.urban_class,
    };
    let change = change(&territory, &caller, command.request, Some(body.version));
    match edit_area(territory.store(), change, area, edit).await {
        Ok(area) => Ok(Json(area.into())),
        Err(error) if error.code() == "version.conflict" => {
            let now = territory.store().read(move |conn| queries::area(conn, area)).await?;
            let current = serde_json::to_value(AreaView::from(now)).unwrap_or_default();
            Err(Problem::from(error).current(current))
        }
        Err(error) => Err(error.into()),
    }
}

/// The posts of an area.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Posts {
    items: Vec<PostView>,
    /// To be sent back with a change.
    version: i64,
}

impl From<Vec<PostRow>> for Posts {
    fn from(rows: Vec<PostRow>) -> Posts {
        let version = queries::posts_version(&rows);
        Posts { items: rows.into_iter().map(PostView::from).collect(), version }
    }
}

/// Who stands for an area now.
#[utoipa::path(get, path = "/areas/{id}/posts", tag = "territory", params(("id" = String, Path)),
    responses((status = 200, body = Posts)))]
pub(super) async fn posts(
    State(territory): State<Territory>,
    Path(area): Path<String>,
) -> Result<Json<Posts>, Problem> {
    let area = id(&area)?;
    let rows = territory
        .store()
        .read(move |conn| {
            queries::area(conn, area)?;
            queries::posts_of(conn, area)
        })
        .await?;
    Ok(Json(rows.into()))
}

/// Somebody to stand for an area.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct PostBody {
    /// `lead`, `worker`, `instructor`, `liaison`, `police` or `judge`.
    post: String,
    /// The account, if the person has one.
    account_id: Option<String>,
    /// The name to publish.
    name: String,
    /// The telephone to publish.
    #[serde(default)]
    phone: String,
}

/// All posts of an area as they should be.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct PostsBody {
    posts: Vec<PostBody>,
    /// The version the editor saw.
    version: i64,
}

/// Says who stands for an area from now on.
#[utoipa::path(put, path = "/areas/{id}/posts", tag = "territory", params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "A UUID that the client made for this command")),
    request_body = PostsBody,
    responses((status = 200, body = Posts), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
pub(super) async fn set_posts(
    State(territory): State<Territory>,
    caller: Caller,
    Path(area): Path<String>,
    command: Retriable<PostsBody>,
) -> Result<Json<Posts>, Problem> {
    let (area, body) = (id(&area)?, command.body);
    let posts = body
        .posts
        .into_iter()
        .map(|post| {
            let account_id = post.account_id.as_deref().map(account_id).transpose()?;
            Ok(NewPost { post: post.post, account_id, name: post.name, phone: post.phone })
        })
        .collect::<Result<Vec<_>, TerritoryError>>()?;
    let change = change(&territory, &caller, command.request, Some(body.version));
    match change_posts(territory.store(), change, area, posts).await {
        Ok(rows) => Ok(Json(rows.into())),
        Err(error) if error.code() == "version.conflict" => {
            let now: Posts = territory.store().read(move |conn| queries::posts_of(conn, area)).await?.into();
            Err(Problem::from(error).current(serde_json::to_value(now).unwrap_or_default()))
        }
        Err(error) => Err(error.into()),
    }
}

fn account_id(text: &str) -> Result<i64, TerritoryError> {
    text.parse().map_err(|_| TerritoryError::Invalid { field: "posts.account_id", code: "post.bad_account" })
}

//! How the database would answer a list: for the test that no list scans, and for whoever tunes.

use super::{
    Ask,
    filters::Query as Asked,
    list::listing,
    sources::{Listing, Order, Source},
    ways::Way,
};
use crate::{CaseError, http::dto::ListQuestion};
use diesel::{
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Integer, Text},
};
use people::scope::Backend;
use std::marker::PhantomData;
use store::Conn;

/// The plan of every query that the first page of a list needs, line by line.
///
/// # Errors
/// As the list.
pub fn explain(conn: &mut Conn, ask: &Ask, question: &ListQuestion) -> Result<Vec<String>, CaseError> {
    let listing = listing(ask, question)?;
    let mut lines = Vec::new();
    for source in &listing.sources {
        lines.extend(plan(conn, &listing, source)?);
    }
    Ok(lines)
}

/// The plans of a list by which somebody with a narrow sight is asked for: one for each of the ways to what they see; none
/// for who sees the county.
///
/// # Errors
/// As the list.
pub fn explain_ways(
    conn: &mut Conn,
    ask: &Ask,
    question: &ListQuestion,
) -> Result<Vec<Vec<String>>, CaseError> {
    let listing = listing(ask, question)?;
    let ways = Way::of(conn, &listing.viewer)?.unwrap_or_default();
    ways.iter().map(|way| told(conn, listing.by_way(way, None, 50))).collect()
}

fn plan(conn: &mut Conn, listing: &Listing, source: &Source) -> Result<Vec<String>, CaseError> {
    let query = match listing.order {
        Order::Received => listing.by_received(source, None, 50),
        Order::Due => listing.by_due(source, None, 50),
    };
    told(conn, query)
}

fn told(conn: &mut Conn, query: Asked) -> Result<Vec<String>, CaseError> {
    if matches!(conn, Conn::Sqlite(_)) {
        let query = Explained::<_, (Integer, Integer, Integer, Text)>::new("EXPLAIN QUERY PLAN ", query);
        let rows: Vec<(i32, i32, i32, String)> = query.load(conn)?;
        return Ok(rows.into_iter().map(|row| row.3).collect());
    }
    Ok(Explained::<_, Text>::new("EXPLAIN ", query).load(conn)?)
}

/// A query with EXPLAIN in front.
struct Explained<Q, T> {
    word: &'static str,
    query: Q,
    rows: PhantomData<T>,
}

impl<Q, T> Explained<Q, T> {
    fn new(word: &'static str, query: Q) -> Self {
        Explained { word, query, rows: PhantomData }
    }
}

impl<Q: QueryFragment<Backend>, T> QueryFragment<Backend> for Explained<Q, T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql(self.word);
        self.query.walk_ast(out)
    }
}

impl<Q, T> QueryId for Explained<Q, T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q, T> Query for Explained<Q, T> {
    type SqlType = T;
}

impl<Q, T> RunQueryDsl<Conn> for Explained<Q, T> {}

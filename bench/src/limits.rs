//! What figures are held against: the same work without the layers around it, on the same machine in the same run.

use crate::{
    county::{Ground, Writer},
    db::{Db, Rows, Table, Value},
    http::{Client, Session},
    load::closed,
    seed::{mould::rows_of_range, tables},
    work::read::{Expect, Question, Reader},
};
use bytes::Bytes;
use futures::{StreamExt as _, stream::FuturesUnordered};
use http_body_util::Full;
use hyper::{Response, service::service_fn};
use hyper_util::rt::TokioIo;
use onedoor::App;
use people::Role;
use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};
use store::requests::ClientRequest;
use tokio::{net::TcpListener, time::Instant};

/// An answer as long as a registration's.
const CONSTANT: &[u8] =
    br#"{"id":"123456789","number":"620521-20261122-0001","check_code":"ABCDEFGHJK","version":1}"#;
/// Commands in flight, and rows of so many cases in one commit.
const TOGETHER: usize = 64;
/// Cases that are written raw.
const RAW: usize = 6_000;

/// Requests a second of a bare handler that answers a constant, by as many clients as drive the real one.
///
/// # Errors
/// When no port is free.
pub async fn bare_http(clients: usize, length: Duration) -> Result<f64, String> {
    let address = constant_server().await?;
    let reader = |_| {
        let ask = |_: u64| Question { session: 0, path: "/".into(), expect: Expect::Constant(CONSTANT) };
        Reader::new(Client::new(address), vec![Session::nobody()], ask)
    };
    let (measured, _) = closed(length, (0..clients).map(reader).collect()).await;
    if measured.bad > 0 { Err(measured.counts()) } else { Ok(measured.rate()) }
}

/// Serves on threads of its own until the process ends.
async fn constant_server() -> Result<SocketAddr, String> {
    let (tell, told) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async move {
            let Ok(listener) = TcpListener::bind(("127.0.0.1", 0)).await else { return };
            let _ = tell.send(listener.local_addr());
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                let answer = service_fn(|_| async {
                    Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(CONSTANT))))
                });
                let serving =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
                tokio::spawn(serving);
            }
        });
    });
    told.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}

/// Registrations a second straight through the command layer and the engine, from one thread, without HTTP.
///
/// # Errors
/// What a command refuses.
pub async fn engine(app: &App, ground: &Arc<Ground>, seed: u64, length: Duration) -> Result<f64, String> {
    let mut writer = Writer::new(Arc::clone(ground), seed)?;
    let begun = Instant::now();
    let mut under_way = FuturesUnordered::new();
    let mut done = 0_u64;
    loop {
        while under_way.len() < TOGETHER && begun.elapsed() < length {
            under_way.push(register(app, ground, &mut writer)?);
        }
        match under_way.next().await {
            Some(outcome) => outcome.map_err(|error| error.to_string())?,
            None => break,
        };
        done += 1;
    }
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    Ok(done as f64 / begun.elapsed().as_secs_f64())
}

fn register(
    app: &App,
    ground: &Ground,
    writer: &mut Writer,
) -> Result<impl Future<Output = Result<cases::Registered, cases::CaseError>> + use<>, String> {
    let input = crate::seed::lives::registration(&writer.matter())?;
    let clerk = ground.staff.someone(Role::Clerk, writer.dice()).clone();
    let mut ctx = cases::Ctx::of(clerk.clone(), app.store.clock().now());
    let client_id = format!("{:016x}{:016x}", writer.dice().roll(), writer.dice().roll());
    ctx.request = Some(ClientRequest { actor: clerk.account_id, client_id, body_hash: vec![7; 32] });
    let cases = app.cases.clone();
    Ok(async move { cases.register(&ctx, input).await })
}

/// The rows of a registration written past the engine by prepared statements (PostgreSQL: COPY), 64 cases a commit, durable.
///
/// # Errors
/// In words.
pub async fn raw(app: &App, ground: &Arc<Ground>, seed: u64) -> Result<f64, String> {
    let mut writer = Writer::new(Arc::clone(ground), seed)?;
    let low = app.store.new_id().map_err(|error| error.to_string())?;
    register(app, ground, &mut writer)?.await.map_err(|error| error.to_string())?;
    let high = app.store.new_id().map_err(|error| error.to_string())? - 1;
    let (data, url) = (app.config.data.clone(), app.config.database_url.clone());
    let job = move || raw_rows(&mut Db::open(&data, url.as_deref())?, low, high);
    tokio::task::spawn_blocking(job).await.map_err(|error| error.to_string())?
}

fn raw_rows(db: &mut Db, low: i64, high: i64) -> Result<f64, String> {
    let mut tables = tables::of_a_case(db)?;
    tables.retain(|table| table.name != "search_fts");
    let mut rows = Vec::new();
    for table in &tables {
        rows.push(rows_of_range(db, table, low, high)?);
    }
    let outcome =
        db.tables()?.into_iter().find(|table| table.name == "requests").ok_or("no table of outcomes")?;
    let columns = outcome.columns.join(", ");
    let kept = db.query(&format!("SELECT {columns} FROM requests ORDER BY at DESC LIMIT 1"), &[])?;
    rows.push(kept);
    tables.push(outcome);
    let base = tables::first_free_id(db)?;
    let batches: Vec<Vec<Rows>> = (0..RAW / TOGETHER)
        .map(|batch| {
            let of_table = |(table, rows): (&Table, &Vec<Vec<Value>>)| {
                let cases = (0..TOGETHER).flat_map(|turn| {
                    let turn = i64::try_from(batch * TOGETHER + turn).unwrap_or(0);
                    rows.iter().map(move |row| copied(table, row, (low, high), base, turn))
                });
                Rows { rows: cases.collect() }
            };
            tables.iter().zip(&rows).map(of_table).collect()
        })
        .collect();
    let begun = Instant::now();
    for batch in &batches {
        let batch: Vec<(&Table, &Rows)> = tables.iter().zip(batch).collect();
        db.insert(&batch)?;
    }
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    Ok((batches.len() * TOGETHER) as f64 / begun.elapsed().as_secs_f64())
}

/// A row with ids, number and client's id of its own; everything else as it is: only the writing is measured.
fn copied(table: &Table, row: &[Value], (low, high): (i64, i64), base: i64, turn: i64) -> Vec<Value> {
    let cell = |(name, value): (&String, &Value)| match (name.as_str(), value) {
        ("position", _) => Value::Int(base + turn * 4),
        ("number", _) => Value::Text(format!("raw-{turn}")),
        ("client_id", _) => Value::Text(format!("raw-{turn}")),
        (_, Value::Int(id)) if low < *id && *id <= high => Value::Int(id - low + base + turn * (high - low)),
        _ => value.clone(),
    };
    table.columns.iter().zip(row).map(cell).collect()
}

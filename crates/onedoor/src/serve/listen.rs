//! The listening socket: connections with limits, TLS by certificate files, an orderly stop.

use crate::{
    config::{Limits, Tls},
    edge::address::Peer,
};
use axum::{Router, body::Body};
use http::Request;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto::Builder,
        graceful::{GracefulShutdown, Watcher},
    },
    service::TowerToHyperService,
};
use std::{io, net::SocketAddr, path::Path, pin::pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// A client that has not finished its headers or its handshake by then is dropped.
const PATIENCE: Duration = Duration::from_secs(15);
/// The same while there is little room: whoever stays silent gives its place to others.
const SHORT_PATIENCE: Duration = Duration::from_secs(2);
/// Descriptors kept for everything that is not a connection of a client: the database, attachments, the log.
const OWN_DESCRIPTORS: usize = 256;

/// Reads certificate and key.
///
/// # Errors
/// A file that cannot be read or holds no certificate or key.
pub fn acceptor(tls: &Tls) -> io::Result<TlsAcceptor> {
    let unreadable =
        |path: &Path, why: &dyn std::fmt::Display| io::Error::other(format!("{}: {why}", path.display()));
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&tls.certificate)
        .and_then(Iterator::collect)
        .map_err(|why| unreadable(&tls.certificate, &why))?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(|why| unreadable(&tls.key, &why))?;
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|why| unreadable(&tls.certificate, &why))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Accepts connections until `stopping`, then lets running requests finish for a while.
pub async fn run(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    app: Router,
    limits: &Limits,
    stopping: CancellationToken,
) {
    let most = most(limits.connections, descriptors().unwrap_or(usize::MAX));
    let room = Arc::new(Semaphore::new(most));
    let graceful = GracefulShutdown::new();
    loop {
        let Ok(place) = room.clone().acquire_owned().await else { break };
        let next = tokio::select! {
            next = next(&listener) => next,
            () = stopping.cancelled() => break,
        };
        let Some((stream, peer)) = next else { continue };
        let patience = if room.available_permits() < most / 4 { SHORT_PATIENCE } else { PATIENCE };
        let (app, tls, watcher) = (app.clone(), tls.clone(), graceful.watcher());
        tokio::spawn(async move {
            if let Err(error) = greet(stream, peer, tls, app, watcher, patience).await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(Duration::from_secs(limits.shutdown_seconds), graceful.shutdown()).await.is_err()
    {
        tracing::warn!("stopped with requests still running");
    }
}

/// How many connections there may be: as set, and no more than the descriptors of this process allow.
fn most(set: usize, descriptors: usize) -> usize {
    let allowed = descriptors.saturating_sub(OWN_DESCRIPTORS).max(descriptors / 2);
    if allowed < set {
        tracing::warn!(
            connections = allowed,
            descriptors,
            "the limit of open files allows fewer connections than are set"
        );
    }
    set.min(allowed).max(1)
}

/// How many files this process may have open, where the system tells.
fn descriptors() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The next connection; `None` after a failure (too many open files …) and a breath.
async fn next(listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    match listener.accept().await {
        Ok(accepted) => Some(accepted),
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

async fn greet(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    app: Router,
    watcher: Watcher,
    patience: Duration,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    match tls {
        None => talk(stream, peer, app, watcher, patience).await,
        Some(tls) => {
            let stream =
                tokio::time::timeout(patience, tls.accept(stream)).await.map_err(io::Error::other)??;
            talk(stream, peer, app, watcher, patience).await
        }
    }
}

async fn talk<S>(
    stream: S,
    peer: SocketAddr,
    app: Router,
    watcher: Watcher,
    patience: Duration,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let spoken = CancellationToken::new();
    let first = spoken.clone();
    let service = tower::service_fn(move |mut request: Request<hyper::body::Incoming>| {
        first.cancel();
        request.extensions_mut().insert(Peer(peer));
        app.clone().oneshot(request.map(Body::new))
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(Some(Duration::from_secs(30)));
    let connection =
        builder.serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut connection = pin!(watcher.watch(connection.into_owned()));
    // Until the protocol is known nobody else looks at the time.
    tokio::select! {
        ended = &mut connection => return ended.map_err(io::Error::other),
        () = spoken.cancelled() => {}
        () = tokio::time::sleep(patience) => return Err(io::ErrorKind::TimedOut.into()),
    }
    connection.await.map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_descriptors_for_the_rest() {
        assert_eq!(most(4096, 1_048_576), 4096);
        assert_eq!(most(4096, 1024), 768);
        assert_eq!(most(4096, 300), 150);
        assert_eq!((most(0, 1024), most(4096, 0)), (1, 1));
        assert!(descriptors().is_none_or(|most| most > 16));
    }
}

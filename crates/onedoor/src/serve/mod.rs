//! `onedoor serve`: open, set up, start the workers, listen, stop in order.

pub mod listen;

use crate::{
    App, Config, Failure, api,
    cli::{DemoArgs, ServeArgs},
    demo,
    out::say,
    setup, telemetry, workers,
};
use std::{io, net::SocketAddr};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;
use workers::supervise::Supervisor;

/// Runs the server until a stop signal.
///
/// # Errors
/// A busy port, unreadable certificate files, a store that cannot be opened.
pub async fn run(args: ServeArgs, mut config: Config) -> Result<(), Failure> {
    if let Some(listen) = &args.listen {
        config.listen =
            listen.parse().map_err(|_| Failure::said(format!("`{listen}` is not an address and port")))?;
    }
    telemetry::start();
    // The port first: a second start on a busy port must not touch the database.
    let listener = bind(config.listen).await?;
    let tls = config.tls.as_ref().map(listen::acceptor).transpose()?;
    if args.demo {
        demo::prepare(&config, &DemoArgs::default()).await?;
    }
    let app = App::open(config).await?;
    if args.demo {
        let now = app.store.clock().now();
        demo::calendar::provide(&app, now, now).await?;
    } else {
        setup::first_start(&app).await?;
    }
    let stopping = CancellationToken::new();
    let supervisor = Supervisor::new(stopping.clone());
    workers::start(&app, &supervisor);
    let router = api::router(&app, &supervisor).map_err(io::Error::from)?;
    stop_on_signal(stopping.clone())?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    say(format!("OneDoor is ready at {scheme}://{}", listener.local_addr()?));
    listen::run(listener, tls, router, &app.config.limits, stopping).await;
    supervisor.ended().await;
    tracing::info!("stopped");
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|why| match why.kind() {
        io::ErrorKind::AddrInUse => Failure::said(format!(
            "{address} is in use by another program; choose another with --listen or ONEDOOR_LISTEN"
        )),
        _ => Failure::said(format!("cannot listen on {address}: {why}")),
    })
}

/// SIGTERM and Ctrl-C begin an orderly stop; a second one ends at once.
fn stop_on_signal(stopping: CancellationToken) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! { _ = terminate.recv() => {} _ = interrupt.recv() => {} }
        tracing::info!("stopping");
        stopping.cancel();
        tokio::select! { _ = terminate.recv() => {} _ = interrupt.recv() => {} }
        std::process::exit(130);
    });
    Ok(())
}

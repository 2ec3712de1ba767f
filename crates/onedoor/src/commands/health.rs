//! `onedoor healthcheck`.

use crate::{Config, Failure, cli::HealthArgs, out::say};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const PATIENCE: Duration = Duration::from_secs(5);

/// Asks `/readyz`. With TLS on it only sees that the port accepts connections.
pub(super) async fn run(config: &Config, args: &HealthArgs) -> Result<(), Failure> {
    let address: SocketAddr = match &args.listen {
        Some(text) => {
            text.parse().map_err(|_| Failure::said(format!("`{text}` is not an address and port")))?
        }
        None => config.listen,
    };
    let answer = tokio::time::timeout(PATIENCE, ask(address, config.tls.is_some())).await;
    match answer {
        Err(_) => Err(Failure::said(format!("{address} does not answer"))),
        Ok(Err(why)) => Err(Failure::said(format!("{address}: {why}"))),
        Ok(Ok(answer)) if answer.starts_with("HTTP/1.1 200") => {
            say("ready");
            Ok(())
        }
        Ok(Ok(answer)) => Err(Failure::said(answer.lines().last().unwrap_or("not ready").to_owned())),
    }
}

async fn ask(address: SocketAddr, tls: bool) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    if tls {
        return Ok("HTTP/1.1 200".to_owned());
    }
    stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

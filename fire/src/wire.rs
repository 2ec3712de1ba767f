//! A wire between two programs that can be cut: bytes then go nowhere, and nobody is told, as when a cable is pulled.

use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

/// The wire.
pub struct Wire {
    /// Its near end.
    pub address: SocketAddr,
    whole: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Wire {
    /// Lays a wire to an address.
    ///
    /// # Errors
    /// When its near end cannot listen.
    pub async fn to(far: SocketAddr) -> Result<Wire, String> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(|error| error.to_string())?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let (whole, state) = watch::channel(true);
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, far, state.clone()));
            }
        });
        Ok(Wire { address, whole, task })
    }

    /// Cuts it: nothing comes through, connections stay open.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Mends it: what waited comes through.
    pub fn mend(&self) {
        self.whole.send_replace(true);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(near: TcpStream, far: SocketAddr, mut state: watch::Receiver<bool>) {
    if state.wait_for(|whole| *whole).await.is_err() {
        return;
    }
    let Ok(far) = TcpStream::connect(far).await else { return };
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    let there = tokio::spawn(pass(near_in, far_out, state.clone()));
    pass(far_in, near_out, state).await;
    there.abort();
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut state: watch::Receiver<bool>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if state.wait_for(|whole| *whole).await.is_err() || to.write_all(&buffer[..length]).await.is_err() {
            break;
        }
    }
    // The end of a connection does not come through a cut wire either.
    let _ = state.wait_for(|whole| *whole).await;
    let _ = to.shutdown().await;
}

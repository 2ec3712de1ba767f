//! How nodes on one PostgreSQL hear of each other's events: the sequencer notifies (outside the writers, once for many
//! commits), and one connection per node listens. While it listens, the log is looked at seldom; when it cannot,
//! often.

use crate::{StoreError, conn::Inner, dialect::postgres, sequence::publish};
use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Notify, watch};

/// How often a node looks for what others appended while it cannot hear of it.
const DEAF: Duration = Duration::from_millis(250);
/// How often it looks while it listens: a node may have died between its commit and the sequencer.
const LISTENING: Duration = Duration::from_secs(5);
/// How often the socket is looked at. Nothing is asked of the server by that.
const SOCKET: Duration = Duration::from_millis(10);
/// Waits between attempts to connect: the first and the longest.
const RECONNECT: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// What a node knows about its ear.
#[derive(Default)]
pub(crate) struct Ear {
    listening: AtomicBool,
    /// A test's own time between two looks, in milliseconds; 0 for none.
    poll: AtomicU64,
}

impl Ear {
    /// How long the sequencer may wait before it looks by itself.
    pub(crate) fn poll(&self) -> Duration {
        match self.poll.load(Ordering::Relaxed) {
            0 if self.is_listening() => LISTENING,
            0 => DEAF,
            set => Duration::from_millis(set),
        }
    }

    /// Whether the node hears of other nodes' events.
    pub(crate) fn is_listening(&self) -> bool {
        self.listening.load(Ordering::Relaxed)
    }

    #[cfg(feature = "testkit")]
    pub(crate) fn set_poll(&self, poll: Duration) {
        self.poll.store(u64::try_from(poll.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// Listens on a thread of its own until the store is closed.
pub(crate) fn start(inner: &Arc<Inner>, url: String) -> Result<(), StoreError> {
    let listener = Listener {
        url,
        inner: Arc::downgrade(inner),
        ear: Arc::clone(&inner.ear),
        positions: inner.positions.clone(),
        appended: Arc::clone(&inner.appended),
    };
    std::thread::Builder::new().name("store-listener".into()).spawn(move || listener.run())?;
    Ok(())
}

struct Listener {
    url: String,
    /// Never held: the store closes when its users are done.
    inner: Weak<Inner>,
    ear: Arc<Ear>,
    positions: watch::Sender<i64>,
    appended: Arc<Notify>,
}

impl Listener {
    fn run(&self) {
        let mut wait = RECONNECT.0;
        while self.is_wanted() {
            let Err(error) = self.listen() else { return };
            if self.ear.listening.swap(false, Ordering::Relaxed) {
                wait = RECONNECT.0;
            }
            tracing::warn!(%error, "the connection that hears of other nodes' events is lost; the log is polled meanwhile");
            self.appended.notify_one();
            std::thread::sleep(wait);
            wait = (wait * 2).min(RECONNECT.1);
        }
    }

    fn listen(&self) -> Result<(), StoreError> {
        let mut conn = postgres::open(&self.url)?;
        postgres::listen(&mut conn)?;
        self.ear.listening.store(true, Ordering::Relaxed);
        // What was said while nobody listened.
        self.appended.notify_one();
        while self.is_wanted() {
            if let Some(last) = postgres::heard(&mut conn)? {
                publish(&self.positions, last);
            }
            std::thread::sleep(SOCKET);
        }
        Ok(())
    }

    fn is_wanted(&self) -> bool {
        self.inner.strong_count() > 0
    }
}

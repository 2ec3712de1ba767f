//! Somebody who listens to live changes, goes on elsewhere when the server dies, and must not have missed anything.

use crate::life::Cast;
use http_body_util::BodyExt as _;
use onedoor_bench::http::{connect, live_request};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::task::JoinHandle;

/// What was heard.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// The last version of every case that was told.
    pub cases: BTreeMap<i64, i64>,
    /// The last position.
    pub last: Option<String>,
    /// How often it had to come again.
    pub again: u32,
    /// How often it was told that too much was missed.
    pub resets: u32,
    /// Refusals.
    pub refused: u32,
}

/// A listener.
pub struct Ear {
    heard: Arc<Mutex<Heard>>,
    task: JoinHandle<()>,
}

impl Ear {
    /// Listens at the first address, and at the next when that falls silent.
    #[must_use]
    pub fn open(addresses: Vec<SocketAddr>, cast: &Cast) -> Ear {
        let heard = Arc::new(Mutex::new(Heard::default()));
        let (session, kept) = (cast.session(crate::life::DISPATCHER), Arc::clone(&heard));
        let task = tokio::spawn(async move {
            for turn in 0.. {
                let address = addresses[turn % addresses.len()];
                let _ = listen(address, &session, &kept).await;
                lock(&kept).again += 1;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        Ear { heard, task }
    }

    /// What was heard by now.
    #[must_use]
    pub fn heard(&self) -> Heard {
        lock(&self.heard).clone()
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn listen(
    address: SocketAddr,
    session: &onedoor_bench::http::Session,
    heard: &Mutex<Heard>,
) -> Result<(), String> {
    let mut sender = connect(address).await?;
    let mut request = live_request(address, session)?;
    let last = lock(heard).last.clone();
    if let Some(last) = last {
        let value = last.parse().map_err(|_| "a position that is none")?;
        request.headers_mut().insert("last-event-id", value);
    }
    let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
    if !response.status().is_success() {
        lock(heard).refused += 1;
        return Err(response.status().to_string());
    }
    let mut body = response.into_body();
    let mut text = String::new();
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(bytes) = frame.into_data() else { continue };
        text.push_str(&String::from_utf8_lossy(&bytes));
        while let Some(end) = text.find("\n\n") {
            take(&text[..end], &mut lock(heard));
            text.drain(..end + 2);
        }
    }
    Ok(())
}

/// Takes one message in; what is cut off in the middle is not counted, and is told again.
fn take(message: &str, heard: &mut Heard) {
    let field = |name: &str| {
        message.lines().find_map(|line| line.strip_prefix(name)).map(|rest| rest.trim_start_matches(": "))
    };
    let Some(id) = field("id") else { return };
    match field("event") {
        Some("reset") => heard.resets += 1,
        Some("changes") => {
            let data: serde_json::Value =
                serde_json::from_str(field("data").unwrap_or("")).unwrap_or_default();
            for change in data["changes"].as_array().into_iter().flatten() {
                let case = change["case_id"].as_str().and_then(|id| id.parse().ok());
                if let (Some(case), Some(version)) = (case, change["version"].as_i64()) {
                    let known: &mut i64 = heard.cases.entry(case).or_default();
                    *known = version.max(*known);
                }
            }
        }
        _ => {}
    }
    heard.last = Some(id.to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_taken_as_they_are_written() {
        let mut heard = Heard::default();
        take("event: hello\nid: 7\ndata: {}", &mut heard);
        assert_eq!(heard.last.as_deref(), Some("7"));
        let change =
            r#"{"position":"9","changes":[{"case_id":"12","version":3},{"case_id":"13","version":1}]}"#;
        take(&format!("event: changes\nid: 9\ndata: {change}"), &mut heard);
        assert_eq!(heard.last.as_deref(), Some("9"));
        assert_eq!(heard.cases, BTreeMap::from([(12, 3), (13, 1)]));
        take(": alive", &mut heard);
        assert_eq!((heard.last.as_deref(), heard.resets), (Some("9"), 0));
    }
}

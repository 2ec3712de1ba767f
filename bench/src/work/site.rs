//! Where a workload runs: the server, its county, and people signed in to it.

use crate::{
    county::{Ground, PASSWORD, VILLAGE_CLERK, Writer},
    http::{Client, Session},
};
use onedoor::demo::dice::Dice;
use people::Role;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// A running server with sessions.
pub struct Site {
    /// Where it listens.
    pub address: SocketAddr,
    /// The county.
    pub ground: Arc<Ground>,
    /// Sessions of the centre by role.
    pub centre: BTreeMap<Role, Vec<Session>>,
    /// The busiest village's clerk.
    pub village_clerk: Session,
    /// Who handles for a unit.
    pub units: Vec<(i64, Session)>,
    /// Makes every worker's chance its own, in every run.
    seeds: AtomicU64,
}

/// Roles at the centre that workloads act in.
const ROLES: [Role; 6] =
    [Role::Clerk, Role::Operator, Role::Steward, Role::Dispatcher, Role::Supervisor, Role::Leader];
/// Units that handle the driver's matters.
const UNITS: usize = 12;

impl Site {
    /// Signs everybody in.
    ///
    /// # Errors
    /// In words.
    pub async fn enter(address: SocketAddr, ground: Arc<Ground>, seed: u64) -> Result<Site, String> {
        let mut client = Client::new(address);
        let mut centre = BTreeMap::new();
        for role in ROLES {
            let mut sessions = Vec::new();
            for login in ground.logins(role) {
                sessions.push(client.sign_in(&login, PASSWORD).await?);
            }
            if sessions.is_empty() {
                return Err(format!("nobody holds the role {}", role.as_str()));
            }
            centre.insert(role, sessions);
        }
        let mut units = Vec::new();
        for (unit, login) in ground.unit_logins().into_iter().take(UNITS) {
            units.push((unit, client.sign_in(&login, PASSWORD).await?));
        }
        let village_clerk = client.sign_in(VILLAGE_CLERK, PASSWORD).await?;
        Ok(Site { address, ground, centre, village_clerk, units, seeds: AtomicU64::new(seed) })
    }

    /// A session of a role; `turn` spreads the work over those who hold it.
    #[must_use]
    pub fn someone(&self, role: Role, turn: usize) -> Session {
        let held = &self.centre[&role];
        held[turn % held.len()].clone()
    }

    /// A seed that nobody else has.
    pub fn seed(&self) -> u64 {
        self.seeds.fetch_add(1, Ordering::Relaxed)
    }

    /// Dice of their own.
    pub fn dice(&self) -> Dice {
        Dice::new(self.seed(), 3)
    }

    /// Somebody who writes matters.
    ///
    /// # Errors
    /// When the shipped names cannot be read.
    pub fn writer(&self) -> Result<Writer, String> {
        Writer::new(Arc::clone(&self.ground), self.seed())
    }

    /// A connection of its own.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }
}

//! Who acts.

use crate::{Permission, Role, UnitKind, UnitTree};
use std::collections::BTreeSet;

/// Whoever causes a command.
#[derive(Clone, Debug)]
pub enum Actor {
    /// The product itself: clocks, retention, imports.
    System,
    /// A person at the portal, known by a case's check code only.
    Citizen,
    /// Somebody signed in.
    Account(AccountActor),
}

/// A role as it is held now (expired grants are left out).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// The unit it is held for: the account's own unless the grant names one.
    pub unit_id: i64,
    /// The area it is held for, if one.
    pub area_id: Option<i64>,
    /// Whether that unit is the county centre.
    pub centre: bool,
}

/// An account with everything that decides what it may do and see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountActor {
    /// The account.
    pub account_id: i64,
    /// The unit it belongs to.
    pub unit_id: i64,
    /// The person's name.
    pub name: String,
    /// The roles held.
    pub grants: Vec<Grant>,
    /// What the roles allow, narrowed by an API token's scopes.
    pub permissions: BTreeSet<Permission>,
    /// The units that roles are held for, and all units below them.
    pub reach: BTreeSet<i64>,
    /// The units it belongs to or holds roles for, and all units above them.
    pub lineage: BTreeSet<i64>,
}

impl AccountActor {
    /// Puts an actor together from an account's grants: (role, unit, area), a missing unit meaning its own.
    pub fn new(
        account_id: i64,
        unit_id: i64,
        name: impl Into<String>,
        held: &[(Role, Option<i64>, Option<i64>)],
        tree: &UnitTree,
    ) -> AccountActor {
        let grants: Vec<Grant> = held
            .iter()
            .map(|&(role, unit, area_id)| {
                let unit_id = unit.unwrap_or(unit_id);
                let centre = tree.get(unit_id).is_some_and(|node| node.kind == UnitKind::Centre);
                Grant { role, unit_id, area_id, centre }
            })
            .collect();
        let mut permissions = BTreeSet::from([Permission::SessionOwn, Permission::SessionUse]);
        let mut reach = BTreeSet::new();
        let mut lineage = tree.lineage(unit_id);
        for grant in &grants {
            permissions.extend(grant.role.permissions());
            lineage.extend(tree.lineage(grant.unit_id));
            if !grant.role.is_administrator() && grant.area_id.is_none() {
                reach.extend(tree.family(grant.unit_id));
            }
        }
        AccountActor { account_id, unit_id, name: name.into(), grants, permissions, reach, lineage }
    }

    /// Whether any of its roles allows it.
    pub fn can(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// Whether it may do this for the unit: a role that allows it is held for exactly that unit.
    pub fn can_for(&self, permission: Permission, unit_id: i64) -> bool {
        self.units_for(permission).contains(&unit_id)
    }

    /// The units for which it may do this. A role held for an area counts for its unit here: what such a role sees
    /// is narrowed to the area by [`crate::scope`], and a duty of the unit is done on a case that is seen.
    pub fn units_for(&self, permission: Permission) -> BTreeSet<i64> {
        if !self.can(permission) {
            return BTreeSet::new();
        }
        self.grants
            .iter()
            .filter(|grant| grant.role.permissions().contains(&permission))
            .map(|grant| grant.unit_id)
            .collect()
    }

    /// Whether it may do this for the whole county: a role that allows it is held at the centre, and not for one
    /// area only.
    pub fn can_at_centre(&self, permission: Permission) -> bool {
        let county = |grant: &&Grant| grant.centre && grant.area_id.is_none();
        self.can(permission)
            && self.grants.iter().filter(county).any(|grant| grant.role.permissions().contains(&permission))
    }

    /// The distinct roles, in the order of the table.
    pub fn roles(&self) -> Vec<Role> {
        let roles: BTreeSet<Role> = self.grants.iter().map(|grant| grant.role).collect();
        roles.into_iter().collect()
    }
}

impl Actor {
    /// The account, for events and logs.
    pub fn account_id(&self) -> Option<i64> {
        self.account().map(|account| account.account_id)
    }

    /// The unit it acts for.
    pub fn unit_id(&self) -> Option<i64> {
        self.account().map(|account| account.unit_id)
    }

    /// The account actor, if it is one.
    pub fn account(&self) -> Option<&AccountActor> {
        match self {
            Actor::Account(account) => Some(account),
            Actor::System | Actor::Citizen => None,
        }
    }

    /// Whether it may do this: the system may do everything, a citizen nothing that needs a permission.
    pub fn can(&self, permission: Permission) -> bool {
        match self {
            Actor::System => true,
            Actor::Citizen => false,
            Actor::Account(account) => account.can(permission),
        }
    }
}

impl From<AccountActor> for Actor {
    fn from(account: AccountActor) -> Actor {
        Actor::Account(account)
    }
}

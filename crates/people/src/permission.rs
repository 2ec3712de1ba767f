//! What may be done, and which role may do it. One table; routes, commands and the tests all read it.

use serde::{Deserialize, Serialize};

/// Defines an enum of words with its list, its stable text and the way back.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// Every value, in the order of the table.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The stable word, as in JSON, the database and the OpenAPI document.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            /// Reads the stable word.
            pub fn parse(word: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|value| value.as_str() == word)
            }
        }

        // By hand: the derive does not see a rename that a macro passes on.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some($name::ALL.iter().map(|value| value.as_str())))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use words;

words! {
    /// One thing that may be done. Every route names one or says `public`.
    Permission {
        /// Manage one's own session, password and second factor; held even by a half-signed-in session.
        SessionOwn = "session.own",
        /// Be signed in completely: read the directory of units, areas, the catalogue. Every role holds it.
        SessionUse = "session.use",
        /// Register a matter.
        CaseRegister = "case.register",
        /// Read cases within one's scope.
        CaseRead = "case.read",
        /// Clean: verify, classify, locate.
        CaseVerify = "case.verify",
        /// Merge duplicates and take a merge apart.
        CaseMerge = "case.merge",
        /// Dispatch, redispatch, name co-handlers.
        CaseDispatch = "case.dispatch",
        /// Decide return, extension and suspension requests, and whistles.
        CaseDecide = "case.decide",
        /// Sign for, arrive, handle, answer, ask to return or extend, for one's own unit.
        CaseHandle = "case.handle",
        /// Blow the whistle for one's own town or village.
        CaseWhistle = "case.whistle",
        /// Check a reply (never one's own).
        CaseReview = "case.review",
        /// Call the person back and write down what they said.
        CaseCallback = "case.callback",
        /// Close, or end without a reply where the table allows it.
        CaseClose = "case.close",
        /// Reopen for the person.
        CaseReopen = "case.reopen",
        /// Archive by a review decision.
        CaseArchive = "case.archive",
        /// Supervision orders, cards, legal holds.
        CaseSupervise = "case.supervise",
        /// Change a case's confidentiality.
        CaseSeal = "case.seal",
        /// See a reporter's details in clear, with a purpose.
        CaseUnmask = "case.unmask",
        /// Export what a list shows.
        CaseExport = "case.export",
        /// Attach files.
        CaseAttach = "case.attach",
        /// Look a person up across cases by the full number, with a purpose.
        PersonLookup = "person.lookup",
        /// Erase a person's details (a rights request).
        PersonErase = "person.erase",
        /// Read the lists of what is late or about to be.
        SupervisionRead = "supervision.read",
        /// Read the overview figures.
        OverviewRead = "overview.read",
        /// Create, change and retire units.
        UnitManage = "unit.manage",
        /// Create and change accounts (never their roles).
        AccountManage = "account.manage",
        /// Change areas, grids and their posts.
        TerritoryManage = "territory.manage",
        /// Publish deadline rules, routing rules, calendars and the catalogue.
        RulesManage = "rules.manage",
        /// Change settings.
        SettingsManage = "settings.manage",
        /// Give and take roles.
        RoleGrant = "role.grant",
        /// Disable, enable and unlock accounts, reset passwords and second factors.
        AccountSecure = "account.secure",
        /// See and revoke everybody's API tokens.
        TokenManage = "token.manage",
        /// Read the access log.
        AuditRead = "audit.read",
        /// Export the access log.
        AuditExport = "audit.export",
        /// Verify the event log and export tree heads.
        LogVerify = "log.verify",
    }
}

words! {
    /// A duty that an account holds for a unit or an area.
    Role {
        /// 窗口接待员: registers walk-ins.
        Clerk = "clerk",
        /// 话务员: registers calls, calls back.
        Operator = "operator",
        /// 数据清洗员: verifies, classifies, merges, reviews.
        Steward = "steward",
        /// 调度员: dispatches and decides requests.
        Dispatcher = "dispatcher",
        /// 联络员: a unit's hands on its work orders.
        Liaison = "liaison",
        /// 督查员: supervises and reviews.
        Supervisor = "supervisor",
        /// 领导: reads, receives, oversees.
        Leader = "leader",
        /// 网格员: reports and handles in a grid.
        GridWorker = "grid_worker",
        /// 调解员: handles disputes.
        Mediator = "mediator",
        /// 系统管理员: units, accounts, rules, areas. Sees no case.
        SystemAdmin = "system_admin",
        /// 安全管理员: roles, locks, second factors, tokens. Sees no case.
        SecurityAdmin = "security_admin",
        /// 审计管理员: the access log. Sees no case.
        AuditAdmin = "audit_admin",
    }
}

/// Which role may do what.
mod table {
    use super::Permission as P;

    /// Window clerks and hotline operators do the same in two places.
    pub(super) const COUNTER: &[P] =
        &[P::CaseRegister, P::CaseRead, P::CaseCallback, P::CaseReopen, P::CaseUnmask, P::CaseAttach];
    pub(super) const STEWARD: &[P] = &[
        P::CaseRegister,
        P::CaseRead,
        P::CaseVerify,
        P::CaseMerge,
        P::CaseReview,
        P::CaseSeal,
        P::CaseUnmask,
        P::CaseAttach,
        P::PersonLookup,
        P::OverviewRead,
    ];
    pub(super) const DISPATCHER: &[P] = &[
        P::CaseRegister,
        P::CaseRead,
        P::CaseMerge,
        P::CaseDispatch,
        P::CaseDecide,
        P::CaseClose,
        P::CaseReopen,
        P::CaseSeal,
        P::CaseUnmask,
        P::CaseAttach,
        P::SupervisionRead,
        P::OverviewRead,
    ];
    pub(super) const LIAISON: &[P] = &[
        P::CaseRegister,
        P::CaseRead,
        P::CaseHandle,
        P::CaseWhistle,
        P::CaseUnmask,
        P::CaseAttach,
        P::SupervisionRead,
    ];
    pub(super) const SUPERVISOR: &[P] = &[
        P::CaseRead,
        P::CaseReview,
        P::CaseClose,
        P::CaseReopen,
        P::CaseArchive,
        P::CaseSupervise,
        P::CaseUnmask,
        P::CaseExport,
        P::CaseAttach,
        P::PersonLookup,
        P::PersonErase,
        P::SupervisionRead,
        P::OverviewRead,
    ];
    pub(super) const LEADER: &[P] = &[P::CaseRegister, P::CaseRead, P::SupervisionRead, P::OverviewRead];
    pub(super) const GRID_WORKER: &[P] = &[P::CaseRegister, P::CaseRead, P::CaseHandle, P::CaseAttach];
    pub(super) const MEDIATOR: &[P] =
        &[P::CaseRegister, P::CaseRead, P::CaseHandle, P::CaseUnmask, P::CaseAttach];
    pub(super) const SYSTEM_ADMIN: &[P] =
        &[P::UnitManage, P::AccountManage, P::TerritoryManage, P::RulesManage, P::SettingsManage];
    pub(super) const SECURITY_ADMIN: &[P] = &[P::RoleGrant, P::AccountSecure, P::TokenManage];
    pub(super) const AUDIT_ADMIN: &[P] = &[P::AuditRead, P::AuditExport, P::LogVerify];
}

impl Role {
    /// What the role may do. The three administrators share nothing with each other and hold no `case.*`
    /// (GB/T 22239-2019, 8.1.4–8.1.5: least privilege, separated administrators).
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Role::Clerk | Role::Operator => table::COUNTER,
            Role::Steward => table::STEWARD,
            Role::Dispatcher => table::DISPATCHER,
            Role::Liaison => table::LIAISON,
            Role::Supervisor => table::SUPERVISOR,
            Role::Leader => table::LEADER,
            Role::GridWorker => table::GRID_WORKER,
            Role::Mediator => table::MEDIATOR,
            Role::SystemAdmin => table::SYSTEM_ADMIN,
            Role::SecurityAdmin => table::SECURITY_ADMIN,
            Role::AuditAdmin => table::AUDIT_ADMIN,
        }
    }

    /// Whether it is one of the three separated administrators: such an account holds no other role.
    pub const fn is_administrator(self) -> bool {
        matches!(self, Role::SystemAdmin | Role::SecurityAdmin | Role::AuditAdmin)
    }

    /// Whether the role answers for a unit's work, so that the unit's sealed cases are open to it.
    pub const fn is_duty(self) -> bool {
        match self {
            Role::Steward
            | Role::Dispatcher
            | Role::Liaison
            | Role::Supervisor
            | Role::Leader
            | Role::Mediator => true,
            Role::Clerk
            | Role::Operator
            | Role::GridWorker
            | Role::SystemAdmin
            | Role::SecurityAdmin
            | Role::AuditAdmin => false,
        }
    }

    /// Whether the role, held at the centre, sees restricted cases of every unit.
    pub const fn is_centre_duty(self) -> bool {
        matches!(self, Role::Steward | Role::Dispatcher | Role::Supervisor)
    }
}

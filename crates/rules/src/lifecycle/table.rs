//! The form of the two tables: what a row says, and the words it says it with.

use super::words::{CaseAction, CaseState, ClockKind, Ending, OrderAction, OrderState, Power};

/// Who may take a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Whoever has this power.
    Any(Power),
    /// Who handles for the host unit.
    Host,
    /// Who handles for a co-handler.
    CoHandler,
}

/// What selects among rows of the same action and state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// The actor acts for the host.
    AsHost,
    /// The actor acts for a co-handler.
    AsCoHandler,
    /// The last host still exists and may take it again.
    HostKnown,
    /// It does not.
    HostUnknown,
}

/// What must be so for a row to be taken; each refuses with its own code ([`super::guards`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each guard is explained where it is checked")]
pub enum Guard {
    HostMayTake,
    UnitsMayHelp,
    NotYetIn,
    CoHandlerThere,
    CoHandlersDone,
    NoReturnPending,
    ReturnPending,
    NotDesignated,
    NoReturnRefused,
    NotSuspended,
    Suspended,
    NoExtensionPending,
    ExtensionPending,
    ExtensionsLeft,
    NotOverdue,
    PersonTold,
    NotAsker,
    NotHandler,
    NotDispatcher,
    ReporterHasContact,
    SomebodyNotContent,
    ReasonIfNotContent,
    InReopenWindow,
    ReopenWindowOver,
    SoleReporter,
    MergeFits,
    MergeTargetOpen,
    NotSameCase,
    NoWhistlePending,
    WhistlePending,
    WhistledFor,
    NoSupervisionPending,
    SupervisionPending,
    NotEscalated,
    UnitAbove,
    NotHeld,
    Held,
}

/// Where a row leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// The state stays.
    Stay,
    /// This state.
    State(CaseState),
    /// This state, in a new round.
    NextRound(CaseState),
}

/// Who answers for the case from then on. First-recipient responsibility (首接负责): whoever had it stays answerable
/// until the next owner has it, so a host becomes owner by signing, not by being named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// As before.
    Keep,
    /// The unit that registers (first-asked responsibility, 首问负责).
    FirstAsked,
    /// The county centre.
    Centre,
    /// The host unit.
    Host,
}

/// What happens to work orders; each is a step in the order table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderEffect {
    /// Orders are made for the proposed host and co-handlers.
    OpenProposed,
    /// An order is made for the last host again.
    OpenLastHost,
    /// An order is made for one more co-handler.
    OpenCoHandler,
    /// The acting unit's order.
    Mine(OrderAction),
    /// The host's order.
    Host(OrderAction),
    /// Every live co-handler's order.
    CoHandlers(OrderAction),
    /// The named co-handler's order.
    Named(OrderAction),
}

/// What happens to the case's own clocks. The clocks of units (sign, arrive, resolve) follow the order table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Starts one.
    Start(ClockKind),
    /// Stops it.
    Stop(ClockKind),
    /// Pauses the host's.
    PauseHost(ClockKind),
    /// Runs the host's on with what was left.
    ResumeHost(ClockKind),
    /// Moves the host's to the granted date.
    ExtendHost(ClockKind),
    /// Moves it: started anew from now.
    Renew(ClockKind),
    /// Pauses every unit's clocks.
    PauseWork,
    /// Runs them on with what was left.
    ResumeWork,
    /// Stops all.
    StopAll,
}

/// A row of the case table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRule {
    /// The action.
    pub action: CaseAction,
    /// From which states; none for the beginning.
    pub from: Vec<CaseState>,
    /// What selects the row.
    pub when: When,
    /// Where it leads.
    pub to: To,
    /// Who may.
    pub by: Vec<By>,
    /// What must be so.
    pub needs: Vec<Guard>,
    /// What happens to orders.
    pub orders: Vec<OrderEffect>,
    /// Who answers from then on.
    pub owner: Owner,
    /// What happens to clocks.
    pub clocks: Vec<Effect>,
    /// Ways of ending: the first whose evidence is complete is taken; none for a row that does not end.
    pub ends: Vec<Ending>,
}

impl CaseRule {
    pub(super) fn new(action: CaseAction, from: &[CaseState], to: To, by: &[By]) -> Self {
        Self {
            action,
            from: from.to_vec(),
            when: When::Always,
            to,
            by: by.to_vec(),
            needs: Vec::new(),
            orders: Vec::new(),
            owner: Owner::Keep,
            clocks: Vec::new(),
            ends: Vec::new(),
        }
    }

    pub(super) fn when(self, when: When) -> Self {
        Self { when, ..self }
    }

    pub(super) fn needs(self, needs: &[Guard]) -> Self {
        Self { needs: needs.to_vec(), ..self }
    }

    pub(super) fn orders(self, orders: &[OrderEffect]) -> Self {
        Self { orders: orders.to_vec(), ..self }
    }

    pub(super) fn owner(self, owner: Owner) -> Self {
        Self { owner, ..self }
    }

    pub(super) fn clocks(self, clocks: &[Effect]) -> Self {
        Self { clocks: clocks.to_vec(), ..self }
    }

    pub(super) fn ends(self, ends: &[Ending]) -> Self {
        Self { ends: ends.to_vec(), ..self }
    }
}

/// A row of the order table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRule {
    /// The action.
    pub action: OrderAction,
    /// From which states.
    pub from: Vec<OrderState>,
    /// To which.
    pub to: OrderState,
    /// What happens to the order's own clocks.
    pub clocks: Vec<OrderClock>,
}

/// What happens to an order's clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderClock {
    /// Stops this one.
    Stop(ClockKind),
    /// Pauses it.
    Pause(ClockKind),
    /// Runs it on.
    Resume(ClockKind),
    /// Stops all of the order.
    StopAll,
}

/// Both tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tables {
    /// The case table.
    pub cases: Vec<CaseRule>,
    /// The order table.
    pub orders: Vec<OrderRule>,
}

impl Tables {
    /// The tables as shipped.
    #[must_use]
    pub fn shipped() -> &'static Self {
        static SHIPPED: std::sync::LazyLock<Tables> = std::sync::LazyLock::new(|| Tables {
            cases: super::case_table::rows(),
            orders: super::order_table::rows(),
        });
        &SHIPPED
    }
}

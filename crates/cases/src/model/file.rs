//! The case as a command holds it: its row and everything that hangs on it, as far as the rules look.

use super::{CaseRow, OverlayRow, ReplyRow, ReporterRow, RoundRow, WhistleRow, WhistleUnitRow, WorkOrderRow};
use crate::CaseError;
use diesel::prelude::*;
use rules::{
    lifecycle::{CaseState, ClockKind, OrderState, OverlayKind, Part},
    words::{CaseKind, Channel, Confidentiality, ResolutionClass, Urgency},
};
use store::{
    Conn, StoreError, Tx,
    clocks::ClockRow,
    schema::{case_rounds, cases, overlays, replies, reporters, whistle_units, whistles, work_orders},
};

/// Reads a stored word; one that the code does not know is a corrupt row.
pub(crate) fn word<T>(
    what: &'static str,
    text: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, CaseError> {
    parse(text).ok_or_else(|| CaseError::Store(StoreError::Corrupt { what, detail: text.to_owned() }))
}

/// A case with what hangs on it.
pub(crate) struct File {
    pub(crate) case: CaseRow,
    pub(crate) orders: Vec<WorkOrderRow>,
    pub(crate) overlays: Vec<OverlayRow>,
    pub(crate) reporters: Vec<ReporterRow>,
    /// Replies of the present round, once there can be any.
    pub(crate) replies: Vec<ReplyRow>,
    pub(crate) whistles: Vec<WhistleRow>,
    pub(crate) whistle_units: Vec<WhistleUnitRow>,
    /// Running and paused clocks.
    pub(crate) clocks: Vec<ClockRow>,
    /// Rounds that are over, oldest first.
    pub(crate) rounds: Vec<RoundRow>,
}

impl File {
    /// Locks the case and loads it.
    pub(crate) fn load(tx: &mut Tx<'_>, id: i64) -> Result<File, CaseError> {
        match tx.lock_row("cases", id) {
            Err(StoreError::NotFound(_)) => return Err(CaseError::NotFound),
            other => other?,
        }
        let clocks = tx.open_clocks(id)?;
        File::read(tx.conn(), id, clocks)
    }

    /// Looks at a case without locking it; its clocks are left out.
    pub(crate) fn look(conn: &mut Conn, id: i64) -> Result<File, CaseError> {
        File::read(conn, id, Vec::new())
    }

    fn read(conn: &mut Conn, id: i64, clocks: Vec<ClockRow>) -> Result<File, CaseError> {
        // Every command reads this: on the engine's own connection, where no statement is written anew.
        let (case, orders, replies) = store::native!(conn, |conn| {
            let case = cases::table.find(id).select(CaseRow::as_select()).first(conn).optional()?;
            let case: CaseRow = case.ok_or(CaseError::NotFound)?;
            let orders = work_orders::table.filter(work_orders::case_id.eq(id)).order(work_orders::id);
            let replies = replies::table
                .filter(replies::case_id.eq(id).and(replies::round.eq(case.round)))
                .order(replies::id);
            if case.dispatched_at.is_some() {
                let orders = orders.select(WorkOrderRow::as_select()).load(conn)?;
                (case, orders, replies.select(ReplyRow::as_select()).load(conn)?)
            } else {
                (case, Vec::new(), Vec::new())
            }
        });
        let (overlays, reporters, whistles): (_, _, Vec<WhistleRow>) = store::native!(conn, |conn| {
            let overlays = overlays::table.filter(overlays::case_id.eq(id)).order(overlays::id);
            let reporters = reporters::table.filter(reporters::case_id.eq(id)).order(reporters::id);
            let whistles = whistles::table.filter(whistles::case_id.eq(id)).order(whistles::id);
            (
                overlays.select(OverlayRow::as_select()).load(conn)?,
                reporters.select(ReporterRow::as_select()).load(conn)?,
                whistles.select(WhistleRow::as_select()).load(conn)?,
            )
        });
        let mut whistle_units = Vec::new();
        if !whistles.is_empty() {
            let ids: Vec<i64> = whistles.iter().map(|whistle| whistle.id).collect();
            whistle_units = whistle_units::table
                .filter(whistle_units::whistle_id.eq_any(ids))
                .select(WhistleUnitRow::as_select())
                .load(conn)?;
        }
        let mut rounds = Vec::new();
        if case.round > 1 {
            rounds = case_rounds::table
                .filter(case_rounds::case_id.eq(id))
                .order(case_rounds::round)
                .select(RoundRow::as_select())
                .load(conn)?;
        }
        Ok(File { case, orders, overlays, reporters, replies, whistles, whistle_units, clocks, rounds })
    }

    pub(crate) fn state(&self) -> Result<CaseState, CaseError> {
        word("case state", &self.case.state, CaseState::parse)
    }

    pub(crate) fn kind(&self) -> Result<CaseKind, CaseError> {
        word("case kind", &self.case.kind, |text| CaseKind::parse(text).ok())
    }

    pub(crate) fn channel(&self) -> Result<Channel, CaseError> {
        word("channel", &self.case.channel, |text| Channel::parse(text).ok())
    }

    pub(crate) fn urgency(&self) -> Result<Urgency, CaseError> {
        word("urgency", &self.case.urgency, |text| Urgency::parse(text).ok())
    }

    pub(crate) fn class(&self) -> Result<ResolutionClass, CaseError> {
        word("resolution class", &self.case.resolution_class, |text| ResolutionClass::parse(text).ok())
    }

    pub(crate) fn confidentiality(&self) -> Result<Confidentiality, CaseError> {
        word("confidentiality", &self.case.confidentiality, |text| Confidentiality::parse(text).ok())
    }

    /// Whether nobody but the units concerned may know: sealed, or a report of wrongdoing.
    pub(crate) fn is_secret(&self) -> bool {
        self.case.confidentiality == Confidentiality::Sealed.as_str()
            || self.case.kind == CaseKind::WrongdoingReport.as_str()
    }

    /// The live order of the host.
    pub(crate) fn host_order(&self) -> Option<&WorkOrderRow> {
        self.orders.iter().find(|order| order.open && order.part == Part::Host.as_str())
    }

    pub(crate) fn order(&self, id: i64) -> Option<&WorkOrderRow> {
        self.orders.iter().find(|order| order.id == id)
    }

    pub(crate) fn order_state(order: &WorkOrderRow) -> Result<OrderState, CaseError> {
        word("order state", &order.state, OrderState::parse)
    }

    /// Kinds of the open overlays.
    pub(crate) fn open_overlays(&self) -> Result<Vec<OverlayKind>, CaseError> {
        let open = self.overlays.iter().filter(|overlay| overlay.state == OPEN);
        open.map(|overlay| word("overlay", &overlay.kind, OverlayKind::parse)).collect()
    }

    pub(crate) fn open_overlay(&self, kind: OverlayKind) -> Option<&OverlayRow> {
        self.overlays.iter().rev().find(|overlay| overlay.state == OPEN && overlay.kind == kind.as_str())
    }

    pub(crate) fn open_whistle(&self) -> Option<&WhistleRow> {
        self.whistles.iter().find(|whistle| whistle.state == OPEN)
    }

    /// An open clock of this kind, of an order or (`None`) of the case.
    pub(crate) fn clock(&self, kind: ClockKind, order: Option<i64>) -> Option<&ClockRow> {
        self.clocks.iter().find(|clock| clock.spec.kind == kind.as_str() && clock.spec.work_order_id == order)
    }
}

/// The state of an overlay or whistle that waits.
pub(crate) const OPEN: &str = "open";

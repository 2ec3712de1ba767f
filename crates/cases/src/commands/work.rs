//! What a command works with inside its transaction: the file, the facts, the actor, the sealed texts.

use super::{
    Cases,
    sealed::Sealed,
    tallies::{self, Counted},
};
use crate::{
    CaseError, Ctx, Done,
    model::{CaseRow, File, OPEN, ReporterRow, Units, word},
    rulebook::Rules,
};
use diesel::prelude::*;
use people::scope;
use rules::lifecycle::{
    ActorFacts, CaseAction, CaseFacts, OverlayKind, Part, Proposal, Tables, UnitFacts, may_whistle_wait,
    next_step,
};
use serde_json::{Value, json};
use store::{
    Conn, Run, Timestamp, Tx,
    events::NewEvent,
    ms,
    schema::{case_units, overlays, reporters, whistles},
    vault::SealedPart,
};

/// One command at work.
pub struct Work<'w, 'c> {
    pub(crate) tx: &'w mut Tx<'c>,
    pub(crate) ctx: &'w Ctx,
    pub(crate) rules: &'w Rules,
    pub(crate) tables: &'w Tables,
    pub(crate) sealed: &'w Sealed,
    pub(crate) units: Units,
    pub(crate) file: File,
    pub(crate) before: (CaseRow, Vec<ReporterRow>),
    pub(crate) actor: ActorFacts,
    /// The order the actor acts on, once the step is decided.
    pub(crate) mine: Option<i64>,
    /// A date that the input gives to the clock that the step starts or moves.
    pub(crate) given_due: Option<Timestamp>,
    /// What the command made.
    pub(crate) made: Option<i64>,
    pub(crate) events: Vec<i64>,
    /// Rows of the tables that were taken, for coverage.
    pub(crate) rows: Vec<Row>,
    /// Clocks that were started and have no row yet.
    pub(crate) unwritten: Vec<i64>,
}

/// Which case a command is about, and what it is judged by.
pub(crate) struct Case<'w> {
    pub(crate) id: i64,
    pub(crate) tables: &'w Tables,
    pub(crate) units: Units,
}

/// A row of one of the two tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Row {
    /// Of the case table.
    Case(usize),
    /// Of the order table.
    Order(usize),
}

impl<'w, 'c> Work<'w, 'c> {
    /// Loads a case for a command of anybody; nothing is asked about the actor's sight of it.
    pub(crate) fn on(
        tx: &'w mut Tx<'c>,
        ctx: &'w Ctx,
        rules: &'w Rules,
        sealed: &'w Sealed,
        case: Case<'w>,
    ) -> Result<Self, CaseError> {
        let file = File::load(tx, case.id)?;
        let mut work = Work::with(tx, ctx, rules, sealed, case, file);
        work.actor = super::actor::facts(work.tx.conn(), &mut work.units, &work.file, ctx)?;
        Ok(work)
    }

    /// Work on a file that is at hand.
    pub(crate) fn with(
        tx: &'w mut Tx<'c>,
        ctx: &'w Ctx,
        rules: &'w Rules,
        sealed: &'w Sealed,
        case: Case<'w>,
        file: File,
    ) -> Self {
        let before = (file.case.clone(), file.reporters.clone());
        Work {
            tx,
            ctx,
            rules,
            tables: case.tables,
            sealed,
            units: case.units,
            file,
            before,
            actor: ActorFacts::default(),
            mine: None,
            given_due: None,
            made: None,
            events: Vec::new(),
            rows: Vec::new(),
            unwritten: Vec::new(),
        }
    }

    /// Loads a case for a command; a case that the actor must not know of is not found.
    pub(crate) fn open(
        tx: &'w mut Tx<'c>,
        cases: &'w Cases,
        ctx: &'w Ctx,
        rules: &'w Rules,
        sealed: &'w Sealed,
        case_id: i64,
    ) -> Result<Self, CaseError> {
        let case = Case { id: case_id, tables: &cases.tables, units: cases.units.fresh() };
        let work = Work::on(tx, ctx, rules, sealed, case)?;
        check_sight(work.tx.conn(), ctx, &work.file)?;
        Ok(work)
    }

    /// The actor must be allowed to know of the other case too.
    pub(crate) fn check_sight_of(&mut self, other: &File) -> Result<(), CaseError> {
        check_sight(self.tx.conn(), self.ctx, other)
    }

    /// The facts as they stand now.
    pub(crate) fn facts(&mut self, proposed: &[UnitFacts]) -> Result<CaseFacts, CaseError> {
        super::facts::of(self.tx.conn(), &mut self.units, self.rules, &self.file, (self.ctx.now, proposed))
    }

    /// Decides the step, enacts it, lets the command write its own rows, and settles clocks and event.
    pub(crate) fn step(
        &mut self,
        action: CaseAction,
        proposal: &Proposal,
        parts: Vec<SealedPart>,
        apply: impl FnOnce(&mut Self) -> Result<Value, CaseError>,
    ) -> Result<(), CaseError> {
        let proposed: Vec<UnitFacts> = proposal.unit.iter().chain(&proposal.units).copied().collect();
        let facts = self.facts(&proposed)?;
        let tables = self.tables;
        let transition = tables.step(action, &facts, &self.actor, proposal)?;
        self.rows.push(Row::Case(transition.row));
        self.mine = transition.mine;
        self.enact(&transition, proposal)?;
        let mut public = apply(self)?;
        self.let_lapse()?;
        self.helpers_end_with_host()?;
        self.settle_next_step()?;
        let to = transition.to.as_str();
        if let Value::Object(fields) = &mut public {
            fields.insert("state".into(), json!(to));
            if facts.state != transition.to {
                fields.insert("from".into(), json!(facts.state.as_str()));
            }
            if let Some(ending) = transition.ending {
                fields.insert("ended_as".into(), json!(ending.as_str()));
            }
            fields.insert("owner".into(), json!(self.file.case.owner_unit_id.to_string()));
        }
        self.append(action, public, parts)
    }

    /// Appends the event of an action.
    pub(crate) fn append(
        &mut self,
        action: CaseAction,
        public: Value,
        parts: Vec<SealedPart>,
    ) -> Result<(), CaseError> {
        let event = NewEvent {
            stream: self.file.case.id,
            stream_kind: "case",
            kind: super::event_kind(action),
            kind_version: 1,
            occurred_at: self.ctx.now,
            recorded_at: self.ctx.now,
            actor: self.ctx.actor.account_id(),
            actor_unit: self.ctx.actor.unit_id(),
            public,
            parts,
        };
        let id = self.tx.append(event)?;
        self.events.push(id);
        Ok(())
    }

    /// Overlays and whistles that cannot lie over the present state lapse, and their clocks stop.
    fn let_lapse(&mut self) -> Result<(), CaseError> {
        let state = self.file.state()?;
        let now = ms(self.ctx.now);
        for index in 0..self.file.overlays.len() {
            let overlay = &self.file.overlays[index];
            let kind = word("overlay", &overlay.kind, OverlayKind::parse)?;
            if overlay.state != OPEN || rules::lifecycle::may_lie_over(kind, state) {
                continue;
            }
            let id = overlay.id;
            store::update(overlays::table.find(id))
                .set((overlays::state.eq("lapsed"), overlays::decided_at.eq(now)))
                .run(self.tx.conn())?;
            self.file.overlays[index].state = "lapsed".into();
            if let Some(clock) = super::clockwork::clock_of(kind) {
                self.stop_all_of(clock)?;
            }
        }
        if !state.is_open() {
            for index in 0..self.file.whistle_units.len() {
                if self.file.whistle_units[index].state == "called" {
                    self.settle_call(index, "lapsed")?;
                }
            }
        }
        if !may_whistle_wait(state)
            && let Some(id) = self.file.open_whistle().map(|whistle| whistle.id)
        {
            store::update(whistles::table.find(id))
                .set((whistles::state.eq("lapsed"), whistles::decided_at.eq(now)))
                .run(self.tx.conn())?;
            self.file
                .whistles
                .iter_mut()
                .filter(|whistle| whistle.id == id)
                .for_each(|w| w.state = "lapsed".into());
            self.stop_all_of(rules::lifecycle::ClockKind::WhistleReview)?;
        }
        Ok(())
    }

    /// Saves what the clock worker changed. The version stays: a card must not refuse what somebody is writing.
    pub(crate) fn finish_quietly(mut self) -> Result<Vec<Row>, CaseError> {
        self.file.case.version -= 1;
        self.finish().map(|(_, rows)| rows)
    }

    /// Saves the case, the reporters and the tallies, and says what was done.
    pub(crate) fn finish(mut self) -> Result<(Done, Vec<Row>), CaseError> {
        self.write_clocks()?;
        self.file.case.version += 1;
        self.file.case.updated_at = ms(self.ctx.now);
        let state = self.file.state()?;
        self.file.case.open = state.is_open();
        self.file.case.suspended = self.file.open_overlay(OverlayKind::Suspension).is_some();
        debug_assert_eq!(next_step(state, &self.file.open_overlays()?).is_some(), self.file.case.open);
        self.file.case.update_from(&self.before.0, self.tx.conn())?;
        for reporter in &self.file.reporters {
            if !self.before.1.contains(reporter) {
                store::update(reporters::table.find(reporter.id)).set(reporter).run(self.tx.conn())?;
            }
        }
        let (case, reporters) = (&self.before.0, self.before.1.as_slice());
        // Rounds that this command ended are the newest.
        let rounds = self.file.rounds.partition_point(|over| over.round < case.round);
        let before = Counted { case, reporters, rounds: &self.file.rounds[..rounds] };
        tallies::difference(self.tx, self.rules, before, Counted::of(&self.file))?;
        let done = Done {
            case_id: self.file.case.id,
            version: self.file.case.version,
            state: self.file.case.state.clone(),
            events: self.events,
            made: self.made,
        };
        Ok((done, self.rows))
    }

    /// A unit takes part from now on (an existing part is kept unless the new one is the host's).
    pub(crate) fn join(&mut self, unit: i64, part: &str) -> Result<(), CaseError> {
        let case_id = self.file.case.id;
        let there: Option<String> = case_units::table
            .find((case_id, unit))
            .select(case_units::part)
            .first(self.tx.conn())
            .optional()?;
        match there {
            None => {
                diesel::insert_into(case_units::table)
                    .values((
                        case_units::case_id.eq(case_id),
                        case_units::unit_id.eq(unit),
                        case_units::part.eq(part),
                    ))
                    .run(self.tx.conn())?;
            }
            Some(old) if old != part && part == Part::Host.as_str() => {
                store::update(case_units::table.find((case_id, unit)))
                    .set(case_units::part.eq(part))
                    .run(self.tx.conn())?;
            }
            Some(_) => {}
        }
        Ok(())
    }

    /// Secret cases are seen by the units that take part alone: the centre's desk takes part in every one of them, unless it
    /// is the unit reported on.
    pub(crate) fn join_desk_if_secret(&mut self) -> Result<(), CaseError> {
        let centre = self.units.centre(self.tx.conn())?;
        if self.file.is_secret() && self.file.case.reported_unit_id != Some(centre) {
            self.join(centre, "desk")?;
        }
        Ok(())
    }

    /// A unit that is proposed, by id.
    pub(crate) fn unit(&mut self, field: &str, id: i64) -> Result<UnitFacts, CaseError> {
        self.units.need(self.tx.conn(), field, id)
    }

    /// Units that are proposed, by id, each once; administrations and villages alike, never the centre twice.
    pub(crate) fn units(&mut self, field: &str, ids: &[i64]) -> Result<Vec<UnitFacts>, CaseError> {
        let mut found: Vec<UnitFacts> = Vec::new();
        for id in ids {
            if found.iter().all(|unit| unit.id != *id) {
                found.push(self.unit(field, *id)?);
            }
        }
        Ok(found)
    }
}

/// Invariant: who may see a case is decided in `people::scope` alone. The person at the portal has shown the check code.
pub(crate) fn check_sight(conn: &mut Conn, ctx: &Ctx, file: &File) -> Result<(), CaseError> {
    let viewer = match &ctx.actor {
        people::Actor::System | people::Actor::Citizen => return Ok(()),
        people::Actor::Account(account) => scope::Viewer::from(account),
    };
    let case = &file.case;
    let mut facts = scope::CaseFacts {
        kind: file.kind()?,
        confidentiality: file.confidentiality()?,
        units: Vec::new(),
        host_unit: case.host_unit_id,
        owner_unit: case.owner_unit_id,
        owner_account: case.owner_account_id,
        registered_unit: case.registered_unit_id,
        registered_by: case.registered_by,
        reported_unit: case.reported_unit_id,
        county: case.county_id,
        town: case.town_id,
        village: case.village_id,
        grid: case.grid_id,
    };
    if scope::can_see(&viewer, &facts) {
        return Ok(());
    }
    // Taking part only ever opens a case to more people: the units are asked for when they matter.
    facts.units =
        case_units::table.filter(case_units::case_id.eq(case.id)).select(case_units::unit_id).load(conn)?;
    if scope::can_see(&viewer, &facts) { Ok(()) } else { Err(CaseError::NotFound) }
}

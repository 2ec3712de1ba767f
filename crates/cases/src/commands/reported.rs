//! A unit that a case turns out to be about has no part in it from then on: not called, not measured, not asked. Nor is one called
//! to what turns out to be a report of wrongdoing, unless it is of a kind that may know of one.

use super::work::Work;
use crate::CaseError;
use rules::lifecycle::{ClockKind, may_help};

impl Work<'_, '_> {
    /// Takes back what units were called for that may not help any more; what else was measured on the unit reported on (and on
    /// every unit under it), such as a written reply, its present owner answers for. Its orders were taken back before, or the
    /// finding was refused.
    pub(crate) fn release_unfit(&mut self) -> Result<(), CaseError> {
        let waits = |state: &str| state == "called" || state == "asked";
        let calls = self.file.whistle_units.iter().filter(|call| waits(&call.state));
        let called: Vec<i64> = calls.map(|call| call.unit_id).collect();
        let units = self.units("unit", &called)?;
        let facts = self.facts(&units)?;
        let unfit: Vec<i64> = units.iter().filter(|u| !may_help(&facts, **u)).map(|u| u.id).collect();
        for index in 0..self.file.whistle_units.len() {
            let call = &self.file.whistle_units[index];
            let unit = call.unit_id;
            if waits(&call.state) && unfit.contains(&unit) {
                self.settle_call(index, "taken_back")?;
                self.stop_of_unit(ClockKind::WhistleArrival, unit)?;
            }
        }
        self.release_clocks()
    }

    fn release_clocks(&mut self) -> Result<(), CaseError> {
        let Some(about) = self.file.case.reported_unit_id else { return Ok(()) };
        let (case, owner) = (self.file.case.id, self.file.case.owner_unit_id);
        for index in 0..self.file.clocks.len() {
            let Some(unit) = self.file.clocks[index].spec.unit_id else { continue };
            if unit != owner && self.units.is_under(self.tx.conn(), unit, about)? {
                self.tx.hand_clocks_over(case, unit, owner)?;
                self.file.clocks[index].spec.unit_id = Some(owner);
            }
        }
        Ok(())
    }
}

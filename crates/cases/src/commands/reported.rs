//! A unit that a case turns out to be about has no part in it from then on: not called, not measured, not asked.

use super::work::Work;
use crate::CaseError;
use rules::lifecycle::ClockKind;

impl Work<'_, '_> {
    /// Takes back what the unit reported on (and every unit under it) was called for; what else was measured on it, such as a
    /// written reply, its present owner answers for. Its orders were taken back before, or the finding was refused.
    pub(crate) fn release_reported(&mut self) -> Result<(), CaseError> {
        let Some(about) = self.file.case.reported_unit_id else { return Ok(()) };
        for index in 0..self.file.whistle_units.len() {
            let (unit, waits) = {
                let call = &self.file.whistle_units[index];
                (call.unit_id, call.state == "called" || call.state == "asked")
            };
            if waits && self.units.is_under(self.tx.conn(), unit, about)? {
                self.settle_call(index, "taken_back")?;
                self.stop_of_unit(ClockKind::WhistleArrival, unit)?;
            }
        }
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

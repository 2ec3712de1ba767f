//! Cards: issued once per clock and level by the clock worker; withdrawn when the clock is moved by an approved extension.

use super::{tallies, work::Work};
use crate::{CaseError, model::CardRow};
use diesel::prelude::*;
use store::{Run, ms, schema::cards};

/// Withdraws the cards of a clock that was given more time.
pub(crate) fn withdraw(work: &mut Work<'_, '_>, clock: i64) -> Result<(), CaseError> {
    let standing: Vec<CardRow> = cards::table
        .filter(cards::clock_id.eq(clock).and(cards::withdrawn_at.is_null()))
        .select(CardRow::as_select())
        .load(work.tx.conn())?;
    for card in standing {
        store::update(cards::table.find(card.id))
            .set(cards::withdrawn_at.eq(ms(work.ctx.now)))
            .run(work.tx.conn())?;
        tallies::card(work.tx, work.rules, &work.before.0, &card, -1)?;
    }
    Ok(())
}

/// Issues a card of this level for a clock; one that was withdrawn stands again from now. False when it stands already.
pub(crate) fn issue(
    work: &mut Work<'_, '_>,
    clock: &store::clocks::ClockRow,
    level: &'static str,
    at: store::Timestamp,
) -> Result<bool, CaseError> {
    let now = ms(at);
    let there: Option<CardRow> = cards::table
        .filter(cards::clock_id.eq(clock.id).and(cards::level.eq(level)))
        .select(CardRow::as_select())
        .first(work.tx.conn())
        .optional()?;
    let card = match there {
        Some(card) if card.withdrawn_at.is_none() => return Ok(false),
        Some(card) => {
            let card = CardRow { issued_at: now, withdrawn_at: None, ..card };
            store::update(cards::table.find(card.id)).set(&card).run(work.tx.conn())?;
            card
        }
        None => {
            let card = CardRow {
                id: work.tx.id()?,
                case_id: work.file.case.id,
                work_order_id: clock.spec.work_order_id,
                clock_id: clock.id,
                unit_id: clock.spec.unit_id,
                level: level.to_owned(),
                issued_at: now,
                withdrawn_at: None,
            };
            diesel::insert_into(cards::table).values(&card).run(work.tx.conn())?;
            card
        }
    };
    tallies::card(work.tx, work.rules, &work.before.0, &card, 1)?;
    Ok(true)
}

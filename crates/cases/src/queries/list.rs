//! The lists by desk and filters.

use super::{
    Ask,
    counted::Count,
    cursor::{Cursor, page_size},
    deciding,
    filters::Filters,
    rows,
    sources::{Listing, Order, Source},
};
use crate::{
    CaseError, Cases,
    http::dto::{CaseList, Desk, ListQuestion, Total},
};
use people::Permission;
use rules::lifecycle::{CaseState, OrderState, OverlayKind};
use store::ms;

/// One supported way to ask for a list, and the index that carries it.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// What is asked, as a query string.
    pub query: &'static str,
    /// The indexes of which one must carry it: of `cases`, or of the table its rows are found by.
    pub carriers: &'static [&'static str],
}

/// The supported filter combinations. Every other filter narrows what one of these finds.
pub const PLANS: &[Plan] = &[
    Plan { query: "", carriers: &["cases_received"] },
    // PostgreSQL may take any index that holds the open ones alone.
    Plan { query: "open=true", carriers: &["cases_open_received", "cases_open_town", "cases_open_village"] },
    Plan { query: "from=2026-11-01&to=2026-11-30", carriers: &["cases_received"] },
    Plan { query: "due=late", carriers: &["cases_open_due"] },
    Plan { query: "due=soon", carriers: &["cases_open_due", "clocks_one_next_step"] },
    Plan { query: "due=today", carriers: &["cases_open_due"] },
    Plan { query: "due=late&owner=1", carriers: &["cases_open_owner", "cases_open_due"] },
    Plan {
        query: "due=soon&owner=1",
        carriers: &["cases_open_owner", "cases_open_due", "clocks_one_next_step"],
    },
    Plan {
        query: "counted=registered&from=2026-11-01&to=2026-11-30",
        carriers: &["cases_received", "cases_registered"],
    },
    Plan { query: "counted=registered&unit=1", carriers: &["cases_received", "cases_registered"] },
    Plan {
        query: "counted=ended&from=2026-11-01&to=2026-11-30",
        carriers: &["cases_closed", "cases_received"],
    },
    Plan {
        query: "counted=closed&from=2026-11-22&to=2026-11-22",
        carriers: &["cases_closed", "cases_host", "cases_received"],
    },
    Plan {
        query: "counted=closed&unit=1&from=2026-11-01&to=2026-11-30",
        carriers: &["cases_closed", "cases_host"],
    },
    Plan { query: "counted=due&from=2026-11-22&to=2026-11-22", carriers: &["cases_due", "cases_received"] },
    Plan {
        query: "counted=judged&from=2026-11-01&to=2026-11-30",
        carriers: &["cases_due", "cases_received"],
    },
    Plan {
        query: "counted=on_time&from=2026-11-01&to=2026-11-30",
        carriers: &["cases_due", "cases_received"],
    },
    Plan { query: "counted=late&from=2026-11-01&to=2026-11-30", carriers: &["cases_due", "cases_received"] },
    Plan {
        query: "counted=called_back&from=2026-11-01&to=2026-11-30",
        carriers: &["cases_received", "cases_pkey"],
    },
    Plan {
        query: "counted=resolved&from=2026-11-01&to=2026-11-30",
        carriers: &["cases_received", "cases_pkey"],
    },
    Plan {
        query: "counted=satisfied&from=2026-11-01&to=2026-11-30",
        carriers: &["cases_received", "cases_pkey"],
    },
    Plan { query: "counted=carded&from=2026-11-01&to=2026-11-30", carriers: &["cards_issued", "cards_case"] },
    Plan { query: "state=in_progress", carriers: &["cases_state"] },
    Plan { query: "channel=hotline", carriers: &["cases_channel"] },
    Plan { query: "kind=hazard", carriers: &["cases_kind"] },
    Plan { query: "urgency=emergency", carriers: &["cases_urgency"] },
    Plan { query: "phone4=1234", carriers: &["persons_phone_last4"] },
    Plan { query: "category=01", carriers: &["cases_category_top"] },
    Plan { query: "category=0103", carriers: &["cases_category_second"] },
    Plan { query: "category=010302", carriers: &["cases_category_second"] },
    Plan { query: "category=none", carriers: &["cases_category_top"] },
    Plan { query: "town=1", carriers: &["cases_town"] },
    Plan { query: "village=1", carriers: &["cases_village"] },
    Plan { query: "grid=1", carriers: &["cases_grid"] },
    Plan { query: "unit=1", carriers: &["cases_host"] },
    Plan { query: "unit=1&state=closed", carriers: &["cases_host"] },
    Plan { query: "town=1&category=01", carriers: &["cases_town", "cases_category_top"] },
    Plan { query: "town=1&kind=complaint", carriers: &["cases_town", "cases_kind"] },
    Plan { query: "desk=cleaning", carriers: &["cases_state_due"] },
    Plan { query: "desk=dispatch&part=to_dispatch", carriers: &["cases_state_due"] },
    Plan { query: "desk=dispatch&part=returns", carriers: &["overlays_open"] },
    Plan { query: "desk=dispatch&part=extensions", carriers: &["overlays_open"] },
    Plan { query: "desk=dispatch&part=whistles", carriers: &["whistles_state"] },
    Plan { query: "desk=unit", carriers: &["work_orders_unit"] },
    Plan { query: "desk=unit&part=to_sign", carriers: &["work_orders_unit"] },
    Plan { query: "desk=review", carriers: &["cases_state_due"] },
    Plan { query: "desk=callback", carriers: &["cases_state_due"] },
    Plan { query: "desk=supervision", carriers: &["overlays_open"] },
    Plan { query: "desk=mine", carriers: &["cases_registrar"] },
];

/// A list is counted at most this far: nobody reads a larger number, and every page stays quick.
pub(super) const CAP: i64 = 1_000;

/// A page of a list.
///
/// # Errors
/// A code at each filter that cannot be read; `permission.refused` for a desk that is not the asker's.
pub async fn list(cases: &Cases, ask: &Ask, question: ListQuestion) -> Result<CaseList, CaseError> {
    let size = page_size(question.limit, 50, 200)?;
    page(cases, ask, question, size).await
}

/// The same for an export, in larger pages.
///
/// # Errors
/// As [`list`].
pub async fn for_export(cases: &Cases, ask: &Ask, question: ListQuestion) -> Result<CaseList, CaseError> {
    page(cases, ask, question, 500).await
}

async fn page(cases: &Cases, ask: &Ask, question: ListQuestion, size: usize) -> Result<CaseList, CaseError> {
    let after = question.cursor.as_deref().map(Cursor::parse).transpose()?;
    let counts = question.total == Some(true) && after.is_none();
    let mut listing = listing(ask, &question)?;
    let words = question.q.as_deref().map(str::trim).filter(|words| !words.is_empty()).map(ToOwned::to_owned);
    let rules = cases.rules.current();
    let store = cases.store.clone();
    let ask = ask.clone();
    cases
        .store
        .read(move |conn| {
            if let Some(words) = words {
                listing.filters.ids = Some(super::search::ids(conn, &ask, &words)?);
            }
            let decided = deciding::kinds(&listing.sources);
            let page = listing.page(conn, after, size)?;
            let total = match counts {
                true if page.next.is_none() => Some(Total { count: counted(page.rows.len()), capped: false }),
                true => Some(listing.counted(conn, CAP, ms(ask.now))?),
                false => None,
            };
            Ok(CaseList {
                total,
                items: rows::decorate_at(conn, store.vault(), &rules, &ask, &page.rows, &decided)?,
                next_cursor: page.next.map(Cursor::to_text),
            })
        })
        .await
}

fn counted(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// The list that a question asks for.
///
/// # Errors
/// As [`list`].
pub(super) fn listing(ask: &Ask, question: &ListQuestion) -> Result<Listing, CaseError> {
    let desk = question.desk.unwrap_or(Desk::All);
    if !has_desk(ask, desk) {
        return Err(CaseError::Forbidden);
    }
    let mut filters = Filters::parse(question, ms(ask.now))?;
    if let Some((_, confidential_too)) = &mut filters.phone4 {
        if !ask.actor.can(Permission::CaseUnmask) {
            return Err(CaseError::Forbidden);
        }
        *confidential_too = ask.actor.can_at_centre(Permission::CaseUnmask);
    }
    let by_due = question.due.is_some();
    let order = match desk {
        Desk::Cleaning | Desk::Dispatch | Desk::Unit | Desk::Review | Desk::Callback | Desk::Supervision => {
            Order::Due
        }
        Desk::Mine | Desk::All if by_due => Order::Due,
        Desk::Mine | Desk::All => Order::Received,
    };
    let sources = match question.counted {
        Some(_) if desk != Desk::All => return Err(CaseError::field("counted", "field.unknown_choice")),
        Some(what) => {
            // Days and unit are those of what is counted.
            let (from, to, unit) = (filters.from.take(), filters.to.take(), filters.unit.take());
            let count = Count { what, now: ms(ask.now), from, to, unit };
            let before = count.has_past().then_some(Source::CountedBefore(count));
            std::iter::once(Source::Counted(count)).chain(before).collect()
        }
        None => sources(ask, desk, question.part.as_deref())?,
    };
    Ok(Listing::of(ask, sources, filters, order))
}

/// Whether a desk is the asker's.
pub(super) fn has_desk(ask: &Ask, desk: Desk) -> bool {
    let can = |permission| ask.actor.can(permission);
    match desk {
        Desk::Cleaning => can(Permission::CaseVerify),
        Desk::Dispatch => can(Permission::CaseDispatch) || can(Permission::CaseDecide),
        Desk::Unit => can(Permission::CaseHandle),
        Desk::Review => can(Permission::CaseReview),
        Desk::Callback => can(Permission::CaseCallback),
        Desk::Supervision => can(Permission::SupervisionRead),
        Desk::Mine => can(Permission::CaseRegister),
        Desk::All => can(Permission::CaseRead),
    }
}

/// The parts of a desk, in the order of the work.
pub(super) const fn parts(desk: Desk) -> &'static [&'static str] {
    match desk {
        Desk::Dispatch => &["to_dispatch", "returns", "extensions", "whistles"],
        Desk::Unit => &["to_sign", "in_progress", "replied"],
        Desk::Cleaning | Desk::Review | Desk::Callback | Desk::Supervision | Desk::Mine | Desk::All => &[],
    }
}

fn sources(ask: &Ask, desk: Desk, part: Option<&str>) -> Result<Vec<Source>, CaseError> {
    if let Some(part) = part
        && !parts(desk).contains(&part)
    {
        return Err(CaseError::field("part", "field.unknown_choice"));
    }
    Ok(match desk {
        Desk::Cleaning => vec![Source::InState(CaseState::Received)],
        Desk::Dispatch => match part {
            Some("to_dispatch") => vec![Source::InState(CaseState::Verified)],
            Some("returns") => vec![Source::Under(OverlayKind::ReturnRequest)],
            Some("extensions") => vec![Source::Under(OverlayKind::ExtensionRequest)],
            Some("whistles") => vec![Source::Whistled],
            Some(_) | None => vec![
                Source::InState(CaseState::Verified),
                Source::Under(OverlayKind::ReturnRequest),
                Source::Under(OverlayKind::ExtensionRequest),
                Source::Whistled,
            ],
        },
        Desk::Unit => {
            let states = match part {
                Some("to_sign") => vec![OrderState::Dispatched],
                Some("in_progress") => vec![OrderState::Signed, OrderState::InProgress],
                Some("replied") => vec![OrderState::Replied],
                Some(_) | None => Vec::new(),
            };
            vec![Source::Orders { units: ask.handled_units(), states }]
        }
        Desk::Review => vec![Source::InState(CaseState::UnderReview)],
        Desk::Callback => vec![Source::InState(CaseState::Callback)],
        Desk::Supervision => vec![Source::Under(OverlayKind::Supervision)],
        Desk::Mine => vec![Source::RegisteredBy(ask.actor.account_id)],
        Desk::All => vec![Source::Every],
    })
}

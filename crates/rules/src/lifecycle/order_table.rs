//! The lifecycle of a work order.

use super::table::{OrderClock as C, OrderRule};
use super::words::{ClockKind as K, OrderAction as A, OrderState as S};

fn row(action: A, from: &[S], to: S, clocks: &[C]) -> OrderRule {
    OrderRule { action, from: from.to_vec(), to, clocks: clocks.to_vec() }
}

/// The table. An order is made in `dispatched` with its sign and resolve clocks running (12345 counts from the dispatched
/// order, domain reference §0 rule 9); a whistled or emergency order has an arrival clock too.
pub(super) fn rows() -> Vec<OrderRule> {
    vec![
        row(A::Sign, &[S::Dispatched], S::Signed, &[C::Stop(K::Sign)]),
        row(A::AssignHandler, &[S::Dispatched], S::Dispatched, &[]),
        row(A::AssignHandler, &[S::Signed], S::Signed, &[]),
        row(A::AssignHandler, &[S::InProgress], S::InProgress, &[]),
        row(A::Start, &[S::Signed], S::InProgress, &[]),
        row(A::Arrive, &[S::Signed, S::InProgress], S::InProgress, &[C::Stop(K::Arrive)]),
        row(A::Note, &[S::InProgress], S::InProgress, &[]),
        row(A::Reply, &[S::Signed, S::InProgress], S::Replied, &[C::Stop(K::Arrive)]),
        row(A::Submit, &[S::Replied], S::Replied, &[C::Pause(K::Resolve)]),
        row(A::SendBack, &[S::Replied], S::InProgress, &[C::Resume(K::Resolve)]),
        row(A::Accept, &[S::Replied], S::Done, &[C::StopAll]),
        row(A::Return, &[S::Dispatched, S::Signed], S::Returned, &[C::StopAll]),
        row(A::Cancel, &[S::Dispatched, S::Signed, S::InProgress, S::Replied], S::Cancelled, &[C::StopAll]),
    ]
}

//! The lifecycle of a case (domain reference §3.1). Rows of the same action stand together; where several rows of an
//! action start from the same state, `when` tells them apart.

use super::table::{By, CaseRule as R, Effect as C, Guard as G, OrderEffect as O, Owner, To, When};
use super::words::{
    CaseAction as A, CaseState as S, ClockKind as K, Ending as E, OrderAction as OA, Power as P,
};

const OPEN: &[S] = &[
    S::Received,
    S::Verified,
    S::Dispatched,
    S::Signed,
    S::InProgress,
    S::Replied,
    S::UnderReview,
    S::Callback,
];
const WORK: &[S] = &[S::Dispatched, S::Signed, S::InProgress];
const ENDED: &[S] =
    &[S::Answered, S::NotAccepted, S::TransferredEmergency, S::Closed, S::Archived, S::Merged, S::Withdrawn];
/// Ended, and not as part of another case.
const ENDED_ITSELF: &[S] =
    &[S::Answered, S::NotAccepted, S::TransferredEmergency, S::Closed, S::Archived, S::Withdrawn];
const CANCEL: &[O] = &[O::Host(OA::Cancel), O::CoHandlers(OA::Cancel)];
const DESK: &[By] = &[By::Any(P::Clean), By::Any(P::Dispatch)];

fn row(action: A, from: &[S], to: To, by: &[By]) -> R {
    R::new(action, from, to, by)
}

fn any(power: P) -> [By; 1] {
    [By::Any(power)]
}

/// The whole table.
pub(super) fn rows() -> Vec<R> {
    [beginning(), dispatching(), handling(), answering(), after_the_end(), requests(), around()].concat()
}

fn beginning() -> Vec<R> {
    let first = [By::Any(P::Register), By::Any(P::Clean), By::Any(P::Dispatch)];
    vec![
        row(A::Register, &[], To::State(S::Received), &[By::Any(P::Register), By::Any(P::Person)])
            .owner(Owner::FirstAsked)
            .clocks(&[C::Start(K::Verify)]),
        row(A::Verify, &[S::Received], To::State(S::Verified), &any(P::Clean))
            .owner(Owner::Centre)
            .clocks(&[C::Stop(K::Verify), C::Start(K::Dispatch)]),
        row(A::Correct, &OPEN[1..], To::Stay, DESK),
        row(A::Answer, &[S::Received, S::Verified], To::State(S::Answered), &first)
            .clocks(&[C::StopAll])
            .ends(&[E::Answered]),
        row(A::NotAccept, &[S::Received, S::Verified], To::State(S::NotAccepted), DESK)
            .clocks(&[C::StopAll])
            .ends(&[E::NotAccepted]),
        row(
            A::TransferEmergency,
            &[S::Received, S::Verified, S::Dispatched],
            To::State(S::TransferredEmergency),
            &first,
        )
        .orders(CANCEL)
        .clocks(&[C::StopAll])
        .ends(&[E::TransferredEmergency]),
        row(
            A::Withdraw,
            &[S::Received, S::Verified, S::Dispatched, S::Signed, S::InProgress, S::Replied],
            To::State(S::Withdrawn),
            &[By::Any(P::Person), By::Any(P::Register), By::Any(P::Callback)],
        )
        .needs(&[G::SoleReporter])
        .orders(CANCEL)
        .clocks(&[C::StopAll])
        .ends(&[E::Withdrawn]),
        row(
            A::Merge,
            &[S::Received, S::Verified, S::Dispatched, S::Signed, S::InProgress],
            To::State(S::Merged),
            &any(P::Merge),
        )
        .needs(&[G::NotSameCase, G::MergeFits])
        .orders(CANCEL)
        .clocks(&[C::StopAll])
        .ends(&[E::Merged]),
        row(A::Unmerge, &[S::Merged], To::State(S::Verified), &any(P::Merge))
            .needs(&[G::MergeTargetOpen])
            .owner(Owner::Centre)
            .clocks(&[C::Start(K::Dispatch)]),
    ]
}

fn dispatching() -> Vec<R> {
    let centre_or_host = [By::Any(P::Dispatch), By::Host];
    vec![
        row(A::Dispatch, &[S::Verified], To::State(S::Dispatched), &any(P::Dispatch))
            .needs(&[G::HostMayTake, G::UnitsMayHelp])
            .orders(&[O::OpenProposed])
            .clocks(&[C::Stop(K::Dispatch)]),
        row(A::Recall, WORK, To::State(S::Verified), &any(P::Dispatch))
            .needs(&[G::NotSuspended])
            .orders(CANCEL)
            .owner(Owner::Centre)
            .clocks(&[C::Stop(K::ReturnDecision), C::Stop(K::ExtensionDecision), C::Start(K::Dispatch)]),
        // Only where the host may no longer be it (its unit was retired into one that may not lead).
        row(A::Recall, &[S::Replied, S::UnderReview], To::State(S::Verified), &any(P::System))
            .orders(CANCEL)
            .owner(Owner::Centre)
            .clocks(&[C::Stop(K::Review), C::Start(K::Dispatch)]),
        row(A::AddCoHandler, WORK, To::Stay, &centre_or_host)
            .needs(&[G::NotSuspended, G::UnitsMayHelp, G::NotYetIn])
            .orders(&[O::OpenCoHandler]),
        row(A::RemoveCoHandler, WORK, To::Stay, &centre_or_host)
            .needs(&[G::CoHandlerThere])
            .orders(&[O::Named(OA::Cancel)]),
    ]
}

fn handling() -> Vec<R> {
    let quiet = [G::NotSuspended, G::NoReturnPending];
    vec![
        row(A::Sign, &[S::Dispatched], To::State(S::Signed), &[By::Host])
            .when(When::AsHost)
            .needs(&[G::NoReturnPending])
            .orders(&[O::Mine(OA::Sign)])
            .owner(Owner::Host),
        row(A::Sign, WORK, To::Stay, &[By::CoHandler])
            .when(When::AsCoHandler)
            .needs(&[G::NotSuspended])
            .orders(&[O::Mine(OA::Sign)]),
        row(A::AssignHandler, WORK, To::Stay, &[By::Host, By::CoHandler])
            .orders(&[O::Mine(OA::AssignHandler)]),
        row(A::Start, &[S::Signed], To::State(S::InProgress), &[By::Host])
            .when(When::AsHost)
            .needs(&quiet)
            .orders(&[O::Mine(OA::Start)]),
        row(A::Start, WORK, To::Stay, &[By::CoHandler])
            .when(When::AsCoHandler)
            .needs(&[G::NotSuspended])
            .orders(&[O::Mine(OA::Start)]),
        row(A::Arrive, &[S::Signed, S::InProgress], To::State(S::InProgress), &[By::Host])
            .when(When::AsHost)
            .needs(&quiet)
            .orders(&[O::Mine(OA::Arrive)]),
        row(A::Arrive, WORK, To::Stay, &[By::CoHandler])
            .when(When::AsCoHandler)
            .needs(&[G::NotSuspended])
            .orders(&[O::Mine(OA::Arrive)]),
        row(A::Note, &[S::InProgress], To::Stay, &[By::Host]).when(When::AsHost).orders(&[O::Mine(OA::Note)]),
        row(A::Note, WORK, To::Stay, &[By::CoHandler]).when(When::AsCoHandler).orders(&[O::Mine(OA::Note)]),
        row(A::Reply, &[S::Signed, S::InProgress], To::State(S::Replied), &[By::Host])
            .when(When::AsHost)
            .needs(&[G::NotSuspended, G::NoReturnPending, G::CoHandlersDone])
            .orders(&[O::Mine(OA::Reply)])
            .clocks(&[C::Stop(K::ExtensionDecision)]),
        row(A::Reply, WORK, To::Stay, &[By::CoHandler])
            .when(When::AsCoHandler)
            .needs(&[G::NotSuspended])
            .orders(&[O::Mine(OA::Reply), O::Mine(OA::Submit)]),
        row(A::SendBack, &[S::Signed, S::InProgress], To::Stay, &[By::Host])
            .needs(&[G::NotSuspended, G::CoHandlerThere])
            .orders(&[O::Named(OA::SendBack)]),
    ]
}

fn answering() -> Vec<R> {
    let verifier = [G::NotHandler, G::NotDispatcher];
    vec![
        row(A::Submit, &[S::Replied], To::State(S::UnderReview), &[By::Host])
            .orders(&[O::Mine(OA::Submit)])
            .owner(Owner::Centre)
            .clocks(&[C::Start(K::Review)]),
        row(A::ReviewPass, &[S::UnderReview], To::State(S::Callback), &any(P::Review))
            .needs(&verifier)
            .orders(&[O::Host(OA::Accept), O::CoHandlers(OA::Accept)])
            .clocks(&[C::Stop(K::Review), C::Start(K::Callback)]),
        row(A::ReviewReject, &[S::UnderReview], To::State(S::InProgress), &any(P::Review))
            .needs(&verifier)
            .orders(&[O::Host(OA::SendBack)])
            .owner(Owner::Host)
            .clocks(&[C::Stop(K::Review)]),
        row(
            A::Deliver,
            &[S::Replied, S::UnderReview, S::Callback],
            To::Stay,
            &[By::Any(P::Callback), By::Any(P::Person), By::Host],
        )
        .needs(&[G::ReporterHasContact]),
        row(A::Callback, &[S::Callback], To::Stay, &[By::Any(P::Callback), By::Any(P::Person)])
            .needs(&[G::NotHandler, G::ReporterHasContact]),
        row(
            A::Close,
            &[S::Callback],
            To::State(S::Closed),
            &[By::Any(P::Callback), By::Any(P::Close), By::Any(P::System)],
        )
        .needs(&[G::NotHandler, G::ReasonIfNotContent])
        .clocks(&[C::StopAll])
        .ends(&[E::Closed, E::ClosedUnreachable, E::ClosedAnonymous]),
        row(
            A::Rework,
            &[S::Callback],
            To::NextRound(S::Dispatched),
            &[By::Any(P::Callback), By::Any(P::Close)],
        )
        .when(When::HostKnown)
        .needs(&[G::NotHandler, G::SomebodyNotContent])
        .orders(&[O::OpenLastHost])
        .clocks(&[C::Stop(K::Callback)]),
        row(
            A::Rework,
            &[S::Callback],
            To::NextRound(S::Verified),
            &[By::Any(P::Callback), By::Any(P::Close)],
        )
        .when(When::HostUnknown)
        .needs(&[G::NotHandler, G::SomebodyNotContent])
        .clocks(&[C::Stop(K::Callback), C::Start(K::Dispatch)]),
    ]
}

fn after_the_end() -> Vec<R> {
    let back = [By::Any(P::Person), By::Any(P::Reopen)];
    vec![
        row(A::Reopen, &[S::Closed], To::NextRound(S::Dispatched), &back)
            .when(When::HostKnown)
            .needs(&[G::InReopenWindow])
            .orders(&[O::OpenLastHost])
            .owner(Owner::Centre),
        row(A::Reopen, &[S::Closed], To::NextRound(S::Verified), &back)
            .when(When::HostUnknown)
            .needs(&[G::InReopenWindow])
            .owner(Owner::Centre)
            .clocks(&[C::Start(K::Dispatch)]),
        row(
            A::Reopen,
            &[S::Answered, S::NotAccepted, S::TransferredEmergency, S::Withdrawn],
            To::NextRound(S::Verified),
            &back,
        )
        .needs(&[G::InReopenWindow])
        .owner(Owner::Centre)
        .clocks(&[C::Start(K::Dispatch)]),
        row(
            A::ReopenByReview,
            &[S::Answered, S::NotAccepted, S::TransferredEmergency, S::Closed, S::Archived, S::Withdrawn],
            To::NextRound(S::Verified),
            &any(P::Archive),
        )
        .owner(Owner::Centre)
        .clocks(&[C::Start(K::Dispatch)]),
        row(
            A::Archive,
            &[S::Answered, S::NotAccepted, S::TransferredEmergency, S::Closed, S::Withdrawn],
            To::State(S::Archived),
            &[By::Any(P::Archive), By::Any(P::System)],
        )
        .needs(&[G::ReopenWindowOver]),
    ]
}

fn requests() -> Vec<R> {
    let decide = any(P::Decide);
    let working = [S::Signed, S::InProgress];
    vec![
        row(A::RequestReturn, &[S::Dispatched, S::Signed], To::Stay, &[By::Host])
            .needs(&[G::NotSuspended, G::NoReturnPending, G::NotDesignated, G::NoReturnRefused])
            .clocks(&[C::PauseHost(K::Sign), C::Start(K::ReturnDecision)]),
        row(A::GrantReturn, &[S::Dispatched, S::Signed], To::State(S::Verified), &decide)
            .needs(&[G::ReturnPending, G::NotAsker])
            .orders(&[O::Host(OA::Return), O::CoHandlers(OA::Cancel)])
            .owner(Owner::Centre)
            .clocks(&[C::Stop(K::ReturnDecision), C::Stop(K::ExtensionDecision), C::Start(K::Dispatch)]),
        row(A::RefuseReturn, &[S::Dispatched, S::Signed], To::Stay, &decide)
            .needs(&[G::ReturnPending, G::NotAsker])
            .clocks(&[C::Stop(K::ReturnDecision), C::ResumeHost(K::Sign)]),
        row(A::RequestExtension, &working, To::Stay, &[By::Host])
            .needs(&[
                G::NotSuspended,
                G::NoReturnPending,
                G::NoExtensionPending,
                G::ExtensionsLeft,
                G::NotOverdue,
                G::PersonTold,
            ])
            .clocks(&[C::Start(K::ExtensionDecision)]),
        row(A::GrantExtension, &working, To::Stay, &decide)
            .needs(&[G::ExtensionPending, G::NotAsker])
            .clocks(&[C::Stop(K::ExtensionDecision), C::ExtendHost(K::Resolve)]),
        row(A::RefuseExtension, &working, To::Stay, &decide)
            .needs(&[G::ExtensionPending, G::NotAsker])
            .clocks(&[C::Stop(K::ExtensionDecision)]),
        row(A::Suspend, &working, To::Stay, &decide)
            .needs(&[G::NotSuspended, G::NoReturnPending, G::NoExtensionPending])
            .clocks(&[C::PauseWork, C::Start(K::SuspensionReview)]),
        row(A::ProlongSuspension, &working, To::Stay, &decide)
            .needs(&[G::Suspended])
            .clocks(&[C::Renew(K::SuspensionReview)]),
        row(A::Resume, &working, To::Stay, &[By::Any(P::Decide), By::Host])
            .needs(&[G::Suspended])
            .clocks(&[C::Stop(K::SuspensionReview), C::ResumeWork]),
    ]
}

fn around() -> Vec<R> {
    let supervise = any(P::Supervise);
    vec![
        row(
            A::Link,
            &[OPEN, ENDED].concat(),
            To::Stay,
            &[By::Any(P::Clean), By::Any(P::Merge), By::Any(P::Dispatch)],
        )
        .needs(&[G::NotSameCase]),
        row(A::Whistle, &OPEN[..5], To::Stay, &[By::Any(P::Whistle)])
            .needs(&[G::NoWhistlePending, G::UnitsMayHelp])
            .clocks(&[C::Start(K::WhistleReview)]),
        row(A::ApproveWhistle, &OPEN[..5], To::Stay, &any(P::Decide))
            .needs(&[G::WhistlePending, G::UnitsMayHelp, G::NotAsker])
            .clocks(&[C::Stop(K::WhistleReview), C::Start(K::WhistleArrival)]),
        row(A::DeclineWhistle, &OPEN[..5], To::Stay, &any(P::Decide))
            .needs(&[G::WhistlePending, G::NotAsker])
            .clocks(&[C::Stop(K::WhistleReview)]),
        row(A::WhistleArrive, OPEN, To::Stay, &any(P::Handle))
            .needs(&[G::WhistledFor])
            .clocks(&[C::Stop(K::WhistleArrival)]),
        row(A::Remind, OPEN, To::Stay, &[By::Any(P::Supervise), By::Any(P::Dispatch), By::Any(P::Person)]),
        row(A::Supervise, OPEN, To::Stay, &supervise)
            .needs(&[G::NoSupervisionPending])
            .clocks(&[C::Start(K::SupervisionReply)]),
        row(A::AnswerSupervision, OPEN, To::Stay, &[By::Host, By::Any(P::Dispatch)])
            .needs(&[G::SupervisionPending])
            .clocks(&[C::Stop(K::SupervisionReply)]),
        row(A::Escalate, &OPEN[2..7], To::Stay, &[By::Any(P::Supervise), By::Any(P::System)])
            .needs(&[G::NotEscalated, G::UnitAbove]),
        row(
            A::AddInformation,
            OPEN,
            To::Stay,
            &[By::Any(P::Person), By::Any(P::Register), By::Any(P::Clean), By::Any(P::Dispatch), By::Host],
        ),
        row(A::ChangeConfidentiality, &[OPEN, ENDED_ITSELF].concat(), To::Stay, &any(P::Seal)),
        row(A::HoldLegally, &[OPEN, ENDED].concat(), To::Stay, &supervise).needs(&[G::NotHeld]),
        row(A::LiftHold, &[OPEN, ENDED].concat(), To::Stay, &supervise).needs(&[G::Held]),
    ]
}

//! From permissions and scope to the powers that the lifecycle asks for.

use crate::{
    CaseError, Ctx,
    model::{File, Units},
};
use people::{AccountActor, Actor, Permission};
use rules::lifecycle::{ActorFacts, Power};
use store::Conn;

/// The power that each permission gives for a case.
const POWERS: [(Power, Permission); 14] = [
    (Power::Register, Permission::CaseRegister),
    (Power::Clean, Permission::CaseVerify),
    (Power::Merge, Permission::CaseMerge),
    (Power::Dispatch, Permission::CaseDispatch),
    (Power::Decide, Permission::CaseDecide),
    (Power::Handle, Permission::CaseHandle),
    (Power::Whistle, Permission::CaseWhistle),
    (Power::Review, Permission::CaseReview),
    (Power::Callback, Permission::CaseCallback),
    (Power::Close, Permission::CaseClose),
    (Power::Reopen, Permission::CaseReopen),
    (Power::Archive, Permission::CaseArchive),
    (Power::Supervise, Permission::CaseSupervise),
    (Power::Seal, Permission::CaseSeal),
];

/// What the actor of a command may do for its case.
pub(crate) fn facts(
    conn: &mut Conn,
    units: &mut Units,
    file: &File,
    ctx: &Ctx,
) -> Result<ActorFacts, CaseError> {
    let account = match &ctx.actor {
        Actor::System => return Ok(system()),
        Actor::Citizen => return Ok(ActorFacts { powers: vec![Power::Person], ..ActorFacts::default() }),
        Actor::Account(account) => account,
    };
    let mut powers = Vec::new();
    for (power, permission) in POWERS {
        if holds((&mut *conn, &mut *units), file, account, (power, permission))? {
            powers.push(power);
        }
    }
    let mut own = account.units_for(Permission::CaseHandle);
    own.retain(|unit| Some(*unit) != file.case.reported_unit_id);
    Ok(ActorFacts {
        account: Some(account.account_id),
        units: own.into_iter().collect(),
        any_unit: false,
        powers,
    })
}

/// The product itself (imports, replays, retention) may do what any duty may, for whichever unit it is.
pub(crate) fn system() -> ActorFacts {
    let mut powers: Vec<Power> = POWERS.iter().map(|(power, _)| *power).collect();
    powers.push(Power::System);
    ActorFacts { account: None, units: Vec::new(), any_unit: true, powers }
}

/// Duties of the centre are held at the centre, or for the unit that answers for the case now; first-asked duties also where the
/// case was registered; a unit's own work is the lifecycle's to check; only towns and villages whistle.
fn holds(
    (conn, units): (&mut Conn, &mut Units),
    file: &File,
    account: &AccountActor,
    (power, permission): (Power, Permission),
) -> Result<bool, CaseError> {
    if !account.can(permission) {
        return Ok(false);
    }
    let case = &file.case;
    Ok(match power {
        Power::Handle => true,
        Power::Register => true,
        Power::Whistle => {
            let mut local = false;
            for unit in account.units_for(permission) {
                local |= units.is_local(conn, unit)?;
            }
            local
        }
        Power::Callback | Power::Reopen => {
            account.can_at_centre(permission) || account.can_for(permission, case.registered_unit_id)
        }
        Power::Clean
        | Power::Merge
        | Power::Dispatch
        | Power::Decide
        | Power::Review
        | Power::Close
        | Power::Archive
        | Power::Supervise
        | Power::Seal => account.can_at_centre(permission) || account.can_for(permission, case.owner_unit_id),
        Power::Person | Power::System => false,
    })
}

//! One case lived through by the real commands, each by somebody whose duty it is.

use crate::{
    county::{Ground, Matter},
    work::bodies,
};
use cases::{Ctx, Target, commands::Register};
use onedoor::{App, demo::dice::Dice};
use people::{
    AccountActor, Role,
    persons::{Person, Phone},
};
use serde_json::{Value, json};
use store::{Timestamp, ms};

/// How a case goes: who, and how many days pass before it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// What chance is drawn from.
    pub seed: u64,
    /// Days from registration to the answer.
    pub days: i64,
}

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;

/// Lives a case through from `start` and returns its id.
///
/// # Errors
/// What a command refuses, with its name.
pub async fn live(
    app: &App,
    ground: &Ground,
    matter: &Matter,
    start: Timestamp,
    course: Course,
) -> Result<i64, String> {
    let mut dice = Dice::new(course.seed, 9);
    let mut someone = |role| ground.staff.someone(role, &mut dice).clone();
    let clerk = someone(Role::Clerk);
    let (steward, dispatcher, operator) =
        (someone(Role::Steward), someone(Role::Dispatcher), someone(Role::Operator));
    let done = app.cases.register(&Ctx::of(clerk, start), registration(matter)?).await;
    let case = done.map_err(|error| format!("register: {error}"))?.case_id;
    let place = serde_json::to_value(&matter.place).map_err(|error| error.to_string())?;
    let mut findings = bodies::verify(matter);
    findings["place"] = place;
    act(app, case, &steward, "verify", findings, at(start, 6 * MINUTE)).await?;
    let (host, by_hand) = host(app, ground, case, &mut dice).await?;
    let order = if by_hand { bodies::dispatch(host) } else { json!({ "host": host.to_string() }) };
    act(app, case, &dispatcher, "dispatch", order, at(start, 14 * MINUTE)).await?;
    let liaison = ground.staff.handler(host, &mut dice).ok_or("the host has nobody")?.clone();
    let answered = course.days * DAY;
    let steps = [
        (&liaison, "sign", json!({}), 31 * MINUTE),
        (&liaison, "reply", bodies::reply(&matter.reply), answered + 55 * MINUTE),
        (&steward, "review_pass", json!({}), answered + 63 * MINUTE),
        (&operator, "deliver", bodies::deliver(dice.below(1_000_000)), answered + 68 * MINUTE),
        (&operator, "callback", bodies::callback(), answered + 75 * MINUTE),
    ];
    for (actor, action, body, after) in steps {
        act(app, case, actor, action, body, at(start, after)).await?;
    }
    Ok(case)
}

/// The rules' own proposal where somebody there can handle it, else a department by hand.
async fn host(app: &App, ground: &Ground, case: i64, dice: &mut Dice) -> Result<(i64, bool), String> {
    if let Ok(route) = app.cases.propose_host(case).await
        && ground.staff.handlers.contains_key(&route.unit_id)
    {
        return Ok((route.unit_id, false));
    }
    let units: Vec<i64> = ground.unit_logins().into_keys().collect();
    Ok((*dice.pick(&units), true))
}

/// A matter as the command takes it. Put together as JSON, so that what is not said keeps its default.
pub(crate) fn registration(matter: &Matter) -> Result<Register, String> {
    let phone = Phone::parse(&matter.phone).map_err(|error| error.to_string())?;
    let person = Person { name: Some(matter.name.clone()), phone: Some(phone), ..Person::default() };
    let body = json!({
        "kind": matter.kind.as_str(),
        "channel": matter.channel.as_str(),
        "category": matter.category,
        "title": matter.title,
        "detail": matter.detail,
        "place": matter.place,
        "reporters": [{ "person": person }],
    });
    serde_json::from_value(body).map_err(|error| error.to_string())
}

fn at(start: Timestamp, after: i64) -> Timestamp {
    store::at(ms(start) + after)
}

async fn act(
    app: &App,
    case: i64,
    actor: &AccountActor,
    action: &str,
    body: Value,
    now: Timestamp,
) -> Result<(), String> {
    let done = app.cases.act(&Ctx::of(actor.clone(), now), Target::from(case), action, body).await;
    done.map(|_| ()).map_err(|error| format!("{action}: {error}"))
}

//! The demo county: real divisions, made-up people, ninety days of matters.

pub mod calendar;
pub mod county;
pub mod dice;
pub mod halls;
pub mod map;
pub mod names;
pub mod sim;
pub mod spots;
pub mod staff;
pub mod texts;

use crate::{App, Config, Failure, ambient::Stopwatch, cli::DemoArgs, out::say};
use county::County;
use people::{Change, commands::settings::change_settings, county::SettingsChange, queries::UnitFilter};
use serde_json::json;
use sim::{Lived, Sim, Span};
use staff::{Listed, Staff};
use std::{fmt::Write as _, fs, io::Write as _, path::Path};
use store::{Timestamp, ms};
use texts::Texts;

const DAY_MS: i64 = 86_400_000;
/// Matters a day: a small county's hotline, windows and grids together.
const MATTERS_A_DAY: usize = 38;

/// Makes the demo county in the store at `config` when that is empty; does nothing when it holds the demo already.
///
/// Writes two files into the data folder: `accounts.txt`, which `./dev up` prints (how to sign in: accounts by duty and the one
/// password), and `accounts.json` for the browser tests: `{"password": "…", "accounts": [{"login", "role", "unit", "name"}]}`.
/// The latter also says that the folder holds a finished demo.
///
/// # Errors
/// A data folder that holds a real county, or a demo that was broken off.
pub async fn prepare(config: &Config, args: &DemoArgs) -> Result<(), Failure> {
    let (finished, begun) = (config.data.join("accounts.json"), config.data.join("demo.begun"));
    if finished.exists() && !begun.exists() {
        return Ok(());
    }
    let watch = Stopwatch::start();
    let app = App::open(config.clone()).await?;
    let units = app.store.read(|conn| people::queries::units(conn, &UnitFilter::default())).await?;
    if !units.is_empty() {
        let where_ = config.data.display();
        return Err(Failure::said(if begun.exists() {
            format!(
                "the demo in {where_} was broken off while it was made; remove the folder and start again"
            )
        } else {
            format!("{where_} holds a county already; the demo needs a folder of its own")
        }));
    }
    fs::write(&begun, "")?;
    say("Making the demo county 清水县 (once; about a minute) …");
    let password = people::secret::one_time_password(app.store.entropy().as_ref());
    let (staff, lived) = seed(&app, args, &password, app.store.clock().now()).await?;
    keep_secret(&config.data.join("accounts.txt"), &letter(&staff.listed, &password))?;
    let accounts = json!({ "password": password, "accounts": staff.listed });
    keep_secret(&finished, &accounts.to_string())?;
    fs::remove_file(&begun)?;
    let seconds = watch.elapsed().as_secs();
    say(format!("{} matters, {} commands, in {seconds} s", lived.matters, lived.commands));
    Ok(())
}

/// Makes the county, its people and its matters up to `now` in an empty store. The same seed makes the same matters.
///
/// # Errors
/// When the store cannot be written.
pub async fn seed(
    app: &App,
    args: &DemoArgs,
    password: &str,
    now: Timestamp,
) -> Result<(Staff, Lived), Failure> {
    let days = i64::from(args.days.clamp(1, 300));
    let from = store::at(ms(now) - days * DAY_MS);
    let before = store::at(ms(from) - DAY_MS);
    let county = County::shipped()?;
    county.found(&app.store, before).await?;
    let named = SettingsChange {
        county_name: Some(county::NAME.into()),
        county_name_en: Some(county::NAME_EN.into()),
        ..SettingsChange::default()
    };
    change_settings(&app.people, 0, named, Change::by_system(before)).await?;
    app.territory.reload().await?;
    calendar::provide(app, before, now).await?;
    let spots = spots::spots(&app.territory).await?;
    let staff = staff::hire(app, &spots, password, county.seed, before).await?;
    let texts = Texts::shipped()?;
    let usual = usize::try_from(days).unwrap_or(1) * MATTERS_A_DAY;
    let span = Span { from, until: now, matters: args.matters.unwrap_or(usual), seed: county.seed };
    let lived = Sim::new(app, &staff, &texts, &spots, span)?.run(|_| {}).await?;
    Ok((staff, lived))
}

/// How to sign in, for people.
fn letter(accounts: &[Listed], password: &str) -> String {
    let mut text = String::from("How to sign in to the demo county 清水县\n\n");
    let _ = writeln!(text, "Password of every account: {password}\n");
    let role_of =
        |role: &str| accounts.iter().filter(|account| account.role == role).take(3).collect::<Vec<_>>();
    for role in people::Role::ALL {
        for account in role_of(role.as_str()) {
            let _ = writeln!(
                text,
                "  {:<16} {:<15} {}  {}",
                account.login, account.role, account.unit, account.name
            );
        }
    }
    text.push_str("\nEvery department signs in with its code (gaj, zjj, mzj …), every town with its name (yongqing, hongbao …).\n");
    text
}

/// Writes a file that only its owner can read.
fn keep_secret(path: &Path, text: &str) -> Result<(), Failure> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = fs::OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use cases::queries::{Ask, desks};
    use people::Role;
    use std::collections::BTreeMap;
    use store::testkit::on_both_kits;

    /// A Wednesday morning: all desks are at work.
    const NOW: &str = "2026-11-18T02:40:00Z";

    #[tokio::test(flavor = "multi_thread")]
    async fn every_desk_has_work_and_some_of_it_is_late() {
        on_both_kits(async |kit| {
            let config = Config { data: kit.folder().to_owned(), ..Config::default() };
            let app = App::on(kit.store.clone(), config).await.unwrap();
            let now: Timestamp = NOW.parse().unwrap();
            kit.clock.set(now);
            let args = DemoArgs { days: 12, matters: Some(200) };
            let (staff, lived) = seed(&app, &args, "demo-Passw0rd", now).await.unwrap();
            assert_eq!(lived.matters, 200);
            let refused: usize = lived.refused.values().sum();
            assert!(refused * 50 < lived.commands, "too much was refused: {:?}", lived.refused);
            assert!(lived.cards.1 > 0 && lived.cards.2 > 0, "no cards: {:?}", lived.cards);

            let mut work: BTreeMap<String, i64> = BTreeMap::new();
            let mut late = 0;
            let centre = [Role::Steward, Role::Dispatcher, Role::Operator, Role::Supervisor];
            let centre = centre.iter().map(|role| &staff.centre_staff[role][0]);
            for actor in centre.chain(staff.handlers.values().map(|handlers| &handlers[0])) {
                let counts = desks(&app.cases, &Ask { actor: actor.clone(), now }).await.unwrap();
                for desk in counts.desks {
                    let name = serde_json::to_value(desk.desk).unwrap();
                    *work.entry(name.as_str().unwrap().to_owned()).or_insert(0) += desk.count;
                    late += desk.late;
                }
            }
            for desk in ["cleaning", "dispatch", "unit", "review", "callback", "supervision"] {
                assert!(
                    work.get(desk).is_some_and(|count| *count > 0),
                    "nothing on the desk {desk}: {work:?}"
                );
            }
            assert!(late > 0, "nothing is late");
            assert_repeatable(&app, &staff, now).await;
        })
        .await;
    }

    /// Whoever tries a duty first finds work, at night and on a holiday too.
    #[tokio::test(flavor = "multi_thread")]
    async fn work_waits_on_every_desk_at_whatever_hour_the_demo_opens() {
        // A Sunday night; the National Day holiday; a Monday before the offices open.
        for now in ["2026-11-21T19:00:00Z", "2026-10-04T03:00:00Z", "2026-11-22T23:50:00Z"] {
            let kit = store::testkit::Kit::open(store::testkit::Engine::Sqlite).await;
            let config = Config { data: kit.folder().to_owned(), ..Config::default() };
            let app = App::on(kit.store.clone(), config).await.unwrap();
            let now: Timestamp = now.parse().unwrap();
            kit.clock.set(now);
            let args = DemoArgs { days: 25, matters: Some(60) };
            let (staff, lived) = seed(&app, &args, "demo-Passw0rd", now).await.unwrap();
            let login = &staff.listed.iter().find(|one| one.role == "liaison").unwrap().login;
            let liaison = &staff.handlers[&staff.units[login]][0];
            let centre = [Role::Steward, Role::Dispatcher, Role::Operator, Role::Supervisor];
            let centre = centre.iter().map(|role| &staff.centre_staff[role][0]);
            let mut parts: BTreeMap<String, i64> = BTreeMap::new();
            for actor in centre.chain([liaison]) {
                let counts = desks(&app.cases, &Ask { actor: actor.clone(), now }).await.unwrap();
                for desk in counts.desks {
                    let name = serde_json::to_value(desk.desk).unwrap().as_str().unwrap().to_owned();
                    for part in desk.parts {
                        *parts.entry(format!("{name} {}", part.part)).or_insert(0) += part.count;
                    }
                    *parts.entry(name).or_insert(0) += desk.count;
                }
            }
            let idle: Vec<&String> =
                parts.iter().filter(|(_, count)| **count == 0).map(|(name, _)| name).collect();
            assert!(idle.is_empty(), "{now}: nothing on {idle:?} of {parts:?}; refused {:?}", lived.refused);
            let set = app.store.read(people::county::load).await.unwrap();
            assert_eq!(set.county_name, county::NAME);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_demo_lives_on_where_the_official_calendar_ends() {
        for (now, years) in [("2026-12-28T02:40:00Z", vec![2027]), ("2027-11-08T02:40:00Z", vec![2027, 2028])]
        {
            let kit = store::testkit::Kit::open(store::testkit::Engine::Sqlite).await;
            let config = Config { data: kit.folder().to_owned(), ..Config::default() };
            let app = App::on(kit.store.clone(), config).await.unwrap();
            let now: Timestamp = now.parse().unwrap();
            kit.clock.set(now);
            let args = DemoArgs { days: 10, matters: Some(60) };
            let (_, lived) = seed(&app, &args, "demo-Passw0rd", now).await.unwrap();
            let refused: usize = lived.refused.values().sum();
            assert!(refused * 50 < lived.commands, "too much was refused: {:?}", lived.refused);
            assert!(!lived.refused.keys().any(|code| code.contains("calendar")), "{:?}", lived.refused);
            let calendar = || app.cases.rules.current().calendar.clone();
            assert_eq!(calendar().provisional_years(), years, "and they are marked");

            // Started again it publishes nothing new, until the time comes.
            let versions = || app.cases.rules.current().versions.clone();
            let before = versions();
            calendar::provide(&app, now, now).await.unwrap();
            assert_eq!(versions(), before);
            let next = store::at(ms(now) + 366 * DAY_MS);
            calendar::provide(&app, next, next).await.unwrap();
            assert!(calendar().years().1 > *years.last().unwrap());
        }
    }

    /// The seed plans the same matters again.
    async fn assert_repeatable(app: &App, staff: &Staff, now: Timestamp) {
        let spots = spots::spots(&app.territory).await.unwrap();
        let texts = Texts::shipped().unwrap();
        let span = Span { from: store::at(ms(now) - 9 * DAY_MS), until: now, matters: 100, seed: 5 };
        let plan = |span| Sim::new(app, staff, &texts, &spots, span).unwrap().planned();
        assert_eq!(plan(span), plan(span));
        assert_ne!(plan(span), plan(Span { seed: 6, ..span }));
    }
}

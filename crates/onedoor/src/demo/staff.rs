//! Units and accounts of the demo county.

use super::{dice::Dice, names::Names, spots::Spot};
use crate::{App, Failure};
use people::{
    AccountActor, Change, PeopleError, Role, UnitKind, UnitTree,
    commands::{
        accounts::{self, NewAccount},
        grants::{self, NewGrant},
        units::{self, NewUnit},
    },
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use store::Timestamp;
use territory::{
    Level, TerritoryError,
    commands::{Actor, set_posts::NewPost},
    queries,
};

const UNITS: &str = include_str!("../../../rules/data/units-template.toml");
/// The centre's name in the demo.
const CENTRE: &str = "清水县社会治理中心";

#[derive(Deserialize)]
struct UnitFile {
    units: Vec<UnitPlan>,
}

#[derive(Clone, Debug, Deserialize)]
struct UnitPlan {
    code: String,
    zh: String,
    short: String,
    kind: UnitKind,
}

/// An account to make: login, name, unit, role, and the area the role is held for.
#[derive(Clone, Debug)]
struct Hire {
    login: String,
    name: String,
    unit: i64,
    role: Role,
    area: Option<i64>,
}

/// An account as it is told to whoever tries the demo.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    /// What to sign in with.
    pub login: String,
    /// The role.
    pub role: &'static str,
    /// The unit's name.
    pub unit: String,
    /// The person's name.
    pub name: String,
}

/// Who works in the demo county.
pub struct Staff {
    /// The county centre.
    pub centre: i64,
    /// Units by code; towns and villages by their area's code.
    pub units: BTreeMap<String, i64>,
    /// The town unit of each town.
    pub town_units: BTreeMap<i64, i64>,
    /// The village unit of each village.
    pub village_units: BTreeMap<i64, i64>,
    /// Accounts at the centre by role.
    pub centre_staff: BTreeMap<Role, Vec<AccountActor>>,
    /// Who handles for a unit.
    pub handlers: BTreeMap<i64, Vec<AccountActor>>,
    /// Who sits at a town's window.
    pub counters: BTreeMap<i64, AccountActor>,
    /// The worker of each grid.
    pub grid_workers: BTreeMap<i64, AccountActor>,
    /// The accounts worth telling.
    pub listed: Vec<Listed>,
}

/// Makes units and accounts. All share one password.
///
/// # Errors
/// When the store cannot be written.
pub async fn hire(
    app: &App,
    spots: &[Spot],
    password: &str,
    seed: u64,
    now: Timestamp,
) -> Result<Staff, Failure> {
    let mut names = Names::shipped(seed)?;
    let mut staff = found_units(app, spots, now).await?;
    let hash = app.people.hash(password).await?;
    let hires = plan(&staff, spots, &mut names)?;
    let tree = app.store.read(|conn| UnitTree::load(conn).map_err(PeopleError::from)).await?;
    for batch in hires.chunks(100) {
        let (service, wanted, hash) = (app.people.clone(), batch.to_vec(), hash.clone());
        let change = Change::by_system(now);
        let ids: Vec<i64> = app
            .store
            .write(move |tx| -> Result<Vec<i64>, PeopleError> {
                wanted.iter().map(|hire| engage(tx, &service, hire, &hash, &change)).collect()
            })
            .await?;
        for (hire, id) in batch.iter().zip(ids) {
            staff.keep(hire, id, &tree);
        }
    }
    staff.list(&hires, app).await?;
    post(app, &staff, spots, now).await?;
    super::halls::open(app, now).await?;
    Ok(staff)
}

fn engage(
    tx: &mut store::Tx<'_>,
    people: &people::People,
    hire: &Hire,
    hash: &str,
    change: &Change,
) -> Result<i64, PeopleError> {
    let new = NewAccount {
        login: hire.login.clone(),
        name: hire.name.clone(),
        unit_id: hire.unit,
        phone: String::new(),
        language: "zh".into(),
    };
    let row = accounts::create(tx, &new, hash, false, change)?;
    let grant = NewGrant { role: hire.role, unit_id: None, area_id: hire.area, expires_at: None };
    grants::set(tx, people, row.id, &[grant], change)?;
    Ok(row.id)
}

async fn found_units(app: &App, spots: &[Spot], now: Timestamp) -> Result<Staff, Failure> {
    let file: UnitFile = toml::from_str(UNITS).map_err(|error| Failure::said(error.to_string()))?;
    let areas = app
        .store
        .read(|conn| -> Result<_, TerritoryError> {
            let of = |level| queries::AreaFilter {
                level: Some(level),
                limit: 10_000,
                ..queries::AreaFilter::default()
            };
            Ok((queries::list(conn, &of(Level::Town))?, queries::list(conn, &of(Level::Village))?))
        })
        .await?;
    let county = spots.first().map(|spot| spot.county_id);
    let change = Change::by_system(now);
    let staff = app
        .store
        .write(move |tx| -> Result<Staff, PeopleError> {
            let mut founder = Founder { tx, change: &change, staff: Staff::empty() };
            founder.county(&file.units, county)?;
            founder.towns(&areas.0)?;
            founder.villages(&areas.1)?;
            Ok(founder.staff)
        })
        .await?;
    Ok(staff)
}

struct Founder<'a, 't> {
    tx: &'a mut store::Tx<'t>,
    change: &'a Change,
    staff: Staff,
}

impl Founder<'_, '_> {
    fn unit(&mut self, new: &NewUnit) -> Result<i64, PeopleError> {
        let id = units::create(self.tx, new, self.change)?.id;
        self.staff.units.insert(new.code.clone(), id);
        Ok(id)
    }

    fn county(&mut self, plans: &[UnitPlan], county: Option<i64>) -> Result<(), PeopleError> {
        let mut centre = None;
        for plan in plans {
            let is_centre = plan.kind == UnitKind::Centre;
            let name = if is_centre { CENTRE.to_owned() } else { full_name(&plan.zh) };
            let id = self.unit(&NewUnit {
                code: plan.code.clone(),
                name,
                short_name: if is_centre { "社会治理中心".into() } else { plan.short.clone() },
                kind: plan.kind,
                parent_id: centre,
                area_id: if is_centre { county } else { None },
                phone: String::new(),
            })?;
            if is_centre {
                centre = Some(id);
                self.staff.centre = id;
            }
        }
        Ok(())
    }

    fn towns(&mut self, areas: &[territory::Area]) -> Result<(), PeopleError> {
        for area in areas {
            let name = if area.name.contains("园区") {
                format!("{}管委会", area.name)
            } else {
                format!("{}人民政府", area.name)
            };
            let id = self.unit(&NewUnit {
                code: area.code[..9].to_owned(),
                name,
                short_name: area.name.replace("清水县", ""),
                kind: UnitKind::Town,
                parent_id: Some(self.staff.centre),
                area_id: Some(area.id),
                phone: String::new(),
            })?;
            self.staff.town_units.insert(area.id, id);
        }
        Ok(())
    }

    fn villages(&mut self, areas: &[territory::Area]) -> Result<(), PeopleError> {
        for area in areas {
            let town = area.town_id.and_then(|town| self.staff.town_units.get(&town).copied());
            let id = self.unit(&NewUnit {
                code: area.code.clone(),
                name: area.name.clone(),
                short_name: super::spots::spoken(&area.name),
                kind: UnitKind::Village,
                parent_id: town,
                area_id: Some(area.id),
                phone: String::new(),
            })?;
            self.staff.village_units.insert(area.id, id);
        }
        Ok(())
    }
}

/// `县公安局` is 清水县公安局; the branch of a city's office is named after both.
fn full_name(template: &str) -> String {
    match template.strip_prefix("市生态环境局") {
        Some(_) => "天水市生态环境局清水分局".to_owned(),
        None if template.starts_with('县') => format!("清水{template}"),
        None => template.to_owned(),
    }
}

fn plan(staff: &Staff, spots: &[Spot], names: &mut Names) -> Result<Vec<Hire>, Failure> {
    let mut hires = Vec::new();
    let mut hire = |login: String, name: String, unit: i64, role: Role, area: Option<i64>| {
        hires.push(Hire { login, name, unit, role, area });
    };
    for index in 0..names.centre().len() {
        let desk = &names.centre()[index];
        let role = Role::parse(&desk.role).ok_or_else(|| Failure::said(format!("no role {}", desk.role)))?;
        let (login, count) = (desk.login.clone(), desk.count);
        for number in 1..=count {
            let login = if count == 1 { login.clone() } else { format!("{login}{number}") };
            hire(login, names.draw(), staff.centre, role, None);
        }
    }
    let file: UnitFile = toml::from_str(UNITS).map_err(|error| Failure::said(error.to_string()))?;
    for plan in file.units.iter().filter(|plan| plan.kind != UnitKind::Centre) {
        let Some(unit) = staff.units.get(&plan.code) else { continue };
        hire(plan.code.clone(), names.draw(), *unit, Role::Liaison, None);
        hire(format!("{}2", plan.code), names.draw(), *unit, Role::Liaison, None);
        if plan.kind == UnitKind::Committee {
            hire(format!("{}-tj", plan.code), names.draw(), *unit, Role::Mediator, None);
        }
    }
    for (code, login) in names.towns().clone() {
        let Some(unit) = staff.units.get(&code) else { continue };
        hire(login.clone(), names.draw(), *unit, Role::Liaison, None);
        hire(format!("{login}2"), names.draw(), *unit, Role::Liaison, None);
        hire(format!("{login}-window"), names.draw(), *unit, Role::Clerk, None);
    }
    for spot in spots {
        let Some(unit) = staff.village_units.get(&spot.village_id) else { continue };
        hire(format!("wg{}", &spot.code[6..]), names.draw(), *unit, Role::GridWorker, Some(spot.grid));
    }
    Ok(hires)
}

/// Publishes who stands for each grid: its worker, and a lead who has some grids of a village.
async fn post(app: &App, staff: &Staff, spots: &[Spot], now: Timestamp) -> Result<(), Failure> {
    let mut leads: BTreeMap<(i64, usize), String> = BTreeMap::new();
    let mut names = Names::shipped(spots.len() as u64)?;
    let mut seen: BTreeMap<i64, usize> = BTreeMap::new();
    let mut jobs = Vec::new();
    for spot in spots {
        let Some(worker) = staff.grid_workers.get(&spot.grid) else { continue };
        let count = seen.entry(spot.village_id).or_default();
        // 388 leads for 1,055 grids: one for two or three.
        let lead = leads.entry((spot.village_id, *count / 3)).or_insert_with(|| names.draw()).clone();
        *count += 1;
        let mut publish = |post: &str, account_id, name: String| {
            let phone = names.phone();
            NewPost { post: post.into(), account_id, name, phone }
        };
        let posts = vec![
            publish("lead", None, lead),
            publish("worker", Some(worker.account_id), worker.name.clone()),
        ];
        jobs.push((spot.grid, posts));
    }
    for batch in jobs.chunks(64) {
        let batch = batch.iter().map(|(grid, posts)| {
            territory::commands::set_posts::set_posts(&app.store, Actor::default(), *grid, posts.clone(), now)
        });
        for done in futures::future::join_all(batch).await {
            done?;
        }
    }
    Ok(())
}

impl Staff {
    fn empty() -> Staff {
        Staff {
            centre: 0,
            units: BTreeMap::new(),
            town_units: BTreeMap::new(),
            village_units: BTreeMap::new(),
            centre_staff: BTreeMap::new(),
            handlers: BTreeMap::new(),
            counters: BTreeMap::new(),
            grid_workers: BTreeMap::new(),
            listed: Vec::new(),
        }
    }

    fn keep(&mut self, hire: &Hire, id: i64, tree: &UnitTree) {
        let actor =
            AccountActor::new(id, hire.unit, hire.name.clone(), &[(hire.role, None, hire.area)], tree);
        match (hire.role, hire.area) {
            (Role::GridWorker, Some(grid)) => {
                self.grid_workers.insert(grid, actor);
            }
            (Role::Liaison | Role::Mediator, _) => self.handlers.entry(hire.unit).or_default().push(actor),
            (role, _) if hire.unit == self.centre => self.centre_staff.entry(role).or_default().push(actor),
            (Role::Clerk, _) => {
                self.counters.insert(hire.unit, actor);
            }
            _ => {}
        }
    }

    /// Everybody but the many grid workers, of whom three.
    async fn list(&mut self, hires: &[Hire], app: &App) -> Result<(), Failure> {
        let ids: BTreeSet<i64> = hires.iter().map(|hire| hire.unit).collect();
        let names = app
            .store
            .read(move |conn| -> Result<BTreeMap<i64, String>, PeopleError> {
                ids.iter().map(|id| people::queries::unit(conn, *id).map(|unit| (*id, unit.name))).collect()
            })
            .await?;
        let mut workers = 0;
        for hire in hires {
            workers += usize::from(hire.role == Role::GridWorker);
            if hire.role == Role::GridWorker && workers > 3 {
                continue;
            }
            self.listed.push(Listed {
                login: hire.login.clone(),
                role: hire.role.as_str(),
                unit: names.get(&hire.unit).cloned().unwrap_or_default(),
                name: hire.name.clone(),
            });
        }
        Ok(())
    }

    /// Somebody at the centre with a role.
    ///
    /// # Panics
    /// Never with the shipped people: every role that is asked for is held.
    pub fn someone(&self, role: Role, dice: &mut Dice) -> &AccountActor {
        dice.pick(self.centre_staff.get(&role).expect("the shipped people hold every role of the centre"))
    }

    /// Somebody who handles for a unit.
    pub fn handler(&self, unit: i64, dice: &mut Dice) -> Option<&AccountActor> {
        self.handlers.get(&unit).map(|handlers| dice.pick(handlers))
    }
}

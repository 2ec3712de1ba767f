//! The county that is measured: the demo's divisions, grids, units and accounts, without its matters.

use crate::load::Zipf;
use cases::{commands::Place, rulebook::Rules};
use onedoor::{
    App, Config,
    demo::{
        county::{COUNTY, County},
        dice::Dice,
        names::Names,
        spots::{self, Spot},
        staff::{self, Staff},
        texts::{Template, Texts},
    },
};
use people::{
    Change, PeopleError, Role,
    commands::{
        accounts::{self, NewAccount},
        grants::{self, NewGrant},
    },
};
use rules::{
    catalogue::{Category, FieldKind},
    words::{CaseKind, Channel, Confidentiality},
};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};
use store::{Store, Timestamp};
use territory::queries::AreaFilter;

/// The password of every account.
pub const PASSWORD: &str = "bench-Passw0rd-1";
/// The clerk of the busiest village.
pub const VILLAGE_CLERK: &str = "village-clerk";
/// Characters of a matter's text.
const LENGTH: std::ops::RangeInclusive<usize> = 180..=230;

/// Opens the rooms on a data folder (SQLite in it, or the PostgreSQL of the URL).
///
/// # Errors
/// In words.
pub async fn open(data: &Path, database_url: Option<&str>) -> Result<App, String> {
    let config =
        Config { data: data.to_owned(), database_url: database_url.map(str::to_owned), ..Config::default() };
    App::open(config).await.map_err(|error| error.to_string())
}

/// Makes the county in an empty store.
///
/// # Errors
/// In words.
pub async fn found(app: &App, now: Timestamp) -> Result<Ground, String> {
    let county = County::shipped().map_err(text)?;
    county.found(&app.store, now).await.map_err(text)?;
    app.territory.reload().await.map_err(text)?;
    let spots = spots::spots(&app.territory).await.map_err(text)?;
    let staff = staff::hire(app, &spots, PASSWORD, county.seed, now).await.map_err(text)?;
    let areas = app
        .territory
        .store()
        .read(|conn| territory::queries::list(conn, &AreaFilter { limit: 20_000, ..AreaFilter::default() }));
    let names = areas.await.map_err(text)?.into_iter().map(|area| (area.id, area.name)).collect();
    let ground = Ground::new(app, (spots, names), staff, county.seed)?;
    village_clerk(app, &ground, now).await?;
    Ok(ground)
}

async fn village_clerk(app: &App, ground: &Ground, now: Timestamp) -> Result<(), String> {
    let spot = &ground.spots[ground.by_rank[0]];
    let unit = *ground.staff.village_units.get(&spot.village_id).ok_or("the village has no unit")?;
    let hash = app.people.hash(PASSWORD).await.map_err(text)?;
    let (service, change, village) = (app.people.clone(), Change::by_system(now), spot.village_id);
    app.store
        .write(move |tx| -> Result<(), PeopleError> {
            let new = NewAccount {
                login: VILLAGE_CLERK.into(),
                name: "村务员".into(),
                unit_id: unit,
                phone: String::new(),
                language: "zh".into(),
            };
            let row = accounts::create(tx, &new, &hash, false, &change)?;
            // As a clerk it sees what happens in its village, as a liaison what its unit handles.
            let grant = |role, area_id| NewGrant { role, unit_id: None, area_id, expires_at: None };
            let held = [grant(Role::Clerk, Some(village)), grant(Role::Liaison, None)];
            grants::set(tx, &service, row.id, &held, &change)?;
            Ok(())
        })
        .await
        .map_err(text)
}

/// Where matters happen, what they are about, who handles them. Shared by all who write matters.
pub struct Ground {
    /// The grids.
    pub spots: Vec<Spot>,
    /// Units and accounts.
    pub staff: Staff,
    /// Templates that any clerk may take in, by category.
    templates: Vec<(Template, Category)>,
    texts: Texts,
    places: Vec<[Place; 4]>,
    /// The grid of each rank: chance decides once which grids are the busy ones.
    pub by_rank: Vec<usize>,
    areas: Zipf,
    categories: Zipf,
    names: HashMap<i64, String>,
}

impl Ground {
    fn new(
        app: &App,
        (spots, names): (Vec<Spot>, HashMap<i64, String>),
        staff: Staff,
        seed: u64,
    ) -> Result<Ground, String> {
        let texts = Texts::shipped().map_err(text)?;
        let catalogue = Rules::shipped().map_err(text)?.catalogue;
        let mut dice = Dice::new(seed, 401);
        let open = |template: &&Template| template.confidentiality.is_none_or(|c| c == Confidentiality::Open);
        let mut templates: Vec<(Template, Category)> = Vec::new();
        for template in texts.templates().iter().filter(open) {
            let category = catalogue.get(&template.category).map_err(text)?;
            let kind = kind_of(template, category);
            if matches!(kind, CaseKind::Request | CaseKind::Complaint | CaseKind::Hazard | CaseKind::Inquiry)
            {
                templates.push((template.clone(), category.clone()));
            }
        }
        shuffle(&mut templates, &mut dice);
        let mut by_rank: Vec<usize> = (0..spots.len()).collect();
        shuffle(&mut by_rank, &mut dice);
        let places = spots.iter().map(|spot| {
            std::array::from_fn(|n| {
                let words = format!("{}{}{}号附近", spot.town, spot.village, 10 + n * 7 + dice.below(7));
                spot.place(&app.territory, words, &mut dice)
            })
        });
        let places = places.collect();
        let (areas, categories) = (Zipf::new(spots.len(), 1.0), Zipf::new(templates.len(), 1.0));
        Ok(Ground { spots, staff, templates, texts, places, by_rank, areas, categories, names })
    }

    /// The login of somebody who handles for each unit that has an account by the unit's own code.
    #[must_use]
    pub fn unit_logins(&self) -> BTreeMap<i64, String> {
        let listed = self.staff.listed.iter().filter(|listed| listed.role == Role::Liaison.as_str());
        let logins: Vec<&str> = listed.map(|listed| listed.login.as_str()).collect();
        let by_code = self.staff.units.iter().filter(|(code, _)| logins.contains(&code.as_str()));
        by_code.map(|(code, unit)| (*unit, code.clone())).collect()
    }

    /// Logins of a role at the centre.
    #[must_use]
    pub fn logins(&self, role: Role) -> Vec<String> {
        let of_role = self.staff.listed.iter().filter(|listed| listed.role == role.as_str());
        of_role.filter(|listed| !listed.login.contains('-')).map(|listed| listed.login.clone()).collect()
    }

    /// A place in a grid.
    #[must_use]
    pub fn place(&self, spot: usize) -> &Place {
        &self.places[spot][0]
    }

    /// The name of an area; empty for none.
    #[must_use]
    pub fn name(&self, area: Option<i64>) -> String {
        area.and_then(|id| self.names.get(&id)).cloned().unwrap_or_default()
    }

    /// The county's code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        COUNTY
    }
}

fn kind_of(template: &Template, category: &Category) -> CaseKind {
    template.kind.or(category.kind).unwrap_or(CaseKind::Request)
}

fn shuffle<T>(items: &mut [T], dice: &mut Dice) {
    for last in (1..items.len()).rev() {
        items.swap(last, dice.below(last + 1));
    }
}

/// A matter as somebody brings it.
#[derive(Clone, Debug)]
pub struct Matter {
    /// What kind.
    pub kind: CaseKind,
    /// By which door.
    pub channel: Channel,
    /// About what.
    pub category: String,
    /// One line.
    pub title: String,
    /// About 200 characters.
    pub detail: String,
    /// What the unit will answer.
    pub reply: String,
    /// Where.
    pub place: Place,
    /// What the category's form asks for.
    pub form: Map<String, Value>,
    /// Who.
    pub name: String,
    /// The person's telephone.
    pub phone: String,
}

/// Writes matters; the same seed writes the same ones.
pub struct Writer {
    ground: Arc<Ground>,
    names: Names,
    dice: Dice,
}

impl Writer {
    /// A writer of its own chance.
    ///
    /// # Errors
    /// When the shipped names cannot be read.
    pub fn new(ground: Arc<Ground>, seed: u64) -> Result<Writer, String> {
        let names = Names::shipped(seed).map_err(text)?;
        Ok(Writer { ground, names, dice: Dice::new(seed, 77) })
    }

    /// The dice, for other draws of the same worker.
    pub fn dice(&mut self) -> &mut Dice {
        &mut self.dice
    }

    /// A matter somewhere, areas and categories by Zipf's law.
    pub fn matter(&mut self) -> Matter {
        let rank = self.ground.areas.draw(&mut self.dice);
        self.matter_at(self.ground.by_rank[rank])
    }

    /// A matter of a grid.
    pub fn matter_at(&mut self, spot: usize) -> Matter {
        let ground = Arc::clone(&self.ground);
        let urban = ground.spots[spot].urban;
        let mut drawn = ground.categories.draw(&mut self.dice);
        for _ in 0..50 {
            if fits(&ground.templates[drawn].0, urban) {
                break;
            }
            drawn = ground.categories.draw(&mut self.dice);
        }
        let (template, category) = &ground.templates[drawn];
        self.written(spot, template, category)
    }

    /// The same kind of matter as another, told anew, at a grid.
    pub fn again(&mut self, category: &str, spot: usize) -> Matter {
        let ground = Arc::clone(&self.ground);
        let found = ground.templates.iter().find(|(template, _)| template.category == category);
        let (template, category) = found.unwrap_or(&ground.templates[0]);
        self.written(spot, template, category)
    }

    fn written(&mut self, at: usize, template: &Template, about: &Category) -> Matter {
        let ground = Arc::clone(&self.ground);
        let spot = &ground.spots[at];
        let first = self.dice.below(6);
        let mut written = ground.texts.write(template, spot, first, &mut self.dice);
        let mut detail = std::mem::take(&mut written.detail);
        for variant in 1..6 {
            if detail.chars().count() >= *LENGTH.start() {
                break;
            }
            let more = ground.texts.write(template, spot, first + variant, &mut self.dice);
            detail.push_str("另外反映：");
            detail.push_str(&more.detail);
        }
        let detail: String = detail.chars().take(*LENGTH.end()).collect();
        let places = &ground.places[at];
        let place = places[self.dice.below(places.len())].clone();
        let channel =
            *self.dice.pick(&[Channel::Hotline, Channel::Hotline, Channel::Window, Channel::Portal]);
        let form = self.form(about, &place.text);
        Matter {
            kind: kind_of(template, about),
            channel,
            category: template.category.clone(),
            title: written.title,
            detail,
            reply: written.reply,
            place,
            form,
            name: self.names.draw(),
            phone: format!("199{:08}", self.dice.below(100_000_000)),
        }
    }
}

impl Writer {
    /// Answers to what a form must have.
    fn form(&mut self, about: &Category, place: &str) -> Map<String, Value> {
        let mut form = Map::new();
        for field in about.fields.iter().filter(|field| field.required) {
            let value = match field.def.kind {
                FieldKind::Text => json!(place),
                FieldKind::Number => json!(1 + self.dice.below(200)),
                FieldKind::Boolean => json!(self.dice.percent(12)),
                FieldKind::Date => json!("2026-03-02"),
                FieldKind::Choice => json!(field.def.choices.first().map(|choice| &choice.value)),
            };
            form.insert(field.name.clone(), value);
        }
        form
    }
}

fn fits(template: &Template, urban: bool) -> bool {
    use onedoor::demo::texts::Where;
    match template.at {
        Where::Seat => urban,
        Where::Village => !urban,
        Where::Any => true,
    }
}

/// Opens the store alone.
///
/// # Errors
/// In words.
pub async fn open_store(data: &Path, database_url: Option<&str>) -> Result<Store, String> {
    Store::open(store::StoreConfig {
        data: data.to_owned(),
        database_url: database_url.map(str::to_owned),
        clock: onedoor::ambient::clock(),
        entropy: onedoor::ambient::entropy(),
    })
    .await
    .map_err(text)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

//! Service points of the demo county: the centre's hall, a hall in every town, an office in every village.

use super::{county::COUNTY, spots::spoken};
use crate::{App, Failure};
use store::Timestamp;
use territory::{
    Area, Level,
    commands::{
        Actor,
        service_points::{ServicePointSpec, open_service_point},
    },
    queries,
};

const OFFICE_HOURS: &str = "工作日 8:30–12:00，14:30–18:00";

/// Opens them.
///
/// # Errors
/// When the store cannot be written.
pub async fn open(app: &App, now: Timestamp) -> Result<(), Failure> {
    let areas = app
        .store
        .read(|conn| {
            let limit = 10_000;
            queries::list(conn, &queries::AreaFilter { limit, ..queries::AreaFilter::default() })
        })
        .await?;
    let points: Vec<ServicePointSpec> = areas.iter().filter_map(point).collect();
    for batch in points.chunks(64) {
        let batch = batch
            .iter()
            .map(|spec| open_service_point(&app.store, Actor::default(), spec.clone(), None, now));
        for done in futures::future::join_all(batch).await {
            done?;
        }
    }
    Ok(())
}

fn point(area: &Area) -> Option<ServicePointSpec> {
    let level = Level::parse(&area.level).ok()?;
    let place = spoken(&area.name);
    let (name, kind, hours) = match level {
        Level::County => ("清水县社会治理中心服务大厅".to_owned(), "centre", "每日 8:30–18:00，热线全天"),
        Level::Town => (format!("{place}便民服务中心"), "town_hall", OFFICE_HOURS),
        Level::Village => (format!("{place}便民服务站"), "village_office", OFFICE_HOURS),
        Level::Grid => return None,
    };
    // The county's middle lies in the hills; its hall lies in the county seat.
    let seat = (106.1266, 34.7487);
    let at = if area.code == COUNTY { Some(seat) } else { area.lon.zip(area.lat) };
    Some(ServicePointSpec {
        name,
        kind: kind.to_owned(),
        area_id: area.id,
        point: at,
        address: String::new(),
        phone: String::new(),
        hours: hours.to_owned(),
        active: true,
    })
}

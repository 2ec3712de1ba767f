//! One row as a matter, or why it cannot be taken.

use super::{
    map::{Field, Map},
    table::{Row, Table},
};
use cases::commands::{ExternalRef, Place, Register, ReporterInput, Verify};
use jiff::{
    Timestamp,
    civil::{DateTime, Time},
    fmt::strtime,
    tz::Offset,
};
use people::persons::{Person, Phone};
use rules::{
    catalogue::{Catalogue, Category},
    words::{CaseKind, Channel, Confidentiality, ResolutionClass, Urgency},
};

const TITLE_LENGTH: usize = 60;

/// What people said when they were asked.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// `yes`, `partly` or `no`.
    pub(super) resolved: String,
    /// 1 to 5.
    pub(super) satisfaction: Option<i64>,
}

/// A matter of the file.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Where it stands in the file.
    pub(super) line: u64,
    /// Its number there.
    pub(super) number: String,
    /// What is registered.
    pub(super) register: Register,
    /// What the steward finds.
    pub(super) verify: Verify,
    /// The division code of its place.
    pub(super) area_code: Option<String>,
    /// The resolution class, where the file knows it.
    pub(super) class: Option<ResolutionClass>,
    /// When it was received.
    pub(super) received: Timestamp,
    /// The answer and when it was given.
    pub(super) reply: Option<(Timestamp, String)>,
    /// What the person said to it.
    pub(super) asked: Option<Asked>,
}

/// Reads rows by a mapping.
pub(super) struct Reader<'a> {
    map: &'a Map,
    table: &'a Table,
    catalogue: &'a Catalogue,
    offset: Offset,
}

/// What cleaning finds of a matter that another system has cleaned already.
fn verification(register: &Register, category: String, urgency: Urgency) -> Verify {
    let kind = register.kind;
    let confidentiality = match kind {
        CaseKind::WrongdoingReport => Confidentiality::Sealed,
        CaseKind::Request
        | CaseKind::Complaint
        | CaseKind::Inquiry
        | CaseKind::Suggestion
        | CaseKind::Hazard
        | CaseKind::Dispute
        | CaseKind::Whistle => Confidentiality::Open,
    };
    Verify {
        kind,
        category,
        urgency,
        confidentiality,
        title: register.title.clone(),
        place: register.place.clone(),
        form: Some(register.form.clone()).filter(|form| !form.is_empty()),
        reported_unit_id: None,
        nobody_named: kind == CaseKind::WrongdoingReport,
    }
}

impl<'a> Reader<'a> {
    /// A reader of `table`.
    ///
    /// # Errors
    /// An offset that is none.
    pub(super) fn new(map: &'a Map, table: &'a Table, catalogue: &'a Catalogue) -> Result<Self, String> {
        let offset = rules::calendar::parse_offset(&map.file.utc_offset);
        let offset = offset.ok_or_else(|| format!("utc_offset `{}`", map.file.utc_offset))?;
        Ok(Self { map, table, catalogue, offset })
    }

    /// A row as a matter.
    ///
    /// # Errors
    /// Why it cannot be taken.
    pub(super) fn entry(&self, row: &Row) -> Result<Entry, String> {
        let number = self.needed(Field::Number, row)?;
        let detail = self.text(Field::Detail, row)?.unwrap_or_default();
        let title =
            self.text(Field::Title, row)?.unwrap_or_else(|| detail.chars().take(TITLE_LENGTH).collect());
        if title.trim().is_empty() {
            return Err("neither title nor detail".to_owned());
        }
        let detail = if detail.is_empty() { title.clone() } else { detail };
        let category = self.category(row, &format!("{title} {detail}"))?;
        let known = self.catalogue.get(&category).map_err(|why| why.to_string())?;
        let kind = self.word(Field::Kind, row, CaseKind::parse)?.or(known.kind).unwrap_or(CaseKind::Request);
        let urgency = self.word(Field::Urgency, row, Urgency::parse)?.unwrap_or(known.urgency);
        let received = self.time(Field::ReceivedAt, row, Time::midnight())?.ok_or("no time of receipt")?;
        let reply = self.reply(row, received)?;
        let register = Register {
            kind,
            channel: self.word(Field::Channel, row, Channel::parse)?.unwrap_or(Channel::Partner),
            urgency: Some(urgency),
            category: Some(category.clone()),
            title,
            detail,
            place: self.place(row)?,
            form: self.form(known, row)?,
            confidentiality: None,
            reported_unit_id: None,
            reporters: self.reporter(row)?.into_iter().collect(),
            head_count: self.number(Field::HeadCount, row)?,
            occurred_at: Some(received),
            external: Some(ExternalRef { system: self.map.system.clone(), number: number.clone() }),
            units_needed: Vec::new(),
            whistling_unit_id: None,
        };
        let verify = verification(&register, category, urgency);
        Ok(Entry {
            line: row.line,
            number,
            register,
            verify,
            area_code: self.text(Field::AreaCode, row)?,
            class: self.word(Field::ResolutionClass, row, ResolutionClass::parse)?,
            received,
            reply,
            asked: self.asked(row)?,
        })
    }

    /// A row's number, empty where it has none: by it a reject is found again.
    pub(super) fn number_of(&self, row: &Row) -> String {
        self.text(Field::Number, row).ok().flatten().unwrap_or_default()
    }

    fn text(&self, field: Field, row: &Row) -> Result<Option<String>, String> {
        let text = self.map.value(field, self.table, row).map_err(|why| format!("{field:?}: {why}"))?;
        Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
    }

    fn needed(&self, field: Field, row: &Row) -> Result<String, String> {
        self.text(field, row)?.ok_or_else(|| format!("{field:?} is empty"))
    }

    fn word<T, E: ToString>(
        &self,
        field: Field,
        row: &Row,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, String> {
        self.text(field, row)?.map(|word| parse(&word).map_err(|why| why.to_string())).transpose()
    }

    fn number<T: std::str::FromStr>(&self, field: Field, row: &Row) -> Result<Option<T>, String> {
        let text = self.text(field, row)?;
        text.map(|text| text.parse().map_err(|_| format!("{field:?}: `{text}` is no number"))).transpose()
    }

    fn category(&self, row: &Row, text: &str) -> Result<String, String> {
        let suggested = if self.map.suggests() { self.catalogue.suggest(text, 1) } else { Vec::new() };
        if let Some((category, _)) = suggested.first() {
            return Ok(category.code.clone());
        }
        self.text(Field::Category, row)?.ok_or_else(|| "no category".to_owned())
    }

    fn form(
        &self,
        category: &Category,
        row: &Row,
    ) -> Result<serde_json::Map<String, serde_json::Value>, String> {
        let mut form = serde_json::Map::new();
        for field in &category.fields {
            if let Some(value) = self.map.form_value(&field.name, self.table, row)? {
                form.insert(field.name.clone(), serde_json::Value::String(value));
            }
        }
        Ok(form)
    }

    fn place(&self, row: &Row) -> Result<Place, String> {
        let (lon, lat) = (self.number(Field::Lon, row)?, self.number(Field::Lat, row)?);
        let point = match (lon, lat) {
            (Some(lon), Some(lat)) => {
                territory::datum::check_point(lon, lat).map_err(|why| format!("Lon, Lat: {why}"))?;
                Some(self.map.file.datum.to_wgs84(lon, lat))
            }
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                return Err("half a point: Lon and Lat go together".to_owned());
            }
        };
        let (lon, lat) = point.unzip();
        Ok(Place { text: self.text(Field::Place, row)?.unwrap_or_default(), lon, lat, ..Place::default() })
    }

    fn reporter(&self, row: &Row) -> Result<Option<ReporterInput>, String> {
        let name = self.text(Field::Name, row)?;
        let phone = self.text(Field::Phone, row)?.map(|phone| Phone::parse(&phone)).transpose();
        let phone = phone.map_err(|why| format!("Phone: {why}"))?;
        if name.is_none() && phone.is_none() {
            return Ok(None);
        }
        let anonymous = name.is_none();
        Ok(Some(ReporterInput {
            person: Person { name, phone, ..Person::default() },
            confidential: false,
            anonymous,
        }))
    }

    fn reply(&self, row: &Row, received: Timestamp) -> Result<Option<(Timestamp, String)>, String> {
        let end_of_day = Time::constant(23, 59, 59, 0);
        let Some(at) = self.time(Field::RepliedAt, row, end_of_day)? else { return Ok(None) };
        let text = self.text(Field::Reply, row)?.ok_or("answered without an answer")?;
        if at < received {
            return Err("answered before it was received".to_owned());
        }
        Ok(Some((at, text)))
    }

    fn asked(&self, row: &Row) -> Result<Option<Asked>, String> {
        let Some(resolved) = self.text(Field::Resolved, row)? else { return Ok(None) };
        Ok(Some(Asked { resolved, satisfaction: self.number(Field::Satisfaction, row)? }))
    }

    fn time(&self, field: Field, row: &Row, without: Time) -> Result<Option<Timestamp>, String> {
        let Some(text) = self.text(field, row)? else { return Ok(None) };
        let read = self.map.file.dates.iter().find_map(|format| civil(format, &text, without));
        let read =
            read.ok_or_else(|| format!("{field:?}: `{text}` is no time in any of the mapping's forms"))?;
        let at = self.offset.to_timestamp(read).map_err(|why| format!("{field:?}: {why}"))?;
        Ok(Some(at))
    }
}

fn civil(format: &str, text: &str, without: Time) -> Option<DateTime> {
    let parsed = strtime::parse(format, text).ok()?;
    let has_time = ["%H", "%I", "%T", "%R", "%k", "%l"].iter().any(|part| format.contains(part));
    let time = if has_time { parsed.to_time().ok()? } else { without };
    Some(parsed.to_date().ok()?.to_datetime(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_usual_form() {
        let midnight = Time::midnight();
        let at = |text: &str| text.parse::<DateTime>().unwrap();
        let slashes = "%Y/%m/%d %H:%M:%S";
        assert_eq!(civil(slashes, "2019/4/24 16:03:40", midnight), Some(at("2019-04-24T16:03:40")));
        assert_eq!(civil(slashes, "2019/12/4 9:03:40", midnight), Some(at("2019-12-04T09:03:40")));
        let american = "%m/%d/%Y %I:%M:%S %p";
        assert_eq!(civil(american, "04/12/2018 11:11:26 PM", midnight), Some(at("2018-04-12T23:11:26")));
        assert_eq!(civil(american, "04/12/2018 12:11:26 AM", midnight), Some(at("2018-04-12T00:11:26")));
        assert_eq!(
            civil("%Y/%m/%d", "2018/4/24", Time::constant(23, 59, 59, 0)),
            Some(at("2018-04-24T23:59:59"))
        );
        assert_eq!(civil("%Y/%m/%d", "2018/4/31", midnight), None);
        assert_eq!(civil(slashes, "2018/4/24", midnight), None);
    }
}

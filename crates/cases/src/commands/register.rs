//! 受理登记: the beginning of every case, by whichever door.

use super::{
    Register, Text, Work,
    beginning::at_least,
    form, needed,
    tallies::{self, Counted},
    work::{Case, Row},
};
use crate::{
    CaseError, Cases, Ctx, Registered,
    model::{CaseRow, CaseTextRow, File, ReporterRow, contexts},
    rulebook::Rules,
};
use diesel::prelude::*;
use people::{Actor, persons};
use rules::{
    lifecycle::{ActorFacts, CaseAction, CaseState, ClockKind, Power},
    words::{CaseKind, Confidentiality, ResolutionClass, Urgency},
};
use serde_json::{Value, json};
use store::{
    Run, StoreError, Tx, ms,
    schema::{areas, case_texts, cases, external_refs, reporters},
    vault::DataKey,
};

/// The context that a kept check code is bound to, for a retry of the same request.
const KEPT_CODE: &str = "requests.check_code";
/// Letters and digits that nobody mistakes for one another.
const CODE_LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// Everything that is made before the transaction.
struct Prepared {
    key: DataKey,
    sealed: super::Sealed,
    detail: Vec<u8>,
    people: Vec<Option<persons::Draft>>,
    check_code: String,
    check_hash: Vec<u8>,
    kept_code: Vec<u8>,
}

impl Cases {
    /// Registers a matter.
    ///
    /// # Errors
    /// `input.invalid`, `forbidden`, `register.external_known`, `catalogue.*`.
    pub async fn register(&self, ctx: &Ctx, input: Register) -> Result<Registered, CaseError> {
        let wrong = wrong(&input);
        if !wrong.is_empty() {
            return Err(CaseError::Invalid(wrong));
        }
        let prepared = self.prepare(&input)?;
        let (cases, at, rules) = (self.clone(), ctx.clone(), self.rules.current());
        let job = move |tx: &mut Tx<'_>| -> Result<Registered, CaseError> {
            if let Some(done) = earlier(tx, &cases, &at)? {
                return Ok(done);
            }
            let done = write(tx, &cases, &at, &rules, &input, &prepared)?;
            if let Some(request) = &at.request {
                let outcome = json!({
                    "case": done.case_id, "number": done.number, "version": done.version, "reporters": done.reporters,
                    "code": data_encoding::BASE64.encode(&prepared.kept_code),
                });
                tx.keep_outcome(request, &outcome.to_string(), at.now)?;
            }
            Ok(done)
        };
        let done = self.store.write(job).await?;
        if let Some(watcher) = &self.watcher {
            let actor = super::system_actor();
            watcher(&self.tables.begin(&actor).map(|(row, _)| vec![Row::Case(row)]).unwrap_or_default());
        }
        Ok(done)
    }

    fn prepare(&self, input: &Register) -> Result<Prepared, CaseError> {
        let vault = self.store.vault();
        let key = vault.new_key()?;
        let form =
            if input.form.is_empty() { String::new() } else { Value::Object(input.form.clone()).to_string() };
        let texts = [
            Text::column("title", contexts::TITLE, input.title.trim()),
            Text::column("detail", contexts::DETAIL, &input.detail),
            Text::column("place", contexts::PLACE, &input.place.text),
            Text::column("form", contexts::FORM, form),
        ];
        let sealed = super::Sealed::under(&self.store, &key, &texts);
        let people = input.reporters.iter().map(|reporter| {
            let known = !reporter.person.is_empty();
            known.then(|| persons::Draft::seal(&self.store, &reporter.person)).transpose()
        });
        let people = people.collect::<Result<Vec<_>, _>>()?;
        let check_code = self.check_code();
        let check_hash = vault.lookup_hash("check_code", &check_code);
        let kept_code = vault.seal(&key, KEPT_CODE, check_code.as_bytes());
        let detail = sealed.column(contexts::DETAIL);
        Ok(Prepared { key, sealed, detail, people, check_code, check_hash, kept_code })
    }

    /// Ten characters of fifty random bits.
    fn check_code(&self) -> String {
        let mut bytes = [0; 10];
        self.store.entropy().fill(&mut bytes);
        bytes.iter().map(|byte| char::from(CODE_LETTERS[usize::from(byte & 31)])).collect()
    }

    /// The case of a number and a citizen's check code; `None` when either is wrong (one answer for both).
    ///
    /// # Errors
    /// When the store fails.
    pub async fn by_check_code(&self, number: &str, check_code: &str) -> Result<Option<CaseRow>, CaseError> {
        let number = number.trim().to_owned();
        let hash = self.store.vault().lookup_hash("check_code", &check_code.trim().to_ascii_uppercase());
        self.store
            .read(move |conn| {
                let found: Option<CaseRow> = cases::table
                    .filter(cases::number.eq(number))
                    .select(CaseRow::as_select())
                    .first(conn)
                    .optional()?;
                // Comparing keyed hashes: their bytes tell nothing about the code.
                Ok(found.filter(|case| case.check_code_hash == hash))
            })
            .await
    }
}

fn wrong(input: &Register) -> Vec<(String, &'static str)> {
    let mut wrong: Vec<(String, &'static str)> =
        [needed("title", &input.title), needed("detail", &input.detail)]
            .into_iter()
            .flatten()
            .map(|(field, code)| (field.to_owned(), code))
            .collect();
    if input.title.chars().count() > 200 {
        wrong.push(("title".into(), "field.too_long"));
    }
    if input.head_count.is_some_and(|heads| !(1..=100_000).contains(&heads)) {
        wrong.push(("head_count".into(), "field.out_of_range"));
    }
    if input.reporters.len() > 500 {
        wrong.push(("reporters".into(), "field.out_of_range"));
    }
    if input.kind == CaseKind::Whistle && input.units_needed.is_empty() {
        wrong.push(("units_needed".into(), "field.missing"));
    }
    let off_the_earth = input.place.lon.is_some_and(|lon| !(-180.0..=180.0).contains(&lon))
        || input.place.lat.is_some_and(|lat| !(-90.0..=90.0).contains(&lat));
    if off_the_earth {
        wrong.push(("place".into(), "field.out_of_range"));
    }
    wrong
}

fn earlier(tx: &mut Tx<'_>, cases: &Cases, ctx: &Ctx) -> Result<Option<Registered>, CaseError> {
    let Some(request) = &ctx.request else { return Ok(None) };
    let Some(outcome) = tx.earlier_outcome(request)? else { return Ok(None) };
    let corrupt = |detail: &str| StoreError::Corrupt { what: "outcome", detail: detail.to_owned() };
    let value: Value = serde_json::from_str(&outcome).map_err(|error| corrupt(&error.to_string()))?;
    let case_id = value["case"].as_i64().ok_or_else(|| corrupt("case"))?;
    let key: i64 = cases::table.find(case_id).select(cases::key_id).first(tx.conn())?;
    let key = cases.store.vault().key(tx.conn(), key)?;
    let kept = data_encoding::BASE64.decode(value["code"].as_str().unwrap_or_default().as_bytes());
    let code = cases.store.vault().open(&key, KEPT_CODE, &kept.map_err(|_| corrupt("code"))?)?;
    let reporters = value["reporters"].as_array().map(|ids| ids.iter().filter_map(Value::as_i64).collect());
    Ok(Some(Registered {
        case_id,
        number: value["number"].as_str().unwrap_or_default().to_owned(),
        check_code: String::from_utf8_lossy(&code).into_owned(),
        version: value["version"].as_i64().unwrap_or(1),
        reporters: reporters.unwrap_or_default(),
    }))
}

/// Who registers: duties that take matters in, the person at the portal, the product itself (imports).
fn registrar(ctx: &Ctx) -> ActorFacts {
    match &ctx.actor {
        Actor::System => super::system_actor(),
        Actor::Citizen => ActorFacts { powers: vec![Power::Person], ..ActorFacts::default() },
        Actor::Account(account) if account.can(people::Permission::CaseRegister) => ActorFacts {
            account: Some(account.account_id),
            units: vec![account.unit_id],
            any_unit: false,
            powers: vec![Power::Register],
        },
        Actor::Account(_) => ActorFacts::default(),
    }
}

fn write(
    tx: &mut Tx<'_>,
    cases: &Cases,
    ctx: &Ctx,
    rules: &Rules,
    input: &Register,
    prepared: &Prepared,
) -> Result<Registered, CaseError> {
    let actor = registrar(ctx);
    cases.tables.begin(&actor)?;
    let case = case_row(tx, cases, ctx, rules, input, prepared)?;
    let id = case.id;
    if let Some(external) = &input.external {
        external_ref(tx, id, external)?;
    }
    let number = case.number.clone();
    let fresh = Case { tables: &cases.tables, units: cases.units.fresh(), id };
    let mut work = Work::with(tx, ctx, rules, &prepared.sealed, fresh, file_of(case));
    work.actor = actor;
    keep(&mut work, input, prepared)?;
    begin(&mut work, input, prepared)?;
    Ok(Registered {
        case_id: id,
        number,
        check_code: prepared.check_code.clone(),
        version: 1,
        reporters: work.file.reporters.iter().map(|reporter| reporter.id).collect(),
    })
}

/// A case of which nothing but its row is known.
fn file_of(case: CaseRow) -> File {
    File {
        case,
        orders: Vec::new(),
        overlays: Vec::new(),
        reporters: Vec::new(),
        replies: Vec::new(),
        whistles: Vec::new(),
        whistle_units: Vec::new(),
        clocks: Vec::new(),
        rounds: Vec::new(),
    }
}

/// Starts the first clock, which the row of the case speaks of, and writes the row, the texts and the reporters.
fn keep(work: &mut Work<'_, '_>, input: &Register, prepared: &Prepared) -> Result<(), CaseError> {
    let centre = work.units.centre(work.tx.conn())?;
    work.start(ClockKind::Verify, None, Some(centre))?;
    work.foresee_next_step()?;
    let id = work.file.case.id;
    work.tx.keep_key(&prepared.key, "case", id, work.ctx.now)?;
    diesel::insert_into(cases::table).values(&work.file.case).run(work.tx.conn())?;
    let texts = CaseTextRow {
        case_id: id,
        detail: prepared.detail.clone(),
        place: prepared.sealed.column(contexts::PLACE),
        form: prepared.sealed.column(contexts::FORM),
    };
    diesel::insert_into(case_texts::table).values(&texts).run(work.tx.conn())?;
    work.file.reporters = keep_reporters(work.tx, work.ctx, input, prepared, id)?;
    work.before = (work.file.case.clone(), work.file.reporters.clone());
    Ok(())
}

/// Whistles where the matter is a whistle, counts, and writes the event.
fn begin(work: &mut Work<'_, '_>, input: &Register, prepared: &Prepared) -> Result<(), CaseError> {
    let case = &work.file.case;
    let event = json!({
        "kind": case.kind,
        "channel": case.channel,
        "number": case.number,
        "urgency": case.urgency,
        "confidentiality": case.confidentiality,
        "category": case.category,
        "town_id": case.town_id.map(|id| id.to_string()),
        "head_count": case.head_count,
        "reporters": case.reporter_count,
        "state": CaseState::Received.as_str(),
        "owner": case.owner_unit_id.to_string(),
    });
    if input.kind == CaseKind::Whistle {
        let centre = work.units.centre(work.tx.conn())?;
        work.whistle_at_once(input)?;
        work.start(ClockKind::WhistleReview, None, Some(centre))?;
    }
    work.join_desk_if_secret()?;
    work.settle_next_step()?;
    let public = work.by_whom_with(event)?;
    work.append(CaseAction::Register, public, prepared.sealed.parts())?;
    work.file.case.update_from(&work.before.0, work.tx.conn())?;
    tallies::first(work.tx, work.rules, Counted::of(&work.file))
}

/// What is decided about a new case before its row is written.
struct Beginning {
    registered: i64,
    owner: i64,
    urgency: Urgency,
    confidentiality: Confidentiality,
    county_id: Option<i64>,
    number: String,
}

fn case_row(
    tx: &mut Tx<'_>,
    cases: &Cases,
    ctx: &Ctx,
    rules: &Rules,
    input: &Register,
    prepared: &Prepared,
) -> Result<CaseRow, CaseError> {
    let mut units = cases.units.fresh();
    let centre = units.centre(tx.conn())?;
    let registered = ctx.actor.unit_id().unwrap_or(centre);
    let category = input.category.as_deref().map(|code| rules.catalogue.get(code)).transpose()?;
    if let Some(category) = category {
        form::check(rules, &category.code, &input.form, false)?;
    }
    let confidentiality = confidentiality(input);
    let own_report = match input.reported_unit_id {
        Some(reported) => {
            units.need(tx.conn(), "reported_unit_id", reported)?;
            units.is_under(tx.conn(), registered, reported)?
        }
        None => false,
    };
    // First-asked responsibility; but a secret matter, or one about the very unit that took it in, is the centre's at once.
    let secret = confidentiality == Confidentiality::Sealed;
    let (county_id, county) = county(tx, input.place.county_id)?;
    let date = rules.calendar.date(ctx.now).strftime("%Y%m%d").to_string();
    let running = tx.draw_number(&format!("case-number/{county}/{date}"))?;
    let beginning = Beginning {
        registered,
        owner: if secret || own_report { centre } else { registered },
        urgency: input.urgency.or(category.map(|category| category.urgency)).unwrap_or(Urgency::Ordinary),
        confidentiality,
        county_id,
        number: format!("{county}-{date}-{running:04}"),
    };
    Ok(row(tx.id()?, beginning, ctx, rules, input, prepared))
}

fn row(
    id: i64,
    beginning: Beginning,
    ctx: &Ctx,
    rules: &Rules,
    input: &Register,
    prepared: &Prepared,
) -> CaseRow {
    let Beginning { registered, owner, urgency, confidentiality, county_id, number } = beginning;
    let reporter_count = i64::try_from(input.reporters.len().max(1)).unwrap_or(1);
    CaseRow {
        id,
        number,
        kind: input.kind.as_str().to_owned(),
        channel: input.channel.as_str().to_owned(),
        state: CaseState::Received.as_str().to_owned(),
        ended_as: None,
        open: true,
        urgency: urgency.as_str().to_owned(),
        resolution_class: ResolutionClass::Prompt.as_str().to_owned(),
        confidentiality: confidentiality.as_str().to_owned(),
        category: input.category.clone().unwrap_or_default(),
        county_id,
        town_id: input.place.town_id,
        village_id: input.place.village_id,
        grid_id: input.place.grid_id,
        lon: input.place.lon,
        lat: input.place.lat,
        key_id: prepared.key.id,
        title: prepared.sealed.column(contexts::TITLE),
        host_unit_id: None,
        owner_unit_id: owner,
        owner_account_id: if owner == registered { ctx.actor.account_id() } else { None },
        first_unit_id: registered,
        registered_by: ctx.actor.account_id(),
        registered_unit_id: registered,
        reported_unit_id: input.reported_unit_id,
        designated: false,
        anonymous: input.reporters.iter().all(|reporter| reporter.anonymous || reporter.person.is_empty()),
        head_count: input.head_count.unwrap_or(reporter_count).max(reporter_count),
        reporter_count,
        round: 1,
        version: 1,
        next_step: None,
        next_due_at: None,
        due_at: None,
        suspended: false,
        supervision: "none".into(),
        occurred_at: ms(input.occurred_at.unwrap_or(ctx.now).min(ctx.now)),
        received_at: ms(ctx.now),
        dispatched_by: None,
        dispatched_at: None,
        replied_at: None,
        closed_at: None,
        archived_at: None,
        merged_into: None,
        reopened_count: 0,
        rule_version: rules.deadlines.version(),
        rule_chosen: String::new(),
        check_code_hash: prepared.check_hash.clone(),
        legal_hold: false,
        updated_at: ms(ctx.now),
    }
}

/// As asked, but never less than the kind and the reporters need: a reporter who wants to stay unknown restricts the case.
fn confidentiality(input: &Register) -> Confidentiality {
    let asked = input.confidentiality.unwrap_or(Confidentiality::Open);
    let hidden = input.reporters.iter().any(|reporter| reporter.confidential);
    at_least(input.kind, asked, hidden)
}

/// The county's area and its six-digit code; the county of the installation when the place names none.
fn county(tx: &mut Tx<'_>, id: Option<i64>) -> Result<(Option<i64>, String), CaseError> {
    let found: Option<(i64, String)> = match id {
        Some(id) => areas::table.find(id).select((areas::id, areas::code)).first(tx.conn()).optional()?,
        None => areas::table
            .filter(areas::level.eq("county").and(areas::valid_to.is_null()))
            .order(areas::id)
            .select((areas::id, areas::code))
            .first(tx.conn())
            .optional()?,
    };
    Ok(match found {
        Some((id, code)) => (Some(id), code.get(..6).unwrap_or("000000").to_owned()),
        None => (None, "000000".into()),
    })
}

fn external_ref(tx: &mut Tx<'_>, case_id: i64, external: &super::ExternalRef) -> Result<(), CaseError> {
    tx.lock_name(&format!("external/{}/{}", external.system, external.number))?;
    let key = (external.system.as_str(), external.number.as_str());
    let known: i64 = external_refs::table.find(key).count().get_result(tx.conn())?;
    if known > 0 {
        return Err(rules::lifecycle::Refusal::new("register.external_known").into());
    }
    diesel::insert_into(external_refs::table)
        .values((
            external_refs::system.eq(&external.system),
            external_refs::number.eq(&external.number),
            external_refs::case_id.eq(case_id),
        ))
        .run(tx.conn())?;
    Ok(())
}

/// Writes the reporters: each with own progress, answer, rating and confidentiality. Nobody named is one anonymous reporter.
fn keep_reporters(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    input: &Register,
    prepared: &Prepared,
    case_id: i64,
) -> Result<Vec<ReporterRow>, CaseError> {
    let nobody = super::ReporterInput { anonymous: true, ..Default::default() };
    let given: Vec<(&super::ReporterInput, Option<&persons::Draft>)> = if input.reporters.is_empty() {
        vec![(&nobody, None)]
    } else {
        input.reporters.iter().zip(prepared.people.iter().map(Option::as_ref)).collect()
    };
    let mut rows = Vec::with_capacity(given.len());
    for (reporter, draft) in given {
        let person_id = draft.map(|draft| persons::insert(tx, draft, ctx.now)).transpose()?;
        let person = &reporter.person;
        let row = ReporterRow {
            id: tx.id()?,
            case_id,
            origin_case_id: case_id,
            person_id,
            anonymous: reporter.anonymous || person.name.is_none(),
            confidential: reporter.confidential,
            contact: person.phone.is_some() || person.email.is_some() || person.address.is_some(),
            joined_at: ms(ctx.now),
            attempts: 0,
            reached_at: None,
            resolved: None,
            satisfaction: None,
        };
        diesel::insert_into(reporters::table).values(&row).run(tx.conn())?;
        rows.push(row);
    }
    Ok(rows)
}

//! Registering, the case page, actions, unmasking, duplicates.

use super::{Web, access, access::Subject, dto, place};
use crate::{CaseError, Target, commands, queries};
use axum::{extract::State, http::StatusCode};
use people::{
    persons::{Document, Person, Phone},
    web::{Caller, Command, Json, Path, Problem},
};
use serde_json::{Map, Value};

/// Registers a matter.
#[utoipa::path(post, path = "/cases", tag = "cases", request_body = dto::RegisterBody,
    params(("Idempotency-Key" = String, Header, description = "A UUID that the client made for this command")),
    responses((status = 201, body = dto::Registered), (status = "default", body = Problem)))]
pub(super) async fn register(
    State(web): State<Web>,
    caller: Caller,
    command: Command<dto::RegisterBody>,
) -> Result<(StatusCode, Json<dto::Registered>), Problem> {
    let ctx = web.ctx(&caller, Some(command.request));
    let input = registration(&web, command.body).await?;
    let done = web.cases.register(&ctx, input).await?;
    let registered = dto::Registered {
        id: dto::Id(done.case_id),
        number: done.number,
        check_code: done.check_code,
        version: done.version,
    };
    Ok((StatusCode::CREATED, Json(registered)))
}

async fn registration(web: &Web, body: dto::RegisterBody) -> Result<commands::Register, CaseError> {
    let place = place::resolve(web, body.place.unwrap_or_default()).await?;
    let reporters = body.reporters.into_iter().enumerate().map(|(index, reporter)| person(index, reporter));
    Ok(commands::Register {
        kind: body.kind.0,
        channel: body.channel.0,
        urgency: body.urgency.map(|word| word.0),
        category: body.category.filter(|code| !code.is_empty()),
        title: body.title,
        detail: body.detail,
        place,
        form: body.form.into_iter().collect(),
        confidentiality: body.confidentiality.map(|word| word.0),
        reported_unit_id: body.reported_unit.map(|id| id.0),
        reporters: reporters.collect::<Result<_, _>>()?,
        head_count: body.head_count,
        occurred_at: body.occurred_at.map(|at| at.0),
        external: body
            .external_ref
            .map(|external| commands::ExternalRef { system: external.system, number: external.number }),
        units_needed: body.units_needed.into_iter().map(|id| id.0).collect(),
        whistling_unit_id: body.whistling_unit.map(|id| id.0),
    })
}

fn person(index: usize, body: dto::ReporterBody) -> Result<commands::ReporterInput, CaseError> {
    let filled = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let at = |name: &str, code| CaseError::field(&format!("reporters.{index}.{name}"), code);
    let phone = filled(body.phone).map(|text| Phone::parse(&text)).transpose();
    let document = filled(body.document).map(|text| Document::parse(&text)).transpose();
    let person = Person {
        name: filled(body.name),
        phone: phone.map_err(|error| at("phone", error.code()))?,
        document: document.map_err(|error| at("document", error.code()))?,
        address: filled(body.address),
        ..Person::default()
    };
    Ok(commands::ReporterInput { person, confidential: body.confidential, anonymous: body.anonymous })
}

/// The whole case page, by id or number.
#[utoipa::path(get, path = "/cases/{id}", tag = "cases",
    params(("id" = String, Path, description = "The case's id or number")),
    responses((status = 200, body = dto::CasePage), (status = "default", body = Problem)))]
pub(super) async fn page(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<dto::CasePage>, Problem> {
    let page = queries::page(&web.cases, &web.ask(&caller), &id).await?;
    access::log(&web, &caller, "view", Subject::case(page.case.id.0, "case")).await?;
    Ok(Json(page))
}

/// Does one of the actions that the case page names.
#[utoipa::path(post, path = "/cases/{id}/actions/{action}", tag = "cases", request_body = dto::ActionBody,
    params(("id" = String, Path, description = "The case's id or number"),
        ("action" = String, Path, description = "The action's name, as in `actions`"),
        ("Idempotency-Key" = String, Header, description = "A UUID that the client made for this command")),
    responses((status = 200, body = dto::ActionDone), (status = 409, body = Problem),
        (status = "default", body = Problem)))]
pub(super) async fn act(
    State(web): State<Web>,
    caller: Caller,
    Path((id, action)): Path<(String, String)>,
    command: Command<dto::ActionBody>,
) -> Result<Json<dto::ActionDone>, Problem> {
    let ctx = web.ctx(&caller, Some(command.request));
    let case = case_id(&web, &caller, &id).await?;
    let fields = with_place(&web, command.body.fields).await?;
    let target = Target { case, version: Some(command.body.version) };
    match web.cases.act(&ctx, target, &action, Value::Object(fields)).await {
        Ok(done) => Ok(Json(dto::ActionDone {
            id: dto::Id(done.case_id),
            state: done.state,
            version: done.version,
            made: done.made.map(dto::Id),
        })),
        Err(error @ CaseError::Conflict { .. }) => Err(conflict(&web, &caller, &id, error).await),
        Err(error) => Err(error.into()),
    }
}

/// A conflict shows the case as it stands now, so that both sides can be compared.
async fn conflict(web: &Web, caller: &Caller, id: &str, error: CaseError) -> Problem {
    let problem = Problem::from(error);
    match queries::page(&web.cases, &web.ask(caller), id).await {
        Ok(page) => problem.current(serde_json::to_value(page).unwrap_or_default()),
        Err(_) => problem,
    }
}

async fn case_id(web: &Web, caller: &Caller, id: &str) -> Result<i64, CaseError> {
    let (ask, id) = (web.ask(caller), id.to_owned());
    web.cases.store.read(move |conn| queries::find(conn, &ask, &id).map(|case| case.id)).await
}

/// The id of a case, whoever may see it.
async fn any_case(web: &Web, id: &str) -> Result<Option<i64>, CaseError> {
    let id = id.to_owned();
    web.cases.store.read(move |conn| queries::any(conn, &id)).await
}

/// A place in an action's body is `{text, area_id, lon, lat}`; the command wants its areas.
async fn with_place(web: &Web, mut fields: Map<String, Value>) -> Result<Map<String, Value>, CaseError> {
    if let Some(given) = fields.remove("place").filter(|place| !place.is_null()) {
        let body: dto::PlaceBody =
            serde_json::from_value(given).map_err(|_| CaseError::field("place", "request.body"))?;
        let place = place::resolve(web, body).await?;
        let place = serde_json::to_value(place).map_err(|_| CaseError::field("place", "request.body"))?;
        fields.insert("place".to_owned(), place);
    }
    Ok(fields)
}

/// Shows the reporters in clear; the purpose is written into the access log.
#[utoipa::path(post, path = "/cases/{id}/unmask", tag = "cases", request_body = dto::UnmaskBody,
    params(("id" = String, Path, description = "The case's id or number")),
    responses((status = 200, body = dto::Unmasked), (status = "default", body = Problem)))]
pub(super) async fn unmask(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    Json(body): Json<dto::UnmaskBody>,
) -> Result<Json<dto::Unmasked>, Problem> {
    let Some(case) = any_case(&web, &id).await? else {
        access::refused(&web, &caller, "unmask", "reporters of an unknown case").await?;
        return Err(CaseError::NotFound.into());
    };
    // Sight is judged by the command, which writes a refusal down too.
    let unmasked = web.cases.unmask(&web.ctx(&caller, None), case, &body.purpose).await?;
    let reporters = unmasked.into_iter().filter_map(|reporter| {
        let person = reporter.person?;
        Some(dto::UnmaskedReporter {
            id: dto::Id(reporter.reporter_id),
            name: person.name.unwrap_or_default(),
            phone: person.phone.map(|phone| phone.as_str().to_owned()).unwrap_or_default(),
            document: person.document.map(|document| document.as_str().to_owned()).unwrap_or_default(),
            address: person.address.unwrap_or_default(),
        })
    });
    Ok(Json(dto::Unmasked { reporters: reporters.collect() }))
}

/// Erases a reporter: the person's details everywhere and, unless others stand behind the matter, what was said and
/// attached. First say nothing is `confirmed`, and read what would go. A closed case is needed.
#[utoipa::path(post, path = "/cases/{id}/reporters/{reporter}/erase", operation_id = "erase_reporter", tag = "cases",
    params(("id" = String, Path, description = "The case's id or number"),
        ("reporter" = String, Path, description = "The reporter's id, as the case page shows it")),
    request_body = dto::EraseBody,
    responses((status = 200, body = dto::ErasureView), (status = "default", body = Problem)))]
pub(super) async fn erase(
    State(web): State<Web>,
    caller: Caller,
    Path((id, reporter)): Path<(String, dto::Id)>,
    Json(body): Json<dto::EraseBody>,
) -> Result<Json<dto::ErasureView>, Problem> {
    let ctx = web.ctx(&caller, None);
    let erasure =
        commands::Erasure { case: id, reporter: Some(reporter.0), purpose: body.purpose, texts: body.texts };
    let erased = if body.confirmed {
        web.cases.erase_person(&web.files, &ctx, erasure).await?
    } else {
        web.cases.plan_erasure(&ctx, erasure).await?
    };
    Ok(Json(dto::ErasureView {
        done: body.confirmed,
        cases: erased.cases.len(),
        texts: erased.texts.len(),
        files: erased.files,
    }))
}

/// Cases that may be about the same matter.
#[utoipa::path(get, path = "/cases/{id}/duplicates", tag = "cases",
    params(("id" = String, Path, description = "The case's id or number")),
    responses((status = 200, body = dto::DuplicateList), (status = "default", body = Problem)))]
pub(super) async fn duplicates(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<dto::DuplicateList>, Problem> {
    let case = case_id(&web, &caller, &id).await?;
    let found = queries::duplicates(&web.cases, &web.ask(&caller), &id).await?;
    access::log(&web, &caller, "view", Subject::case(case, "duplicates")).await?;
    Ok(Json(found))
}

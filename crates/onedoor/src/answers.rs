//! What every operation of the API document may answer besides what its room names: problems.

use utoipa::openapi::{
    Content, OpenApi, PathItem, Ref, RefOr, Response, ResponseBuilder, path::Operation, response::Responses,
};

/// The media type of every error (RFC 9457).
const PROBLEM: &str = "application/problem+json";

/// Gives every operation its answer for anything else than what it names, and every error its media type.
pub(crate) fn complete(document: &mut OpenApi) {
    for item in document.paths.paths.values_mut() {
        operations(item).for_each(|operation| say(&mut operation.responses));
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete]
        .into_iter()
        .filter_map(Option::as_mut)
}

fn say(responses: &mut Responses) {
    for (status, response) in &mut responses.responses {
        if let (true, RefOr::T(response)) = (status.starts_with(['4', '5']), response) {
            be_problem(response);
        }
    }
    responses.responses.entry("default".to_owned()).or_insert_with(|| {
        let any = ResponseBuilder::new().description("What was wrong, with a stable `code`");
        RefOr::T(any.content(PROBLEM, problem()).build())
    });
}

/// An error's body is a problem, whatever a room said of it.
fn be_problem(response: &mut Response) {
    response.content.clear();
    response.content.insert(PROBLEM.to_owned(), RefOr::T(problem()));
}

fn problem() -> Content {
    Content::new(Some(Ref::from_schema_name("Problem")))
}

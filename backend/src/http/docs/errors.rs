//! The errors that the extractors and the middleware answer, described once for every operation that they stand before.

use utoipa::openapi::{
    Content, OpenApi, Ref, RefOr, Response, ResponseBuilder,
    path::{Operation, ParameterIn},
};

const PROBLEM: &str = "application/problem+json";

/// Adds the errors that follow from what an operation takes, where it does not describe them itself, and gives all problems
/// their content type.
pub fn describe(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let operations = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.delete,
            &mut item.patch,
        ];
        for operation in operations.into_iter().flatten() {
            add_errors(path, operation);
            operation
                .responses
                .responses
                .values_mut()
                .for_each(name_type);
        }
    }
}

fn add_errors(path: &str, operation: &mut Operation) {
    // Probes are not for persons, and answer nothing else.
    if operation.security.is_some() {
        return;
    }
    let body = operation.request_body.is_some();
    let parameters = operation.parameters.iter().flatten();
    let checked = parameters.filter(|parameter| match parameter {
        RefOr::T(parameter) => {
            matches!(parameter.parameter_in, ParameterIn::Query)
                || ["id", "Idempotency-Key"].contains(&parameter.name.as_str())
        }
        RefOr::Ref(_) => true,
    });
    let checked = body || checked.count() > 0;
    let named = path.contains("{user_id}");
    let errors = [
        ("400", body, "The body cannot be read, or is not JSON"),
        ("401", true, "The token is missing or not good"),
        (
            "403",
            true,
            if named {
                "The path names another person, or the key's scope is too small (`insufficient_scope`)"
            } else {
                "The key's scope is too small (`insufficient_scope`)"
            },
        ),
        ("404", named, "There is nothing at this path"),
        ("413", body, "The body is too large"),
        ("415", body, "The body is not declared as JSON"),
        ("422", checked, "A rule is broken"),
        (
            "503",
            true,
            "The database cannot be reached; `Retry-After` says when to try again",
        ),
    ];
    for (status, possible, description) in errors {
        if possible {
            let responses = &mut operation.responses.responses;
            let described = responses.entry(status.to_owned());
            described.or_insert_with(|| problem(description).into());
        }
    }
}

fn problem(description: &str) -> Response {
    let schema = Ref::from_schema_name("Problem");
    ResponseBuilder::new()
        .description(description)
        .content(PROBLEM, Content::new(Some(schema)))
        .build()
}

/// The derive macros know `application/json` only.
fn name_type(response: &mut RefOr<Response>) {
    let RefOr::T(response) = response else { return };
    let is_problem = |content: &RefOr<Content>| match content {
        RefOr::T(content) => {
            matches!(&content.schema, Some(RefOr::Ref(schema)) if schema.ref_location.ends_with("/Problem"))
        }
        RefOr::Ref(_) => false,
    };
    let json = response.content.get("application/json");
    if json.is_some_and(is_problem)
        && let Some(content) = response.content.shift_remove("application/json")
    {
        response.content.insert(PROBLEM.to_owned(), content);
    }
}

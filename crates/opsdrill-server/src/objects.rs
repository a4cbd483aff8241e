//! Requests about objects: what the path and the query ask, as the engine's request; and its reply, as an answer.

use std::sync::Arc;

use hyper::Method;
use opsdrill_engine::api::{self, Options, PatchType, Payload, Request, Subresource, Target, Verb};
use opsdrill_objects::custom::kinds::Kinds;
use opsdrill_objects::kinds::{KINDS, ServedVersion};
use opsdrill_objects::{Kind, Object, Status, Uid};
use serde_json::Value;

use crate::answer::Answer;
use crate::continuation;
use crate::desk::Answered;
use crate::documents::list::{self, ListMeta};
use crate::documents::table::{self, Include, Layout};
use crate::documents::{self, metadata};
use crate::media::{Accepted, For, Shape};
use crate::path::ObjectPath;
use crate::query::{self, Query, Version};
use crate::service::{Asked, Context};
use crate::{content, log, watch};

/// Kinds whose deletion is answered with the object even when it is gone at once (`ReturnDeletedObject`).
const RETURNED_WHEN_DELETED: &[&str] = &[
    "Pod",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "PodTemplate",
    "ResourceQuota",
    "Service",
    "ServiceAccount",
];

fn returned_when_deleted(kind: Kind) -> bool {
    !matches!(kind, Kind::Custom(_)) && RETURNED_WHEN_DELETED.contains(&kind.info().name)
}

/// The refusal of a method.
pub(crate) fn not_allowed() -> Status {
    Status::new(
        405,
        "MethodNotAllowed",
        "the server does not allow this method on the requested resource",
    )
}

/// The refusal of what a real server could do.
pub(crate) fn not_simulated(what: &str) -> Status {
    Status::new(501, "NotImplemented", format!("opsdrill: not simulated: {what}"))
}

/// The kind that a path names, and the version if it is not the one in which objects are stored.
fn found(kinds: &Kinds, path: &ObjectPath) -> Option<(Kind, Option<&'static ServedVersion>)> {
    let mut named = KINDS.iter().filter(|it| it.plural == path.resource);
    let is = |group: &str, version: &str| group == path.group && version == path.version;
    let built_in = named.find_map(|info| {
        if is(info.group, info.version) {
            return Some((info.kind, None));
        }
        let served = info.other_versions.iter().find(|it| is(it.group, it.version));
        served.map(|it| (info.kind, Some(it)))
    });
    let custom = || kinds.by_path(&path.group, &path.version, &path.resource);
    built_in.or_else(|| custom().map(|it| (it, None)))
}

/// Answers a request about objects.
///
/// # Errors
/// The server's refusal.
pub(crate) async fn answer(
    context: &Arc<Context>,
    asked: &Asked,
    path: &ObjectPath,
) -> Result<Answer, Status> {
    let found = found(&context.door.kinds(), path);
    let Some((kind, served)) = found else { return Ok(Answer::nowhere()) };
    let info = kind.info();
    if !info.namespaced && !path.namespace.is_empty() && matches!(kind, Kind::Custom(_)) {
        return Ok(Answer::nowhere());
    }
    if info.namespaced && path.namespace.is_empty() && !path.name.is_empty() {
        return Ok(Answer::nowhere());
    }
    let accepted = asked.accepted(For::Objects)?;
    if (path.subresource.as_str(), kind) == ("log", Kind::Pod) {
        return log::answer(context, asked, path).await;
    }
    let reads = asked.method == Method::GET || asked.method == Method::HEAD;
    let watches = path.watch || asked.query.is_set("watch") && path.subresource.is_empty();
    if reads && watches {
        return watch::answer(context, asked, (kind, served), path, accepted).await;
    }
    if reads && path.name.is_empty() {
        query::check_list(&asked.query)?;
    }
    let request = to_engine(asked, kind, served, path)?;
    let version = query::version(&asked.query)?;
    let answered = context.door.api(&asked.identity, &request).await;
    if let (Err(status), false) =
        (&answered.reply.result, request.options.continue_token.is_empty())
        && status.code == 410
    {
        return Ok(too_old_to_go_on(&request.options.continue_token));
    }
    let layout = Layout {
        version: "v1",
        include: Include::parse(asked.query.get("includeObject")),
        now: answered.now,
        served,
    };
    if reads {
        check_version(version, answered.newest)?;
    }
    write(kind, &request, answered, accepted, layout)
}

/// Whether the state that is asked for can be shown: the newest is all there is.
fn check_version(version: Version, newest: u64) -> Result<(), Status> {
    let Some(at) = version.at else { return Ok(()) };
    if at > newest {
        let mut status = Status::new(
            504,
            "Timeout",
            format!("Timeout: Too large resource version: {at}, current: {newest}"),
        );
        let details = opsdrill_objects::status::StatusDetails {
            retry_after_seconds: 1,
            ..Default::default()
        };
        status.details = Some(Box::new(details));
        return Err(status);
    }
    Ok(())
}

/// The state that a list is to show; 0 for the newest. With a limit and without a rule it is the one that is named.
fn shown_version(query: &Query, limit: usize) -> Result<u64, Status> {
    let Version { at, exact, not_older } = query::version(query)?;
    let named = exact || limit > 0 && !not_older;
    Ok(at.filter(|_| named).unwrap_or_default())
}

/// A list whose state is forgotten: it can be begun again, or go on with whatever there is now.
fn too_old_to_go_on(last: &str) -> Answer {
    let text = "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";
    let mut document = Status::expired(text).to_value();
    document["metadata"]["continue"] = continuation::inconsistent(last).into();
    Answer::document(410, &document, Accepted::default())
}

/// The engine's request.
fn to_engine(
    asked: &Asked,
    kind: Kind,
    served: Option<&ServedVersion>,
    path: &ObjectPath,
) -> Result<Request, Status> {
    let info = kind.info();
    let mut target = Target::one(kind, &path.namespace, &path.name);
    if !path.subresource.is_empty() {
        if info.subresource(&path.subresource).is_none() {
            let text = "the server could not find the requested resource";
            return Err(Status::new(404, "NotFound", text));
        }
        let known = opsdrill_session::api_call::subresource(&path.subresource);
        let part = || format!("{}/{}", info.plural, path.subresource);
        target.subresource = Some(known.ok_or_else(|| not_simulated(&part()))?);
    }
    let mut options = query::options(&asked.query)?;
    let named = !path.name.is_empty();
    let content_type = asked.header("content-type");
    let verb = match (asked.method.as_str(), named) {
        ("GET" | "HEAD", true) => Verb::Get,
        ("GET" | "HEAD", false) => {
            let token = asked.query.get("continue");
            if token.is_empty() {
                options.resource_version = shown_version(&asked.query, options.limit)?;
            } else {
                let from = continuation::decode(token)?;
                options.continue_token = from.start;
                options.resource_version = from.version.unwrap_or_default();
            }
            Verb::List
        }
        ("POST", _) if !named || target.subresource.is_some() => {
            let document = payload(content_type, &asked.body, &target, served)?;
            if target.subresource == Some(Subresource::Eviction) {
                delete_options(&document["deleteOptions"], &mut options)?;
            }
            Verb::Create(Payload::Document(document))
        }
        ("PUT", true) => {
            Verb::Update(Payload::Document(payload(content_type, &asked.body, &target, served)?))
        }
        ("PATCH", true) => patch(kind, content_type, &asked.body)?,
        ("DELETE", _) => {
            if !asked.body.is_empty() {
                let document = content::document(content_type, &asked.body, "DeleteOptions")?;
                delete_options(&document, &mut options)?;
            }
            if named { Verb::Delete } else { Verb::DeleteCollection }
        }
        _ => return Err(not_allowed()),
    };
    Ok(Request { verb, target, options })
}

/// The document of a creation or replacement.
fn payload(
    content_type: &str,
    body: &[u8],
    target: &Target,
    served: Option<&ServedVersion>,
) -> Result<Value, Status> {
    let info = target.kind.info();
    let (api_version, kind) = match target.subresource {
        Some(Subresource::Scale) => ("autoscaling/v1".to_owned(), "Scale"),
        Some(Subresource::Binding) => ("v1".to_owned(), "Binding"),
        Some(Subresource::Eviction) => ("policy/v1".to_owned(), "Eviction"),
        Some(Subresource::Token) => ("authentication.k8s.io/v1".to_owned(), "TokenRequest"),
        _ => (served.map_or_else(|| info.api_version(), ServedVersion::api_version), info.name),
    };
    let mut document = content::document(content_type, body, kind)?;
    // `policy/v1beta1` is the older name of the same thing.
    if target.subresource == Some(Subresource::Eviction)
        && document["apiVersion"] == "policy/v1beta1"
    {
        document["apiVersion"] = "policy/v1".into();
    }
    content::of_kind(&mut document, &api_version, kind)?;
    Ok(document)
}

fn patch(kind: Kind, content_type: &str, body: &[u8]) -> Result<Verb, Status> {
    let form = match crate::media::bare(content_type) {
        "application/json-patch+json" => PatchType::Json,
        "application/merge-patch+json" => PatchType::Merge,
        "application/strategic-merge-patch+json" if !matches!(kind, Kind::Custom(_)) => {
            PatchType::Strategic
        }
        "application/apply-patch+yaml" => PatchType::Apply,
        _ => {
            let strategic = match kind {
                Kind::Custom(_) => "",
                _ => ", application/strategic-merge-patch+json",
            };
            let text = format!(
                "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml{strategic}"
            );
            return Err(Status::new(415, "UnsupportedMediaType", text));
        }
    };
    if form == PatchType::Apply {
        return Ok(Verb::Patch(form, content::document("application/yaml", body, "")?));
    }
    let text = std::str::from_utf8(body)
        .map_err(|_| Status::bad_request("the body of the request is no UTF-8"))?;
    let read = opsdrill_objects::patch::json_syntax::parse(text);
    let document = read.map_err(|why| {
        let words = match form {
            PatchType::Json => "error decoding patch",
            _ => "error decoding YAML",
        };
        Status::bad_request(if form == PatchType::Json { format!("{words}: {why}") } else { why })
    })?;
    Ok(Verb::Patch(form, document))
}

/// Reads DeleteOptions into the options.
fn delete_options(document: &Value, options: &mut Options) -> Result<(), Status> {
    if let Some(grace) = document.get("gracePeriodSeconds").and_then(Value::as_i64) {
        options.grace_period_seconds = Some(grace);
    }
    let policy = document.get("propagationPolicy").and_then(Value::as_str).unwrap_or_default();
    let orphan = document.get("orphanDependents").and_then(Value::as_bool);
    let orphan = orphan.map(|it| it.to_string()).unwrap_or_default();
    if let Some(propagation) = query::propagation(policy, &orphan)? {
        options.propagation = Some(propagation);
    }
    if let Some(uid) = document.pointer("/preconditions/uid").and_then(Value::as_str) {
        // What is no UID is the UID of nothing.
        options.precondition_uid = Some(Uid::parse(uid).unwrap_or(Uid(u128::MAX)));
    }
    if let Some(version) =
        document.pointer("/preconditions/resourceVersion").and_then(Value::as_str)
    {
        options.resource_version = version.parse().unwrap_or(u64::MAX);
    }
    if document.get("dryRun").and_then(Value::as_array).is_some_and(|it| !it.is_empty()) {
        options.dry_run = true;
    }
    Ok(())
}

/// The answer for a reply.
fn write(
    kind: Kind,
    request: &Request,
    answered: Answered,
    accepted: Accepted,
    layout: Layout,
) -> Result<Answer, Status> {
    let warnings = answered.reply.warnings;
    let code = if matches!(request.verb, Verb::Create(_)) { 201 } else { 200 };
    let answer = match answered.reply.result {
        Ok(answer) => answer,
        // What is warned of is said beside a refusal, too.
        Err(status) => {
            let mut answer = Answer::refusal(&status);
            answer.warnings = warnings;
            return Ok(answer);
        }
    };
    let mut answer = match answer {
        api::Answer::Object(object) => one(code, &object, accepted, layout),
        api::Answer::Created(object) => one(201, &object, accepted, layout),
        api::Answer::Deleted(object) if returned_when_deleted(kind) => {
            one(code, &object, accepted, layout)
        }
        api::Answer::Deleted(object) => {
            Answer::document(code, &documents::deleted(&object), accepted)
        }
        api::Answer::List { items, resource_version, continue_token, remaining } => {
            let selects = !request.options.label_selector.is_empty()
                || !request.options.field_selector.is_empty();
            let meta = ListMeta {
                resource_version,
                continue_token: continuation::encode(resource_version, &continue_token),
                remaining: (!selects).then_some(remaining),
            };
            many(kind, &items, &meta, accepted, layout)
        }
        api::Answer::Document(document) => {
            let code = document.get("code").and_then(Value::as_u64).unwrap_or(code.into());
            let shown = match accepted.shape {
                Shape::Table(version) if document["kind"] == "Scale" => {
                    table::of_scale(&document, Layout { version, ..layout })
                }
                _ => document,
            };
            Answer::document(code as u16, &shown, accepted)
        }
        api::Answer::Changes(..) => return Err(not_allowed()),
    };
    answer.warnings = warnings;
    Ok(answer)
}

/// One object in the shape that the client accepts.
fn one(code: u16, object: &Arc<Object>, accepted: Accepted, layout: Layout) -> Answer {
    match accepted.shape {
        Shape::Table(version) => {
            let meta =
                ListMeta { resource_version: object.meta.resource_version, ..ListMeta::default() };
            let layout = Layout { version, ..layout };
            let items = std::slice::from_ref(object);
            Answer::json(code, table::of(object.kind, items, &meta, true, layout), accepted)
        }
        Shape::Metadata(version) => {
            Answer::document(code, &metadata::of(object, version), accepted)
        }
        Shape::Whole | Shape::Discovery(_) => {
            Answer::document(code, &documents::whole(object, layout.served), accepted)
        }
    }
}

/// A list in the shape that the client accepts.
fn many(
    kind: Kind,
    items: &[Arc<Object>],
    meta: &ListMeta,
    accepted: Accepted,
    layout: Layout,
) -> Answer {
    let json = match accepted.shape {
        Shape::Table(version) => {
            let rows = kind.info().rows(items);
            table::of(kind, &rows, meta, true, Layout { version, ..layout })
        }
        Shape::Metadata(version) => list::of_metadata(items, version, meta),
        Shape::Whole | Shape::Discovery(_) => list::whole(kind, items, meta, layout.served),
    };
    Answer::json(200, json, accepted)
}

/// Whether a query asks for bookmarks.
pub(crate) fn wants_bookmarks(query: &Query) -> bool {
    query.is_set("allowWatchBookmarks")
}

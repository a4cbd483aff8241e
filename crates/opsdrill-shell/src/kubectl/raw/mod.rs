//! `--raw`: a path of the API that is read, written to or deleted, and what the server answers, as it stands.
//!
//! The prompt knows the API without HTTP. The paths of objects, of health and of the version are answered; discovery and
//! OpenAPI are said not to be simulated here: the served API has them.

mod listing;
mod query;

use opsdrill_engine::api::version;
use opsdrill_engine::api::{Answer, Options, Payload, Request, Subresource, Target, Verb};
use opsdrill_objects::kinds::KindInfo;
use opsdrill_objects::patch::json_syntax;
use opsdrill_objects::{Kind, Object, Status};
use serde_json::{Value, json};

use super::command::Outcome;
use super::context::Context;
use super::errors::ToolError;
use super::flags::Arguments;
use super::manifests::Sources;
use super::metrics;

/// How much of a body the server shows in its complaint, in bytes.
const SHOWN_BYTES: usize = 30;

/// Kinds whose deletion is answered with the object even when it is gone at once (`ReturnDeletedObject`).
const RETURNED_WHEN_DELETED: &[Kind] = &[
    Kind::Pod,
    Kind::PersistentVolume,
    Kind::PersistentVolumeClaim,
    Kind::PodTemplate,
    Kind::ResourceQuota,
    Kind::Service,
    Kind::ServiceAccount,
];

/// What is asked of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// `get --raw`.
    Get,
    /// `create --raw`, with what the file holds.
    Post(Vec<u8>),
    /// `replace --raw`.
    Put(Vec<u8>),
    /// `delete --raw`.
    Delete,
}

/// Whether a text is a path, as kubectl sees it.
///
/// # Errors
/// kubectl's complaint.
pub(super) fn check_path(path: &str) -> Result<(), ToolError> {
    if path.starts_with('/') || path.contains("://") {
        return Ok(());
    }
    Err(ToolError::plain(format!(
        "--raw must be a valid URL path: parse {path:?}: invalid URI for request"
    )))
}

/// Whether nothing stands beside `--raw` that it cannot stand beside.
///
/// # Errors
/// kubectl's complaint.
pub(super) fn check(arguments: &Arguments, sources: &Sources) -> Result<(), ToolError> {
    let is_url = |it: &String| it.starts_with("http://") || it.starts_with("https://");
    let complaint = if sources.files.len() > 1 {
        "--raw can only use a single local file or stdin"
    } else if sources.files.iter().any(is_url) {
        "--raw cannot read from a url"
    } else if sources.recursive {
        "--raw and --recursive are mutually exclusive"
    } else if arguments.has("output") && !arguments.text("output").is_empty() {
        "--raw and --output are mutually exclusive"
    } else {
        return check_path(arguments.text("raw"));
    };
    Err(ToolError::plain(complaint))
}

/// The body that the one file of `-f` holds.
///
/// # Errors
/// kubectl's complaint about the flags or the file.
pub(super) fn body(context: &mut Context, arguments: &Arguments) -> Result<Vec<u8>, ToolError> {
    let sources = Sources::of(arguments);
    check(arguments, &sources)?;
    let [file] = sources.files.as_slice() else {
        return Err(ToolError::plain("--raw can only use a single local file or stdin"));
    };
    if file == "-" {
        return context.read_file(file);
    }
    let read = context.surroundings.read(file);
    read.map_err(|why| ToolError::plain(format!("open {file}: {}", why.0)))
}

/// Prints the answer of a path.
pub(super) fn run(context: &mut Context, method: Method, address: &str) -> Outcome {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let is_read = method == Method::Get;
    let text = match parts.as_slice() {
        ["healthz" | "livez" | "readyz"] if query.is_empty() && is_read => "ok".to_owned(),
        [name @ ("healthz" | "livez" | "readyz")] if query == "verbose" && is_read => {
            let checks = ["ping", "log", "etcd"].map(|it| format!("[+]{it} ok\n")).concat();
            format!("{checks}{name} check passed\n")
        }
        ["version"] if is_read => version::text(),
        ["" | "openapi" | "healthz" | "livez" | "readyz", ..] if is_read => {
            return Err(not_simulated(address));
        }
        ["api" | "apis" | "openapi", ..] if parts.len() < 3 => {
            return if is_read { Err(not_simulated(address)) } else { Err(not_allowed().into()) };
        }
        ["api", api_version, rest @ ..] => {
            objects(context, method, ("", api_version, query), rest)?
        }
        ["apis", _, _] if is_read => return Err(not_simulated(address)),
        ["apis", _, _] => return Err(not_allowed().into()),
        ["apis", group, api_version, rest @ ..] => {
            objects(context, method, (group, api_version, query), rest)?
        }
        _ => return Err(nowhere().into()),
    };
    context.out(&text);
    Ok(0)
}

fn not_simulated(address: &str) -> ToolError {
    ToolError::not_simulated(format!("--raw {address} at this prompt"))
}

/// What the server says of a path at which nothing is.
pub(super) fn nowhere() -> Status {
    Status::new(404, "NotFound", "the server could not find the requested resource")
}

/// What the server says of a path with which this cannot be done.
fn not_allowed() -> Status {
    let text = "the server does not allow this method on the requested resource";
    Status::new(405, "MethodNotAllowed", text)
}

/// Objects, by the rest of a path: `namespaces/shop/pods/web/status`.
fn objects(
    context: &mut Context,
    method: Method,
    (group, version, query): (&str, &str, &str),
    rest: &[&str],
) -> Result<String, ToolError> {
    let (namespace, rest) = match rest {
        ["namespaces", namespace, resource, rest @ ..]
            if !matches!(*resource, "status" | "finalize") =>
        {
            (*namespace, [&[*resource], rest].concat())
        }
        rest => ("", rest.to_vec()),
    };
    let [resource, of_it @ ..] = rest.as_slice() else { return Err(nowhere().into()) };
    let served = |it: &&'static KindInfo| {
        it.group == group && it.version == version && it.plural == *resource && it.is_stored()
    };
    let kinds = context.door.kinds();
    let Some(info) = kinds.rows().find(served) else {
        let elsewhere = |it: &KindInfo| {
            let versions = it.other_versions.iter();
            it.plural == *resource
                && versions.into_iter().any(|it| it.group == group && it.version == version)
        };
        if group == metrics::GROUP || kinds.rows().any(elsewhere) {
            return Err(not_simulated(&format!("{group}/{version}/{resource}")));
        }
        return Err(nowhere().into());
    };
    let (name, part) = match of_it {
        [] => ("", None),
        [name] => (*name, None),
        [name, part] => (*name, Some(*part)),
        _ => return Err(nowhere().into()),
    };
    if info.namespaced && namespace.is_empty() && !name.is_empty() {
        return Err(nowhere().into());
    }
    let target = if name.is_empty() {
        Target::all(info.kind, namespace)
    } else {
        Target::one(info.kind, namespace, name)
    };
    let target = match part {
        None => target,
        Some(part) => {
            let known = subresource(part).ok_or_else(|| not_simulated(&rest.join("/")))?;
            target.with(known)
        }
    };
    let options = query::options(query)?;
    answer(context, method, target, options)
}

/// The subresources that documents are written to and read from.
fn subresource(name: &str) -> Option<Subresource> {
    use Subresource::{Approval, Binding, Eviction, Finalize, Scale, Status, Token};
    let known = [Status, Scale, Binding, Eviction, Token, Approval, Finalize];
    known.into_iter().find(|it| it.name() == name)
}

fn answer(
    context: &mut Context,
    method: Method,
    target: Target,
    options: Options,
) -> Result<String, ToolError> {
    let kind = target.kind;
    let named = !target.name.is_empty();
    let verb = match method {
        Method::Get if named => Verb::Get,
        Method::Get => Verb::List,
        Method::Post(body) if !named || target.subresource.is_some() => {
            Verb::Create(Payload::Document(payload(&target, &body)?))
        }
        Method::Put(body) if named => Verb::Update(Payload::Document(payload(&target, &body)?)),
        Method::Post(_) | Method::Put(_) => return Err(not_allowed().into()),
        Method::Delete if named => Verb::Delete,
        Method::Delete => Verb::DeleteCollection,
    };
    let selects = !options.label_selector.is_empty() || !options.field_selector.is_empty();
    Ok(match context.ask(Request { verb, target, options })? {
        Answer::Object(object) | Answer::Created(object) => compact(&object.to_value()),
        Answer::Deleted(object) if RETURNED_WHEN_DELETED.contains(&kind) => {
            compact(&object.to_value())
        }
        Answer::Deleted(object) => compact(&deleted(&object)),
        Answer::Document(document) => compact(&document),
        Answer::List { items, resource_version, continue_token, remaining } => {
            let remaining = (!selects).then_some(remaining);
            listing::text(kind, &items, resource_version, &continue_token, remaining)
        }
        other @ Answer::Changes(..) => panic!("nobody has asked for {other:?}"),
    })
}

/// The document that is to be stored.
fn payload(target: &Target, body: &[u8]) -> Result<Value, Status> {
    let info = target.kind.info();
    let (api_version, kind) = match target.subresource {
        Some(Subresource::Scale) => ("autoscaling/v1".to_owned(), "Scale"),
        Some(Subresource::Binding) => ("v1".to_owned(), "Binding"),
        Some(Subresource::Eviction) => ("policy/v1".to_owned(), "Eviction"),
        Some(Subresource::Token) => ("authentication.k8s.io/v1".to_owned(), "TokenRequest"),
        _ => (info.api_version(), info.name),
    };
    let text = String::from_utf8_lossy(body);
    let read = json_syntax::parse(&text).map_err(|why| {
        Status::bad_request(format!(
            "the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; json parse error: {why} ({})",
            shown(body)
        ))
    });
    let mut document = read?;
    let said = |key: &str| document.get(key).and_then(Value::as_str).unwrap_or_default();
    let (said_version, said_kind) = (said("apiVersion").to_owned(), said("kind").to_owned());
    if !said_version.is_empty() && said_version != api_version {
        return Err(Status::bad_request(format!(
            "the API version in the data ({said_version}) does not match the expected API version ({api_version})"
        )));
    }
    if !said_kind.is_empty() && said_kind != kind {
        let version = api_version.rsplit('/').next().unwrap_or_default();
        let package =
            api_version.split('/').next().filter(|_| api_version.contains('/')).unwrap_or("core");
        return Err(Status::bad_request(format!(
            "{said_kind} in version {version:?} cannot be handled as a {kind}: converting ({version}.{said_kind}) to ({package}.{kind}): unknown conversion"
        )));
    }
    if let Some(fields) = document.as_object_mut() {
        fields.insert("apiVersion".to_owned(), api_version.into());
        fields.insert("kind".to_owned(), kind.into());
    }
    Ok(document)
}

/// The beginning of a body as the server shows it: as text if it looks like JSON, else in hexadecimal.
fn shown(body: &[u8]) -> String {
    let start = &body[..body.len().min(SHOWN_BYTES)];
    let text = match start {
        [] => return "<empty>".to_owned(),
        [b'{', ..] => String::from_utf8_lossy(start).into_owned(),
        _ => start.iter().map(|it| format!("{it:02x}")).collect(),
    };
    if body.len() > SHOWN_BYTES { text + " ..." } else { text }
}

/// The acknowledgement of a deletion that left nothing behind.
fn deleted(object: &Object) -> Value {
    let info = object.kind.info();
    let mut details = json!({
        "name": &*object.meta.name, "kind": info.plural, "uid": object.meta.uid.to_string(),
    });
    if !info.group.is_empty() {
        details["group"] = info.group.into();
    }
    json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details,
    })
}

/// The server's documents end in a line break.
fn compact(document: &Value) -> String {
    format!("{document}\n")
}

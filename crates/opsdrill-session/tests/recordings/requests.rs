//! The refused requests of a recorded command, put to our cluster again: the bodies of the refusals must be the same.
//!
//! Only requests that come before the first success of their command's writing are kept: they can be put before the
//! command runs, because they change nothing.

use opsdrill_engine::api::{
    FieldValidation, Identity, Options, PatchType, Payload, Request, Target, Verb,
};
use opsdrill_objects::kinds::KINDS;
use opsdrill_objects::{Kind, KindInfo};
use opsdrill_session::Session;
use opsdrill_session::api_call::{ApiCall, subresource};
use opsdrill_session::log::Forget;
use serde_json::Value;

/// One refused request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// `PATCH`, or with the form of the patch: `PATCH(merge)`.
    pub(crate) method: String,
    /// Under whose name the request came, if not the administrator's.
    pub(crate) user: String,
    /// Path and query.
    pub(crate) uri: String,
    /// The body as it was sent; empty if there was none.
    pub(crate) body: String,
    /// The Status that was answered, masked.
    pub(crate) wanted: String,
}

impl Refused {
    /// The lines of a transcript.
    pub(crate) fn print(&self) -> String {
        let body = if self.body.is_empty() { String::new() } else { format!("> {}\n", self.body) };
        let user = if self.user.is_empty() { String::new() } else { format!("as {} ", self.user) };
        format!("{} {user}{}\n{body}< {}\n", self.method, self.uri, self.wanted)
    }

    /// Reads what [`Self::print`] has written, one after the other.
    pub(crate) fn read(text: &str) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for line in text.lines() {
            if let Some(body) = line.strip_prefix("> ") {
                body.clone_into(&mut all.last_mut().expect("a request comes first").body);
            } else if let Some(wanted) = line.strip_prefix("< ") {
                wanted.clone_into(&mut all.last_mut().expect("a request comes first").wanted);
            } else {
                let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
                let (method, user, uri) = match &words[..] {
                    [method, uri] => (method, String::new(), uri),
                    [method, _, user, uri] => (method, user.clone(), uri),
                    _ => panic!("a method and a path: {line}"),
                };
                let (method, uri) = (method.clone(), uri.clone());
                all.push(Self { method, user, uri, body: String::new(), wanted: String::new() });
            }
        }
        all
    }

    /// The Status that our cluster answers, not masked; nothing if it does not refuse.
    pub(crate) fn answer(&self, session: &mut Session) -> Option<String> {
        let identity = match self.user.as_str() {
            "" => Identity::admin("trainee"),
            user => Identity::user(user),
        };
        let call = ApiCall::of(&identity, &self.request()?);
        let replies = session.answer(&[call], &mut Forget).expect("nothing is kept");
        let status = replies.into_iter().next()?.result.err()?;
        Some(status.to_value().to_string())
    }

    /// Whether the engine can be asked: the request is whole, and of a kind that it knows.
    pub(crate) fn can_be_asked(&self) -> bool {
        self.request().is_some()
    }

    fn request(&self) -> Option<Request> {
        let (path, query) = self.uri.split_once('?').unwrap_or((&self.uri, ""));
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let (group, version, rest) = match &parts[..] {
            ["api", version, rest @ ..] => ("", *version, rest),
            ["apis", group, version, rest @ ..] => (*group, *version, rest),
            _ => return None,
        };
        let (namespace, rest) = match rest {
            ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (*namespace, rest),
            _ => ("", rest),
        };
        let (resource, rest) = rest.split_first()?;
        let is = |it: &&KindInfo| (it.group, it.version, it.plural) == (group, version, *resource);
        let kind: Kind = KINDS.iter().find(is)?.kind;
        let name = rest.first().copied().unwrap_or_default();
        let mut target = Target::one(kind, namespace, name);
        if let Some(part) = rest.get(1) {
            target.subresource = Some(subresource(part)?);
        }
        let body = || serde_json::from_str::<Value>(&self.body).ok();
        let verb = match self.method.as_str() {
            "GET" if name.is_empty() => Verb::List,
            "GET" => Verb::Get,
            "POST" => Verb::Create(Payload::Document(body()?)),
            "PUT" => Verb::Update(Payload::Document(body()?)),
            "DELETE" => Verb::Delete,
            "PATCH(json)" => Verb::Patch(PatchType::Json, body()?),
            "PATCH(merge)" => Verb::Patch(PatchType::Merge, body()?),
            "PATCH(strategic)" => Verb::Patch(PatchType::Strategic, body()?),
            "PATCH(apply)" => Verb::Patch(PatchType::Apply, body()?),
            _ => return None,
        };
        Some(Request { verb, target, options: options(query) })
    }
}

/// What the query of a recorded request says.
fn options(query: &str) -> Options {
    let mut options = Options::default();
    for (name, value) in query.split('&').filter_map(|it| it.split_once('=')) {
        match name {
            "fieldManager" => value.clone_into(&mut options.field_manager),
            "fieldValidation" => {
                options.field_validation = match value {
                    "Strict" => FieldValidation::Strict,
                    "Ignore" => FieldValidation::Ignore,
                    _ => FieldValidation::Warn,
                }
            }
            "dryRun" => options.dry_run = true,
            "force" => options.force = value == "true",
            "limit" => options.limit = value.parse().unwrap_or_default(),
            _ => {}
        }
    }
    options
}

/// The refused requests of a recording, in their order and each once, as [`Refused`] with the whole Status.
pub(crate) fn refused(recording: &Value) -> Vec<Refused> {
    let mut found: Vec<Refused> = Vec::new();
    for it in recording["http"].as_array().into_iter().flatten() {
        let method = it["method"].as_str().unwrap_or_default();
        let status = it["status"].as_u64().unwrap_or_default();
        if status < 400 {
            if method != "GET" {
                break;
            }
            continue;
        }
        let sent = it["req_body"].as_str().unwrap_or_default();
        let wanted = it["body"].as_str().unwrap_or_default();
        let read = serde_json::from_str::<Value>(wanted).ok();
        // Bodies in protobuf cannot be told from their recorded text.
        let Some(wanted) = read.filter(|it| it["kind"] == "Status") else { continue };
        if sent.starts_with("k8s\0") {
            continue;
        }
        let form = it["req_hdr"]["Content-Type"].as_str().unwrap_or_default();
        let form =
            form.trim_start_matches("application/").split(['-', '+']).next().unwrap_or_default();
        let method = if method == "PATCH" { format!("PATCH({form})") } else { method.to_owned() };
        let uri = it["uri"].as_str().unwrap_or_default().to_owned();
        let body = sent.trim_end().replace('\n', " ");
        let user = it["req_hdr"]["Impersonate-User"].as_str().unwrap_or_default().to_owned();
        let refused = Refused { method, user, uri, body, wanted: wanted.to_string() };
        if !found.contains(&refused) {
            found.push(refused);
        }
    }
    found
}

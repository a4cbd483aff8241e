//! A request that came over the network, as the input log keeps it: who asked, and what the engine was asked.
//!
//! HTTP is nowhere in it. A log that was written by a server is replayed without one.

use opsdrill_engine::api::{
    FieldValidation, Identity, Options, PatchType, Payload, Propagation, Request, Subresource,
    Target, Verb,
};
use opsdrill_objects::{Kind, Uid};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A request with the identity it came under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiCall {
    /// User name.
    pub user: String,
    /// Groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// What is to be done.
    pub verb: ApiVerb,
    /// `apps/v1`.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// Namespace; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Name; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Subresource; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subresource: String,
    /// The options that were given.
    #[serde(default, skip_serializing_if = "ApiOptions::is_default")]
    pub options: ApiOptions,
    /// The object or the patch.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
}

/// The verb of a request; its payload is [`ApiCall::body`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the verbs are Kubernetes' own")]
pub enum ApiVerb {
    Get,
    List,
    Watch,
    Create,
    Update,
    JsonPatch,
    MergePatch,
    StrategicPatch,
    ApplyPatch,
    Delete,
    DeleteCollection,
}

/// The options of a request; what was not given is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApiOptions {
    #[serde(skip_serializing_if = "is_default")]
    dry_run: bool,
    #[serde(skip_serializing_if = "is_default")]
    field_manager: String,
    #[serde(skip_serializing_if = "is_default")]
    force: bool,
    #[serde(skip_serializing_if = "is_default")]
    field_validation: Unknown,
    #[serde(skip_serializing_if = "is_default")]
    label_selector: String,
    #[serde(skip_serializing_if = "is_default")]
    field_selector: String,
    #[serde(skip_serializing_if = "is_default")]
    grace_period_seconds: Option<i64>,
    #[serde(skip_serializing_if = "is_default")]
    propagation: Option<Dependents>,
    #[serde(skip_serializing_if = "is_default")]
    precondition_uid: Option<Uid>,
    #[serde(skip_serializing_if = "is_default")]
    resource_version: u64,
    #[serde(skip_serializing_if = "is_default")]
    limit: usize,
    #[serde(skip_serializing_if = "is_default")]
    continue_token: String,
}

/// [`FieldValidation`] in the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Unknown {
    Ignore,
    #[default]
    Warn,
    Strict,
}

/// [`Propagation`] in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Dependents {
    Background,
    Foreground,
    Orphan,
}

/// The subresources that the engine knows.
const SUBRESOURCES: &[Subresource] = &[
    Subresource::Status,
    Subresource::Scale,
    Subresource::Binding,
    Subresource::Eviction,
    Subresource::Token,
    Subresource::Approval,
    Subresource::EphemeralContainers,
    Subresource::Finalize,
];

/// A subresource by its name in a path.
pub fn subresource(name: &str) -> Option<Subresource> {
    SUBRESOURCES.iter().copied().find(|it| it.name() == name)
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl ApiOptions {
    fn is_default(&self) -> bool {
        is_default(self)
    }

    fn of(options: &Options) -> Self {
        Self {
            dry_run: options.dry_run,
            field_manager: options.field_manager.clone(),
            force: options.force,
            field_validation: match options.field_validation {
                FieldValidation::Ignore => Unknown::Ignore,
                FieldValidation::Warn => Unknown::Warn,
                FieldValidation::Strict => Unknown::Strict,
            },
            label_selector: options.label_selector.clone(),
            field_selector: options.field_selector.clone(),
            grace_period_seconds: options.grace_period_seconds,
            propagation: options.propagation.map(|it| match it {
                Propagation::Background => Dependents::Background,
                Propagation::Foreground => Dependents::Foreground,
                Propagation::Orphan => Dependents::Orphan,
            }),
            precondition_uid: options.precondition_uid,
            resource_version: options.resource_version,
            limit: options.limit,
            continue_token: options.continue_token.clone(),
        }
    }

    fn to_engine(&self) -> Options {
        Options {
            dry_run: self.dry_run,
            field_manager: self.field_manager.clone(),
            force: self.force,
            field_validation: match self.field_validation {
                Unknown::Ignore => FieldValidation::Ignore,
                Unknown::Warn => FieldValidation::Warn,
                Unknown::Strict => FieldValidation::Strict,
            },
            label_selector: self.label_selector.clone(),
            field_selector: self.field_selector.clone(),
            grace_period_seconds: self.grace_period_seconds,
            propagation: self.propagation.map(|it| match it {
                Dependents::Background => Propagation::Background,
                Dependents::Foreground => Propagation::Foreground,
                Dependents::Orphan => Propagation::Orphan,
            }),
            precondition_uid: self.precondition_uid,
            resource_version: self.resource_version,
            limit: self.limit,
            continue_token: self.continue_token.clone(),
        }
    }
}

impl ApiCall {
    /// The log's form of a request.
    ///
    /// # Panics
    /// When the request carries a typed object: those come from inside the cluster only.
    pub fn of(identity: &Identity, request: &Request) -> Self {
        let document = |payload: &Payload| match payload {
            Payload::Document(value) => value.clone(),
            Payload::Object(_) => unreachable!("a client sends documents"),
        };
        let (verb, body) = match &request.verb {
            Verb::Get => (ApiVerb::Get, Value::Null),
            Verb::List => (ApiVerb::List, Value::Null),
            Verb::Watch => (ApiVerb::Watch, Value::Null),
            Verb::Create(payload) => (ApiVerb::Create, document(payload)),
            Verb::Update(payload) => (ApiVerb::Update, document(payload)),
            Verb::Patch(PatchType::Json, patch) => (ApiVerb::JsonPatch, patch.clone()),
            Verb::Patch(PatchType::Merge, patch) => (ApiVerb::MergePatch, patch.clone()),
            Verb::Patch(PatchType::Strategic, patch) => (ApiVerb::StrategicPatch, patch.clone()),
            Verb::Patch(PatchType::Apply, config) => (ApiVerb::ApplyPatch, config.clone()),
            Verb::Delete => (ApiVerb::Delete, Value::Null),
            Verb::DeleteCollection => (ApiVerb::DeleteCollection, Value::Null),
        };
        let target = &request.target;
        let info = target.kind.info();
        Self {
            user: identity.user.to_string(),
            groups: identity.groups.iter().map(ToString::to_string).collect(),
            verb,
            api_version: info.api_version(),
            kind: info.name.to_owned(),
            namespace: target.namespace.to_string(),
            name: target.name.to_string(),
            subresource: target.subresource.map_or("", Subresource::name).to_owned(),
            options: ApiOptions::of(&request.options),
            body,
        }
    }

    /// Who asked.
    pub fn identity(&self) -> Identity {
        Identity {
            user: self.user.as_str().into(),
            groups: self.groups.iter().map(|it| it.as_str().into()).collect(),
        }
    }

    /// What was asked; `None` if this program does not know the subresource. A kind that it does not know is one that a
    /// definition may have made.
    pub fn request(&self) -> Option<Request> {
        let body = || self.body.clone();
        let verb = match self.verb {
            ApiVerb::Get => Verb::Get,
            ApiVerb::List => Verb::List,
            ApiVerb::Watch => Verb::Watch,
            ApiVerb::Create => Verb::Create(Payload::Document(body())),
            ApiVerb::Update => Verb::Update(Payload::Document(body())),
            ApiVerb::JsonPatch => Verb::Patch(PatchType::Json, body()),
            ApiVerb::MergePatch => Verb::Patch(PatchType::Merge, body()),
            ApiVerb::StrategicPatch => Verb::Patch(PatchType::Strategic, body()),
            ApiVerb::ApplyPatch => Verb::Patch(PatchType::Apply, body()),
            ApiVerb::Delete => Verb::Delete,
            ApiVerb::DeleteCollection => Verb::DeleteCollection,
        };
        let kind = Kind::named(&self.api_version, &self.kind);
        let mut target = Target::one(kind, &self.namespace, &self.name);
        if !self.subresource.is_empty() {
            target.subresource = Some(subresource(&self.subresource)?);
        }
        Some(Request { verb, target, options: self.options.to_engine() })
    }

    /// Whether the request only looks.
    pub fn is_read(&self) -> bool {
        matches!(self.verb, ApiVerb::Get | ApiVerb::List | ApiVerb::Watch)
    }

    /// The request in a few words, such as `patch Deployment shop/web`.
    pub fn summary(&self) -> String {
        let verb = match self.verb {
            ApiVerb::Get => "get",
            ApiVerb::List => "list",
            ApiVerb::Watch => "watch",
            ApiVerb::Create => "create",
            ApiVerb::Update => "update",
            ApiVerb::JsonPatch
            | ApiVerb::MergePatch
            | ApiVerb::StrategicPatch
            | ApiVerb::ApplyPatch => "patch",
            ApiVerb::Delete => "delete",
            ApiVerb::DeleteCollection => "delete all",
        };
        let named = self.body.pointer("/metadata/name").and_then(Value::as_str);
        let name = if self.name.is_empty() { named.unwrap_or_default() } else { &self.name };
        let place = [self.namespace.as_str(), name].into_iter().filter(|it| !it.is_empty());
        let place = place.collect::<Vec<_>>().join("/");
        let dot = if self.subresource.is_empty() { "" } else { "/" };
        format!("{verb} {}{dot}{} {place}", self.kind, self.subresource).trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_comes_back_from_the_log_as_it_went_in() {
        let identity = Identity::admin("jane");
        let patch = json!({ "spec": { "replicas": 3 } });
        let options = Options {
            dry_run: true,
            field_manager: "kubectl-scale".into(),
            field_validation: FieldValidation::Strict,
            propagation: Some(Propagation::Orphan),
            precondition_uid: Some(Uid(7)),
            grace_period_seconds: Some(0),
            resource_version: 9,
            ..Options::default()
        };
        let target = Target::one(Kind::Deployment, "shop", "web").with(Subresource::Scale);
        let request = Request { verb: Verb::Patch(PatchType::Merge, patch), target, options };
        let call = ApiCall::of(&identity, &request);
        let read: ApiCall = serde_json::from_str(&serde_json::to_string(&call).unwrap()).unwrap();
        assert_eq!(read.request(), Some(request));
        assert_eq!(read.identity(), identity);
        assert_eq!(read.summary(), "patch Deployment/scale shop/web");
    }

    #[test]
    fn what_was_not_said_is_not_written() {
        let call = ApiCall::of(&Identity::user("jane"), &Request::list(Kind::Pod, "shop"));
        assert_eq!(
            serde_json::to_string(&call).unwrap(),
            r#"{"user":"jane","groups":["system:authenticated"],"verb":"list","api_version":"v1","kind":"Pod","namespace":"shop"}"#
        );
    }
}

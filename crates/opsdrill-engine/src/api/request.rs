//! What is asked of the API and what it answers, whoever asks.

use std::sync::Arc;

use opsdrill_objects::{Kind, Object, Status, Uid};
use serde_json::Value;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// User name, such as `system:serviceaccount:kube-system:replicaset-controller`.
    pub user: Arc<str>,
    /// Groups.
    pub groups: Arc<[Arc<str>]>,
}

impl Identity {
    /// A user with the groups that every authenticated user has.
    pub fn user(name: &str) -> Self {
        Self { user: name.into(), groups: ["system:authenticated".into()].into() }
    }

    /// A cluster administrator.
    pub fn admin(name: &str) -> Self {
        Self {
            user: name.into(),
            groups: ["system:masters".into(), "system:authenticated".into()].into(),
        }
    }

    /// Somebody as whom another one asks. Without groups, a service account has those of service accounts.
    pub fn impersonated(user: &str, groups: &[&str]) -> Self {
        const AUTHENTICATED: &str = "system:authenticated";
        let mut all: Vec<Arc<str>> = groups.iter().map(|it| (*it).into()).collect();
        if all.is_empty()
            && let Some(account) = user.strip_prefix("system:serviceaccount:")
            && let Some((namespace, _)) = account.split_once(':')
        {
            all.push("system:serviceaccounts".into());
            all.push(format!("system:serviceaccounts:{namespace}").into());
        }
        if user == "system:anonymous" {
            all.push("system:unauthenticated".into());
        } else if !all.iter().any(|it| &**it == AUTHENTICATED) {
            all.push(AUTHENTICATED.into());
        }
        Self { user: user.into(), groups: all.into() }
    }

    /// A part of the control plane.
    pub fn system(name: &str) -> Self {
        Self::admin(name)
    }
}

/// What a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The kind.
    pub kind: Kind,
    /// The namespace; empty for cluster-scoped kinds, and for lists over all namespaces.
    pub namespace: Arc<str>,
    /// The name; empty for lists and creations.
    pub name: Arc<str>,
    /// The subresource.
    pub subresource: Option<Subresource>,
}

/// A subresource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subresource {
    /// `status`.
    Status,
    /// `scale`.
    Scale,
    /// `binding`.
    Binding,
    /// `eviction`.
    Eviction,
    /// `token` of a service account.
    Token,
    /// `approval` of a certificate signing request.
    Approval,
    /// `ephemeralcontainers` of a pod.
    EphemeralContainers,
    /// `finalize` of a namespace.
    Finalize,
}

impl Subresource {
    /// Whether its document is the object's own, of which only a part is written there.
    pub(super) fn is_part(self) -> bool {
        use Subresource::{Approval, EphemeralContainers, Finalize, Status};
        matches!(self, Status | Approval | EphemeralContainers | Finalize)
    }

    /// Its name in an address.
    pub fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Scale => "scale",
            Self::Binding => "binding",
            Self::Eviction => "eviction",
            Self::Token => "token",
            Self::Approval => "approval",
            Self::EphemeralContainers => "ephemeralcontainers",
            Self::Finalize => "finalize",
        }
    }
}

/// How a patch is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchType {
    /// RFC 6902.
    Json,
    /// RFC 7386.
    Merge,
    /// Kubernetes' strategic merge patch.
    Strategic,
    /// Server-side apply: the configuration of one field manager.
    Apply,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Verb {
    /// Read one object.
    Get,
    /// Read many.
    List,
    /// Read what has changed after `resource_version` in [`Options`].
    Watch,
    /// Store a new object.
    Create(Payload),
    /// Replace an object.
    Update(Payload),
    /// Change an object.
    Patch(PatchType, Value),
    /// Delete one object.
    Delete,
    /// Delete all that a list would answer.
    DeleteCollection,
}

impl Verb {
    /// Its name, as rules and the audit have it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::Create(_) => "create",
            Self::Update(_) => "update",
            Self::Patch(..) => "patch",
            Self::Delete => "delete",
            Self::DeleteCollection => "deletecollection",
        }
    }
}

/// The object in a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// A document from a client.
    Document(Value),
    /// A typed object from a part of the control plane.
    Object(Box<Object>),
}

/// What happens to dependents when an object is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    /// They are deleted afterwards.
    Background,
    /// They are deleted first.
    Foreground,
    /// They stay, without this owner.
    Orphan,
}

/// How unknown fields are met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldValidation {
    /// They are dropped.
    Ignore,
    /// They are dropped and named in a warning.
    #[default]
    Warn,
    /// They are refused.
    Strict,
}

/// The options of a request; the default is what a client gets who says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// Nothing is stored.
    pub dry_run: bool,
    /// Who owns the fields that are written.
    pub field_manager: String,
    /// Whether an apply takes fields from other owners.
    pub force: bool,
    /// How unknown fields are met.
    pub field_validation: FieldValidation,
    /// Text of a label selector; empty matches all.
    pub label_selector: String,
    /// Text of a field selector; empty matches all.
    pub field_selector: String,
    /// `gracePeriodSeconds` of a deletion.
    pub grace_period_seconds: Option<i64>,
    /// What happens to dependents.
    pub propagation: Option<Propagation>,
    /// The object must have this UID.
    pub precondition_uid: Option<Uid>,
    /// The object must have this resourceVersion; for a watch, where it starts; for a list, which state it shows; 0 means
    /// not told.
    pub resource_version: u64,
    /// The most objects that a list answers; 0 means all.
    pub limit: usize,
    /// Where a list goes on.
    pub continue_token: String,
}

/// One request.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What is to be done.
    pub verb: Verb,
    /// To what.
    pub target: Target,
    /// How.
    pub options: Options,
}

/// What changed, for a watch.
#[derive(Clone, Debug, PartialEq)]
pub struct WatchEvent {
    /// `Added`, `Modified` or `Deleted`.
    pub change: WatchChange,
    /// The object after the change (for a deletion: its last state).
    pub object: Arc<Object>,
    /// The object before it, if there was one.
    pub before: Option<Arc<Object>>,
}

/// The type of a watch event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchChange {
    /// `ADDED`.
    Added,
    /// `MODIFIED`.
    Modified,
    /// `DELETED`.
    Deleted,
}

/// A granted request's answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// One object, as it stands after the request.
    Object(Arc<Object>),
    /// The object that a server-side apply has made; a creation answers [`Answer::Object`].
    Created(Arc<Object>),
    /// A list in order of (namespace, name).
    List {
        /// The objects.
        items: Vec<Arc<Object>>,
        /// The resourceVersion of the list, from which a watch may start.
        resource_version: u64,
        /// Where the list goes on; empty at its end.
        continue_token: String,
        /// How many more there are.
        remaining: usize,
    },
    /// What changed since the watch's resourceVersion, and the resourceVersion to ask from next.
    Changes(Vec<WatchEvent>, u64),
    /// The object is gone.
    Deleted(Arc<Object>),
    /// A document that is no stored object, such as a Scale.
    Document(Value),
}

/// The API's reply.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The answer or the refusal.
    pub result: Result<Answer, Status>,
    /// `Warning` headers.
    pub warnings: Vec<String>,
}

impl Reply {
    /// The object of the answer.
    ///
    /// # Errors
    /// The server's refusal.
    ///
    /// # Panics
    /// When the request was not one that answers an object.
    pub fn object(self) -> Result<Arc<Object>, Status> {
        match self.result? {
            Answer::Object(object) | Answer::Created(object) | Answer::Deleted(object) => {
                Ok(object)
            }
            other => panic!("the request answers no object but {other:?}"),
        }
    }

    /// The objects of a list.
    ///
    /// # Errors
    /// The server's refusal.
    ///
    /// # Panics
    /// When the request was not a list.
    pub fn items(self) -> Result<Vec<Arc<Object>>, Status> {
        match self.result? {
            Answer::List { items, .. } => Ok(items),
            other => panic!("the request answers no list but {other:?}"),
        }
    }
}

impl Target {
    /// One object.
    pub fn one(kind: Kind, namespace: &str, name: &str) -> Self {
        Self { kind, namespace: namespace.into(), name: name.into(), subresource: None }
    }

    /// All objects of a kind in a namespace, or everywhere if it is empty.
    pub fn all(kind: Kind, namespace: &str) -> Self {
        Self::one(kind, namespace, "")
    }

    /// The place of an object.
    pub fn of(object: &Object) -> Self {
        Self {
            kind: object.kind,
            namespace: object.meta.namespace.clone().unwrap_or_default(),
            name: object.meta.name.clone(),
            subresource: None,
        }
    }

    /// The same with a subresource.
    #[must_use]
    pub fn with(mut self, subresource: Subresource) -> Self {
        self.subresource = Some(subresource);
        self
    }
}

impl Request {
    /// A request with default options.
    pub fn new(verb: Verb, target: Target) -> Self {
        Self { verb, target, options: Options::default() }
    }

    /// Reads one object.
    pub fn get(kind: Kind, namespace: &str, name: &str) -> Self {
        Self::new(Verb::Get, Target::one(kind, namespace, name))
    }

    /// Reads all objects of a kind in a namespace, or everywhere if it is empty.
    pub fn list(kind: Kind, namespace: &str) -> Self {
        Self::new(Verb::List, Target::all(kind, namespace))
    }

    /// Stores a new typed object.
    pub fn create(object: Object) -> Self {
        let target = Target::of(&object);
        Self::new(Verb::Create(Payload::Object(Box::new(object))), target)
    }

    /// Replaces a typed object; its resourceVersion must be the stored one unless it is 0.
    pub fn update(object: Object) -> Self {
        let target = Target::of(&object);
        Self::new(Verb::Update(Payload::Object(Box::new(object))), target)
    }

    /// Replaces the status of a typed object.
    pub fn update_status(object: Object) -> Self {
        let target = Target::of(&object).with(Subresource::Status);
        Self::new(Verb::Update(Payload::Object(Box::new(object))), target)
    }

    /// Replaces the finalizers of a typed namespace.
    pub fn finalize(object: Object) -> Self {
        let target = Target::of(&object).with(Subresource::Finalize);
        Self::new(Verb::Update(Payload::Object(Box::new(object))), target)
    }

    /// Deletes one object.
    pub fn delete(kind: Kind, namespace: &str, name: &str) -> Self {
        Self::new(Verb::Delete, Target::one(kind, namespace, name))
    }
}

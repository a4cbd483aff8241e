//! What the API server answers when it refuses: `v1.Status` with the real texts.

use serde_json::{Map, Value, json};

use crate::Kind;
use crate::field_error::FieldError;

/// One entry of `details.causes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusCause {
    /// `reason`.
    pub reason: String,
    /// `message`.
    pub message: String,
    /// `field`.
    pub field: String,
}

/// `details` of a Status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusDetails {
    /// Name of the object.
    pub name: String,
    /// API group.
    pub group: String,
    /// Plural resource (or, for `Invalid`, the kind), as the real server puts it here.
    pub kind: String,
    /// UID of the object.
    pub uid: String,
    /// Complaints, field by field.
    pub causes: Vec<StatusCause>,
    /// Seconds after which a client may try again.
    pub retry_after_seconds: i32,
}

/// A refusal (or, for deletions, an acknowledgement) of the API server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// HTTP status code.
    pub code: u16,
    /// `reason`, such as `NotFound`; empty when the server gives none.
    pub reason: &'static str,
    /// The whole message.
    pub message: String,
    /// Details.
    pub details: Option<Box<StatusDetails>>,
}

impl Status {
    /// A refusal without details.
    pub fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: None }
    }

    fn about(mut self, kind: Kind, name: &str) -> Self {
        let info = kind.info();
        self.details = Some(Box::new(StatusDetails {
            name: name.to_owned(),
            group: info.group.to_owned(),
            kind: info.plural.to_owned(),
            ..StatusDetails::default()
        }));
        self
    }

    /// `pods "x" not found`.
    pub fn not_found(kind: Kind, name: &str) -> Self {
        let message = format!("{} {name:?} not found", kind.info().qualified_plural());
        Self::new(404, "NotFound", message).about(kind, name)
    }

    /// `configmaps "x" already exists`.
    pub fn already_exists(kind: Kind, name: &str) -> Self {
        let message = format!("{} {name:?} already exists", kind.info().qualified_plural());
        Self::new(409, "AlreadyExists", message).about(kind, name)
    }

    /// A write lost against another, or a precondition does not hold.
    pub fn conflict(kind: Kind, name: &str, why: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} {name:?}: {why}",
            kind.info().qualified_plural()
        );
        Self::new(409, "Conflict", message).about(kind, name)
    }

    /// The usual conflict: the object was changed meanwhile.
    pub fn modified(kind: Kind, name: &str) -> Self {
        Self::conflict(
            kind,
            name,
            "the object has been modified; please apply your changes to the latest version and try again",
        )
    }

    /// `pods "x" is forbidden: …`; without a name `pods is forbidden: …`.
    pub fn forbidden(kind: Kind, name: &str, why: &str) -> Self {
        let plural = kind.info().qualified_plural();
        let message = if name.is_empty() {
            format!("{plural} is forbidden: {why}")
        } else {
            format!("{plural} {name:?} is forbidden: {why}")
        };
        Self::new(403, "Forbidden", message).about(kind, name)
    }

    /// The same of a resource by its group and plural, which need not be one that we know.
    pub fn forbidden_resource(group: &str, resource: &str, name: &str, why: &str) -> Self {
        let dot = if group.is_empty() { "" } else { "." };
        let named = if name.is_empty() { String::new() } else { format!(" {name:?}") };
        let message = format!("{resource}{dot}{group}{named} is forbidden: {why}");
        let mut status = Self::new(403, "Forbidden", message);
        status.details = Some(Box::new(StatusDetails {
            name: name.to_owned(),
            group: group.to_owned(),
            kind: resource.to_owned(),
            ..StatusDetails::default()
        }));
        status
    }

    /// A request that cannot be understood.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// A resourceVersion that the server no longer remembers.
    pub fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    /// `Deployment.apps "web" is invalid: …` with one cause for each complaint.
    pub fn invalid(kind: Kind, name: &str, errors: &[FieldError]) -> Self {
        let info = kind.info();
        let dot = if info.group.is_empty() { "" } else { "." };
        let mut status =
            Self::invalid_named(&format!("{}{dot}{}", info.name, info.group), name, errors);
        if let Some(details) = &mut status.details {
            name.clone_into(&mut details.name);
            info.group.clone_into(&mut details.group);
            info.name.clone_into(&mut details.kind);
        }
        status
    }

    /// The same of something that is no object: the server leaves kind and name empty.
    pub fn invalid_request(errors: &[FieldError]) -> Self {
        Self::invalid_named("", "", errors)
    }

    /// The same of options that are no object, such as PodLogOptions.
    pub fn invalid_named(qualified: &str, name: &str, errors: &[FieldError]) -> Self {
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let list =
            if texts.len() == 1 { texts[0].clone() } else { format!("[{}]", texts.join(", ")) };
        let mut status =
            Self::new(422, "Invalid", format!("{qualified} {name:?} is invalid: {list}"));
        let causes = errors.iter().map(|it| StatusCause {
            reason: it.reason().to_owned(),
            message: it.body(),
            field: it.field.clone(),
        });
        let details = StatusDetails { causes: causes.collect(), ..StatusDetails::default() };
        status.details = Some(Box::new(details));
        status
    }

    /// The JSON form.
    pub fn to_value(&self) -> Value {
        let word = if self.code < 300 { "Success" } else { "Failure" };
        let mut out =
            json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": word });
        let fields = out.as_object_mut().expect("a literal object");
        if !self.message.is_empty() {
            fields.insert("message".into(), self.message.clone().into());
        }
        if !self.reason.is_empty() {
            fields.insert("reason".into(), self.reason.into());
        }
        if let Some(details) = &self.details {
            fields.insert("details".into(), details.to_value());
        }
        if self.code >= 300 {
            fields.insert("code".into(), self.code.into());
        }
        out
    }
}

impl StatusDetails {
    fn to_value(&self) -> Value {
        let mut out = Map::new();
        for (key, text) in
            [("name", &self.name), ("group", &self.group), ("kind", &self.kind), ("uid", &self.uid)]
        {
            if !text.is_empty() {
                out.insert(key.into(), text.clone().into());
            }
        }
        if !self.causes.is_empty() {
            let cause = |it: &StatusCause| {
                let mut cause = json!({ "reason": it.reason, "message": it.message });
                if !it.field.is_empty() {
                    cause["field"] = it.field.clone().into();
                }
                cause
            };
            out.insert("causes".into(), self.causes.iter().map(cause).collect());
        }
        if self.retry_after_seconds != 0 {
            out.insert("retryAfterSeconds".into(), self.retry_after_seconds.into());
        }
        Value::Object(out)
    }
}

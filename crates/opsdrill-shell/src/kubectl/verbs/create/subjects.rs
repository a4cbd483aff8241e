//! Whom a binding means: `--user`, `--group` and `--serviceaccount`.

use serde_json::{Value, json};

use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};

const GROUP: &str = "rbac.authorization.k8s.io";

/// The flags.
pub(super) const SUBJECTS: &[Flag] = &[
    Flag::array("user").about("A user."),
    Flag::array("group").about("A group."),
    Flag::array("serviceaccount").about("NAMESPACE:NAME."),
];

/// A reference to a role.
pub(super) fn role_ref(kind: &str, name: &str) -> Value {
    json!({ "apiGroup": GROUP, "kind": kind, "name": name })
}

/// The subjects of the line: users, groups, service accounts.
pub(super) fn subjects(arguments: &Arguments) -> Result<Vec<Value>, ToolError> {
    let mut subjects = Vec::new();
    for (flag, kind) in [("user", "User"), ("group", "Group")] {
        let names = arguments.list(flag).into_iter();
        subjects.extend(names.map(|it| json!({ "apiGroup": GROUP, "kind": kind, "name": it })));
    }
    for account in arguments.list("serviceaccount") {
        let parts: Vec<&str> = account.split(':').collect();
        let [namespace, name] = parts[..] else {
            return Err(ToolError::plain("serviceaccount must be <namespace>:<name>"));
        };
        if namespace.is_empty() || name.is_empty() {
            return Err(ToolError::plain("serviceaccount must be <namespace>:<name>"));
        }
        subjects.push(json!({ "kind": "ServiceAccount", "name": name, "namespace": namespace }));
    }
    Ok(subjects)
}

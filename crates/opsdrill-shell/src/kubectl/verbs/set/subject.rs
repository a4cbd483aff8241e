//! `kubectl set subject`: for whom a binding is.

use opsdrill_engine::api::Target;
use opsdrill_objects::Kind;
use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::resources::Query;
use crate::kubectl::shared_flags::{FILES, PRINTING};
use crate::kubectl::writing::{Writer, reason_of, text_at};

use super::pod_templates::local_path;
use super::{SHARED, local_documents};

const GROUP: &str = "rbac.authorization.k8s.io";

/// `kubectl set subject`.
pub(super) struct Subject;

impl Verb for Subject {
    const NAME: &'static str = "subject";
    const USAGE: &'static str =
        "(-f FILE | TYPE NAME) [--user=NAME] [--group=NAME] [--serviceaccount=NAMESPACE:NAME]";
    const SUMMARY: &'static str = "Add users, groups or service accounts to a binding";
    const TAKES: Takes = Takes::Objects(&[Kind::RoleBinding, Kind::ClusterRoleBinding]);
    const FLAGS: &'static [&'static [Flag]] = &[
        SHARED,
        &[
            Flag::array("user").about("A user."),
            Flag::array("group").about("A group."),
            Flag::array("serviceaccount").about("A service account, as NAMESPACE:NAME."),
        ],
        FILES,
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let subjects = subjects(arguments)?;
        let writer = Writer::of(context, arguments, "kubectl-set")?;
        if arguments.switch("local") {
            return add_locally(context, arguments, &writer, &subjects);
        }
        let query = Query::of(arguments);
        let wants = query.resolve(context)?;
        let (objects, mut errors) = query.fetch(context, &wants.list);
        for object in &objects {
            let info = object.kind.info();
            if !matches!(object.kind, Kind::RoleBinding | Kind::ClusterRoleBinding) {
                errors.push(ToolError::plain(format!(
                    "error: {}/{} setting subjects is only supported for RoleBinding/ClusterRoleBinding",
                    info.plural, object.meta.name
                )));
                continue;
            }
            let mut document = object.to_value();
            if !add(&mut document, &subjects) {
                continue;
            }
            if !writer.pretends() {
                match writer.replace(context, Target::of(object), document.clone()) {
                    Ok(written) => document = written.to_value(),
                    Err(refusal) => {
                        let why = reason_of(&refusal.into());
                        errors.push(ToolError::plain(format!(
                            "failed to patch subjects to rolebinding: {why}"
                        )));
                        continue;
                    }
                }
            }
            writer.say(context, arguments, &document, "subjects updated")?;
        }
        ToolError::all(errors).map(|()| 0)
    }
}

/// Adds the subjects that a binding does not have yet; `false` if it has all.
fn add(binding: &mut Value, subjects: &[Value]) -> bool {
    let mut list = binding["subjects"].as_array().cloned().unwrap_or_default();
    let count = list.len();
    for subject in subjects {
        if !list.contains(subject) {
            list.push(subject.clone());
        }
    }
    let is_more = list.len() > count;
    if is_more {
        binding["subjects"] = list.into();
    }
    is_more
}

/// Changes the bindings of files and shows them.
fn add_locally(
    context: &mut Context,
    arguments: &Arguments,
    writer: &Writer,
    subjects: &[Value],
) -> Outcome {
    let mut errors = Vec::new();
    for (kind, mut document) in local_documents(context, arguments, &arguments.positional)? {
        if !matches!(kind, Kind::RoleBinding | Kind::ClusterRoleBinding) {
            let path = local_path(kind, text_at(&document, "/metadata/name"));
            errors.push(ToolError::plain(format!(
                "error: {path} setting subjects is only supported for RoleBinding/ClusterRoleBinding\n"
            )));
        } else if add(&mut document, subjects) {
            writer.say(context, arguments, &document, "subjects updated")?;
        }
    }
    ToolError::all(errors).map(|()| 0)
}

/// The subjects that the flags name.
fn subjects(arguments: &Arguments) -> Result<Vec<Value>, ToolError> {
    let named = |flag: &str, kind: &str| {
        let names = arguments.list(flag).into_iter();
        names.map(|it| json!({ "apiGroup": GROUP, "kind": kind, "name": it })).collect::<Vec<_>>()
    };
    let mut subjects = named("user", "User");
    subjects.extend(named("group", "Group"));
    for account in arguments.list("serviceaccount") {
        let Some((namespace, name)) = account.split_once(':').filter(|(namespace, name)| {
            !namespace.is_empty() && !name.is_empty() && !name.contains(':')
        }) else {
            return Err(ToolError::plain("serviceaccount must be <namespace>:<name>"));
        };
        subjects.push(json!({ "kind": "ServiceAccount", "name": name, "namespace": namespace }));
    }
    if subjects.is_empty() {
        return Err(ToolError::plain(
            "you must specify at least one value of user, group or serviceaccount",
        ));
    }
    Ok(subjects)
}

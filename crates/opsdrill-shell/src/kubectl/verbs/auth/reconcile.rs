//! `kubectl auth reconcile`: roles and bindings with at least what files say.

use opsdrill_objects::Kind;
use serde_json::{Map, Value};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::manifests::Sources;
use crate::kubectl::shared_flags::{DRY_RUN, FILES, PRINTING};
use crate::kubectl::writing::Writer;
use opsdrill_engine::api::Target;

/// `kubectl auth reconcile`.
pub(super) struct Reconcile;

impl Verb for Reconcile {
    const NAME: &'static str = "reconcile";
    const USAGE: &'static str = "-f FILE";
    const SUMMARY: &'static str = "Add what is missing to roles and bindings";
    const FLAGS: &'static [&'static [Flag]] = &[
        &[
            DRY_RUN,
            Flag::switch("remove-extra-permissions").about("Take rules away that no file has."),
            Flag::switch("remove-extra-subjects").about("Take subjects away that no file has."),
        ],
        FILES,
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let sources = Sources::required(arguments)?;
        let writer = Writer::of(context, arguments, "kubectl-auth")?;
        let mut errors = Vec::new();
        let mut printed = 0;
        for manifest in sources.load(context)? {
            let kind = manifest.kind()?;
            let namespace = manifest.namespace(context)?;
            let part = match kind {
                Kind::Role | Kind::ClusterRole => Part::Rules,
                Kind::RoleBinding | Kind::ClusterRoleBinding => Part::Subjects,
                // What is no matter of access is passed over.
                _ => continue,
            };
            let reconciled =
                reconcile(context, arguments, &writer, (kind, &namespace), (part, manifest.value));
            match reconciled {
                Ok(told) => {
                    if printed > 0 && arguments.text("output") == "yaml" {
                        context.out("---\n");
                    }
                    printed += 1;
                    writer.say(context, arguments, &told.document, "reconciled")?;
                    context.err(&told.notes);
                }
                Err(error) => errors.push(error),
            }
        }
        ToolError::all(errors).map(|()| 0)
    }
}

/// What of an object is reconciled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Rules,
    Subjects,
}

impl Part {
    fn field(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Subjects => "subjects",
        }
    }

    fn removal_flag(self) -> &'static str {
        match self {
            Self::Rules => "remove-extra-permissions",
            Self::Subjects => "remove-extra-subjects",
        }
    }
}

/// An object as it is now, and what is said about it on standard error.
struct Told {
    document: Value,
    notes: String,
}

fn reconcile(
    context: &mut Context,
    arguments: &Arguments,
    writer: &Writer,
    (kind, namespace): (Kind, &str),
    (part, mut wanted): (Part, Value),
) -> Result<Told, ToolError> {
    let name = wanted["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let existing = match context.get(kind, &name, namespace) {
        Ok(object) => Some(object.to_value()),
        Err(refusal) if refusal.code == 404 => None,
        Err(refusal) => return Err(refusal.into()),
    };
    let ours = items(part, &wanted);
    let theirs = existing.as_ref().map(|it| items(part, it)).unwrap_or_default();
    let missing: Vec<Value> = ours.iter().filter(|it| !theirs.contains(it)).cloned().collect();
    let extra: Vec<Value> = theirs.iter().filter(|it| !ours.contains(it)).cloned().collect();
    let removes = arguments.switch(part.removal_flag());
    let mut notes = String::new();
    let document = match existing {
        None => {
            notes.push_str("\treconciliation required create\n");
            if !namespace.is_empty() {
                wanted["metadata"]["namespace"] = namespace.into();
            }
            if writer.pretends() {
                wanted
            } else {
                writer.create(context, kind, namespace, wanted)?.to_value()
            }
        }
        Some(mut document) if !missing.is_empty() || (removes && !extra.is_empty()) => {
            notes.push_str("\treconciliation required update\n");
            let kept = theirs.iter().filter(|it| !removes || ours.contains(it)).cloned();
            document[part.field()] = kept.chain(missing.iter().cloned()).collect();
            if writer.pretends() {
                document
            } else {
                let target = Target::one(kind, namespace, &name);
                writer.replace(context, target, document)?.to_value()
            }
        }
        Some(document) => document,
    };
    for (list, word, done) in [(&missing, "missing", " added"), (&extra, "extra", " removed")] {
        if list.is_empty() || (word == "extra" && !removes) {
            continue;
        }
        let field = part.field();
        notes.push_str(&format!("\t{word} {field}{done}:\n"));
        for item in list {
            notes.push_str(&format!("\t\t{}\n", go_text(part, item)));
        }
    }
    Ok(Told { document, notes })
}

/// Rules one permission at a time, or subjects with the group that goes without saying.
fn items(part: Part, document: &Value) -> Vec<Value> {
    let list = document[part.field()].as_array().cloned().unwrap_or_default();
    match part {
        Part::Rules => list,
        Part::Subjects => list.into_iter().map(subject).collect(),
    }
}

fn subject(mut subject: Value) -> Value {
    let kind = subject["kind"].as_str().unwrap_or_default();
    if subject.get("apiGroup").is_none() && matches!(kind, "User" | "Group") {
        subject["apiGroup"] = "rbac.authorization.k8s.io".into();
    }
    subject
}

/// A rule or subject as Go prints a structure with the names of its fields.
fn go_text(part: Part, item: &Value) -> String {
    let empty = Map::new();
    let fields = item.as_object().unwrap_or(&empty);
    let list = |name: &str| {
        let items = fields.get(name).and_then(Value::as_array);
        let texts: Vec<&str> = items.into_iter().flatten().filter_map(Value::as_str).collect();
        texts.join(" ")
    };
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    match part {
        Part::Rules => format!(
            "{{Verbs:[{}] APIGroups:[{}] Resources:[{}] ResourceNames:[{}] NonResourceURLs:[{}]}}",
            list("verbs"),
            list("apiGroups"),
            list("resources"),
            list("resourceNames"),
            list("nonResourceURLs")
        ),
        Part::Subjects => format!(
            "{{Kind:{} APIGroup:{} Name:{} Namespace:{}}}",
            text("kind"),
            text("apiGroup"),
            text("name"),
            text("namespace")
        ),
    }
}

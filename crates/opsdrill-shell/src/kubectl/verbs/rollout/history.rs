//! `kubectl rollout history`: a deployment's revisions.

use opsdrill_objects::k8s_openapi::api::core::v1::PodTemplateSpec;
use opsdrill_objects::{Kind, Object};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::describe::template_text;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::printers::{self, Output, documents};
use crate::kubectl::shared_flags::{FILES, PRINTING};
use crate::kubectl::writing::name_of;

use super::{SELECTION, USAGE, kind_text, objects_of, revisions};

/// `kubectl rollout history`.
pub(super) struct History;

impl Verb for History {
    const NAME: &'static str = "history";
    const USAGE: &'static str = USAGE;
    const SUMMARY: &'static str = "View the revisions of a rollout";
    const TAKES: Takes = Takes::Objects(&[Kind::Deployment]);
    const FLAGS: &'static [&'static [Flag]] = &[
        SELECTION,
        &[Flag::integer("revision", "0").about("Show this revision's template.")],
        FILES,
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let revision = arguments.integer("revision");
        if revision < 0 {
            return Err(ToolError::plain(format!(
                "revision must be a positive integer: {revision}"
            )));
        }
        let output = printers::output_of(context, arguments)?;
        let (objects, errors) = objects_of(context, arguments)?;
        for object in &objects {
            if matches!(object.kind, Kind::DaemonSet | Kind::StatefulSet) {
                let text = of_revisions(context, object, revision, &output)?;
                context.out(&text);
                continue;
            }
            if object.kind != Kind::Deployment {
                return Err(ToolError::plain(format!(
                    "no history viewer has been implemented for {:?}",
                    kind_text(object)
                )));
            }
            let mut sets = revisions::of(context, object)?;
            if revision > 0 {
                sets.retain(|number, _| *number == revision);
                if sets.is_empty() {
                    return Err(ToolError::plain("unable to find the specified revision"));
                }
            }
            if let Output::Documents(format) = &output {
                for set in sets.values() {
                    let document = printers::document(set, arguments);
                    let text = documents::print(format, &[document], true)?;
                    context.out(&text);
                }
                continue;
            }
            if let (Some(set), true) = (sets.values().next(), revision > 0) {
                let name = name_of(&object.to_value());
                let text = template_text(&template_of(set));
                context.out(&format!("{name} with revision #{revision}\n{text}\n"));
                continue;
            }
            let mut text = format!("{} \n", name_of(&object.to_value()));
            if sets.is_empty() {
                text.push_str("No rollout history found.");
            } else {
                text.push_str("REVISION  CHANGE-CAUSE\n");
            }
            for (number, set) in &sets {
                let cause = set.meta.annotation(revisions::CHANGE_CAUSE).unwrap_or("<none>");
                text.push_str(&format!("{number:<10}{cause}\n"));
            }
            text.push('\n');
            context.out(&text);
        }
        ToolError::all(errors).map(|()| 0)
    }
}

/// The history of a daemon set or stateful set, which keeps its templates as ControllerRevisions.
fn of_revisions(
    context: &mut Context,
    object: &Object,
    revision: i64,
    output: &Output,
) -> Result<String, ToolError> {
    let kept = revisions::kept(context, object)?;
    let found = revision == 0 || kept.contains_key(&revision);
    if !found {
        return Err(ToolError::plain("unable to find the specified revision"));
    }
    if revision > 0 || matches!(output, Output::Documents(_)) {
        let what = object.kind.info().name;
        return Err(ToolError::not_simulated(format!("one revision of a {what}")));
    }
    let mut text = format!("{} \n", name_of(&object.to_value()));
    if kept.is_empty() {
        text.push_str("No rollout history found.\n");
        return Ok(text);
    }
    text.push_str("REVISION  CHANGE-CAUSE\n");
    for (number, kept) in &kept {
        let cause = kept.meta.annotation(revisions::CHANGE_CAUSE).unwrap_or("<none>");
        text.push_str(&format!("{number:<10}{cause}\n"));
    }
    text.push('\n');
    Ok(text)
}

/// The pod template of a revision, with the reason for it among the annotations.
fn template_of(set: &Object) -> PodTemplateSpec {
    let spec = set.replica_set().and_then(|it| it.spec.as_ref());
    let mut template = spec.and_then(|it| it.template.clone()).unwrap_or_default();
    if let Some(cause) = set.meta.annotation(revisions::CHANGE_CAUSE) {
        let annotations = &mut template.metadata.get_or_insert_default().annotations;
        annotations
            .get_or_insert_default()
            .insert(revisions::CHANGE_CAUSE.to_owned(), cause.to_owned());
    }
    template
}

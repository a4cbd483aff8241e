//! `kubectl apply set-last-applied`: lets objects remember another manifest.

use opsdrill_engine::api::{PatchType, Target};
use opsdrill_objects::go_format;
use serde_json::json;

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::manifests::{self, Sources};
use crate::kubectl::shared_flags::{DRY_RUN, FILES, PRINTING};
use crate::kubectl::writing::{LAST_APPLIED, Writer};

use super::configuration::last_applied;

/// `kubectl apply set-last-applied`.
pub(super) struct SetLastApplied;

impl Verb for SetLastApplied {
    const NAME: &'static str = "set-last-applied";
    const USAGE: &'static str = "-f FILE";
    const SUMMARY: &'static str = "Let an object remember a manifest without applying it";
    const FLAGS: &'static [&'static [Flag]] = &[
        &[
            DRY_RUN,
            Flag::switch("create-annotation").about("Also where nothing is remembered yet."),
        ],
        FILES,
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        manifests::no_words(arguments)?;
        let sources = Sources::required(arguments)?;
        let writer = Writer::of(context, arguments, "kubectl-edit")?;
        let mut changes = Vec::new();
        for manifest in sources.load(context)? {
            let (kind, namespace) = (manifest.kind()?, manifest.namespace(context)?);
            let name = manifest.name().to_owned();
            let object = context.get(kind, &name, &namespace)?;
            let text = format!("{}\n", go_format::json(&manifest.value));
            match last_applied(&object) {
                None if !arguments.switch("create-annotation") => {
                    return Err(ToolError::plain(format!(
                        "no last-applied-configuration annotation found on resource: {name}, to create the annotation, run the command with --create-annotation"
                    )));
                }
                Some(known) if known == text => {
                    context.out(&format!("set-last-applied {name}: no changes required.\n"));
                }
                _ => changes.push((object, text)),
            }
        }
        for (object, text) in changes {
            let mut document = object.to_value();
            if !writer.pretends() {
                let patch = json!({ "metadata": { "annotations": { LAST_APPLIED: text } } });
                let target = Target::of(&object);
                document = writer.patch(context, target, PatchType::Merge, patch)?.to_value();
            }
            writer.say(context, arguments, &document, "configured")?;
        }
        Ok(0)
    }
}

//! `kubectl set image`: other images for containers.

use serde_json::Value;

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::pairs::Words;
use crate::kubectl::resources::{MISSING, Query};
use crate::kubectl::shared_flags::{FILES, PRINTING};

use super::pod_templates::{self, Named, Naming, containers, name_of};
use super::{SHARED, TEMPLATED, names_nothing};

const NAMING: Naming = Naming {
    failure: "image update to pod template",
    separator: ":",
    says_unchanged: false,
    done: "image updated",
};

/// `kubectl set image`.
pub(super) struct Image;

impl Verb for Image {
    const NAME: &'static str = "image";
    const USAGE: &'static str = "(-f FILE | TYPE NAME) CONTAINER=IMAGE …";
    const SUMMARY: &'static str = "Update the image of a pod template";
    const TAKES: Takes = Takes::ObjectsThenContainers(TEMPLATED);
    const FLAGS: &'static [&'static [Flag]] = &[SHARED, FILES, PRINTING];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let words = Words::split(&arguments.positional, "image")?;
        if names_nothing(&words.objects, arguments) {
            return Err(ToolError::plain(MISSING));
        }
        if words.pairs.is_empty() {
            // A word that is no pair is taken for an object, and those may not be mixed.
            Query { words: words.objects.clone(), ..Query::of(arguments) }.resolve(context)?;
            return Err(ToolError::plain("at least one image update is required"));
        }
        if words.pairs.len() > 1 && words.pairs.iter().any(|(name, _)| name == "*") {
            let pairs: Vec<String> =
                words.pairs.iter().map(|(name, image)| format!("{name}={image}")).collect();
            return Err(ToolError::plain(format!(
                "all containers are already specified as *, but saw {:?} container_name=image_name pairs",
                pairs.join(",")
            )));
        }
        let change = |_: &mut Context, _: &Named, spec: &mut Value, errors: &mut Vec<_>| {
            for (name, image) in &words.pairs {
                let mut found = false;
                for container in containers(spec) {
                    if name == "*" || name_of(container) == name {
                        container["image"] = image.clone().into();
                        found = true;
                    }
                }
                if !found {
                    errors.push(ToolError::plain(format!(
                        "error: unable to find container named {name:?}"
                    )));
                }
            }
            true
        };
        pod_templates::change_each(context, arguments, words.objects.clone(), NAMING, change)
    }
}

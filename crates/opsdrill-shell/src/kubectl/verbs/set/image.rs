//! `kubectl set image`: other images for containers.

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::{FILES, PRINTING};

use super::pod_templates::{self, Naming, containers, name_of};
use crate::kubectl::resources::MISSING;

use super::{SHARED, TEMPLATED, names_nothing};
use crate::kubectl::pairs::Words;

const NAMING: Naming = Naming { failure: "image update to pod template", done: "image updated" };

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
        let (objects, mut errors) =
            pod_templates::objects_of(context, arguments, words.objects.clone())?;
        for object in &objects {
            let mut document = object.to_value();
            let spec = match pod_templates::pod_spec(object, &mut document) {
                Ok(spec) => spec,
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            };
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
            if let Err(error) = pod_templates::write(context, arguments, object, &document, NAMING)
            {
                errors.push(error);
            }
        }
        ToolError::all(errors).map(|()| 0)
    }
}

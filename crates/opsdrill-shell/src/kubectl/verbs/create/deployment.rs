//! `kubectl create deployment`.

use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::PRINTING;

use super::generated::{self, Made, SHARED, sole_name};

const MADE: Made = Made::namespaced("apps/v1", "Deployment", "failed to create deployment:");

/// `kubectl create deployment`.
pub(super) struct CreateDeployment;

impl Verb for CreateDeployment {
    const NAME: &'static str = "deployment";
    const ALIASES: &'static [&'static str] = &["deploy"];
    const USAGE: &'static str = "NAME --image=IMAGE [-- COMMAND …]";
    const SUMMARY: &'static str = "Create a deployment";
    const FLAGS: &'static [&'static [Flag]] = &[
        SHARED,
        &[
            Flag::list("image").about("The image of each container."),
            Flag::integer("replicas", "1").short('r').about("How many pods."),
            Flag::integer("port", "-1").about("The port that the container opens."),
        ],
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let before_dash = arguments.dash.unwrap_or(arguments.positional.len());
        let command = &arguments.positional[before_dash..];
        let images = arguments.list("image");
        if images.is_empty() {
            return Err(ToolError::plain("required flag(s) \"image\" not set"));
        }
        let name = sole_name(&arguments.positional[..before_dash])?;
        if images.len() > 1 && !command.is_empty() {
            return Err(ToolError::plain("cannot specify multiple --image options and command"));
        }
        let mut containers: Vec<Value> = images.iter().map(|it| container(context, it)).collect();
        if arguments.integer("port") > 0 {
            containers[0]["ports"] = json!([{ "containerPort": arguments.integer("port") }]);
        }
        if !command.is_empty() {
            containers[0]["command"] = json!(command);
        }
        let mut document = MADE.document(&name);
        let labels = json!({ "app": name });
        document["metadata"]["labels"] = labels.clone();
        document["spec"] = json!({
            "replicas": arguments.integer("replicas"),
            "selector": { "matchLabels": labels.clone() },
            "strategy": {},
            "template": {
                "metadata": { "creationTimestamp": null, "labels": labels },
                "spec": { "containers": containers },
            },
        });
        document["status"] = json!({});
        generated::create(context, arguments, MADE, document)
    }
}

/// A container named after its image; where a name of a container cannot have the image's letters, chance makes it unique.
fn container(context: &mut Context, image: &str) -> Value {
    let last = image.rsplit('/').next().unwrap_or(image);
    let mut name = last.split([':', '@']).next().unwrap_or(last).to_owned();
    if name.contains(['_', '.']) {
        let chance = context.door.random_u64("kubectl create deployment");
        name = format!("{}-{}", name.replace(['_', '.'], "-"), random_suffix(chance));
    }
    json!({ "image": image, "name": name, "resources": {} })
}

/// Five letters and digits of those that Kubernetes' random names are made of.
pub(in crate::kubectl::verbs) fn random_suffix(mut chance: u64) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let count = LETTERS.len() as u64;
    let letter = |_| {
        let letter = LETTERS[(chance % count) as usize];
        chance /= count;
        char::from(letter)
    };
    (0..5).map(letter).collect()
}

//! `kubectl create cronjob`.

use serde_json::json;

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::PRINTING;

use super::generated::{self, Made, SHARED, require, sole_name};
use super::job::pod_template;

const MADE: Made = Made::namespaced("batch/v1", "CronJob", "failed to create cronjob:");

/// `kubectl create cronjob`.
pub(super) struct CreateCronJob;

impl Verb for CreateCronJob {
    const NAME: &'static str = "cronjob";
    const ALIASES: &'static [&'static str] = &["cj"];
    const USAGE: &'static str = "NAME --image=IMAGE --schedule='0/5 * * * ?' [-- COMMAND …]";
    const SUMMARY: &'static str = "Create a cron job";
    const FLAGS: &'static [&'static [Flag]] = &[
        SHARED,
        &[
            Flag::text("image").about("The image of the job's container."),
            Flag::text("schedule").about("When it runs, as cron writes it."),
            Flag::text("restart").about("OnFailure or Never."),
        ],
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        require(arguments, &["image", "schedule"])?;
        let before_dash = arguments.dash.unwrap_or(arguments.positional.len());
        let command = &arguments.positional[before_dash..];
        let name = sole_name(&arguments.positional[..before_dash])?;
        let restart = match arguments.text("restart") {
            "" => "OnFailure",
            given => given,
        };
        let mut document = MADE.document(&name);
        let template = pod_template(&name, arguments.text("image"), command, restart);
        document["spec"] = json!({
            "jobTemplate": {
                "metadata": { "creationTimestamp": null, "name": name },
                "spec": { "template": template },
            },
            "schedule": arguments.text("schedule"),
        });
        document["status"] = json!({});
        generated::create(context, arguments, MADE, document)
    }
}

//! `kubectl create priorityclass`.

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::PRINTING;

use super::generated::{self, Made, SHARED, name_of};

const MADE: Made =
    Made::of_cluster("scheduling.k8s.io/v1", "PriorityClass", "failed to create priorityclass:");

/// `kubectl create priorityclass`.
pub(super) struct CreatePriorityClass;

impl Verb for CreatePriorityClass {
    const NAME: &'static str = "priorityclass";
    const ALIASES: &'static [&'static str] = &["pc"];
    const USAGE: &'static str = "NAME --value=N [--global-default] [--description=TEXT]";
    const SUMMARY: &'static str = "Create a priority class";
    const FLAGS: &'static [&'static [Flag]] = &[
        SHARED,
        &[
            Flag::integer("value", "0").about("How high the priority is."),
            Flag::switch("global-default").about("For pods that name no class."),
            Flag::text("description").about("When it is meant to be used."),
            Flag::text("preemption-policy")
                .default("PreemptLowerPriority")
                .about("PreemptLowerPriority or Never."),
        ],
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let mut document = MADE.document(&name_of(arguments)?);
        document["value"] = arguments.integer("value").into();
        document["preemptionPolicy"] = arguments.text("preemption-policy").into();
        if arguments.switch("global-default") {
            document["globalDefault"] = true.into();
        }
        if !arguments.text("description").is_empty() {
            document["description"] = arguments.text("description").into();
        }
        generated::create(context, arguments, MADE, document)
    }
}

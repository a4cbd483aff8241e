//! `kubectl config set-context`: another namespace, cluster or user for a context.

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::kubeconfig::KubeContext;

use super::contexts::unexpected;

/// `kubectl config set-context`.
pub(super) struct SetContext;

impl Verb for SetContext {
    const NAME: &'static str = "set-context";
    const USAGE: &'static str = "(NAME | --current) [--namespace=NAMESPACE]";
    const SUMMARY: &'static str = "Change a context, or make a new one";
    const TAKES: Takes = Takes::Context;
    const FLAGS: &'static [&'static [Flag]] = &[&[
        Flag::switch("current").about("Change the context in use."),
        Flag::text("cluster").about("The cluster that the context leads to."),
        Flag::text("user").about("The user under whose name."),
    ]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let name = match (arguments.positional.as_slice(), arguments.switch("current")) {
            ([], true) => context.config.current.clone(),
            ([name], false) => name.clone(),
            ([], false) => {
                return Err(ToolError::plain(
                    "you must specify a non-empty context name or --current",
                ));
            }
            ([_], true) => {
                return Err(ToolError::plain(
                    "you cannot specify both a context name and --current",
                ));
            }
            _ => return Err(unexpected(arguments)),
        };
        if name.is_empty() {
            return Err(ToolError::plain("no current context is set"));
        }
        let known = context.config.context(&name).is_some();
        if !known {
            context.config.contexts.push(KubeContext {
                name: name.clone(),
                cluster: String::new(),
                user: String::new(),
                namespace: String::new(),
            });
        }
        let entry = context.config.context_mut(&name).expect("it is there by now");
        let fields = [
            ("namespace", &mut entry.namespace),
            ("cluster", &mut entry.cluster),
            ("user", &mut entry.user),
        ];
        for (flag, field) in fields {
            if arguments.is_set(flag) {
                arguments.text(flag).clone_into(field);
            }
        }
        let operation = if known { "modified" } else { "created" };
        context.out(&format!("Context {name:?} {operation}.\n"));
        Ok(0)
    }
}

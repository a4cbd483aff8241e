//! `kubectl config set-context`: another namespace, cluster or user for a context.

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::kubeconfig::KubeContext;

/// `kubectl config set-context`.
pub(super) struct SetContext;

impl Verb for SetContext {
    const NAME: &'static str = "set-context";
    const USAGE: &'static str = "(NAME | --current) [--namespace=NAMESPACE]";
    const SUMMARY: &'static str = "Change a context, or make a new one";
    const TAKES: Takes = Takes::Context;
    const FLAGS: &'static [&'static [Flag]] =
        &[&[Flag::switch("current").about("Change the context in use.")]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let name = match (arguments.positional.as_slice(), arguments.switch("current")) {
            ([], true) => context.config.current.clone(),
            ([name], false) => name.clone(),
            ([], false) => {
                return Err(ToolError::plain(
                    "you must specify a non-empty context name or --current",
                ));
            }
            (words, _) => {
                let words = words.join(" ");
                return Err(ToolError::usage(format!("Unexpected args: [{words}]")));
            }
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
        if arguments.is_set("namespace")
            && let Some(entry) = context.config.context_mut(&name)
        {
            arguments.text("namespace").clone_into(&mut entry.namespace);
        }
        let operation = if known { "modified" } else { "created" };
        context.out(&format!("Context {name:?} {operation}.\n"));
        Ok(0)
    }
}

//! Looking at the contexts, and using another one.

use opsdrill_objects::table::{LIST, align};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};

/// `kubectl config current-context`.
pub(super) struct CurrentContext;

impl Verb for CurrentContext {
    const NAME: &'static str = "current-context";
    const SUMMARY: &'static str = "Print the context in use";

    fn run(context: &mut Context, _: &Arguments) -> Outcome {
        if context.config.current.is_empty() {
            return Err(ToolError::plain("current-context is not set"));
        }
        let text = format!("{}\n", context.config.current);
        context.out(&text);
        Ok(0)
    }
}

/// `kubectl config get-contexts`.
pub(super) struct GetContexts;

impl Verb for GetContexts {
    const NAME: &'static str = "get-contexts";
    const USAGE: &'static str = "[NAME …]";
    const SUMMARY: &'static str = "Print one or many contexts";
    const FLAGS: &'static [&'static [Flag]] = &[&[
        Flag::text("output").short('o').about("name, or nothing."),
        Flag::switch("no-headers").about("No headings."),
    ]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let names_only = match arguments.text("output") {
            "" => false,
            "name" => true,
            other => {
                return Err(ToolError::plain(format!(
                    "--output {other} is not available in kubectl config get-contexts; resetting to default output format"
                )));
            }
        };
        let config = &*context.config;
        let wanted = &arguments.positional;
        let mut errors = Vec::new();
        for name in wanted.iter().filter(|it| config.context(it).is_none()) {
            errors.push(ToolError::plain(format!("context {name} not found")));
        }
        let mut rows: Vec<_> = config
            .contexts
            .iter()
            .filter(|it| wanted.is_empty() || wanted.contains(&it.name))
            .collect();
        rows.sort_by(|one, other| one.name.cmp(&other.name));
        let mut text = String::new();
        if !names_only && !arguments.switch("no-headers") {
            text.push_str("CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n");
        }
        for row in rows {
            if names_only {
                text.push_str(&format!("{}\n", row.name));
                continue;
            }
            let mark = if row.name == config.current { "*" } else { "" };
            let cells = [mark, &row.name, &row.cluster, &row.user, &row.namespace];
            text.push_str(&format!("{}\n", cells.join("\t")));
        }
        let text = if names_only { text } else { align(&text, LIST) };
        context.out(&text);
        ToolError::all(errors).map(|()| 0)
    }
}

/// `kubectl config use-context`.
pub(super) struct UseContext;

impl Verb for UseContext {
    const NAME: &'static str = "use-context";
    const ALIASES: &'static [&'static str] = &["use"];
    const USAGE: &'static str = "CONTEXT";
    const SUMMARY: &'static str = "Use another context from now on";
    const TAKES: Takes = Takes::Context;

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let [name] = arguments.positional.as_slice() else {
            return Err(unexpected(arguments));
        };
        if context.config.context(name).is_none() {
            return Err(ToolError::plain(format!("no context exists with the name: {name:?}")));
        }
        context.config.current.clone_from(name);
        context.out(&format!("Switched to context {name:?}.\n"));
        Ok(0)
    }
}

/// `kubectl config rename-context`.
pub(super) struct RenameContext;

impl Verb for RenameContext {
    const NAME: &'static str = "rename-context";
    const USAGE: &'static str = "NAME NEW_NAME";
    const SUMMARY: &'static str = "Give a context another name";
    const TAKES: Takes = Takes::Context;

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let [name, new] = arguments.positional.as_slice() else {
            return Err(unexpected(arguments));
        };
        let file = file_of(context);
        let config = &mut *context.config;
        if config.context(name).is_none() {
            return Err(ToolError::plain(format!(
                "cannot rename the context {name:?}, it's not in {file}"
            )));
        }
        if config.context(new).is_some() {
            return Err(ToolError::plain(format!(
                "cannot rename the context {name:?}, the context {new:?} already exists in {file}"
            )));
        }
        config.context_mut(name).expect("it was found").name.clone_from(new);
        if config.current == *name {
            config.current.clone_from(new);
        }
        context.out(&format!("Context {name:?} renamed to {new:?}.\n"));
        Ok(0)
    }
}

/// `kubectl config delete-context`.
pub(super) struct DeleteContext;

impl Verb for DeleteContext {
    const NAME: &'static str = "delete-context";
    const USAGE: &'static str = "NAME";
    const SUMMARY: &'static str = "Take a context out of the kubeconfig";
    const TAKES: Takes = Takes::Context;

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let [name] = arguments.positional.as_slice() else { return Err(unexpected(arguments)) };
        let file = file_of(context);
        if context.config.context(name).is_none() {
            return Err(ToolError::plain(format!("cannot delete context {name}, not in {file}")));
        }
        if context.config.current == *name {
            context.err("warning: this removed your active context, use \"kubectl config use-context\" to select a different one\n");
        }
        context.config.contexts.retain(|it| it.name != *name);
        context.out(&format!("deleted context {name} from {file}\n"));
        Ok(0)
    }
}

/// The trainee's kubeconfig, as complaints name it.
pub(super) fn file_of(context: &Context) -> String {
    let home = context.surroundings.variable("HOME").unwrap_or_default();
    format!("{home}/.kube/config")
}

/// kubectl's complaint about the words of a line.
pub(super) fn unexpected(arguments: &Arguments) -> ToolError {
    ToolError::plain(format!("Unexpected args: [{}]", arguments.positional.join(" ")))
}

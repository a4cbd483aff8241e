//! Looking at the contexts, and using another one.

use opsdrill_objects::table::{LIST, align};
use opsdrill_objects::{go_format, yaml};

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
                    "output must be one of '' or 'name': {other}"
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
            let words = arguments.positional.join(" ");
            return Err(ToolError::usage(format!("Unexpected args: [{words}]")));
        };
        if context.config.context(name).is_none() {
            return Err(ToolError::plain(format!("no context exists with the name: {name:?}")));
        }
        context.config.current.clone_from(name);
        context.out(&format!("Switched to context {name:?}.\n"));
        Ok(0)
    }
}

/// `kubectl config view`.
pub(super) struct View;

impl Verb for View {
    const NAME: &'static str = "view";
    const SUMMARY: &'static str = "Print the kubeconfig";
    const FLAGS: &'static [&'static [Flag]] = &[&[
        Flag::text("output").short('o').default("yaml").about("yaml or json."),
        Flag::switch("minify").not_simulated(),
        Flag::switch("flatten").not_simulated(),
        Flag::switch("raw").not_simulated(),
        Flag::switch("merge").not_simulated(),
        Flag::switch("allow-missing-template-keys").not_simulated(),
        Flag::switch("show-managed-fields").not_simulated(),
        Flag::text("template").not_simulated(),
    ]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let value = context.config.to_value();
        let text = match arguments.text("output") {
            "yaml" => yaml::to_yaml(&value),
            "json" => format!("{}\n", go_format::json_indented(&value, "    ")),
            other => {
                return Err(ToolError::not_simulated(format!("kubectl config view -o {other}")));
            }
        };
        context.out(&text);
        Ok(0)
    }
}

//! `kubectl config view`.

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::printers::{self, Format, Output, documents};

/// `kubectl config view`.
pub(super) struct View;

impl Verb for View {
    const NAME: &'static str = "view";
    const SUMMARY: &'static str = "Print the kubeconfig";
    const FLAGS: &'static [&'static [Flag]] = &[&[
        Flag::text("output").short('o').default("yaml").about("yaml, json or a template."),
        Flag::switch("minify").about("Only what the context in use needs."),
        Flag::switch("flatten").about("With the content of files instead of their names."),
        Flag::switch("raw").about("With secrets."),
        Flag::switch("merge").default("true").about("All kubeconfigs together."),
        Flag::switch("allow-missing-template-keys")
            .default("true")
            .about("Missing fields are empty."),
        Flag::switch("show-managed-fields").about("Nothing here."),
        Flag::text("template").about("The template of -o go-template and the like."),
    ]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let output = printers::output_of(context, arguments)?;
        let mut config = context.config.clone();
        if arguments.switch("minify") {
            let current = match arguments.text("context") {
                "" => config.current.clone(),
                given => given.to_owned(),
            };
            if current.is_empty() {
                return Err(ToolError::plain("current-context must exist in order to minify"));
            }
            let Some(used) = config.context(&current).cloned() else {
                return Err(ToolError::plain(format!("cannot locate context {current}")));
            };
            config.clusters.retain(|it| it.name == used.cluster);
            config.users.retain(|it| it.name == used.user);
            config.contexts = vec![used];
            config.current = current;
        }
        if !arguments.switch("raw") {
            config = config.without_secrets();
        }
        let text = match output {
            Output::Documents(Format::Name) => "config/<unknown>\n".to_owned(),
            Output::Documents(format) => documents::print(&format, &[config.to_value()], true)?,
            Output::Table { .. } => {
                return Err(ToolError::plain(format!(
                    "unable to match a printer suitable for the output format {:?}, allowed formats are: go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,yaml",
                    arguments.text("output")
                )));
            }
        };
        context.out(&text);
        Ok(0)
    }
}

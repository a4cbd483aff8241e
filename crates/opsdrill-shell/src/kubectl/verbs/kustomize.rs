//! `kubectl kustomize`: what a kustomization comes to.

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::kustomize as build;

/// `kubectl kustomize`.
pub(super) struct Kustomize;

impl Verb for Kustomize {
    const NAME: &'static str = "kustomize";
    const USAGE: &'static str = "[FOLDER]";
    const SUMMARY: &'static str = "Build a kustomization from a folder";
    const FLAGS: &'static [&'static [Flag]] = &[&[
        Flag::text("output").short('o').about("The file that is written instead."),
        Flag::switch("as-current-user").not_simulated(),
        Flag::switch("enable-alpha-plugins").not_simulated(),
        Flag::switch("enable-helm").not_simulated(),
        Flag::array("env").short('e').not_simulated(),
        Flag::text("helm-api-versions").not_simulated(),
        Flag::text("helm-command").not_simulated(),
        Flag::switch("helm-debug").not_simulated(),
        Flag::text("helm-kube-version").not_simulated(),
        Flag::text("load-restrictor").not_simulated(),
        Flag::array("mount").not_simulated(),
        Flag::switch("network").not_simulated(),
        Flag::text("network-name").not_simulated(),
    ]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let folder = match arguments.positional.as_slice() {
            [] => ".".to_owned(),
            [folder] => folder.clone(),
            _ => return Err(ToolError::plain("specify one path to kustomization.yaml")),
        };
        let documents = build::build(context, &folder)?;
        let text = build::to_yaml(&documents);
        let path = arguments.text("output");
        if path.is_empty() {
            context.out(&text);
            return Ok(0);
        }
        context
            .surroundings
            .write(path, text.as_bytes())
            .map_err(|why| ToolError::plain(format!("open {path}: {}", why.0)))?;
        Ok(0)
    }
}

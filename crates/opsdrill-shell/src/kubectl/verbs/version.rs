//! `kubectl version`.

use opsdrill_objects::{go_format, yaml};
use serde_json::json;

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};

/// The release of kubectl that this one is written after.
pub(super) const CLIENT: &str = "v1.32.5";
/// The release of the API server that is simulated.
pub(super) const SERVER: &str = "v1.32.13";
const KUSTOMIZE: &str = "v5.5.0";

/// `kubectl version`.
pub(super) struct Version;

impl Verb for Version {
    const NAME: &'static str = "version";
    const SUMMARY: &'static str = "Print the versions of client and server";
    const FLAGS: &'static [&'static [Flag]] = &[&[
        Flag::switch("client").about("Only the client's version."),
        Flag::text("output").short('o').about("json or yaml."),
    ]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        if !arguments.positional.is_empty() {
            let words = arguments.positional.join(" ");
            return Err(ToolError::plain(format!("extra arguments: [{words}]")));
        }
        let server = !arguments.switch("client");
        let mut document = json!({
            "clientVersion": { "gitVersion": CLIENT, "major": "1", "minor": "32", "platform": "linux/amd64" },
            "kustomizeVersion": KUSTOMIZE,
        });
        if server {
            document["serverVersion"] = json!({
                "gitVersion": SERVER, "major": "1", "minor": "32", "platform": "linux/amd64",
            });
        }
        let text = match arguments.text("output") {
            "" => {
                let mut text =
                    format!("Client Version: {CLIENT}\nKustomize Version: {KUSTOMIZE}\n");
                if server {
                    text.push_str(&format!("Server Version: {SERVER}\n"));
                }
                text
            }
            "yaml" => yaml::to_yaml(&document),
            "json" => format!("{}\n", go_format::json_indented(&document, "  ")),
            _ => return Err(ToolError::plain("--output must be 'yaml' or 'json'")),
        };
        context.out(&text);
        Ok(0)
    }
}

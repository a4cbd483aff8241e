//! `kubectl version`.

use opsdrill_engine::api::version::{self, VERSION as SERVER};
use opsdrill_objects::{go_format, yaml};
use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};

/// The release of kubectl that this one is written after.
pub(super) const CLIENT: &str = "v1.32.5";
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
            "clientVersion": client(),
            "kustomizeVersion": KUSTOMIZE,
        });
        if server {
            document["serverVersion"] = version::document();
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

/// What this kubectl says of itself.
fn client() -> Value {
    let mut document = version::document();
    document["gitVersion"] = CLIENT.into();
    document
}

//! `kubectl apply --server-side`: the server lays the configuration over the object and keeps who owns which field.

use opsdrill_engine::api::{PatchType, Target};
use serde_json::{Value, json};

use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::Arguments;
use crate::kubectl::manifests::Manifest;
use crate::kubectl::writing::{Writer, written_subresource};

use super::migration;

/// The manager's name without `--field-manager`.
pub(super) const MANAGER: &str = "kubectl";

/// What kubectl says below the server's conflicts.
const ADVICE: &str = "\
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts";

/// What the flags contradict.
///
/// # Errors
/// kubectl's complaint.
pub(super) fn check(arguments: &Arguments, writer: &Writer) -> Result<(), ToolError> {
    let server_side = arguments.switch("server-side");
    let complaint = if !arguments.text("subresource").is_empty() && !server_side {
        "--subresource can only be specified for --server-side"
    } else if arguments.switch("force-conflicts") && !server_side {
        "--force-conflicts only works with --server-side"
    } else if server_side && arguments.switch("force") {
        "--force cannot be used with --server-side"
    } else if server_side && writer.pretends() {
        "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)"
    } else {
        return Ok(());
    };
    Err(ToolError::plain(complaint))
}

/// Applies one manifest; answers the object's document and what happened to it.
pub(super) fn apply(
    context: &mut Context,
    arguments: &Arguments,
    manifest: &Manifest,
    writer: &Writer,
) -> Result<(Value, &'static str), ToolError> {
    let kind = manifest.kind()?;
    let namespace = manifest.namespace(context)?;
    if manifest.name().is_empty() {
        return Err(ToolError::plain("resource name may not be empty"));
    }
    let mut config = manifest.value.clone();
    if kind.info().namespaced {
        config["metadata"]["namespace"] = json!(namespace);
    }
    let subresource = written_subresource(arguments, "kubectl apply --server-side")?;
    let target = Target { subresource, ..Target::one(kind, &namespace, manifest.name()) };
    match writer.patch(context, target.clone(), PatchType::Apply, config.clone()) {
        Ok(object) => {
            let applied = object.to_value();
            let document = migration::migrate(context, writer, &target, &config, applied);
            Ok((document, "serverside-applied"))
        }
        Err(refusal) if refusal.reason == "Conflict" => {
            Err(ToolError::plain(format!("{}\n{ADVICE}", refusal.message)))
        }
        Err(refusal) => Err(refusal.into()),
    }
}

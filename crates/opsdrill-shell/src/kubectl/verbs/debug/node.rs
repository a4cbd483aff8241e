//! A pod on a node, to look at the node from.

use opsdrill_objects::Object;
use serde_json::json;

use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::Arguments;

use super::profile::Profile;
use super::{Debugged, container, create};
use crate::kubectl::verbs::create::random_suffix;

/// Makes the pod (recording 354).
///
/// # Errors
/// The server's refusal.
pub(super) fn make(
    context: &mut Context,
    arguments: &Arguments,
    command: &[String],
    profile: Profile,
    node: &Object,
) -> Result<Debugged, ToolError> {
    let node_name = &node.meta.name;
    let pod = format!(
        "node-debugger-{node_name}-{}",
        random_suffix(context.door.random_u64("kubectl debug"))
    );
    let name = match arguments.text("container") {
        "" => "debugger",
        given => given,
    };
    if !arguments.switch("quiet") {
        context.out(&format!(
            "Creating debugging pod {pod} with container {name} on node {node_name}.\n"
        ));
    }
    let mut container = container(arguments, command, name);
    // Unlike elsewhere: there the node's processes are seen by their namespace.
    if profile != Profile::General {
        profile.equip(&mut container);
    }
    let mut spec = json!({
        "nodeName": **node_name,
        "restartPolicy": "Never",
        "tolerations": [{ "operator": "Exists" }],
    });
    if profile.shares_host() {
        for namespace in ["hostIPC", "hostNetwork", "hostPID"] {
            spec[namespace] = true.into();
        }
    }
    if profile.mounts_host() {
        container["volumeMounts"] = json!([{ "mountPath": "/host", "name": "host-root" }]);
        spec["volumes"] = json!([{ "hostPath": { "path": "/" }, "name": "host-root" }]);
    }
    spec["containers"] = json!([container]);
    let document =
        json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": pod }, "spec": spec });
    let namespace = context.namespace.clone();
    let pod = create(context, &namespace, document)?;
    Ok(Debugged { pod, container: name.to_owned() })
}

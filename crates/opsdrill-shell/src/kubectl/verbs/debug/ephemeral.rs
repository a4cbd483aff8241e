//! A container in the running pod itself.

use std::sync::Arc;

use opsdrill_engine::api::{PatchType, Request, Subresource, Target, Verb};
use opsdrill_objects::{Kind, Object};
use serde_json::{Value, json};

use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::Arguments;

use super::profile::{Profile, fields};
use super::{Debugged, container, debugger_name};

/// Adds the debugging container to a pod.
///
/// # Errors
/// The server's refusal.
pub(super) fn add(
    context: &mut Context,
    arguments: &Arguments,
    command: &[String],
    profile: Profile,
    pod: &Arc<Object>,
) -> Result<Debugged, ToolError> {
    let name = debugger_name(context, arguments);
    let mut more = container(arguments, command, &name);
    let target = arguments.text("target");
    if !target.is_empty() {
        more["targetContainerName"] = target.into();
    }
    profile.equip(&mut more);
    let document = pod.to_value();
    let known = document.pointer("/spec/ephemeralContainers").and_then(Value::as_array);
    let same = known.into_iter().flatten().find(|it| it["name"] == *name);
    // The server is asked to make the container of that name this one, and refuses.
    for (field, _) in same.and_then(Value::as_object).into_iter().flatten() {
        fields(&mut more).entry(field).or_insert(Value::Null);
    }
    let mut spec = json!({ "ephemeralContainers": [more] });
    if let Some(known) = known.filter(|_| same.is_none()) {
        let names = known.iter().filter_map(|it| it["name"].as_str()).chain([name.as_str()]);
        spec["$setElementOrder/ephemeralContainers"] =
            names.map(|it| json!({ "name": it })).collect();
    }
    let verb = Verb::Patch(PatchType::Strategic, json!({ "spec": spec }));
    let target = Target {
        subresource: Some(Subresource::EphemeralContainers),
        ..Target::one(Kind::Pod, pod.meta.namespace(), &pod.meta.name)
    };
    let changed = context.ask_object(Request::new(verb, target))?;
    Ok(Debugged { pod: changed, container: name })
}

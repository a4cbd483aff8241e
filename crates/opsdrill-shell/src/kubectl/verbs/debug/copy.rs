//! A copy of a pod with the debugging container, or with one of its own changed.

use std::sync::Arc;

use opsdrill_engine::api::Request;
use opsdrill_objects::{Kind, Object};
use serde_json::{Value, json};

use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::Arguments;

use super::profile::{Profile, fields};
use super::{Debugged, adjust, container, create, debugger_name};

/// Makes the copy (recording 353).
///
/// # Errors
/// The server's refusal.
pub(super) fn make(
    context: &mut Context,
    arguments: &Arguments,
    command: &[String],
    profile: Profile,
    pod: &Arc<Object>,
) -> Result<Debugged, ToolError> {
    let mut copy = bare(arguments, pod);
    let container = change(context, arguments, command, profile, &mut copy)?;
    if arguments.switch("replace") {
        context.ask(Request::delete(Kind::Pod, pod.meta.namespace(), &pod.meta.name))?;
    }
    let pod = create(context, pod.meta.namespace(), copy)?;
    Ok(Debugged { pod, container })
}

/// The pod under another name, as it was written, on any node.
fn bare(arguments: &Arguments, pod: &Object) -> Value {
    let mut copy = pod.to_value();
    let mut metadata =
        json!({ "name": arguments.text("copy-to"), "namespace": pod.meta.namespace() });
    for field in ["labels", "annotations"] {
        if let Some(found) = copy["metadata"].get(field) {
            metadata[field] = found.clone();
        }
    }
    copy["metadata"] = metadata;
    fields(&mut copy).remove("status");
    let spec = fields(&mut copy["spec"]);
    spec.remove("ephemeralContainers");
    if !arguments.switch("same-node") {
        spec.remove("nodeName");
    }
    if arguments.is_set("share-processes") {
        let shares = arguments.switch("share-processes");
        spec.insert("shareProcessNamespace".to_owned(), shares.into());
    }
    copy
}

/// Changes the copy as the line says; answers the container that is debugged, if it is one.
fn change(
    context: &mut Context,
    arguments: &Arguments,
    command: &[String],
    profile: Profile,
    copy: &mut Value,
) -> Result<String, ToolError> {
    let images = arguments.list("set-image");
    let images: Vec<_> = images.iter().filter_map(|it| it.split_once('=')).collect();
    let image_of = |name: &str| {
        let own = images.iter().rev().find(|it| it.0 == name);
        own.or_else(|| images.iter().rev().find(|it| it.0 == "*")).map(|it| it.1)
    };
    let containers = copy["spec"]["containers"].as_array_mut().expect("a pod has containers");
    for container in containers.iter_mut() {
        if let Some(image) = image_of(container["name"].as_str().unwrap_or_default()) {
            container["image"] = image.into();
        }
    }
    let mut name = arguments.text("container").to_owned();
    let known = containers.iter().position(|it| it["name"] == *name);
    if known.is_none() && arguments.text("image").is_empty() {
        if !images.is_empty() {
            return Ok(String::new());
        }
        return Err(ToolError::plain("you must specify image when creating new container"));
    }
    let place = if let Some(place) = known {
        adjust(&mut containers[place], arguments, command);
        place
    } else {
        name = debugger_name(context, arguments);
        containers.push(container(arguments, command, &name));
        containers.len() - 1
    };
    profile.equip(&mut containers[place]);
    profile.strip(copy, arguments);
    Ok(name)
}

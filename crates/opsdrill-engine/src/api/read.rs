//! Reading: get, list and watch.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::selector::{FieldSelector, Selector};
use opsdrill_objects::{Kind, Object, Status, go_format};

use super::{Answer, Options, Target, WatchEvent, stored};
use crate::store::Store;

pub(super) fn get(world: &World, target: &Target) -> Result<Answer, Status> {
    stored(world, target).map(Answer::Object)
}

/// Lists what there is, or what there was at the resourceVersion of the options.
pub(super) fn list(world: &World, target: &Target, options: &Options) -> Result<Answer, Status> {
    let matches = matcher(target.kind, options)?;
    let store = world.resource::<Store>();
    let (version, newest) = (options.resource_version, store.resource_version());
    if version == 0 || version >= newest {
        let present = store.list(world, target.kind, &target.namespace);
        return Ok(chunk(present.filter(|it| matches(it)), newest, options));
    }
    let before = past(world, target, version)
        .ok_or_else(|| Status::expired("The resourceVersion for the provided list is too old."))?;
    Ok(chunk(before.values().filter(|it| matches(it)), version, options))
}

/// The part of a list that is asked for.
fn chunk<'o>(
    found: impl Iterator<Item = &'o Arc<Object>>,
    resource_version: u64,
    options: &Options,
) -> Answer {
    let token = options.continue_token.split_once('/').unwrap_or(("", &options.continue_token));
    let after = |it: &&Arc<Object>| {
        options.continue_token.is_empty() || (it.meta.namespace(), &*it.meta.name) > token
    };
    let mut found = found.filter(after);
    let most = if options.limit == 0 { usize::MAX } else { options.limit };
    let items: Vec<Arc<Object>> = found.by_ref().take(most).cloned().collect();
    let remaining = found.count();
    let last = items.last().filter(|_| remaining > 0);
    let continue_token =
        last.map(|it| format!("{}/{}", it.meta.namespace(), it.meta.name)).unwrap_or_default();
    Answer::List { items, resource_version, continue_token, remaining }
}

/// Objects by namespace and name.
type ByName = BTreeMap<(String, Arc<str>), Arc<Object>>;

/// What a list showed at a resourceVersion; `None` if that is too long ago.
fn past(world: &World, target: &Target, version: u64) -> Option<ByName> {
    let store = world.resource::<Store>();
    let key = |it: &Object| (it.meta.namespace().to_owned(), it.meta.name.clone());
    let since = store.history.of_kind(target.kind, &target.namespace, version)?;
    let present = store.list(world, target.kind, &target.namespace);
    let mut objects: ByName = present.map(|it| (key(it), it.clone())).collect();
    for event in since.rev() {
        match &event.before {
            Some(before) => objects.insert(key(before), before.clone()),
            None => objects.remove(&key(&event.object)),
        };
    }
    Some(objects)
}

pub(super) fn watch(world: &World, target: &Target, options: &Options) -> Result<Answer, Status> {
    let matches = matcher(target.kind, options)?;
    let store = world.resource::<Store>();
    let after = options.resource_version;
    let Some(events) = store.history.of_kind(target.kind, &target.namespace, after) else {
        return Err(Status::expired(format!("too old resource version: {after}")));
    };
    let of_target = |it: &WatchEvent| target.name.is_empty() || it.object.meta.name == target.name;
    let events = events.filter(|it| of_target(it) && matches(&it.object)).cloned().collect();
    Ok(Answer::Changes(events, store.resource_version()))
}

/// What a request's selectors let through.
///
/// # Errors
/// The server's refusal of a selector.
pub fn matcher(kind: Kind, options: &Options) -> Result<impl Fn(&Object) -> bool + use<>, Status> {
    let labels = Selector::parse(&options.label_selector)
        .map_err(|error| Status::bad_request(error.to_string()))?;
    let fields = FieldSelector::parse(&options.field_selector)
        .map_err(|error| Status::bad_request(error.to_string()))?;
    if let Some(unknown) =
        fields.requirements().iter().find(|it| field(kind, None, &it.field).is_none())
    {
        return Err(Status::bad_request(unknown_field(kind, &unknown.field)));
    }
    Ok(move |object: &Object| {
        labels.matches(&object.meta.labels)
            && fields.matches(|name| field(kind, Some(object), name).unwrap_or_default())
    })
}

/// The complaint about a field by which a kind cannot be selected: kinds without fields of their own have another one.
fn unknown_field(kind: Kind, field: &str) -> String {
    match kind {
        Kind::Pod
        | Kind::Node
        | Kind::Namespace
        | Kind::Secret
        | Kind::Service
        | Kind::Event
        | Kind::Custom(_) => {
            format!("field label not supported: {field}")
        }
        _ => format!(
            "{field:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
        ),
    }
}

/// The value of a selectable field; `None` if the kind has no such field (asked without an object: `Some` of nothing).
///
/// The fields are those that the real server converts for each kind (`AddFieldLabelConversionsFor…`).
fn field(kind: Kind, object: Option<&Object>, name: &str) -> Option<String> {
    let of = |read: fn(&Object) -> Option<String>| Some(object.and_then(read).unwrap_or_default());
    match (kind, name) {
        (_, "metadata.name") => of(|it| Some(it.meta.name.to_string())),
        (_, "metadata.namespace") => of(|it| Some(it.meta.namespace().to_owned())),
        (Kind::Pod, "status.phase") => of(|it| Some(it.pod()?.phase().to_owned())),
        (Kind::Pod, "status.podIP") => of(|it| it.pod()?.status.pod_ip.clone()),
        (Kind::Pod, "spec.nodeName") => of(|it| it.pod()?.node_name.as_deref().map(str::to_owned)),
        (Kind::Pod, "spec.restartPolicy") => of(|it| it.pod()?.spec.restart_policy.clone()),
        (Kind::Pod, "spec.schedulerName") => of(|it| it.pod()?.spec.scheduler_name.clone()),
        (Kind::Pod, "spec.serviceAccountName") => {
            of(|it| it.pod()?.spec.service_account_name.clone())
        }
        (Kind::Pod, "spec.hostNetwork") => {
            of(|it| Some(it.pod()?.spec.host_network.unwrap_or_default().to_string()))
        }
        (Kind::Pod, "status.nominatedNodeName") => {
            of(|it| it.pod()?.status.nominated_node_name.clone())
        }
        (Kind::Node, "spec.unschedulable") => {
            of(|it| Some(it.node()?.spec.as_ref()?.unschedulable.unwrap_or_default().to_string()))
        }
        (Kind::Namespace, "status.phase") => {
            of(|it| it.namespace()?.status.as_ref()?.phase.clone())
        }
        (Kind::Secret, "type") => of(|it| it.secret()?.type_.clone()),
        (Kind::ReplicaSet, "status.replicas") => {
            of(|it| Some(it.replica_set()?.status.as_ref()?.replicas.to_string()))
        }
        (Kind::Service, "spec.clusterIP") => {
            of(|it| it.service()?.spec.as_ref()?.cluster_ip.clone())
        }
        (Kind::Service, "spec.type") => of(|it| it.service()?.spec.as_ref()?.type_.clone()),
        (Kind::Event, _) => event_field(object, name),
        (Kind::Custom(custom), _) if custom.row().selectable.iter().any(|it| it == name) => {
            Some(object.map(|it| custom_field(it, name)).unwrap_or_default())
        }
        _ => None,
    }
}

/// The value of a custom resource's field, as Go prints it.
fn custom_field(object: &Object, path: &str) -> String {
    let document = object.body.to_value();
    let found = path.split('.').try_fold(&document, |value, name| value.get(name));
    found.filter(|it| !it.is_null()).map(go_format::default_format).unwrap_or_default()
}

fn event_field(object: Option<&Object>, name: &str) -> Option<String> {
    let event = object.and_then(Object::event);
    let value = match name {
        "involvedObject.kind" => event.map(|it| it.involved.kind.info().name.to_owned()),
        "involvedObject.namespace" => event.map(|it| it.involved.namespace.to_string()),
        "involvedObject.name" => event.map(|it| it.involved.name.to_string()),
        "involvedObject.uid" => event.map(|it| it.involved.uid.to_string()),
        "involvedObject.apiVersion" => event.map(|it| it.involved.kind.info().api_version()),
        "involvedObject.resourceVersion" => {
            event.map(|it| it.involved.resource_version.to_string())
        }
        "involvedObject.fieldPath" => {
            event.and_then(|it| it.involved.field_path.as_deref().map(str::to_owned))
        }
        "reason" => event.map(|it| it.reason.to_string()),
        "reportingComponent" | "source" => event.map(|it| it.component.to_string()),
        "type" => event.map(|it| it.event_type.as_str().to_owned()),
        _ => return None,
    };
    Some(value.unwrap_or_default())
}

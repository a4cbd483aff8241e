//! `kubectl describe replicaset`.

use opsdrill_objects::pod::Pod;
use opsdrill_objects::selector::format_label_selector;
use opsdrill_objects::{Kind, Object, Status};

use crate::kubectl::context::Context;

use super::{Description, events, pod_template};

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let set = object.replica_set().expect("the table calls this for replica sets");
    let spec = set.spec.clone().unwrap_or_default();
    let status = set.status.clone().unwrap_or_default();
    let selector = format_label_selector(Some(&spec.selector));
    out.name(&object.meta);
    out.field(0, "Selector", &selector);
    out.labels_and_annotations(&object.meta);
    if let Some(owner) = object.meta.controller() {
        out.field(0, "Controlled By", format!("{}/{}", owner.kind.info().name, owner.name));
    }
    let desired = spec.replicas.unwrap_or(1);
    out.field(0, "Replicas", format!("{} current / {desired} desired", status.replicas));
    let (pods, _) = context.list(Kind::Pod, object.meta.namespace(), &selector, "")?;
    let own = pods
        .iter()
        .filter(|it| it.meta.controller().is_some_and(|owner| owner.uid == object.meta.uid));
    let phases: Vec<&str> = own.filter_map(|it| it.pod()).map(Pod::phase).collect();
    let count = |phase: &str| phases.iter().filter(|it| **it == phase).count();
    out.field(
        0,
        "Pods Status",
        format!(
            "{} Running / {} Waiting / {} Succeeded / {} Failed",
            count("Running"),
            count("Pending"),
            count("Succeeded"),
            count("Failed")
        ),
    );
    pod_template::describe(&spec.template.unwrap_or_default(), out);
    let conditions = status.conditions.iter().flatten();
    out.conditions(conditions.map(|it| (&*it.type_, &*it.status, it.reason.as_deref())));
    events::describe(context, object, out);
    Ok(())
}

//! The pods that a Job starts, and those that it leaves behind.

use std::collections::BTreeSet;
use std::sync::Arc;

use k8s_openapi::api::batch::v1::JobSpec;
use k8s_openapi::api::core::v1::{EnvVar, EnvVarSource, ObjectFieldSelector, PodTemplateSpec};
use opsdrill_objects::{Kind, Object};

use super::indexes::{self, INDEX};
use super::tally::{self, Tally};
use super::{FINALIZER, JOB_NAME};
use crate::controllers::{Change, Key, pods};
use crate::view::View;

/// So many new pods.
pub(super) fn new(job: &Object, spec: &JobSpec, tally: &Tally, count: usize) -> Vec<Object> {
    let Some(completed) = &tally.completed else {
        let mut pod = pods::from_template(job, &spec.template);
        pod.meta.finalizers.push(FINALIZER.to_owned());
        return vec![pod; count];
    };
    let present: BTreeSet<i32> = tally.active.iter().filter_map(|it| indexes::of(it)).collect();
    let all = 0..spec.completions.unwrap_or_default();
    let free = all.filter(|it| !completed.contains(it) && !present.contains(it));
    free.take(count).map(|it| of_index(job, &spec.template, it)).collect()
}

/// The pod of an index: it knows its index by an annotation, a label, its host name and a variable.
fn of_index(job: &Object, template: &PodTemplateSpec, index: i32) -> Object {
    let mut template = template.clone();
    let metadata = template.metadata.get_or_insert_default();
    metadata.annotations.get_or_insert_default().insert(INDEX.into(), index.to_string());
    metadata.labels.get_or_insert_default().insert(INDEX.into(), index.to_string());
    let spec = template.spec.get_or_insert_default();
    let name = format!("{}-{index}", job.meta.name);
    spec.hostname.get_or_insert_with(|| name.clone());
    let init = spec.init_containers.iter_mut().flatten();
    for container in spec.containers.iter_mut().chain(init) {
        let environment = container.env.get_or_insert_default();
        if environment.iter().any(|it| it.name == "JOB_COMPLETION_INDEX") {
            continue;
        }
        let field = ObjectFieldSelector {
            field_path: format!("metadata.labels['{INDEX}']"),
            ..ObjectFieldSelector::default()
        };
        environment.push(EnvVar {
            name: "JOB_COMPLETION_INDEX".into(),
            value_from: Some(EnvVarSource { field_ref: Some(field), ..EnvVarSource::default() }),
            ..EnvVar::default()
        });
    }
    let mut pod = pods::from_template(job, &template);
    pod.meta.generate_name = Some(format!("{name}-").into());
    pod.meta.finalizers.push(FINALIZER.to_owned());
    pod
}

/// Lets go of the pods of a Job that is gone (`syncOrphanPod`).
pub(super) fn let_go(view: View<'_>, key: &Key) -> Vec<Change> {
    let label = (JOB_NAME.to_owned(), key.name.to_string());
    let named = view.with_labels(Kind::Pod, &key.namespace, [(&label.0, &label.1)]);
    let held = named.into_iter().filter(|it| tally::is_tracked(it));
    let orphaned = held.filter(|it| {
        let controller = it.meta.controller().filter(|it| it.kind == Kind::Job);
        controller.is_none_or(|it| view.by_uid(it.uid).is_none())
    });
    orphaned.map(Arc::clone).map(tally::counted).collect()
}

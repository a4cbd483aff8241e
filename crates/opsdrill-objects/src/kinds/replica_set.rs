//! ReplicaSet.

use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetStatus};

use crate::Object;
use crate::defaults::{fill, pod_spec};

use super::{Column, Kind, KindInfo, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::ReplicaSet,
    name: "ReplicaSet",
    group: "apps",
    version: "v1",
    plural: "replicasets",
    singular: "replicaset",
    short_names: &["rs"],
    namespaced: true,
    in_all: true,
    has_status: true,
    has_generation: true,
    decode: decode_body::<ReplicaSet>,
    default,
    validate: |_| Vec::new(),
    validate_update: |_, _| Vec::new(),
    columns: &[Column::always("Name")],
    cells: |object, _| vec![object.meta.name.to_string()],
};

/// As `SetDefaults_ReplicaSet` of `pkg/apis/apps/v1`.
fn default(object: &mut Object) {
    let Some(body) = object.replica_set_mut() else { return };
    fill(&mut body.status, ReplicaSetStatus::default());
    let spec = body.spec.get_or_insert_default();
    fill(&mut spec.replicas, 1);
    let template = spec.template.get_or_insert_default();
    pod_spec::default_template(template.spec.get_or_insert_default());
}

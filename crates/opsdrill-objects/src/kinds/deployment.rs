//! Deployment.

use k8s_openapi::api::apps::v1::{Deployment, DeploymentStatus};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::Object;
use crate::defaults::{fill, fill_text, pod_spec};
use crate::selector::format_label_selector;

use super::{Column, Kind, KindInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::Deployment,
    name: "Deployment",
    group: "apps",
    version: "v1",
    plural: "deployments",
    singular: "deployment",
    short_names: &["deploy"],
    namespaced: true,
    in_all: true,
    has_status: true,
    has_generation: true,
    decode: decode_body::<Deployment>,
    default,
    validate: |_| Vec::new(),
    validate_update: |_, _| Vec::new(),
    columns: &[
        Column::always("Name"),
        Column::always("Ready"),
        Column::always("Up-to-date"),
        Column::always("Available"),
        Column::always("Age"),
        Column::wide("Containers"),
        Column::wide("Images"),
        Column::wide("Selector"),
    ],
    cells,
};

/// As `SetDefaults_Deployment` of `pkg/apis/apps/v1`.
fn default(object: &mut Object) {
    let Some(body) = object.deployment_mut() else { return };
    fill(&mut body.status, DeploymentStatus::default());
    let spec = body.spec.get_or_insert_default();
    fill(&mut spec.replicas, 1);
    fill(&mut spec.revision_history_limit, 10);
    fill(&mut spec.progress_deadline_seconds, 600);
    let strategy = spec.strategy.get_or_insert_default();
    fill_text(&mut strategy.type_, "RollingUpdate");
    if strategy.type_.as_deref() == Some("RollingUpdate") {
        let update = strategy.rolling_update.get_or_insert_default();
        fill(&mut update.max_unavailable, IntOrString::String("25%".into()));
        fill(&mut update.max_surge, IntOrString::String("25%".into()));
    }
    pod_spec::default_template(spec.template.spec.get_or_insert_default());
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(Deployment { spec: Some(spec), status, .. }) = object.deployment() else {
        return Vec::new();
    };
    let count =
        |of: fn(&DeploymentStatus) -> Option<i32>| status.as_ref().and_then(of).unwrap_or_default();
    let pod_spec = spec.template.spec.as_ref();
    let [names, images] = cells::containers(pod_spec.map_or(&[], |it| &it.containers));
    vec![
        object.meta.name.to_string(),
        format!("{}/{}", count(|it| it.ready_replicas), spec.replicas.unwrap_or_default()),
        count(|it| it.updated_replicas).to_string(),
        count(|it| it.available_replicas).to_string(),
        cells::age(object, now),
        names,
        images,
        format_label_selector(Some(&spec.selector)),
    ]
}

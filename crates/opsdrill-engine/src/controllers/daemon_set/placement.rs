//! On which nodes a DaemonSet's pods belong, and how a pod is bound to its node.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::DaemonSetSpec;
use k8s_openapi::api::core::v1::{
    NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodSpec, Taint, Toleration,
};
use opsdrill_objects::kinds::daemon_set::TEMPLATE_GENERATION;
use opsdrill_objects::{Kind, Object};

use crate::controllers::history::REVISION_HASH;
use crate::controllers::pods;
use crate::scheduler::{self, NodeWish};
use crate::store::Notice;
use crate::view::View;

/// The label that counts a DaemonSet's templates, for clients of an API version that is gone.
const GENERATION_LABEL: &str = "pod-template-generation";

/// The field by which a pod names its node.
const NAME_FIELD: &str = "metadata.name";

/// What a node is to a DaemonSet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fit {
    /// Whether a pod belongs there.
    pub(super) should_run: bool,
    /// Whether one that is there may stay.
    pub(super) may_stay: bool,
}

/// All nodes, in order of their names.
pub(super) struct Placement<'w> {
    pub(super) nodes: BTreeMap<&'w str, Fit>,
}

impl<'w> Placement<'w> {
    pub(super) fn of(view: View<'w>, spec: &DaemonSetSpec) -> Self {
        let mut pod = spec.template.spec.clone().unwrap_or_default();
        tolerate(&mut pod);
        let wish = NodeWish::of(&pod);
        let nodes = view.list(Kind::Node, "").map(|it| (&*it.meta.name, fit(&pod, &wish, it)));
        Self { nodes: nodes.collect() }
    }

    /// How many nodes should have a pod.
    pub(super) fn wanted(&self) -> usize {
        self.nodes.values().filter(|it| it.should_run).count()
    }
}

/// What a node is to a pod (`NodeShouldRunDaemonPod`).
fn fit(pod: &PodSpec, wish: &NodeWish, node: &Object) -> Fit {
    let named = pod.node_name.as_deref().is_none_or(|it| it == &*node.meta.name);
    if !named || !wish.wants(node) {
        return Fit { should_run: false, may_stay: false };
    }
    let tolerations = pod.tolerations.as_deref().unwrap_or_default();
    let repelled = |effect: &str| {
        taints(node).iter().any(|it| it.effect == effect && !scheduler::tolerates(tolerations, it))
    };
    let may_stay = !repelled("NoExecute");
    Fit { should_run: may_stay && !repelled("NoSchedule"), may_stay }
}

/// Whether a node's change can matter: its labels or taints.
pub(super) fn matters(notice: &Notice) -> bool {
    let (Some(old), Some(new)) = (&notice.old, &notice.new) else { return true };
    old.meta.labels != new.meta.labels || taints(old) != taints(new)
}

fn taints(node: &Object) -> &[Taint] {
    node.node().and_then(|it| it.spec.as_ref()?.taints.as_deref()).unwrap_or_default()
}

/// What every daemon's pod tolerates (`AddOrUpdateDaemonPodTolerations`).
fn tolerate(pod: &mut PodSpec) {
    let network = ("node.kubernetes.io/network-unavailable", "NoSchedule");
    let all = [
        ("node.kubernetes.io/not-ready", "NoExecute"),
        ("node.kubernetes.io/unreachable", "NoExecute"),
        ("node.kubernetes.io/disk-pressure", "NoSchedule"),
        ("node.kubernetes.io/memory-pressure", "NoSchedule"),
        ("node.kubernetes.io/pid-pressure", "NoSchedule"),
        ("node.kubernetes.io/unschedulable", "NoSchedule"),
    ];
    let on_host = pod.host_network == Some(true);
    let tolerations = pod.tolerations.get_or_insert_default();
    for (key, effect) in all.into_iter().chain(on_host.then_some(network)) {
        let toleration = Toleration {
            key: Some(key.into()),
            operator: Some("Exists".into()),
            effect: Some(effect.into()),
            ..Toleration::default()
        };
        tolerations.retain(|it| (&it.key, &it.effect) != (&toleration.key, &toleration.effect));
        tolerations.push(toleration);
    }
}

/// The new pod of a node: the scheduler can put it nowhere else.
pub(super) fn pod_for(owner: &Object, spec: &DaemonSetSpec, hash: &str, node: &str) -> Object {
    let mut template = spec.template.clone();
    let labels = template.metadata.get_or_insert_default().labels.get_or_insert_default();
    labels.insert(REVISION_HASH.into(), hash.to_owned());
    let generation = owner.meta.annotation(TEMPLATE_GENERATION).unwrap_or("1");
    labels.insert(GENERATION_LABEL.into(), generation.to_owned());
    let pod = template.spec.get_or_insert_default();
    let required = NodeSelectorRequirement {
        key: NAME_FIELD.into(),
        operator: "In".into(),
        values: Some(vec![node.to_owned()]),
    };
    let affinity = pod.affinity.get_or_insert_default().node_affinity.get_or_insert_default();
    // What the template requires of nodes was looked at when the node was chosen.
    affinity.required_during_scheduling_ignored_during_execution = Some(NodeSelector {
        node_selector_terms: vec![NodeSelectorTerm {
            match_fields: Some(vec![required]),
            ..NodeSelectorTerm::default()
        }],
    });
    tolerate(pod);
    pods::from_template(owner, &template)
}

/// The node that a pod is on, or is meant for.
pub(super) fn node_of(object: &Object) -> Option<String> {
    let pod = object.pod()?;
    if let Some(node) = &pod.node_name {
        return Some(node.to_string());
    }
    let affinity = pod.spec.affinity.as_ref()?.node_affinity.as_ref()?;
    let terms =
        &affinity.required_during_scheduling_ignored_during_execution.as_ref()?.node_selector_terms;
    let mut fields = terms.iter().flat_map(|it| it.match_fields.iter().flatten());
    fields.find(|it| it.key == NAME_FIELD)?.values.as_ref()?.first().cloned()
}

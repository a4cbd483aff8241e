//! What the endpoint controllers ask of services and their pods.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{ObjectReference, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use opsdrill_objects::pod::Pod;
use opsdrill_objects::{Kind, Meta, Object};

use super::{Key, dates};
use crate::store::Notice;
use crate::view::View;

/// When the change happened that endpoints were last updated for.
const TRIGGER_TIME: &str = "endpoints.kubernetes.io/last-change-trigger-time";
/// Marks the endpoints of a service without an address of its own.
pub(super) const HEADLESS: &str = "service.kubernetes.io/headless";

/// A pod that stands behind a service.
pub(super) struct Backend<'w> {
    /// The pod.
    pub(super) object: &'w Arc<Object>,
    /// Its body.
    pub(super) pod: &'w Pod,
    /// Its address.
    pub(super) ip: &'w str,
}

impl Backend<'_> {
    /// The reference by which endpoints name the pod.
    pub(super) fn reference(&self) -> ObjectReference {
        ObjectReference {
            kind: Some("Pod".into()),
            name: Some(self.object.meta.name.to_string()),
            namespace: Some(self.object.meta.namespace().to_owned()),
            uid: Some(self.object.meta.uid.to_string()),
            ..ObjectReference::default()
        }
    }

    /// The node, if the pod is bound.
    pub(super) fn node(&self) -> Option<String> {
        self.pod.node_name.as_deref().map(str::to_owned)
    }

    /// The host name that a headless service publishes for the pod.
    pub(super) fn hostname(&self, service: &Object) -> Option<String> {
        let subdomain = self.pod.spec.subdomain.as_deref();
        let ours = subdomain == Some(&*service.meta.name);
        self.pod.spec.hostname.clone().filter(|it| ours && !it.is_empty())
    }

    /// When the pod became what it is: ready, or not.
    pub(super) fn changed_at(&self) -> i64 {
        let mut conditions = self.pod.status.conditions.iter().flatten();
        let ready = conditions.find(|it| it.type_ == "Ready");
        dates::unix(ready.and_then(|it| it.last_transition_time.as_ref()))
    }
}

/// A service's specification if the control plane looks after its endpoints.
pub(super) fn selecting(object: &Object) -> Option<&ServiceSpec> {
    let spec = object.service()?.spec.as_ref()?;
    let selects = spec.selector.as_ref().is_some_and(|it| !it.is_empty());
    (selects && spec.type_.as_deref() != Some("ExternalName")).then_some(spec)
}

/// Whether a service has no address of its own.
pub(super) fn is_headless(spec: &ServiceSpec) -> bool {
    matches!(spec.cluster_ip.as_deref(), None | Some("" | "None"))
}

/// The pods behind a service that have an address and have not ended, in order of their names.
pub(super) fn backends<'w>(
    view: View<'w>,
    service: &Object,
    spec: &ServiceSpec,
) -> Vec<Backend<'w>> {
    let wanted = spec.selector.iter().flatten();
    let pods = view.with_labels(Kind::Pod, service.meta.namespace(), wanted);
    let backends = pods.into_iter().filter_map(|object| {
        let pod = object.pod()?;
        Some(Backend { object, pod, ip: address(pod)? })
    });
    backends.collect()
}

/// The address of a pod that has not ended.
fn address(pod: &Pod) -> Option<&str> {
    pod.status.pod_ip.as_deref().filter(|it| !it.is_empty() && !pod.is_finished())
}

/// The number of a service's port on a pod; `None` if the pod names no such port.
pub(super) fn port_on(pod: &Pod, port: &ServicePort) -> Option<i32> {
    let name = match &port.target_port {
        None | Some(IntOrString::Int(0)) => return Some(port.port),
        Some(IntOrString::Int(number)) => return Some(*number),
        Some(IntOrString::String(name)) => name,
    };
    let protocol = |it: &Option<String>| it.clone().unwrap_or_else(|| "TCP".into());
    let sidecars = pod.spec.init_containers.iter().flatten();
    let sidecars = sidecars.filter(|it| it.restart_policy.as_deref() == Some("Always"));
    let mut ports =
        pod.spec.containers.iter().chain(sidecars).flat_map(|it| it.ports.iter().flatten());
    let named = ports.find(|it| {
        it.name.as_ref() == Some(name) && protocol(&it.protocol) == protocol(&port.protocol)
    });
    named.map(|it| it.container_port)
}

/// The services that a change concerns.
pub(super) fn concerned(view: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    match notice.kind() {
        Kind::Service => keys.push(Key::of(notice.object())),
        Kind::Pod if matters_to_services(notice) => {
            let labels = |it: &Option<Arc<Object>>| it.as_ref().map(|it| it.meta.labels.clone());
            let (old, new) = (labels(&notice.old), labels(&notice.new));
            let moved = old.as_ref().filter(|it| new.as_ref() != Some(it));
            for labels in new.iter().chain(moved) {
                let namespace = notice.object().meta.namespace();
                let services = view.services_selecting(namespace, labels);
                keys.extend(services.into_iter().map(|it| Key::of(it)));
            }
        }
        _ => {}
    }
}

/// Whether what services see of a pod differs between the two states of a notice.
fn matters_to_services(notice: &Notice) -> bool {
    let seen = |it: &Option<Arc<Object>>| {
        let object = it.as_ref()?.clone();
        let pod = object.pod()?;
        let ip = address(pod)?.to_owned();
        let terminating = object.meta.is_terminating();
        Some((ip, pod.is_ready(), terminating, pod.node_name.clone(), object.meta.labels.clone()))
    };
    seen(&notice.old) != seen(&notice.new)
}

/// Notes the earliest of the changes that led to an update, or that none is known.
pub(super) fn note_trigger(meta: &mut Meta, changes: impl Iterator<Item = i64>) {
    let earliest = changes.filter(|it| *it != 0).min();
    let text = earliest.map(|it| dates::time(it).0.to_string());
    meta.set_annotation(TRIGGER_TIME, text.as_deref());
}

/// A service's labels with those that mark its endpoints.
pub(super) fn labels(service: &Object, spec: &ServiceSpec) -> BTreeMap<String, String> {
    let mut labels = (*service.meta.labels).clone();
    if is_headless(spec) {
        labels.insert(HEADLESS.into(), String::new());
    } else {
        labels.remove(HEADLESS);
    }
    labels
}

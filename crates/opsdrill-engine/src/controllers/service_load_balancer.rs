//! The cloud's service controller: Services of type `LoadBalancer` get an address, where there is a cloud.
//!
//! The world says which addresses there are. Without any nobody looks, and such Services wait for ever.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{LoadBalancerIngress, Service};
use opsdrill_objects::event::EventType;
use opsdrill_objects::{Kind, Object};

use super::{Change, Controller, Emission, Key, nothing_more};
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "service-lb-controller",
    // A cloud takes its time.
    delay: SimDuration(2_500),
    workers: 1,
    observe,
    reconcile,
    answered: nothing_more,
};

/// The component in its events.
const COMPONENT: &str = "service-controller";
/// Held by a Service until its load balancer is gone.
const CLEANUP: &str = "service.kubernetes.io/load-balancer-cleanup";

fn observe(view: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    if notice.kind() != Kind::Service || view.load_balancer_addresses().is_empty() {
        return;
    }
    let Some(object) = &notice.new else {
        // An address is free again for whoever waits for one.
        let all = view.list(Kind::Service, "").filter(|it| is_wanted(it) && address(it).is_none());
        keys.extend(all.map(|it| Key::of(it)));
        return;
    };
    keys.extend(
        (is_wanted(object) != has_cleanup(object) || is_due(object)).then(|| Key::of(object)),
    );
}

fn has_cleanup(object: &Object) -> bool {
    object.meta.finalizers.iter().any(|it| it == CLEANUP)
}

fn is_due(object: &Object) -> bool {
    is_wanted(object) && address(object).is_none()
}

/// Whether a Service is to have a load balancer of this cloud.
fn is_wanted(object: &Object) -> bool {
    let spec = object.service().and_then(|it| it.spec.as_ref());
    let balanced = spec.is_some_and(|it| {
        it.type_.as_deref() == Some("LoadBalancer") && it.load_balancer_class.is_none()
    });
    balanced && !object.meta.is_terminating()
}

fn address(object: &Object) -> Option<&str> {
    let status = object.service()?.status.as_ref()?;
    let entries = status.load_balancer.as_ref()?.ingress.as_ref()?;
    entries.first()?.ip.as_deref()
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let Some(object) = view.get(Kind::Service, &key.namespace, &key.name) else {
        return Vec::new();
    };
    match (is_wanted(object), has_cleanup(object)) {
        (true, _) if address(object).is_none() => ensure(view, object),
        (false, true) => remove(object),
        _ => Vec::new(),
    }
}

/// As `syncLoadBalancerIfNeeded` with a load balancer that is wanted.
fn ensure(view: View<'_>, object: &Arc<Object>) -> Vec<Change> {
    let mut changes =
        vec![told(object, "EnsuringLoadBalancer", "Ensuring load balancer".to_owned())];
    let taken: Vec<&str> = view.list(Kind::Service, "").filter_map(|it| address(it)).collect();
    let mut free = view.load_balancer_addresses().iter().filter(|it| !taken.contains(&it.as_str()));
    let asked = object.service().and_then(|it| it.spec.as_ref()?.load_balancer_ip.as_ref());
    let found = match asked.filter(|it| !it.is_empty()) {
        Some(asked) => free.find(|it| *it == asked),
        None => free.next(),
    };
    let Some(found) = found else {
        let message =
            "Error syncing load balancer: failed to ensure load balancer: no address is free";
        let emission =
            emission(object, EventType::Warning, "SyncLoadBalancerFailed", message.to_owned());
        changes.push(Change::EmitAs(COMPONENT.to_owned(), emission));
        return changes;
    };
    let mut next = (**object).clone();
    if !has_cleanup(object) {
        next.meta.finalizers.push(CLEANUP.to_owned());
        changes.push(Change::update(next.clone()));
    }
    set(&mut next, Some(found));
    changes.push(Change::update_status(next));
    changes.push(told(object, "EnsuredLoadBalancer", "Ensured load balancer".to_owned()));
    changes
}

fn remove(object: &Arc<Object>) -> Vec<Change> {
    let mut changes =
        vec![told(object, "DeletingLoadBalancer", "Deleting load balancer".to_owned())];
    let mut next = (**object).clone();
    if !object.meta.is_terminating() && address(object).is_some() {
        set(&mut next, None);
        changes.push(Change::update_status(next.clone()));
    }
    next.meta.finalizers.retain(|it| it != CLEANUP);
    changes.push(Change::update(next));
    changes.push(told(object, "DeletedLoadBalancer", "Deleted load balancer".to_owned()));
    changes
}

fn set(object: &mut Object, address: Option<&String>) {
    let Some(Service { status, .. }) = object.service_mut() else { return };
    let balancer = status.get_or_insert_default().load_balancer.get_or_insert_default();
    balancer.ingress = address.map(|it| {
        let (ip, ip_mode) = (Some(it.clone()), Some("VIP".to_owned()));
        vec![LoadBalancerIngress { ip, ip_mode, ..LoadBalancerIngress::default() }]
    });
}

fn told(about: &Arc<Object>, reason: &'static str, message: String) -> Change {
    Change::EmitAs(COMPONENT.to_owned(), emission(about, EventType::Normal, reason, message))
}

fn emission(
    about: &Arc<Object>,
    event_type: EventType,
    reason: &'static str,
    message: String,
) -> Emission {
    Emission { about: about.clone(), field_path: None, event_type, reason, message }
}

//! ingress-nginx's status syncer: once a minute each Ingress gets the addresses at which it can be reached.

use std::collections::BTreeSet;

use k8s_openapi::api::networking::v1::IngressLoadBalancerIngress;
use opsdrill_objects::{Kind, Object};

use super::{Change, Controller, Key, ingress_nginx, nothing_more};
use crate::physical::network::ingress::Settings;
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "ingress-nginx-status",
    delay: SimDuration(40),
    workers: 10,
    observe,
    reconcile,
    answered: nothing_more,
};

/// How often it looks (`UpdateInterval`).
const PERIOD: SimDuration = SimDuration::seconds(60);
/// How late a look may be that is in time.
const SLACK: SimDuration = SimDuration::seconds(1);

fn observe(view: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    let all = match notice.kind() {
        Kind::Ingress => {
            keys.extend(notice.new.as_deref().map(Key::of));
            return;
        }
        Kind::Service => is_published(view, notice.object()),
        Kind::IngressClass => true,
        Kind::Pod => ingress_nginx::comes_or_goes(notice),
        _ => false,
    };
    if all {
        keys.extend(view.list(Kind::Ingress, "").map(|it| Key::of(it)));
    }
}

/// Whether a controller gives its Ingresses the addresses of this Service.
fn is_published(view: View<'_>, service: &Object) -> bool {
    let meta = &service.meta;
    view.ingress_controllers().any(|it| {
        it.settings
            .publish_service
            .as_ref()
            .is_some_and(|(namespace, name)| meta.namespace() == namespace && *meta.name == **name)
    })
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let Some(object) = view.get(Kind::Ingress, &key.namespace, &key.name) else {
        return Vec::new();
    };
    let mut takers = view.ingress_controllers().filter(|it| it.settings.is_for(view, object));
    let Some(first) = takers.next() else { return Vec::new() };
    let nodes: Vec<_> = std::iter::once(first.node()).chain(takers.map(|it| it.node())).collect();
    let nodes = nodes.into_iter().filter_map(|it| view.get(Kind::Node, "", it));
    let wanted = addresses(view, &first.settings, nodes.map(|it| &**it));
    let Some(body) = object.ingress() else { return Vec::new() };
    let status = body.status.as_ref().and_then(|it| it.load_balancer.as_ref());
    let current = status.and_then(|it| it.ingress.as_deref()).unwrap_or_default();
    if current == wanted {
        return Vec::new();
    }
    let now = view.now();
    if now.0 % PERIOD.0 > SLACK.0 {
        let rest = PERIOD.0 - now.0 % PERIOD.0;
        return vec![Change::Again(now + SimDuration(rest))];
    }
    let mut next = (**object).clone();
    if let Some(body) = next.ingress_mut() {
        let balancer = body.status.get_or_insert_default().load_balancer.get_or_insert_default();
        balancer.ingress = (!wanted.is_empty()).then_some(wanted);
    }
    vec![Change::update_status(next)]
}

/// The addresses that Ingresses get (`runningAddresses`): those that are given, else those of a Service, else those of the
/// nodes.
fn addresses<'w>(
    view: View<'w>,
    settings: &Settings,
    nodes: impl Iterator<Item = &'w Object>,
) -> Vec<IngressLoadBalancerIngress> {
    let texts: BTreeSet<String> = if !settings.publish_addresses.is_empty() {
        settings.publish_addresses.iter().cloned().collect()
    } else if let Some((namespace, name)) = &settings.publish_service {
        let service = view.get(Kind::Service, namespace, name);
        service.map(|it| of_service(it)).unwrap_or_default()
    } else {
        nodes.filter_map(|it| of_node(it, settings.internal_addresses)).collect()
    };
    let entry = |text: String| {
        let is_address = text.parse::<std::net::IpAddr>().is_ok();
        let (ip, hostname) = if is_address { (Some(text), None) } else { (None, Some(text)) };
        IngressLoadBalancerIngress { hostname, ip, ports: None }
    };
    texts.into_iter().map(entry).collect()
}

/// The addresses of a Service (`statusAddressFromService`).
fn of_service(object: &Object) -> BTreeSet<String> {
    let Some(service) = object.service() else { return BTreeSet::new() };
    let spec = service.spec.clone().unwrap_or_default();
    let external = spec.external_ips.unwrap_or_default();
    match spec.type_.as_deref() {
        Some("ExternalName") => spec.external_name.into_iter().collect(),
        Some("LoadBalancer") => {
            let balancer = service.status.as_ref().and_then(|it| it.load_balancer.as_ref());
            let entries = balancer.into_iter().flat_map(|it| it.ingress.iter().flatten());
            let shown = entries.filter_map(|it| it.ip.clone().or(it.hostname.clone()));
            shown.chain(external).collect()
        }
        Some("NodePort") if !external.is_empty() => external.into_iter().collect(),
        _ => spec.cluster_ip.into_iter().collect(),
    }
}

/// The address of a node (`GetNodeIPOrName`): the external one, if that is wanted and there is one.
fn of_node(node: &Object, internal: bool) -> Option<String> {
    let addresses = node.node()?.status.as_ref()?.addresses.as_deref()?;
    let of = |kind: &str| addresses.iter().find(|it| it.type_ == kind).map(|it| it.address.clone());
    of("ExternalIP").filter(|_| !internal).or_else(|| of("InternalIP"))
}

//! The root CA publisher: every active namespace has the API server's certificate authority in a ConfigMap.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ConfigMap;
use opsdrill_objects::{Kind, Meta, Object};

use super::{Change, Controller, Key, namespace, nothing_more};
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "root-ca-certificate-publisher",
    delay: SimDuration(10),
    workers: 5,
    observe,
    reconcile,
    answered: nothing_more,
};

/// The ConfigMap's name.
const NAME: &str = "kube-root-ca.crt";
/// What the real publisher writes beside the certificate.
const DESCRIPTION: &str = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal \
     endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across \
     distributions of Kubernetes clusters.";
/// A certificate in form only: nothing in the simulation speaks TLS to the API server.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\n\
     b3BzZHJpbGw6IGEgc2ltdWxhdGVkIGNsdXN0ZXIgaGFzIG5vIHJlYWwgYXV0aG9y\n\
     aXR5\n\
     -----END CERTIFICATE-----\n";

fn observe(_: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    match notice.kind() {
        Kind::Namespace if notice.new.is_some() => keys.push(Key::of(notice.object())),
        Kind::ConfigMap if &*notice.object().meta.name == NAME => {
            keys.push(Key::new("", notice.object().meta.namespace()));
        }
        _ => {}
    }
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    if !namespace::is_active(view, &key.name) {
        return Vec::new();
    }
    let data = BTreeMap::from([("ca.crt".to_owned(), CERTIFICATE.to_owned())]);
    let Some(stored) = view.get(Kind::ConfigMap, &key.name, NAME) else {
        let mut meta = Meta::named(Some(&key.name), NAME);
        meta.set_annotation("kubernetes.io/description", Some(DESCRIPTION));
        let body = ConfigMap { data: Some(data), ..ConfigMap::default() };
        return vec![Change::Create(Box::new(Object::new(meta, body)))];
    };
    if stored.config_map().is_some_and(|it| it.data.as_ref() == Some(&data)) {
        return Vec::new();
    }
    let mut next = (**stored).clone();
    if let Some(body) = next.config_map_mut() {
        body.data = Some(data);
    }
    vec![Change::update(next)]
}

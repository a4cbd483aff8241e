//! The arguments of an ingress controller, and which Ingresses are its own.

use opsdrill_objects::{Kind, Object};

use crate::physical::ContainerSpec;
use crate::view::View;

/// The annotation that named a class before `ingressClassName` did.
pub(crate) const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";

/// What an ingress controller was started with; the defaults are the program's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The controller of the classes that it serves (`--controller-class`).
    pub controller: String,
    /// The class that it answers to in the old annotation (`--ingress-class`).
    pub annotated: String,
    /// Whether it takes what names no class (`--watch-ingress-without-class`).
    pub takes_unclassed: bool,
    /// The only namespace that it looks at (`--watch-namespace`); empty for all.
    pub namespace: String,
    /// The Service whose addresses Ingresses get (`--publish-service`), namespace and name.
    pub publish_service: Option<(String, String)>,
    /// The addresses that they get instead (`--publish-status-address`).
    pub publish_addresses: Vec<String>,
    /// Whether nodes are told by their internal addresses (`--report-node-internal-ip-address`).
    pub internal_addresses: bool,
    /// The Service for requests that no rule is for (`--default-backend-service`), namespace and name.
    pub default_backend: Option<(String, String)>,
    /// The Secret with the certificate for hosts that have none (`--default-ssl-certificate`), namespace and name.
    pub default_certificate: Option<(String, String)>,
}

impl Settings {
    /// Of a container.
    pub(crate) fn of(spec: &ContainerSpec) -> Self {
        let words: Vec<&str> = spec.command.iter().chain(&spec.args).map(String::as_str).collect();
        let value = |name: &str| {
            words.iter().find_map(|word| {
                let (flag, value) = word.trim_start_matches('-').split_once('=')?;
                (flag == name).then_some(value)
            })
        };
        let is_set = |name: &str| {
            let alone =
                words.iter().any(|it| it.starts_with('-') && it.trim_start_matches('-') == name);
            alone || value(name) == Some("true")
        };
        let key = |name: &str| {
            let (namespace, name) = value(name)?.split_once('/')?;
            Some((namespace.to_owned(), name.to_owned()))
        };
        let addresses = value("publish-status-address").unwrap_or_default().split(',');
        let addresses = addresses.map(str::trim).filter(|it| !it.is_empty());
        Self {
            controller: value("controller-class").unwrap_or("k8s.io/ingress-nginx").to_owned(),
            annotated: value("ingress-class").unwrap_or("nginx").to_owned(),
            takes_unclassed: is_set("watch-ingress-without-class"),
            namespace: value("watch-namespace").unwrap_or_default().to_owned(),
            publish_service: key("publish-service"),
            publish_addresses: addresses.map(str::to_owned).collect(),
            internal_addresses: is_set("report-node-internal-ip-address"),
            default_backend: key("default-backend-service"),
            default_certificate: key("default-ssl-certificate"),
        }
    }

    /// Whether an Ingress is this controller's (`GetIngressClass`): the old annotation counts most, then the class, then
    /// whether those without any are taken.
    pub(crate) fn is_for(&self, view: View<'_>, ingress: &Object) -> bool {
        if !self.namespace.is_empty() && ingress.meta.namespace() != self.namespace {
            return false;
        }
        if let Some(annotated) = ingress.meta.annotation(CLASS_ANNOTATION) {
            return annotated == self.annotated;
        }
        let spec = ingress.ingress().and_then(|it| it.spec.as_ref());
        match spec.and_then(|it| it.ingress_class_name.as_deref()) {
            Some(class) => self.serves(view, class),
            None => self.takes_unclassed,
        }
    }

    fn serves(&self, view: View<'_>, class: &str) -> bool {
        let class = view.get(Kind::IngressClass, "", class).and_then(|it| it.ingress_class());
        let controller = class.and_then(|it| it.spec.as_ref()?.controller.as_deref());
        controller == Some(&*self.controller)
    }
}

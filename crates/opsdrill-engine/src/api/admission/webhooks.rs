//! Admission webhooks, as far as they are down: whoever does not answer is told in the server's words, and `failurePolicy`
//! says whether the request fails. What a webhook that answers would say is not known here: it lets everything pass.
//!
//! Rules: `k8s.io/apiserver/pkg/admission/plugin/webhook` (`rules.Matcher`, `namespace.Matcher`, `object.Matcher`,
//! `ErrCallingWebhook`). They are asked of creations and changes.

use std::collections::BTreeMap;

use bevy_ecs::world::World;
use k8s_openapi::api::admissionregistration::v1::{RuleWithOperations, WebhookClientConfig};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use opsdrill_objects::selector::Selector;
use opsdrill_objects::{Kind, Object, Status};

use crate::physical::network::{ConnectError, Origin, route};
use crate::view::View;

/// What a request does, as rules name it.
pub(super) const CREATE: &str = "CREATE";
/// See [`CREATE`].
pub(super) const UPDATE: &str = "UPDATE";

/// What both kinds of webhooks have.
struct Hook<'w> {
    name: &'w str,
    client: &'w WebhookClientConfig,
    rules: &'w [RuleWithOperations],
    namespaces: Option<&'w LabelSelector>,
    objects: Option<&'w LabelSelector>,
    any_version: bool,
    must_answer: bool,
    timeout_seconds: i32,
}

/// Whether the webhooks that a request is about can be asked.
///
/// # Errors
/// 500 with the real text, if one that must answer does not.
pub(super) fn admit(world: &World, object: &Object, operation: &str) -> Result<(), Status> {
    // Who repairs webhooks must not depend on them.
    let kinds = [Kind::MutatingWebhookConfiguration, Kind::ValidatingWebhookConfiguration];
    if kinds.contains(&object.kind) {
        return Ok(());
    }
    let view = View::new(world);
    for kind in kinds {
        for configuration in view.list(kind, "") {
            let meant = hooks(configuration).into_iter();
            for hook in meant.filter(|it| it.is_about(view, object, operation)) {
                if let Err(problem) = call(world, view, &hook)
                    && hook.must_answer
                {
                    return Err(Status::new(500, "InternalError", problem));
                }
            }
        }
    }
    Ok(())
}

fn hooks(configuration: &Object) -> Vec<Hook<'_>> {
    let validating = configuration.validating_webhook_configuration();
    let validating = validating.and_then(|it| it.webhooks.as_ref()).into_iter().flatten();
    let mutating = configuration.mutating_webhook_configuration();
    let mutating = mutating.and_then(|it| it.webhooks.as_ref()).into_iter().flatten();
    macro_rules! hook {
        ($it:ident) => {
            Hook {
                name: &$it.name,
                client: &$it.client_config,
                rules: $it.rules.as_deref().unwrap_or_default(),
                namespaces: $it.namespace_selector.as_ref(),
                objects: $it.object_selector.as_ref(),
                any_version: $it.match_policy.as_deref() != Some("Exact"),
                must_answer: $it.failure_policy.as_deref() != Some("Ignore"),
                timeout_seconds: $it.timeout_seconds.unwrap_or(10),
            }
        };
    }
    mutating.map(|it| hook!(it)).chain(validating.map(|it| hook!(it))).collect()
}

impl Hook<'_> {
    /// Whether a request about an object is sent to it.
    fn is_about(&self, view: View<'_>, object: &Object, operation: &str) -> bool {
        let selects = |selector: Option<&LabelSelector>, labels: &BTreeMap<String, String>| {
            selector.is_none_or(|it| {
                Selector::from_label_selector(Some(it)).is_ok_and(|it| it.matches(labels))
            })
        };
        let namespace = if object.kind == Kind::Namespace {
            Some(&object.meta.labels)
        } else {
            let of = view.get(Kind::Namespace, "", object.meta.namespace());
            of.map(|it| &it.meta.labels)
        };
        self.rules.iter().any(|it| self.fits(it, object, operation))
            && namespace.is_none_or(|it| selects(self.namespaces, it))
            && selects(self.objects, &object.meta.labels)
    }

    fn fits(&self, rule: &RuleWithOperations, object: &Object, operation: &str) -> bool {
        let info = object.kind.info();
        let has = |list: &Option<Vec<String>>, wanted: &[&str]| {
            list.iter().flatten().any(|it| it == "*" || wanted.contains(&it.as_str()))
        };
        let scope = match rule.scope.as_deref() {
            Some("Namespaced") => info.namespaced,
            Some("Cluster") => !info.namespaced,
            _ => true,
        };
        scope
            && has(&rule.operations, &[operation])
            && has(&rule.api_groups, &[info.group])
            && (self.any_version || has(&rule.api_versions, &[info.version]))
            && has(&rule.resources, &[info.plural, "*/*"])
    }
}

/// Asks a webhook.
///
/// # Errors
/// The server's words if nobody answers.
fn call(world: &World, view: View<'_>, hook: &Hook<'_>) -> Result<(), String> {
    let Some(service) = &hook.client.service else {
        // Hosts beyond the cluster are not known to the control plane here.
        return Ok(());
    };
    let port = service.port.and_then(|it| u16::try_from(it).ok()).unwrap_or(443);
    let (namespace, name) = (&service.namespace, &service.name);
    let path = service.path.as_deref().unwrap_or_default();
    let seconds = hook.timeout_seconds;
    let url = format!("https://{name}.{namespace}.svc:{port}{path}?timeout={seconds}s");
    let failed = |why: String| {
        let hook = hook.name;
        Err(format!(
            "Internal error occurred: failed calling webhook {hook:?}: failed to call webhook: Post {url:?}: {why}"
        ))
    };
    let Some(object) = view.get(Kind::Service, namespace, name) else {
        return failed(format!("service {name:?} not found"));
    };
    let spec = object.service().and_then(|it| it.spec.as_ref());
    let address = spec.and_then(|it| it.cluster_ip.as_deref()).unwrap_or_default();
    // The API server runs on a node that belongs to nobody else.
    let from = Origin::Node("".into());
    let end = route(world, &from, address, port).and_then(|it| {
        let mut ends = it.destinations.into_iter();
        ends.next().map_or(Err(ConnectError::Refused), |it| it.peer)
    });
    match end {
        Ok(_) => Ok(()),
        Err(ConnectError::Timeout | ConnectError::NameTimeout) => {
            failed("context deadline exceeded".to_owned())
        }
        Err(ConnectError::NoRoute) => {
            failed(format!("dial tcp {address}:{port}: connect: no route to host"))
        }
        Err(_) => failed(format!("dial tcp {address}:{port}: connect: connection refused")),
    }
}

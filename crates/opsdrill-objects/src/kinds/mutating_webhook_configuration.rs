//! MutatingWebhookConfiguration.

use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;

use crate::Object;
use crate::defaults::{fill, fill_text, webhook};
use crate::validation::{Errors, Path, metadata, names, webhook as rules};

use super::row::ROW;
use super::{Column, Kind, KindInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::MutatingWebhookConfiguration,
    name: "MutatingWebhookConfiguration",
    group: "admissionregistration.k8s.io",
    plural: "mutatingwebhookconfigurations",
    singular: "mutatingwebhookconfiguration",
    categories: &["api-extensions"],
    namespaced: false,
    has_generation: true,
    not_simulated: "a webhook that can be reached lets everything pass",
    decode: decode_body::<MutatingWebhookConfiguration>,
    default: |object| {
        let body = object.mutating_webhook_configuration_mut();
        for hook in body.into_iter().flat_map(|it| it.webhooks.iter_mut().flatten()) {
            fill_text(&mut hook.failure_policy, "Fail");
            fill_text(&mut hook.match_policy, "Equivalent");
            hook.namespace_selector.get_or_insert_default();
            hook.object_selector.get_or_insert_default();
            fill(&mut hook.timeout_seconds, 10);
            fill_text(&mut hook.reinvocation_policy, "Never");
            webhook::default(&mut hook.client_config, hook.rules.as_deref_mut());
        }
    },
    validate,
    columns: &[Column::always("Name"), Column::integer("Webhooks"), Column::always("Age")],
    cells: |object, now| {
        let body = object.mutating_webhook_configuration();
        let hooks = body.and_then(|it| it.webhooks.as_ref()).map_or(0, Vec::len);
        vec![object.meta.name.to_string(), hooks.to_string(), cells::age(object, now)]
    },
    ..ROW
};

/// As `validateMutatingWebhook` for each.
fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let body = object.mutating_webhook_configuration();
    let hooks = body.and_then(|it| it.webhooks.as_deref()).unwrap_or_default();
    for (place, hook) in hooks.iter().enumerate() {
        let given = rules::Webhook {
            name: &hook.name,
            side_effects: &hook.side_effects,
            review_versions: &hook.admission_review_versions,
            timeout_seconds: hook.timeout_seconds,
            client: &hook.client_config,
        };
        rules::validate(&mut errors, &Path::new("webhooks").index(place), &given);
    }
    errors
}

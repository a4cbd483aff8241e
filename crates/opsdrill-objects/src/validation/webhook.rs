//! Webhooks (`pkg/apis/admissionregistration/validation`).

use k8s_openapi::api::admissionregistration::v1::WebhookClientConfig;

use super::{Errors, Path, invalid_each, names};
use crate::field_error::FieldError;

/// What both sorts of webhooks have.
pub(crate) struct Webhook<'a> {
    pub(crate) name: &'a str,
    pub(crate) side_effects: &'a str,
    pub(crate) review_versions: &'a [String],
    pub(crate) timeout_seconds: Option<i32>,
    pub(crate) client: &'a WebhookClientConfig,
}

/// Complaints about one webhook.
pub(crate) fn validate(errors: &mut Errors, path: &Path, hook: &Webhook<'_>) {
    let name_path = path.child("name");
    let messages = names::is_dns1123_subdomain(hook.name);
    if hook.name.is_empty() {
        errors.push(FieldError::required(&name_path, ""));
    } else if messages.is_empty() && hook.name.split('.').count() < 3 {
        let why = "should be a domain with at least three segments separated by dots";
        errors.push(FieldError::invalid(&name_path, hook.name, why));
    } else {
        invalid_each(errors, &name_path, hook.name, messages);
    }
    let effects = path.child("sideEffects");
    let words = ["None", "NoneOnDryRun"];
    match hook.side_effects {
        "" => {
            let why = "must specify one of None, NoneOnDryRun";
            errors.push(FieldError::required(&effects, why));
        }
        word if words.contains(&word) => {}
        word => errors.push(FieldError::not_supported(&effects, word, &words)),
    }
    if let Some(seconds) = hook.timeout_seconds.filter(|it| !(1..=30).contains(it)) {
        let why = "the timeout value must be between 1 and 30 seconds";
        errors.push(FieldError::invalid_raw(path.child("timeoutSeconds"), seconds, why));
    }
    let versions = path.child("admissionReviewVersions");
    if hook.review_versions.is_empty() {
        let why = "must specify one of v1, v1beta1";
        errors.push(FieldError::required(&versions, why));
    } else if !hook.review_versions.iter().any(|it| matches!(it.as_str(), "v1" | "v1beta1")) {
        let value = super::go_value::string_list(hook.review_versions);
        let why = "must include at least one of v1, v1beta1";
        errors.push(FieldError::invalid_raw(&versions, value, why));
    }
    if hook.client.url.is_some() == hook.client.service.is_some() {
        let why = "exactly one of url or service is required";
        errors.push(FieldError::required(path.child("clientConfig"), why));
    }
}

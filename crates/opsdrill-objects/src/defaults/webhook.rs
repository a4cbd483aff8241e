//! Defaults of webhooks and of the resources that policies are about.

use k8s_openapi::api::admissionregistration::v1::{
    MatchResources, RuleWithOperations, WebhookClientConfig,
};

use super::{fill, fill_text};

/// As `SetDefaults_ServiceReference` and `SetDefaults_Rule` of `pkg/apis/admissionregistration/v1`.
pub fn default(client: &mut WebhookClientConfig, rules: Option<&mut [RuleWithOperations]>) {
    if let Some(service) = &mut client.service {
        fill(&mut service.port, 443);
    }
    for rule in rules.into_iter().flatten() {
        fill_text(&mut rule.scope, "*");
    }
}

/// As `SetDefaults_MatchResources`.
pub fn default_matches(matches: &mut MatchResources) {
    fill_text(&mut matches.match_policy, "Equivalent");
    matches.namespace_selector.get_or_insert_default();
    matches.object_selector.get_or_insert_default();
    let rules = matches.resource_rules.iter_mut().chain(&mut matches.exclude_resource_rules);
    for rule in rules.flatten() {
        fill_text(&mut rule.scope, "*");
    }
}

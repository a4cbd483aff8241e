//! What is wrong with Services, names, policies of the network and Ingresses.

mod default_deny;
mod dns_down;
mod dns_egress_blocked;
mod ingress_backend_wrong;
mod ingress_class_wrong;
mod ingress_rule_wrong;
mod ingress_tls_secret_wrong;
mod network_policy_blocks_ingress;
mod network_policy_wrong;
mod selector_matches_nothing;
mod selector_too_broad;
mod service_deleted;
mod service_name_unqualified;
mod target_port_wrong;

use crate::FaultKind;

/// The group.
pub(super) const FAULTS: &[FaultKind] = &[
    FaultKind::of::<default_deny::DefaultDeny>(),
    FaultKind::of::<dns_down::DnsDown>(),
    FaultKind::of::<dns_egress_blocked::DnsEgressBlocked>(),
    FaultKind::of::<ingress_backend_wrong::IngressBackendWrong>(),
    FaultKind::of::<ingress_class_wrong::IngressClassWrong>(),
    FaultKind::of::<ingress_rule_wrong::IngressRuleWrong>(),
    FaultKind::of::<ingress_tls_secret_wrong::IngressTlsSecretWrong>(),
    FaultKind::of::<network_policy_blocks_ingress::NetworkPolicyBlocksIngress>(),
    FaultKind::of::<network_policy_wrong::NetworkPolicyWrong>(),
    FaultKind::of::<selector_matches_nothing::SelectorMatchesNothing>(),
    FaultKind::of::<selector_too_broad::SelectorTooBroad>(),
    FaultKind::of::<service_deleted::ServiceDeleted>(),
    FaultKind::of::<service_name_unqualified::ServiceNameUnqualified>(),
    FaultKind::of::<target_port_wrong::TargetPortWrong>(),
];

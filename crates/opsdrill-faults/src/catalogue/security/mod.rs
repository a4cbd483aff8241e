//! What is not allowed: by roles, by admission, by the rules for containers.

mod pod_security_enforced;
mod role_lacks_verb;
mod security_context_wrong;
mod service_account_missing;
mod webhook_down;

use crate::FaultKind;

/// The group.
pub(super) const FAULTS: &[FaultKind] = &[
    FaultKind::of::<pod_security_enforced::PodSecurityEnforced>(),
    FaultKind::of::<role_lacks_verb::RoleLacksVerb>(),
    FaultKind::of::<security_context_wrong::SecurityContextWrong>(),
    FaultKind::of::<service_account_missing::ServiceAccountMissing>(),
    FaultKind::of::<webhook_down::WebhookDown>(),
];

//! Defaults of role bindings.

use k8s_openapi::api::rbac::v1::{RoleRef, Subject};

use super::fill_text;
use crate::validation::rbac::GROUP;

/// As `SetDefaults_RoleBinding` and `SetDefaults_Subject` of `pkg/apis/rbac/v1`.
pub fn default(role: &mut RoleRef, subjects: Option<&mut [Subject]>) {
    if role.api_group.is_empty() {
        GROUP.clone_into(&mut role.api_group);
    }
    for subject in subjects.into_iter().flatten() {
        if matches!(subject.kind.as_str(), "User" | "Group") {
            fill_text(&mut subject.api_group, GROUP);
        }
    }
}

//! `kubectl create rolebinding`.

use serde_json::Value;

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::PRINTING;

use super::generated::{self, Made, SHARED, name_of};
use super::subjects::{SUBJECTS, role_ref, subjects};

const MADE: Made = Made::namespaced(
    "rbac.authorization.k8s.io/v1",
    "RoleBinding",
    "failed to create rolebinding:",
);

/// `kubectl create rolebinding`.
pub(super) struct CreateRoleBinding;

impl Verb for CreateRoleBinding {
    const NAME: &'static str = "rolebinding";
    const USAGE: &'static str = "NAME (--role=NAME | --clusterrole=NAME) [--user=USER] [--group=GROUP] [--serviceaccount=NAMESPACE:NAME]";
    const SUMMARY: &'static str = "Give a role to somebody in a namespace";
    const FLAGS: &'static [&'static [Flag]] = &[
        SHARED,
        SUBJECTS,
        &[
            Flag::text("role").about("The role."),
            Flag::text("clusterrole").about("The cluster role."),
        ],
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let name = name_of(arguments)?;
        let (role, cluster_role) = (arguments.text("role"), arguments.text("clusterrole"));
        if role.is_empty() == cluster_role.is_empty() {
            return Err(ToolError::plain("exactly one of clusterrole or role must be specified"));
        }
        let mut document = MADE.document(&name);
        document["roleRef"] = if role.is_empty() {
            role_ref("ClusterRole", cluster_role)
        } else {
            role_ref("Role", role)
        };
        let subjects = subjects(arguments)?;
        if !subjects.is_empty() {
            document["subjects"] = Value::Array(subjects);
        }
        generated::create(context, arguments, MADE, document)
    }
}

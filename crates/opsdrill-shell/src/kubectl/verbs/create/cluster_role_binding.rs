//! `kubectl create clusterrolebinding`.

use serde_json::Value;

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::PRINTING;

use super::generated::{self, Made, SHARED, name_of, require};
use super::subjects::{SUBJECTS, role_ref, subjects};

const MADE: Made = Made::of_cluster(
    "rbac.authorization.k8s.io/v1",
    "ClusterRoleBinding",
    "failed to create clusterrolebinding:",
);

/// `kubectl create clusterrolebinding`.
pub(super) struct CreateClusterRoleBinding;

impl Verb for CreateClusterRoleBinding {
    const NAME: &'static str = "clusterrolebinding";
    const USAGE: &'static str =
        "NAME --clusterrole=NAME [--user=USER] [--group=GROUP] [--serviceaccount=NAMESPACE:NAME]";
    const SUMMARY: &'static str = "Give a role to somebody in the whole cluster";
    const FLAGS: &'static [&'static [Flag]] =
        &[SHARED, SUBJECTS, &[Flag::text("clusterrole").about("The cluster role.")], PRINTING];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        require(arguments, &["clusterrole"])?;
        let mut document = MADE.document(&name_of(arguments)?);
        document["roleRef"] = role_ref("ClusterRole", arguments.text("clusterrole"));
        let subjects = subjects(arguments)?;
        if !subjects.is_empty() {
            document["subjects"] = Value::Array(subjects);
        }
        generated::create(context, arguments, MADE, document)
    }
}

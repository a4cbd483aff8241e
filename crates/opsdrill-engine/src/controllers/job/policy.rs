//! A Job's `podFailurePolicy`: what a pod's failure means (`matchPodFailurePolicy`).

use k8s_openapi::api::batch::v1::{
    JobSpec, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyOnPodConditionsPattern,
};
use k8s_openapi::api::core::v1::ContainerStatus;
use opsdrill_objects::Object;
use opsdrill_objects::pod::Pod;

/// What a failure means.
pub(super) enum Outcome {
    /// It counts towards the backoff limit.
    Count,
    /// It does not count.
    Ignore,
    /// It ends the Job, for this reason.
    FailJob(String),
}

/// What a pod's failure means: the first rule that fits says it.
pub(super) fn of(spec: &JobSpec, object: &Object, pod: &Pod) -> Outcome {
    let rules = spec.pod_failure_policy.iter().flat_map(|it| &it.rules).enumerate();
    for (index, rule) in rules {
        let by_code = rule.on_exit_codes.as_ref().and_then(|it| by_exit_code(object, pod, it));
        let conditions = rule.on_pod_conditions.iter().flatten();
        let found =
            by_code.or_else(|| conditions.into_iter().find_map(|it| by_condition(object, pod, it)));
        let Some(what) = found else { continue };
        return match rule.action.as_str() {
            "FailJob" => Outcome::FailJob(format!("{what} matching FailJob rule at index {index}")),
            "Ignore" => Outcome::Ignore,
            _ => Outcome::Count,
        };
    }
    Outcome::Count
}

fn by_exit_code(
    object: &Object,
    pod: &Pod,
    rule: &PodFailurePolicyOnExitCodesRequirement,
) -> Option<String> {
    let init = pod.status.init_container_statuses.iter().flatten();
    let statuses = pod.status.container_statuses.iter().flatten().chain(init);
    let code = |it: &ContainerStatus| Some(it.state.as_ref()?.terminated.as_ref()?.exit_code);
    for status in statuses {
        let named = rule.container_name.as_ref().is_none_or(|it| *it == status.name);
        let Some(code) = code(status).filter(|it| named && *it != 0) else { continue };
        if rule.values.contains(&code) == (rule.operator == "In") {
            return Some(format!(
                "Container {} for pod {} failed with exit code {code}",
                status.name,
                object.path()
            ));
        }
    }
    None
}

fn by_condition(
    object: &Object,
    pod: &Pod,
    rule: &PodFailurePolicyOnPodConditionsPattern,
) -> Option<String> {
    let mut conditions = pod.status.conditions.iter().flatten();
    let holds = conditions.any(|it| it.type_ == rule.type_ && it.status == rule.status);
    holds.then(|| format!("Pod {} has condition {}", object.path(), rule.type_))
}

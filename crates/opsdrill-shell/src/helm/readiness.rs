//! Whether objects are ready, as `--wait` judges it, and waiting until they are, or gone.

use opsdrill_objects::{Kind, Status};
use serde_json::Value;

use super::context::Helm;
use super::failure::{Failure, Outcome, TIME_IS_UP};
use super::objects::Resource;

/// How often in a row a look may fail.
const FAILURES_MAX: usize = 30;

/// How a look at an object failed.
enum Trouble {
    /// The server refused.
    Refused(Status),
    /// Something is wrong with the object.
    Wrong(String),
}

impl From<Status> for Trouble {
    fn from(refusal: Status) -> Self {
        Self::Refused(refusal)
    }
}

impl Trouble {
    fn may_pass(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.code == 429 || refusal.code >= 500,
            Self::Wrong(_) => true,
        }
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refused(refusal) => refusal.into(),
            Trouble::Wrong(text) => Self::Plain(text),
        }
    }
}

fn number(document: &Value, pointer: &str) -> i64 {
    document.pointer(pointer).and_then(Value::as_i64).unwrap_or_default()
}

fn text<'d>(document: &'d Value, pointer: &str) -> &'d str {
    document.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn has_condition(document: &Value, name: &str, status: &str) -> bool {
    let conditions = document.pointer("/status/conditions").and_then(Value::as_array);
    let mut conditions = conditions.into_iter().flatten();
    conditions.any(|it| text(it, "/type") == name && text(it, "/status") == status)
}

fn is_observed(document: &Value) -> bool {
    number(document, "/status/observedGeneration") == number(document, "/metadata/generation")
}

/// A number, or a share of a whole, rounded up or down.
fn scaled(value: Option<&Value>, whole: i64, rounds_up: bool) -> i64 {
    let share = |it: &str| {
        let percent: i64 = it.strip_suffix('%')?.parse().ok()?;
        Some((percent * whole + if rounds_up { 99 } else { 0 }) / 100)
    };
    match value {
        Some(Value::String(it)) => share(it).unwrap_or_default(),
        Some(it) => it.as_i64().unwrap_or_default(),
        None => 0,
    }
}

/// How many pods of a deployment may be missing.
fn missing_allowed(deployment: &Value) -> i64 {
    let replicas = number(deployment, "/spec/replicas");
    if text(deployment, "/spec/strategy/type") != "RollingUpdate" || replicas == 0 {
        return 0;
    }
    let rolling = "/spec/strategy/rollingUpdate";
    let surge = scaled(deployment.pointer(&format!("{rolling}/maxSurge")), replicas, true);
    let missing = scaled(deployment.pointer(&format!("{rolling}/maxUnavailable")), replicas, false);
    if surge == 0 && missing == 0 { 1 } else { missing.min(replicas) }
}

fn is_daemon_set_ready(document: &Value) -> bool {
    if !is_observed(document) {
        return false;
    }
    if text(document, "/spec/updateStrategy/type") != "RollingUpdate" {
        return true;
    }
    let wanted = number(document, "/status/desiredNumberScheduled");
    let allowed = document.pointer("/spec/updateStrategy/rollingUpdate/maxUnavailable");
    number(document, "/status/updatedNumberScheduled") == wanted
        && number(document, "/status/numberReady") >= wanted - scaled(allowed, wanted, true)
}

fn is_stateful_set_ready(document: &Value) -> bool {
    if !is_observed(document) {
        return false;
    }
    if text(document, "/spec/updateStrategy/type") != "RollingUpdate" {
        return true;
    }
    let partition = number(document, "/spec/updateStrategy/rollingUpdate/partition");
    let replicas = document.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1);
    let same =
        text(document, "/status/currentRevision") == text(document, "/status/updateRevision");
    number(document, "/status/updatedReplicas") >= replicas - partition
        && number(document, "/status/readyReplicas") == replicas
        && (partition != 0 || same)
}

fn is_service_ready(document: &Value) -> bool {
    let has_items = |pointer: &str| {
        document.pointer(pointer).and_then(Value::as_array).is_some_and(|it| !it.is_empty())
    };
    match text(document, "/spec/type") {
        "ExternalName" => true,
        _ if text(document, "/spec/clusterIP").is_empty() => false,
        "LoadBalancer" => {
            has_items("/spec/externalIPs") || has_items("/status/loadBalancer/ingress")
        }
        _ => true,
    }
}

fn is_job_done(document: &Value, path: &str) -> Result<bool, Trouble> {
    let limit = document.pointer("/spec/backoffLimit").and_then(Value::as_i64).unwrap_or(6);
    if number(document, "/status/failed") > limit {
        return Err(Trouble::Wrong(format!("job is failed: {path}")));
    }
    let wanted = document.pointer("/spec/completions").and_then(Value::as_i64);
    Ok(wanted.is_none_or(|it| number(document, "/status/succeeded") >= it))
}

impl Helm<'_> {
    /// Waits until objects are ready.
    ///
    /// # Errors
    /// The end of patience, a refusal, or an interruption.
    pub(super) fn wait_ready(
        &mut self,
        resources: &[Resource],
        with_jobs: bool,
        timeout_ms: u64,
    ) -> Outcome<()> {
        let mut failures = vec![0; resources.len()];
        let ready = self.poll(timeout_ms, |helm| {
            for (resource, failures) in resources.iter().zip(&mut failures) {
                match helm.is_ready(resource, with_jobs) {
                    Ok(is_ready) => {
                        *failures = 0;
                        if !is_ready {
                            return Ok(false);
                        }
                    }
                    Err(trouble) => {
                        *failures += 1;
                        let passes = trouble.may_pass() && *failures <= FAILURES_MAX;
                        return if passes { Ok(false) } else { Err(trouble.into()) };
                    }
                }
            }
            Ok(true)
        })?;
        if ready { Ok(()) } else { Err(Failure::Plain(TIME_IS_UP.to_owned())) }
    }

    /// Waits until objects are gone.
    ///
    /// # Errors
    /// The end of patience, a refusal, or an interruption.
    pub(super) fn wait_gone(&mut self, resources: &[Resource], timeout_ms: u64) -> Outcome<()> {
        let gone = self.poll(timeout_ms, |helm| {
            for resource in resources {
                match helm.read(resource.kind, &resource.namespace, &resource.name) {
                    Ok(_) => return Ok(false),
                    Err(why) if why.code == 404 => {}
                    Err(why) => return Err(why.into()),
                }
            }
            Ok(true)
        })?;
        if gone { Ok(()) } else { Err(Failure::Plain(TIME_IS_UP.to_owned())) }
    }

    fn is_ready(&mut self, resource: &Resource, with_jobs: bool) -> Result<bool, Trouble> {
        let is_judged = matches!(
            resource.kind,
            Kind::Pod
                | Kind::Deployment
                | Kind::PersistentVolumeClaim
                | Kind::Service
                | Kind::DaemonSet
                | Kind::CustomResourceDefinition
                | Kind::StatefulSet
                | Kind::ReplicationController
                | Kind::ReplicaSet
        );
        let is_waited_for = resource.kind == Kind::Job && with_jobs;
        if !is_judged && !is_waited_for {
            return Ok(true);
        }
        let object = self.read(resource.kind, &resource.namespace, &resource.name)?;
        let document = object.to_value();
        Ok(match resource.kind {
            Kind::Pod => has_condition(&document, "Ready", "True"),
            Kind::Job => {
                return is_job_done(
                    &document,
                    &format!("{}/{}", resource.namespace, resource.name),
                );
            }
            Kind::Deployment => return self.is_deployment_ready(&document, resource),
            Kind::PersistentVolumeClaim => text(&document, "/status/phase") == "Bound",
            Kind::Service => is_service_ready(&document),
            Kind::DaemonSet => is_daemon_set_ready(&document),
            Kind::CustomResourceDefinition => {
                has_condition(&document, "Established", "True")
                    || has_condition(&document, "NamesAccepted", "False")
            }
            Kind::StatefulSet => is_stateful_set_ready(&document),
            _ => is_observed(&document) && self.are_pods_ready(&document, resource)?,
        })
    }

    fn is_deployment_ready(
        &mut self,
        deployment: &Value,
        resource: &Resource,
    ) -> Result<bool, Trouble> {
        if deployment.pointer("/spec/paused").and_then(Value::as_bool) == Some(true) {
            return Ok(true);
        }
        let sets = self.all(Kind::ReplicaSet, &resource.namespace, "")?;
        let uid = text(deployment, "/metadata/uid");
        let newest = sets.iter().map(|it| it.to_value()).find(|set| {
            let owners = set.pointer("/metadata/ownerReferences").and_then(Value::as_array);
            let is_owned = owners.into_iter().flatten().any(|it| text(it, "/uid") == uid);
            is_owned && has_template_of(set, deployment)
        });
        let Some(set) = newest else { return Ok(false) };
        let wanted = number(deployment, "/spec/replicas") - missing_allowed(deployment);
        Ok(is_observed(&set)
            && is_observed(deployment)
            && number(&set, "/status/readyReplicas") >= wanted)
    }

    fn are_pods_ready(&mut self, document: &Value, resource: &Resource) -> Result<bool, Trouble> {
        let labels = document
            .pointer("/spec/selector/matchLabels")
            .or_else(|| document.pointer("/spec/selector"))
            .and_then(Value::as_object);
        let pairs = labels.into_iter().flatten();
        let selector: Vec<String> =
            pairs.filter_map(|(key, it)| Some(format!("{key}={}", it.as_str()?))).collect();
        let pods = self.all(Kind::Pod, &resource.namespace, &selector.join(","))?;
        Ok(pods.iter().all(|it| has_condition(&it.to_value(), "Ready", "True")))
    }
}

/// Whether a ReplicaSet was made from the present template of a deployment.
fn has_template_of(set: &Value, deployment: &Value) -> bool {
    let mut template = set.pointer("/spec/template").cloned().unwrap_or_default();
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove("pod-template-hash");
    }
    Some(&template) == deployment.pointer("/spec/template")
}

//! Running what a chart wants run around a moment of its release's life.

use opsdrill_engine::api::Propagation;
use opsdrill_helm::release::{Hook, Record};
use opsdrill_objects::Kind;
use serde_json::Value;

use crate::door::LogRequest;

use super::context::Helm;
use super::failure::{Failure, Outcome, several};
use super::objects::Resource;

const BEFORE_CREATION: &str = "before-hook-creation";
const ON_SUCCESS: &str = "hook-succeeded";
const ON_FAILURE: &str = "hook-failed";

/// What the client library says at the end of its patience.
const PATIENCE_IS_OVER: &str = "timed out waiting for the condition";

/// The places of a release's hooks for a moment, in the order in which they are run.
fn places(record: &Record, event: &str) -> Vec<usize> {
    let mut places: Vec<usize> =
        (0..record.hooks.len()).filter(|it| record.hooks[*it].is_for(event)).collect();
    places.sort_by(|one, other| {
        let (one, other) = (&record.hooks[*one], &record.hooks[*other]);
        one.weight.cmp(&other.weight).then_with(|| one.name.cmp(&other.name))
    });
    places
}

impl Helm<'_> {
    /// Runs the hooks of a moment, one after another, each to its end. What becomes of them is noted in the record.
    ///
    /// # Errors
    /// When one fails.
    pub(super) fn run_hooks(
        &mut self,
        record: &mut Record,
        event: &str,
        timeout_ms: u64,
    ) -> Outcome<()> {
        let places = places(record, event);
        for (done, place) in places.iter().enumerate() {
            let hook = &mut record.hooks[*place];
            if hook.delete_policies.is_empty() {
                hook.delete_policies.push(BEFORE_CREATION.to_owned());
            }
            let hook = hook.clone();
            self.delete_hook(&hook, BEFORE_CREATION, timeout_ms)?;
            let doing = format!("unable to build kubernetes object for {event} hook {}", hook.path);
            let resources = self.build(&hook.manifest).map_err(|why| why.while_doing(&doing))?;
            let hook = &mut record.hooks[*place];
            hook.started_at = Some(self.now());
            hook.completed_at = None;
            "Running".clone_into(&mut hook.phase);
            self.try_to_keep(record);
            let hook = &mut record.hooks[*place];
            "Unknown".clone_into(&mut hook.phase);
            let path = hook.path.clone();
            if let Err(why) = self.create_all(&resources) {
                self.complete(record, *place, "Failed");
                return Err(why.while_doing(&format!("warning: Hook {event} {path} failed")));
            }
            if let Err(why) = self.watch_all(&resources, timeout_ms) {
                if why == Failure::Interrupted {
                    return Err(why);
                }
                self.complete(record, *place, "Failed");
                self.after_failure(record, &places[..done], *place, timeout_ms)?;
                return Err(why);
            }
            self.complete(record, *place, "Succeeded");
        }
        for place in places.iter().rev() {
            let hook = record.hooks[*place].clone();
            self.show_log(&hook, ON_SUCCESS);
            self.delete_hook(&hook, ON_SUCCESS, timeout_ms)?;
        }
        Ok(())
    }

    fn complete(&self, record: &mut Record, place: usize, phase: &str) {
        record.hooks[place].completed_at = Some(self.now());
        phase.clone_into(&mut record.hooks[place].phase);
    }

    fn after_failure(
        &mut self,
        record: &Record,
        before: &[usize],
        place: usize,
        timeout_ms: u64,
    ) -> Outcome<()> {
        let hook = record.hooks[place].clone();
        self.show_log(&hook, ON_FAILURE);
        if let Err(why) = self.delete_hook(&hook, ON_FAILURE, timeout_ms) {
            let text = why.text();
            self.err(&format!("error deleting the hook resource on hook failure: {text}\n"));
        }
        for place in before {
            let hook = record.hooks[*place].clone();
            self.delete_hook(&hook, ON_SUCCESS, timeout_ms)?;
        }
        Ok(())
    }

    /// Deletes a hook's objects if it wants that now, and waits until they are gone.
    fn delete_hook(&mut self, hook: &Hook, policy: &str, timeout_ms: u64) -> Outcome<()> {
        if hook.kind == "CustomResourceDefinition"
            || !hook.delete_policies.iter().any(|it| it == policy)
        {
            return Ok(());
        }
        let doing = format!("unable to build kubernetes object for deleting hook {}", hook.path);
        let resources = self.build(&hook.manifest).map_err(|why| why.while_doing(&doing))?;
        let errors = self.delete_all(&resources, Propagation::Background);
        if !errors.is_empty() {
            return Err(Failure::Plain(errors.join("; ")));
        }
        self.wait_gone(&resources, timeout_ms)
    }

    /// Waits until jobs and pods have done what they are for; all else is ready when it is there.
    fn watch_all(&mut self, resources: &[Resource], timeout_ms: u64) -> Outcome<()> {
        let mut errors = Vec::new();
        for resource in resources.iter().filter(|it| matches!(it.kind, Kind::Job | Kind::Pod)) {
            match self.watch_one(resource, timeout_ms) {
                Ok(()) => {}
                Err(Failure::Interrupted) => return Err(Failure::Interrupted),
                Err(why) => errors.push(why.text()),
            }
        }
        several(&errors)
    }

    fn watch_one(&mut self, resource: &Resource, timeout_ms: u64) -> Outcome<()> {
        let done = self.watch(timeout_ms, |helm| {
            match helm.read(resource.kind, &resource.namespace, &resource.name) {
                Ok(object) => is_over(resource, &object.to_value()),
                Err(why) if why.code == 404 => Ok(true),
                Err(why) => Err(why.into()),
            }
        })?;
        if done { Ok(()) } else { Err(Failure::Plain(PATIENCE_IS_OVER.to_owned())) }
    }

    /// Shows the log of a hook's pods if it wants that now.
    fn show_log(&mut self, hook: &Hook, policy: &str) {
        if !hook.log_policies.iter().any(|it| it == policy) {
            return;
        }
        let Ok(resources) = self.build(&hook.manifest) else { return };
        for resource in resources {
            let pods = match resource.kind {
                Kind::Pod => vec![resource.name.clone()],
                Kind::Job => {
                    let labels = format!("job-name={}", resource.name);
                    let pods =
                        self.all(Kind::Pod, &resource.namespace, &labels).unwrap_or_default();
                    pods.iter().map(|it| it.meta.name.to_string()).collect()
                }
                _ => continue,
            };
            for pod in pods {
                for container in self.containers_of(&resource.namespace, &pod).unwrap_or_default() {
                    let log = self.container_log(&resource.namespace, &pod, container);
                    self.err(&log.unwrap_or_default());
                }
            }
        }
    }

    /// The log of a pod's only container.
    ///
    /// # Errors
    /// When there is none, or it is not clear which is meant.
    pub(super) fn log_of(&mut self, namespace: &str, pod: &str) -> Outcome<String> {
        let mut containers = self.containers_of(namespace, pod)?;
        if containers.len() > 1 {
            return Err(Failure::Plain(format!(
                "a container name must be specified for pod {pod}, choose one of: [{}]",
                containers.join(" ")
            )));
        }
        let container = containers.pop().unwrap_or_default();
        self.container_log(namespace, pod, container)
    }

    fn containers_of(&mut self, namespace: &str, pod: &str) -> Outcome<Vec<String>> {
        let document = self.read(Kind::Pod, namespace, pod)?.to_value();
        let containers = document.pointer("/spec/containers").and_then(Value::as_array);
        let names = containers.into_iter().flatten().filter_map(|it| it.get("name")?.as_str());
        Ok(names.map(str::to_owned).collect())
    }

    fn container_log(&mut self, namespace: &str, pod: &str, container: String) -> Outcome<String> {
        let request = LogRequest {
            namespace: namespace.to_owned(),
            pod: pod.to_owned(),
            container,
            ..LogRequest::default()
        };
        let reply = self.kube.door.logs(&request)?;
        Ok(reply.lines.iter().map(|it| format!("{}\n", it.text)).collect())
    }
}

fn is_over(resource: &Resource, document: &Value) -> Outcome<bool> {
    let name = &resource.name;
    if resource.kind == Kind::Pod {
        return match document.pointer("/status/phase").and_then(Value::as_str) {
            Some("Succeeded") => Ok(true),
            Some("Failed") => Err(Failure::Plain(format!("pod {name} failed"))),
            _ => Ok(false),
        };
    }
    let conditions = document.pointer("/status/conditions").and_then(Value::as_array);
    for condition in conditions.into_iter().flatten() {
        let part = |key: &str| condition.get(key).and_then(Value::as_str).unwrap_or_default();
        match (part("type"), part("status")) {
            ("Complete", "True") => return Ok(true),
            ("Failed", "True") => {
                let why = format!("job {name} failed: {}", part("reason"));
                return Err(Failure::Plain(why));
            }
            _ => {}
        }
    }
    Ok(false)
}

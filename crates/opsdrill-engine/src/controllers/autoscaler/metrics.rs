//! What an autoscaler's metrics say, and the real one's words where they cannot be had.
//!
//! CPU and memory come from the metrics server. Nobody serves `custom.metrics.k8s.io` and `external.metrics.k8s.io`.

use std::sync::Arc;

use k8s_openapi::api::autoscaling::v2::{
    ContainerResourceMetricStatus, MetricSpec, MetricStatus, MetricTarget, MetricValueStatus,
    ResourceMetricStatus,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as WireQuantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use opsdrill_objects::Object;
use opsdrill_objects::quantity::{Format, Quantity};

use super::replicas::{self, Aim, Measured, Proposal};
use crate::view::View;

const NO_CUSTOM_METRICS: &str = "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered";

/// Whose metrics are asked for.
pub(super) struct Target<'w> {
    /// The objects.
    pub view: View<'w>,
    /// The namespace.
    pub namespace: &'w str,
    /// The pods that the target's selector means.
    pub pods: Vec<&'w Arc<Object>>,
    /// How many replicas the target wants now.
    pub replicas: i32,
}

/// What a metric calls for.
pub(super) struct Found {
    /// How many replicas.
    pub replicas: i32,
    /// What the metric is called in events.
    pub name: String,
    /// What was measured.
    pub status: MetricStatus,
}

/// A metric that cannot be had.
pub(super) struct Refusal {
    /// The reason of the event and of the condition.
    pub reason: &'static str,
    /// Its message.
    pub message: String,
    /// The same as a part of what is told of all metrics together.
    pub whole: String,
}

impl Refusal {
    fn new(reason: &'static str, message: String, whole: impl FnOnce(&str) -> String) -> Self {
        let whole = whole(&message);
        Self { reason, message, whole }
    }
}

impl Target<'_> {
    /// What one metric calls for (`computeReplicasForMetric`).
    ///
    /// # Errors
    /// When it cannot be had.
    pub(super) fn look_at(&self, spec: &MetricSpec) -> Result<Found, Refusal> {
        if let Some(source) = &spec.resource {
            return self.resource(&source.name, None, &source.target);
        }
        if let Some(source) = &spec.container_resource {
            return self.resource(&source.name, Some(&source.container), &source.target);
        }
        Err(self.not_served(spec))
    }

    fn resource(
        &self,
        name: &str,
        container: Option<&str>,
        target: &MetricTarget,
    ) -> Result<Found, Refusal> {
        let (proposal, what) = self.proposal(name, container, target).map_err(|message| {
            let reason = match container {
                None => "FailedGetResourceMetric",
                Some(_) => "FailedGetContainerResourceMetric",
            };
            Refusal::new(reason, message, |it| match container {
                None => format!("failed to get {name} resource metric value: {it}"),
                Some(container) => {
                    format!("failed to get {container} container metric value: {it}")
                }
            })
        })?;
        let average = Quantity::from_milli_value(proposal.average, Format::Decimal).canonical();
        let current = MetricValueStatus {
            average_utilization: proposal.utilization,
            average_value: Some(WireQuantity(average)),
            value: None,
        };
        let name = name.to_owned();
        let status = match container {
            None => MetricStatus {
                type_: "Resource".to_owned(),
                resource: Some(ResourceMetricStatus { current, name }),
                ..MetricStatus::default()
            },
            Some(container) => MetricStatus {
                type_: "ContainerResource".to_owned(),
                container_resource: Some(ContainerResourceMetricStatus {
                    container: container.to_owned(),
                    current,
                    name,
                }),
                ..MetricStatus::default()
            },
        };
        Ok(Found { replicas: proposal.replicas, name: what, status })
    }

    /// How many replicas a resource calls for, and what the metric is called.
    fn proposal(
        &self,
        name: &str,
        container: Option<&str>,
        target: &MetricTarget,
    ) -> Result<(Proposal, String), String> {
        let (aim, word, what) = if let Some(average) = &target.average_value {
            let milli = Quantity::parse(&average.0).map_or(0, |it| it.milli_value());
            (Aim::Average(milli), "usage", format!("{name} resource"))
        } else if let Some(percent) = target.average_utilization {
            let what = format!("{name} resource utilization (percentage of request)");
            (Aim::Utilization(percent), "utilization", what)
        } else {
            let source = if container.is_some() { "ContainerResource" } else { "Resource" };
            return Err(format!(
                "invalid {source} metric source: neither an average utilization target nor an average value (usage) target was set"
            ));
        };
        let proposal = self.measure(name, container).and_then(|measured| {
            let about = (name, container);
            replicas::propose(self.view, &self.pods, measured, self.replicas, aim, about)
        });
        let proposal = proposal.map_err(|it| format!("failed to get {name} {word}: {it}"))?;
        Ok((proposal, what))
    }

    /// What the pods use of a resource, in thousandths, as the metrics server tells it.
    fn measure(&self, name: &str, container: Option<&str>) -> Result<Measured<'_>, String> {
        let failed = |why: &str| Err(format!("unable to get metrics for resource {name}: {why}"));
        if !self.view.serves_metrics() {
            return failed(
                "unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)",
            );
        }
        let mut measured = Measured::new();
        let mut heard = false;
        for object in &self.pods {
            let Some(pod) = object.pod().filter(|it| it.phase() == "Running") else { continue };
            let silent = |it: &Arc<str>| self.view.silent_since(it).is_some();
            if pod.node_name.as_ref().is_none_or(silent) {
                continue;
            }
            heard = true;
            let containers = pod.spec.containers.iter().map(|it| it.name.as_str());
            let mut asked = containers.filter(|it| container.is_none_or(|name| name == *it));
            let pod = &*object.meta.name;
            if let Some(container) = container
                && asked.next().is_none()
            {
                let namespace = self.namespace;
                return failed(&format!(
                    "failed to get container metrics: container {container} not present in metrics for pod {namespace}/{pod}"
                ));
            }
            let used = container.into_iter().chain(asked).map(|container| {
                let usage = self.view.usage(object.meta.uid, container);
                match name {
                    "cpu" => usage.cpu_millis as i64,
                    "memory" => usage.memory_bytes as i64 * 1000,
                    _ => 0,
                }
            });
            // The metrics server knows of these two only.
            if ["cpu", "memory"].contains(&name) {
                measured.insert(pod, used.sum());
            }
        }
        if heard { Ok(measured) } else { failed("no metrics returned from resource metrics API") }
    }

    /// What is said of a metric that nobody serves.
    fn not_served(&self, spec: &MetricSpec) -> Refusal {
        let namespace = self.namespace;
        if let Some(source) = &spec.object {
            let (name, about) = (&source.metric.name, &source.described_object);
            // The real one's words are in this order.
            let message = format!(
                "unable to get metric {name}: {} on {namespace} {}/{NO_CUSTOM_METRICS}",
                about.kind, about.name
            );
            return Refusal::new("FailedGetObjectMetric", message, |it| {
                match source.target.average_value {
                    Some(_) => format!(
                        "failed to get object metric value: failed to get {name} object metric: {it}"
                    ),
                    None => format!("failed to get object metric value: {it}"),
                }
            });
        }
        if let Some(source) = &spec.pods {
            let message =
                format!("unable to get metric {}: {NO_CUSTOM_METRICS}", source.metric.name);
            return Refusal::new("FailedGetPodsMetric", message, |it| {
                format!("failed to get pods metric value: {it}")
            });
        }
        let Some(source) = &spec.external else {
            let message = format!("unknown metric source type {:?}", spec.type_);
            return Refusal::new("InvalidMetricSourceType", message, ToOwned::to_owned);
        };
        let name = &source.metric.name;
        let selector = go_text(source.metric.selector.as_ref());
        let message = format!(
            "unable to get external metric {namespace}/{name}/{selector}: unable to fetch metrics from external metrics API: the server could not find the requested resource (get {name}.external.metrics.k8s.io)"
        );
        Refusal::new("FailedGetExternalMetric", message, |it| {
            let inner = match source.target.average_value {
                Some(_) => format!("failed to get {name} external metric: {it}"),
                None => format!("failed to get external metric {name}: {it}"),
            };
            format!("failed to get {name} external metric value: {inner}")
        })
    }
}

/// A selector as Go prints it.
fn go_text(selector: Option<&LabelSelector>) -> String {
    let Some(selector) = selector else { return "nil".to_owned() };
    let labels = selector.match_labels.iter().flatten();
    let labels: String = labels.map(|(key, value)| format!("{key}: {value},")).collect();
    let requirements = selector.match_expressions.iter().flatten().map(|it| {
        let values = it.values.as_deref().unwrap_or_default().join(" ");
        format!(
            "LabelSelectorRequirement{{Key:{},Operator:{},Values:[{values}],}},",
            it.key, it.operator
        )
    });
    let requirements: String = requirements.collect();
    format!(
        "&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement{{{requirements}}},}}"
    )
}

//! Rules of HorizontalPodAutoscalers (`pkg/apis/autoscaling/validation`).

use k8s_openapi::api::autoscaling::v2::{
    HPAScalingRules, HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec, MetricSpec, MetricTarget,
};

use crate::Object;
use crate::field_error::FieldError;
use crate::quantity::Quantity;
use crate::validation::{Errors, Path, metadata, names};

/// The sources of metrics: the type, and the field that goes with it.
const SOURCES: [(&str, &str); 5] = [
    ("ContainerResource", "containerResource"),
    ("External", "external"),
    ("Object", "object"),
    ("Pods", "pods"),
    ("Resource", "resource"),
];

pub(super) fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let Some(HorizontalPodAutoscaler { spec: Some(spec), .. }) = object.horizontal_pod_autoscaler()
    else {
        return errors;
    };
    let path = Path::new("spec");
    validate_bounds(&mut errors, &path, spec);
    let reference = path.child("scaleTargetRef");
    for (field, value) in
        [("kind", &spec.scale_target_ref.kind), ("name", &spec.scale_target_ref.name)]
    {
        if value.is_empty() {
            errors.push(FieldError::required(reference.child(field), ""));
        }
    }
    for (place, metric) in spec.metrics.iter().flatten().enumerate() {
        validate_metric(&mut errors, &path.child("metrics").index(place), metric);
    }
    if let Some(behavior) = &spec.behavior {
        let path = path.child("behavior");
        for (field, rules) in [("scaleUp", &behavior.scale_up), ("scaleDown", &behavior.scale_down)]
        {
            if let Some(rules) = rules {
                validate_rules(&mut errors, &path.child(field), rules);
            }
        }
    }
    errors
}

fn validate_bounds(errors: &mut Errors, path: &Path, spec: &HorizontalPodAutoscalerSpec) {
    let least = spec.min_replicas.unwrap_or(1);
    if least < 1 {
        let why = "must be greater than or equal to 1";
        errors.push(FieldError::invalid_raw(path.child("minReplicas"), least, why));
    }
    let most_path = path.child("maxReplicas");
    if spec.max_replicas < 1 {
        errors.push(FieldError::invalid_raw(
            &most_path,
            spec.max_replicas,
            "must be greater than 0",
        ));
    }
    if spec.max_replicas < least {
        let why = "must be greater than or equal to `minReplicas`";
        errors.push(FieldError::invalid_raw(&most_path, spec.max_replicas, why));
    }
}

fn validate_metric(errors: &mut Errors, path: &Path, metric: &MetricSpec) {
    let given = [
        metric.container_resource.is_some(),
        metric.external.is_some(),
        metric.object.is_some(),
        metric.pods.is_some(),
        metric.resource.is_some(),
    ];
    let type_path = path.child("type");
    if metric.type_.is_empty() {
        errors.push(FieldError::required(&type_path, "must specify a metric source type"));
    }
    if !SOURCES.iter().any(|it| it.0 == metric.type_) {
        let words = SOURCES.map(|it| it.0);
        errors.push(FieldError::not_supported(&type_path, &metric.type_, &words));
    }
    if let Some(source) = &metric.resource {
        let path = path.child("resource");
        validate_resource(errors, &path, &source.name, &source.target);
    }
    if let Some(source) = &metric.container_resource {
        let path = path.child("containerResource");
        if source.container.is_empty() {
            let why = "must specify a container";
            errors.push(FieldError::required(path.child("container"), why));
        }
        validate_resource(errors, &path, &source.name, &source.target);
    }
    if let Some(source) = &metric.pods {
        let path = path.child("pods");
        validate_target(errors, &path.child("target"), &source.target);
        if source.target.average_value.is_none() {
            let path = path.child("target").child("averageValue");
            errors.push(FieldError::required(&path, "must specify a positive target averageValue"));
        }
    }
    for ((word, field), given) in SOURCES.iter().zip(given) {
        let path = path.child(field);
        match (*word == metric.type_, given) {
            (true, false) => {
                let why = "must populate information for the given metric source";
                errors.push(FieldError::required(&path, why));
            }
            (false, true) => {
                let why = "must populate the given metric source only";
                errors.push(FieldError::forbidden(&path, why));
            }
            _ => {}
        }
    }
}

fn validate_resource(errors: &mut Errors, path: &Path, name: &str, target: &MetricTarget) {
    if name.is_empty() {
        errors.push(FieldError::required(path.child("name"), "must specify a resource name"));
    }
    let path = path.child("target");
    validate_target(errors, &path, target);
    match (target.average_utilization, &target.average_value) {
        (None, None) => {
            let why = "must set either a target raw value or a target utilization";
            errors.push(FieldError::required(path.child("averageUtilization"), why));
        }
        (Some(_), Some(_)) => {
            let why = "may not set both a target raw value and a target utilization";
            errors.push(FieldError::forbidden(path.child("averageValue"), why));
        }
        _ => {}
    }
}

fn validate_target(errors: &mut Errors, path: &Path, target: &MetricTarget) {
    match target.type_.as_str() {
        "" => {
            let why = "must specify a metric target type";
            errors.push(FieldError::required(path.child("type"), why));
        }
        "Utilization" | "Value" | "AverageValue" => {}
        other => {
            let why = "must be either Utilization, Value, or AverageValue";
            errors.push(FieldError::invalid(path.child("type"), other, why));
        }
    }
    for (field, value) in [("value", &target.value), ("averageValue", &target.average_value)] {
        let Some(value) = value else { continue };
        let amount = Quantity::parse(&value.0);
        if amount.is_ok_and(|it| it.is_zero() || it.is_negative()) {
            errors.push(FieldError::invalid(path.child(field), &value.0, "must be positive"));
        }
    }
    if let Some(percent) = target.average_utilization.filter(|it| *it < 1) {
        let path = path.child("averageUtilization");
        errors.push(FieldError::invalid_raw(&path, percent, "must be greater than 0"));
    }
}

fn validate_rules(errors: &mut Errors, path: &Path, rules: &HPAScalingRules) {
    if let Some(window) = rules.stabilization_window_seconds {
        let path = path.child("stabilizationWindowSeconds");
        if window < 0 {
            errors.push(FieldError::invalid_raw(
                &path,
                window,
                "must be greater than or equal to zero",
            ));
        } else if window > 3600 {
            errors.push(FieldError::invalid_raw(
                &path,
                window,
                "must be less than or equal to 3600",
            ));
        }
    }
    if let Some(policy) = &rules.select_policy
        && !matches!(policy.as_str(), "Max" | "Min" | "Disabled")
    {
        let words = ["Disabled", "Max", "Min"];
        errors.push(FieldError::not_supported(path.child("selectPolicy"), policy, &words));
    }
    let policies = path.child("policies");
    if rules.policies.as_ref().is_none_or(Vec::is_empty) {
        errors.push(FieldError::required(&policies, "must specify at least one Policy"));
    }
    for (place, policy) in rules.policies.iter().flatten().enumerate() {
        let path = policies.index(place);
        if !matches!(policy.type_.as_str(), "Pods" | "Percent") {
            let words = ["Percent", "Pods"];
            errors.push(FieldError::not_supported(path.child("type"), &policy.type_, &words));
        }
        for (field, value) in [("value", policy.value), ("periodSeconds", policy.period_seconds)] {
            if value <= 0 {
                let why = "must be greater than zero";
                errors.push(FieldError::invalid_raw(path.child(field), value, why));
            }
        }
        if policy.period_seconds > 1800 {
            let why = "must be less than or equal to 1800";
            let path = path.child("periodSeconds");
            errors.push(FieldError::invalid_raw(&path, policy.period_seconds, why));
        }
    }
}

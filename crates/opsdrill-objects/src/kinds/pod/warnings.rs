//! What the server warns of in a pod that is written (`warningsForPodSpecAndMeta`).

use k8s_openapi::api::core::v1::PodTemplateSpec;

use crate::Object;

/// Annotations that say nothing any more, or soon: what is said of them, and what stands in their place.
const ANNOTATIONS: &[(&str, &str, &str)] = &[
    ("scheduler.alpha.kubernetes.io/critical-pod", "non-functional in v1.16+", "priorityClassName"),
    ("seccomp.security.alpha.kubernetes.io/pod", "non-functional in v1.27+", "seccompProfile"),
];

/// The same for annotations that end in a container's name.
const OF_CONTAINERS: &[(&str, &str, &str)] = &[
    (
        "container.seccomp.security.alpha.kubernetes.io/",
        "non-functional in v1.27+",
        "seccompProfile",
    ),
    (
        "container.apparmor.security.beta.kubernetes.io/",
        "deprecated since v1.30",
        "appArmorProfile",
    ),
];

/// The warnings about a pod.
pub(super) fn warnings(object: &Object) -> Vec<String> {
    told(object.meta.annotations.keys(), "")
}

/// The warnings about a template of pods; `place` is where it stands, such as `spec.template.`.
pub(in super::super) fn of_template(
    template: Option<&PodTemplateSpec>,
    place: &str,
) -> Vec<String> {
    let metadata = template.and_then(|it| it.metadata.as_ref());
    let annotations = metadata.and_then(|it| it.annotations.as_ref());
    told(annotations.into_iter().flat_map(|it| it.keys()), place)
}

fn told<'a>(annotations: impl Iterator<Item = &'a String>, place: &str) -> Vec<String> {
    let told = |key: &String| {
        let whole = ANNOTATIONS.iter().find(|it| it.0 == key);
        let (_, why, field) =
            whole.or_else(|| OF_CONTAINERS.iter().find(|it| key.starts_with(it.0)))?;
        Some(format!("{place}metadata.annotations[{key}]: {why}; use the {field:?} field instead"))
    };
    annotations.filter_map(told).collect()
}

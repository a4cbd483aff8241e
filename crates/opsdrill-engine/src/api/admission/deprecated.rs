//! Warnings about fields that have a successor (`pkg/api/pod/warnings.go` upstream).

use opsdrill_objects::Object;

/// Before the name of the container that a profile is for.
const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

/// Warns of what a new pod, or a pod template, says in an old way.
pub(super) fn warn(object: &Object, warnings: &mut Vec<String>) {
    if object.pod().is_some() {
        app_armor(object.meta.annotations.keys(), "", warnings);
    } else if let Some(template) = object.deployment().and_then(|it| it.spec.as_ref()) {
        let metadata = template.template.metadata.as_ref();
        let annotations = metadata.and_then(|it| it.annotations.as_ref());
        app_armor(annotations.into_iter().flat_map(|it| it.keys()), "spec.template.", warnings);
    }
}

/// The annotations that chose AppArmor profiles until 1.30.
fn app_armor<'a>(keys: impl Iterator<Item = &'a String>, place: &str, warnings: &mut Vec<String>) {
    for key in keys.filter(|it| it.starts_with(APP_ARMOR)) {
        warnings.push(format!(
            "{place}metadata.annotations[{key}]: deprecated since v1.30; use the \"appArmorProfile\" field instead"
        ));
    }
}

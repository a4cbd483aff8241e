//! Tolerations of pods and taints of nodes.

use k8s_openapi::api::core::v1::{Taint, Toleration};

use super::{Errors, Path, invalid_each, names};
use crate::field_error::FieldError;

const EFFECTS: &[&str] = &["NoSchedule", "PreferNoSchedule", "NoExecute"];

pub(crate) fn tolerations(errors: &mut Errors, path: &Path, tolerations: &[Toleration]) {
    for (place, toleration) in tolerations.iter().enumerate() {
        let path = path.index(place);
        let key = toleration.key.as_deref().unwrap_or_default();
        let value = toleration.value.as_deref().unwrap_or_default();
        let operator = toleration.operator.as_deref().unwrap_or_default();
        let effect = toleration.effect.as_deref().unwrap_or_default();
        if !key.is_empty() {
            invalid_each(errors, &path.child("key"), key, names::is_qualified_name(key));
        }
        if key.is_empty() && operator != "Exists" {
            errors.push(FieldError::invalid(
                path.child("operator"),
                operator,
                "operator must be Exists when `key` is empty, which means \"match all values and all keys\"",
            ));
        }
        if toleration.toleration_seconds.is_some() && effect != "NoExecute" {
            errors.push(FieldError::invalid(
                path.child("effect"),
                effect,
                "effect must be 'NoExecute' when `tolerationSeconds` is set",
            ));
        }
        match operator {
            "" | "Equal" => {
                let messages = names::is_label_value(value);
                invalid_each(errors, &path.child("operator"), value, messages);
            }
            "Exists" if !value.is_empty() => errors.push(FieldError::invalid(
                path.child("operator"),
                value,
                "value must be empty when `operator` is 'Exists'",
            )),
            "Exists" => {}
            other => errors.push(FieldError::not_supported(
                path.child("operator"),
                other,
                &["Equal", "Exists"],
            )),
        }
        if !effect.is_empty() && !EFFECTS.contains(&effect) {
            errors.push(FieldError::not_supported(path.child("effect"), effect, EFFECTS));
        }
    }
}

pub(crate) fn taints(errors: &mut Errors, path: &Path, taints: &[Taint]) {
    for (place, taint) in taints.iter().enumerate() {
        let path = path.index(place);
        let value = taint.value.as_deref().unwrap_or_default();
        invalid_each(errors, &path.child("key"), &taint.key, names::is_qualified_name(&taint.key));
        invalid_each(errors, &path.child("value"), value, names::is_label_value(value));
        super::one_of(errors, &path.child("effect"), Some(&taint.effect), EFFECTS);
        let same = |it: &&Taint| it.key == taint.key && it.effect == taint.effect;
        if taints[..place].iter().any(|it| same(&it)) {
            let mut error = FieldError::duplicate(&path, "");
            error.value = format!(
                "core.Taint{{Key:{:?}, Value:{value:?}, Effect:{:?}, TimeAdded:<nil>}}",
                taint.key, taint.effect
            );
            "taints must be unique by key and effect pair".clone_into(&mut error.detail);
            errors.push(error);
        }
    }
}

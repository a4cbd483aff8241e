//! `kubectl describe storageclass`.

use opsdrill_objects::{Object, Status};

use crate::kubectl::context::Context;

use super::fields::{pairs, switch, text_or, texts};
use super::writer::{joined, or_none};
use super::{Description, events};

/// The annotation of the class that is used where none is named.
const DEFAULT: &str = "storageclass.kubernetes.io/is-default-class";

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let document = object.to_value();
    out.field(0, "Name", &object.meta.name);
    let is_default = object.meta.annotation(DEFAULT) == Some("true");
    out.field(0, "IsDefaultClass", if is_default { "Yes" } else { "No" });
    out.field(0, "Annotations", joined(&object.meta.annotations));
    out.field(0, "Provisioner", text_or(&document, "/provisioner", ""));
    let parameters = pairs(&document, "/parameters");
    let parameters: Vec<String> =
        parameters.iter().map(|(key, value)| format!("{key}={value}")).collect();
    out.field(0, "Parameters", or_none(&parameters.join(",")));
    out.field(0, "AllowVolumeExpansion", switch(&document, "/allowVolumeExpansion", "<unset>"));
    let options = texts(&document, "/mountOptions");
    if options.is_empty() {
        out.field(0, "MountOptions", "<none>");
    } else {
        out.line(0, "MountOptions:");
        for option in options {
            out.line(1, option);
        }
    }
    out.field(0, "ReclaimPolicy", text_or(&document, "/reclaimPolicy", ""));
    out.field(0, "VolumeBindingMode", text_or(&document, "/volumeBindingMode", ""));
    events::describe(context, object, out);
    Ok(())
}

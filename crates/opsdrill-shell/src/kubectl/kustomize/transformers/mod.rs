//! What a kustomization does to all of its resources, in kustomize's order.

mod images;
mod labels;
mod names;
mod namespace;
mod patches;
mod replacements;
mod replicas;

use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;

use super::kustomization::Kustomization;
use super::resource::Resource;

pub(super) use names::{follow as follow_names, names_of};

/// Runs all of them.
pub(super) fn run(
    context: &mut Context,
    folder: &str,
    kustomization: &Kustomization,
    resources: &mut Vec<Resource>,
) -> Result<(), ToolError> {
    patches::run(context, folder, kustomization, resources, |it| it != "patchesJson6902")?;
    let before = names_of(resources);
    namespace::run(&kustomization.namespace, resources);
    names::run(&kustomization.name_prefix, &kustomization.name_suffix, resources);
    labels::run(kustomization, resources);
    patches::run(context, folder, kustomization, resources, |it| it == "patchesJson6902")?;
    replicas::run(&kustomization.replicas, resources)?;
    images::run(&kustomization.images, resources);
    follow_names(resources, &before);
    replacements::run(context, folder, &kustomization.replacements, resources)?;
    Ok(())
}

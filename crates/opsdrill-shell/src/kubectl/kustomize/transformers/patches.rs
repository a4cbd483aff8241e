//! `patches`, `patchesStrategicMerge` and `patchesJson6902`.

use opsdrill_objects::Kind;
use opsdrill_objects::patch::{json_patch, merge_patch, strategic};
use opsdrill_objects::selector::Selector;
use opsdrill_objects::yaml;
use regex::Regex;
use serde_json::Value;

use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::kustomize::kustomization::{Kustomization, Patch};
use crate::kubectl::kustomize::resource::{Resource, join, text_at};

/// Applies those that stand in certain fields.
pub(super) fn run(
    context: &mut Context,
    folder: &str,
    kustomization: &Kustomization,
    resources: &mut Vec<Resource>,
    stands_in: impl Fn(&str) -> bool,
) -> Result<(), ToolError> {
    for patch in kustomization.patches.iter().filter(|it| stands_in(it.field)) {
        let text = text_of(context, folder, patch)?;
        let documents = yaml::parse_documents(&text).map_err(|why| {
            ToolError::plain(format!("unable to parse SM or JSON patch from [{text}]: {why}"))
        })?;
        for document in documents.into_iter().filter(|it| !it.value.is_null()) {
            apply(patch, &document.value, resources)?;
        }
    }
    Ok(())
}

fn text_of(context: &Context, folder: &str, patch: &Patch) -> Result<String, ToolError> {
    if patch.path.is_empty() {
        return Ok(patch.text.clone());
    }
    let full = join(folder, &patch.path);
    if let Ok(bytes) = context.surroundings.read(&full) {
        return Ok(String::from_utf8_lossy(&bytes).into_owned());
    }
    let (file, shown) = (&patch.path, super::super::absolute(context, &full));
    let missing =
        format!("evalsymlink failure on '{shown}' : lstat {shown}: no such file or directory");
    Err(ToolError::plain(if patch.field == "patchesStrategicMerge" {
        format!(
            "trouble configuring builtin PatchStrategicMergeTransformer with config: `\npaths:\n- {file}\n`: {missing}"
        )
    } else {
        format!(
            "trouble configuring builtin PatchTransformer with config: `\npath: {file}\n`: failed to get the patch file from path({file}): {missing}"
        )
    }))
}

fn apply(patch: &Patch, document: &Value, resources: &mut Vec<Resource>) -> Result<(), ToolError> {
    let is_list = document.is_array();
    if is_list && patch.target.is_null() {
        return Err(ToolError::plain(format!("must specify a target for JSON patch {document}")));
    }
    let chosen: Vec<usize> = if patch.target.is_null() {
        named_by(document, resources)?
    } else {
        targets(&patch.target, resources)?
    };
    let mut gone = Vec::new();
    for place in chosen {
        let resource = &mut resources[place];
        let identity =
            (resource.document["kind"].clone(), resource.document["metadata"]["name"].clone());
        let patched = if is_list {
            json_patch::apply(&resource.document, document)
        } else if document.get("$patch").and_then(Value::as_str) == Some("delete") {
            gone.push(place);
            continue;
        } else if Kind::by_name(text_at(&resource.document, "/apiVersion"), resource.kind())
            .is_some()
        {
            strategic::apply(resource.kind(), &resource.document, document)
        } else {
            merge_patch::apply(&resource.document, document)
        };
        resource.document = patched.map_err(|why| ToolError::plain(why.to_string()))?;
        if !is_list {
            // A strategic patch names its target; it does not rename it.
            let may = |option: &str| patch.options.get(option) == Some(&Value::Bool(true));
            if !may("allowKindChange") {
                resource.document["kind"] = identity.0;
            }
            if !may("allowNameChange") {
                resource.document["metadata"]["name"] = identity.1;
            }
        }
    }
    for place in gone.into_iter().rev() {
        resources.remove(place);
    }
    Ok(())
}

/// The resource that a patch itself names.
fn named_by(document: &Value, resources: &[Resource]) -> Result<Vec<usize>, ToolError> {
    let patch = Resource::of(document.clone()).map_err(|_| {
        ToolError::plain(format!("unable to parse SM or JSON patch from [{document}]"))
    })?;
    let (group, _) = patch.group_version();
    let fits = |it: &Resource| {
        it.kind() == patch.kind()
            && it.group_version().0 == group
            && (it.name() == patch.name() || it.original_name == patch.name())
            && (patch.namespace().is_empty() || it.namespace() == patch.namespace())
    };
    let found: Vec<usize> =
        resources.iter().enumerate().filter(|(_, it)| fits(it)).map(|(place, _)| place).collect();
    if found.is_empty() {
        return Err(ToolError::plain(format!(
            "no resource matches strategic merge patch {:?}: no matches for Id {}; failed to find unique target for patch {}",
            patch.id(),
            patch.id(),
            patch.id()
        )));
    }
    Ok(found)
}

/// The resources that a target chooses; its texts are regular expressions.
fn targets(target: &Value, resources: &[Resource]) -> Result<Vec<usize>, ToolError> {
    let expression = |field: &str| -> Result<Option<Regex>, ToolError> {
        match text_at(target, &format!("/{field}")) {
            "" => Ok(None),
            text => Regex::new(&format!("^(?:{text})$"))
                .map(Some)
                .map_err(|why| ToolError::plain(format!("error parsing regexp: {why}"))),
        }
    };
    let (name, namespace) = (expression("name")?, expression("namespace")?);
    let (kind, group) = (expression("kind")?, expression("group")?);
    let version = expression("version")?;
    let selector = |field: &str| {
        Selector::parse(text_at(target, &format!("/{field}")))
            .map_err(|why| ToolError::plain(why.to_string()))
    };
    let (labels, annotations) = (selector("labelSelector")?, selector("annotationSelector")?);
    let fits = |expression: &Option<Regex>, text: &str| {
        expression.as_ref().is_none_or(|it| it.is_match(text))
    };
    let chosen = resources.iter().enumerate().filter(|(_, it)| {
        let (own_group, own_version) = it.group_version();
        let pairs = |field: &str| it.document["metadata"].get(field).cloned().unwrap_or_default();
        let (own_labels, own_annotations) = (pairs("labels"), pairs("annotations"));
        (fits(&name, it.name()) || fits(&name, &it.original_name))
            && fits(&namespace, it.namespace())
            && fits(&kind, it.kind())
            && fits(&group, own_group)
            && fits(&version, own_version)
            && labels.matches_with(|key| own_labels.get(key)?.as_str())
            && annotations.matches_with(|key| own_annotations.get(key)?.as_str())
    });
    Ok(chosen.map(|(place, _)| place).collect())
}

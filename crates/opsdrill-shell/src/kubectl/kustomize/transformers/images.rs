//! `images`.

use serde_json::Value;

use crate::kubectl::kustomize::resource::{Resource, text_at};

/// Other names, tags and digests for images.
pub(super) fn run(images: &[Value], resources: &mut [Resource]) {
    for resource in resources {
        for image in images {
            change(&mut resource.document, image);
        }
    }
}

fn change(value: &mut Value, image: &Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|it| change(it, image)),
        Value::Object(fields) => {
            for (name, inner) in fields.iter_mut() {
                if !matches!(name.as_str(), "containers" | "initContainers" | "ephemeralContainers")
                {
                    change(inner, image);
                    continue;
                }
                for container in inner.as_array_mut().into_iter().flatten() {
                    if let Some(text) = container.get("image").and_then(Value::as_str) {
                        let changed = changed(text, image);
                        container["image"] = changed.into();
                    }
                }
            }
        }
        _ => {}
    }
}

/// An image with what the entry says about it.
fn changed(text: &str, entry: &Value) -> String {
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (text, None),
    };
    let after_slash = rest.rfind('/').map_or(0, |it| it + 1);
    let (name, tag) = match rest[after_slash..].rfind(':') {
        Some(colon) => (&rest[..after_slash + colon], Some(&rest[after_slash + colon + 1..])),
        None => (rest, None),
    };
    if name != text_at(entry, "/name") {
        return text.to_owned();
    }
    let name = match text_at(entry, "/newName") {
        "" => name,
        given => given,
    };
    let new_tag = match entry.get("newTag") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let new_digest = text_at(entry, "/digest");
    if !new_digest.is_empty() {
        let tag = if new_tag.is_empty() { String::new() } else { format!(":{new_tag}") };
        return format!("{name}{tag}@{new_digest}");
    }
    if !new_tag.is_empty() {
        return format!("{name}:{new_tag}");
    }
    let suffix = match (entry.get("tagSuffix").and_then(Value::as_str), tag) {
        (Some(suffix), Some(tag)) => format!(":{tag}{suffix}"),
        (None, Some(tag)) => format!(":{tag}"),
        (_, None) => String::new(),
    };
    format!("{name}{suffix}{}", digest.map(|it| format!("@{it}")).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn images_get_other_names_tags_and_digests() {
        let entry = json!({ "name": "nginx", "newName": "reg:5000/n", "newTag": "1.28" });
        assert_eq!(changed("nginx:1.27", &entry), "reg:5000/n:1.28");
        assert_eq!(changed("other/nginx:1.27", &entry), "other/nginx:1.27");
        let entry = json!({ "name": "reg:5000/n", "digest": "sha256:a" });
        assert_eq!(changed("reg:5000/n:1", &entry), "reg:5000/n@sha256:a");
        let entry = json!({ "name": "nginx", "newName": "n" });
        assert_eq!(changed("nginx@sha256:b", &entry), "n@sha256:b");
    }
}

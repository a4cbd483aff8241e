//! The volumes of a pod or of a pod template.

use opsdrill_objects::k8s_openapi::api::core::v1::{ProjectedVolumeSource, Volume};

use super::Description;

/// Writes volumes; `indent` is what the lines of a template are indented by.
pub(super) fn describe(volumes: &[Volume], indent: &str, out: &mut Description) {
    if volumes.is_empty() {
        return out.line(0, format!("{indent}Volumes:\t<none>"));
    }
    out.line(0, format!("{indent}Volumes:"));
    let name_indent = if indent.is_empty() { "" } else { " " };
    for volume in volumes {
        out.line(1, format!("{name_indent}{}:", volume.name));
        source(volume, out);
    }
}

fn source(volume: &Volume, out: &mut Description) {
    let optional = |it: Option<bool>| it.unwrap_or_default();
    if let Some(it) = &volume.empty_dir {
        out.field(2, "Type", "EmptyDir (a temporary directory that shares a pod's lifetime)");
        out.field(2, "Medium", it.medium.as_deref().unwrap_or_default());
        out.field(2, "SizeLimit", it.size_limit.as_ref().map_or("<unset>", |it| &it.0));
    } else if let Some(it) = &volume.secret {
        out.field(2, "Type", "Secret (a volume populated by a Secret)");
        out.field(2, "SecretName", it.secret_name.as_deref().unwrap_or_default());
        out.field(2, "Optional", optional(it.optional));
    } else if let Some(it) = &volume.config_map {
        out.field(2, "Type", "ConfigMap (a volume populated by a ConfigMap)");
        out.field(2, "Name", &it.name);
        out.field(2, "Optional", optional(it.optional));
    } else if let Some(it) = &volume.host_path {
        out.field(2, "Type", "HostPath (bare host directory volume)");
        out.field(2, "Path", &it.path);
        out.field(2, "HostPathType", it.type_.as_deref().unwrap_or("<none>"));
    } else if let Some(it) = &volume.persistent_volume_claim {
        out.field(
            2,
            "Type",
            "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        );
        out.field(2, "ClaimName", &it.claim_name);
        out.field(2, "ReadOnly", optional(it.read_only));
    } else if let Some(it) = &volume.downward_api {
        out.field(2, "Type", "DownwardAPI (a volume populated by information about the pod)");
        out.line(2, "Items:");
        for item in it.items.iter().flatten() {
            if let Some(field) = &item.field_ref {
                out.line(3, format!("{} -> {}", field.field_path, item.path));
            }
        }
    } else if let Some(it) = &volume.projected {
        projected(it, out);
    } else {
        out.line(1, "<unknown>");
    }
}

fn projected(volume: &ProjectedVolumeSource, out: &mut Description) {
    let optional = |it: Option<bool>| it.map_or_else(|| "<nil>".to_owned(), |it| it.to_string());
    out.field(2, "Type", "Projected (a volume that contains injected data from multiple sources)");
    for source in volume.sources.iter().flatten() {
        if let Some(it) = &source.secret {
            out.field(2, "SecretName", &it.name);
            out.field(2, "SecretOptionalName", optional(it.optional));
        } else if source.downward_api.is_some() {
            out.field(2, "DownwardAPI", true);
        } else if let Some(it) = &source.config_map {
            out.field(2, "ConfigMapName", &it.name);
            out.field(2, "ConfigMapOptional", optional(it.optional));
        } else if let Some(it) = &source.service_account_token {
            out.field(2, "TokenExpirationSeconds", it.expiration_seconds.unwrap_or(3600));
        }
    }
}

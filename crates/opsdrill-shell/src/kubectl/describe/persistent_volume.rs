//! `kubectl describe persistentvolume`.

use opsdrill_objects::{Object, Status};
use serde_json::Value;

use crate::kubectl::context::Context;

use super::fields::{access_modes, list, plain, text, text_or, texts};
use super::{Description, events};

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let document = object.to_value();
    out.field(0, "Name", &object.meta.name);
    out.labels_and_annotations(&object.meta);
    let finalizers = document.pointer("/metadata/finalizers").map(plain);
    out.field(0, "Finalizers", finalizers.unwrap_or_else(|| "[]".to_owned()));
    out.field(0, "StorageClass", text(&document, "/spec/storageClassName"));
    match object.meta.deletion {
        Some(deletion) => {
            let since = out.since(deletion.at);
            out.field(0, "Status", format!("Terminating (lasts {since})"));
        }
        None => out.field(0, "Status", text(&document, "/status/phase")),
    }
    let claim = match document.pointer("/spec/claimRef") {
        Some(claim) => format!("{}/{}", text(claim, "/namespace"), text(claim, "/name")),
        None => String::new(),
    };
    out.field(0, "Claim", claim);
    out.field(0, "Reclaim Policy", text(&document, "/spec/persistentVolumeReclaimPolicy"));
    out.field(0, "Access Modes", access_modes(&document, "/spec/accessModes"));
    if let Some(mode) = document.pointer("/spec/volumeMode") {
        out.field(0, "VolumeMode", plain(mode));
    }
    out.field(0, "Capacity", text(&document, "/spec/capacity/storage"));
    node_affinity(&document, out);
    out.field(0, "Message", text(&document, "/status/message"));
    out.line(0, "Source:");
    source(&document["spec"], out);
    events::describe(context, object, out);
    Ok(())
}

fn node_affinity(document: &Value, out: &mut Description) {
    let Some(required) = document.pointer("/spec/nodeAffinity/required") else {
        return out.field(0, "Node Affinity", "<none>");
    };
    out.field(0, "Node Affinity", "");
    let terms = list(required, "/nodeSelectorTerms");
    if terms.is_empty() {
        return out.field(1, "Required Terms", "<none>");
    }
    out.field(1, "Required Terms", "");
    for (place, term) in terms.iter().enumerate() {
        for (nth, expression) in list(term, "/matchExpressions").iter().enumerate() {
            let head = if nth == 0 { format!("Term {place}:") } else { String::new() };
            let values = texts(expression, "/values").join(", ");
            let (key, operator) = (text(expression, "/key"), text(expression, "/operator"));
            out.line(2, format!("{head}\t{key} {} [{values}]", operator.to_lowercase()));
        }
    }
}

/// Where the volume's bytes are.
fn source(spec: &Value, out: &mut Description) {
    if let Some(it) = spec.get("hostPath") {
        out.field(2, "Type", "HostPath (bare host directory volume)");
        out.field(2, "Path", text(it, "/path"));
        out.field(2, "HostPathType", text_or(it, "/type", ""));
    } else if let Some(it) = spec.get("nfs") {
        out.field(2, "Type", "NFS (an NFS mount that lasts the lifetime of a pod)");
        out.field(2, "Server", text(it, "/server"));
        out.field(2, "Path", text(it, "/path"));
        out.field(2, "ReadOnly", text_or(it, "/readOnly", "false"));
    } else if let Some(it) = spec.get("local") {
        out.field(2, "Type", "LocalVolume (a persistent volume backed by local storage on a node)");
        out.field(2, "Path", text(it, "/path"));
    } else if let Some(it) = spec.get("csi") {
        out.field(2, "Type", "CSI (a Container Storage Interface (CSI) volume source)");
        out.field(2, "Driver", text(it, "/driver"));
        out.field(2, "FSType", text(it, "/fsType"));
        out.field(2, "VolumeHandle", text(it, "/volumeHandle"));
        out.field(2, "ReadOnly", text_or(it, "/readOnly", "false"));
        let attributes = super::fields::pairs(it, "/volumeAttributes").into_iter().collect();
        out.pairs("    ", "VolumeAttributes", &attributes);
    } else {
        out.line(1, "<unknown>");
    }
}

//! `kubectl describe resourcequota`, and quotas in the description of a namespace.

use opsdrill_objects::{Object, Status};
use serde_json::Value;

use crate::kubectl::context::Context;

use super::Description;
use super::fields::{pairs, text_or, texts};

pub(super) fn describe(
    _context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let document = object.to_value();
    out.name(&object.meta);
    scopes(&document, 0, out);
    out.line(0, "Resource\tUsed\tHard\n--------\t----\t----");
    rows(&document, 0, out);
    Ok(())
}

/// What is limited, used and allowed.
pub(super) fn rows(document: &Value, level: usize, out: &mut Description) {
    for (resource, hard) in pairs(document, "/status/hard") {
        let place = format!("/status/used/{}", resource.replace('~', "~0").replace('/', "~1"));
        let used = text_or(document, &place, "0");
        out.line(level, format!("{resource}\t{used}\t{hard}"));
    }
}

/// What a quota counts, if not everything.
pub(super) fn scopes(document: &Value, level: usize, out: &mut Description) {
    let mut scopes = texts(document, "/spec/scopes");
    scopes.sort();
    if scopes.is_empty() {
        return;
    }
    out.field(level, "Scopes", scopes.join(", "));
    for scope in &scopes {
        let meaning = match scope.as_str() {
            "Terminating" => {
                "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system."
            }
            "NotTerminating" => {
                "Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate."
            }
            "BestEffort" => {
                "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service."
            }
            "NotBestEffort" => {
                "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service."
            }
            _ => continue,
        };
        out.line(level, format!(" * {meaning}"));
    }
}

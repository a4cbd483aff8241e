//! `kubectl describe limitrange`, and limits in the description of a namespace.

use std::collections::BTreeSet;

use opsdrill_objects::{Object, Status};
use serde_json::Value;

use crate::kubectl::context::Context;

use super::Description;
use super::fields::{list, pairs, text, text_or};

/// The headings.
pub(super) const HEAD: &str =
    "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio";
/// The line below.
pub(super) const RULE: &str =
    "----\t--------\t---\t---\t---------------\t-------------\t-----------------------";
/// The fields of a limit, in the order of the columns.
const FIELDS: [&str; 5] = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];

pub(super) fn describe(
    _context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    out.name(&object.meta);
    out.line(0, HEAD);
    out.line(0, RULE);
    for row in rows(&object.to_value()) {
        out.line(0, row);
    }
    Ok(())
}

/// One line for each type and resource.
pub(super) fn rows(document: &Value) -> Vec<String> {
    let mut rows = Vec::new();
    for limit in list(document, "/spec/limits") {
        let resources: BTreeSet<String> = FIELDS
            .iter()
            .flat_map(|it| pairs(limit, &format!("/{it}")))
            .map(|(resource, _)| resource)
            .collect();
        for resource in resources {
            let cells = FIELDS.map(|it| text_or(limit, &format!("/{it}/{resource}"), "-"));
            rows.push(format!("{}\t{resource}\t{}", text(limit, "/type"), cells.join("\t")));
        }
    }
    rows
}

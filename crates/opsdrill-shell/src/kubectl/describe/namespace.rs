//! `kubectl describe namespace`, with its quotas and limits.

use opsdrill_objects::{Kind, Object, Status};

use crate::kubectl::context::Context;

use super::{Description, limit_range, resource_quota};

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let body = object.namespace().expect("the table calls this for namespaces");
    let status = body.status.clone().unwrap_or_default();
    let name = object.meta.name.to_string();
    out.name(&object.meta);
    out.labels_and_annotations(&object.meta);
    out.field(0, "Status", status.phase.unwrap_or_default());
    let (quotas, _) = context.list(Kind::ResourceQuota, &name, "", "")?;
    if quotas.is_empty() {
        out.line(0, "\nNo resource quota.");
    } else {
        out.line(0, "\nResource Quotas");
    }
    for quota in &quotas {
        let document = quota.to_value();
        out.field(1, "Name", &quota.meta.name);
        resource_quota::scopes(&document, 1, out);
        out.line(1, "Resource\tUsed\tHard\n  --------\t---\t---");
        resource_quota::rows(&document, 1, out);
    }
    let (limits, _) = context.list(Kind::LimitRange, &name, "", "")?;
    if limits.is_empty() {
        out.line(0, "\nNo LimitRange resource.");
        return Ok(());
    }
    out.line(0, format!("\nResource Limits\n {}\n {}", limit_range::HEAD, limit_range::RULE));
    for row in limits.iter().flat_map(|it| limit_range::rows(&it.to_value())) {
        out.line(0, format!(" {row}"));
    }
    Ok(())
}

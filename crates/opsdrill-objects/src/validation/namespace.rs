//! A namespace's own finalizers (`ValidateNamespaceFinalizeUpdate`).

use k8s_openapi::api::core::v1::NamespaceSpec;

use super::{Errors, Path, metadata};

/// Complaints about the finalizers that `finalize` is to set.
pub fn validate_finalizers(spec: Option<&NamespaceSpec>) -> Errors {
    let mut errors = Errors::new();
    let path = Path::new("spec").child("finalizers");
    let all = spec.iter().filter_map(|it| it.finalizers.as_ref()).flatten();
    for (place, finalizer) in all.enumerate() {
        metadata::finalizer(&mut errors, &path.index(place), finalizer);
    }
    errors
}

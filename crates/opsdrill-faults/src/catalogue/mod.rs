//! Every fault, one row each.

mod delete_object;
mod patch_object;

use crate::FaultKind;

/// The catalogue.
pub const FAULTS: &[FaultKind] =
    &[FaultKind::of::<delete_object::DeleteObject>(), FaultKind::of::<patch_object::PatchObject>()];

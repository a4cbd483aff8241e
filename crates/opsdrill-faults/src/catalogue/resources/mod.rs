//! What is wrong with the resources that containers ask for and may have.

mod cpu_limit;
mod memory_leak;
mod memory_limit;
mod quota;
mod request_too_large;
mod wrong_unit;

use crate::FaultKind;

/// The group.
pub(super) const FAULTS: &[FaultKind] = &[
    FaultKind::of::<cpu_limit::CpuLimit>(),
    FaultKind::of::<memory_leak::MemoryLeak>(),
    FaultKind::of::<memory_limit::MemoryLimit>(),
    FaultKind::of::<quota::Quota>(),
    FaultKind::of::<request_too_large::RequestTooLarge>(),
    FaultKind::of::<wrong_unit::WrongUnit>(),
];

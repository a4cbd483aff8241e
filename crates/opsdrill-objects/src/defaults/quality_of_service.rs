//! The quality-of-service class of a pod, `status.qosClass`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::PodSpec;
use k8s_openapi::apimachinery::pkg::api::resource;

use crate::quantity::Quantity;

/// `Guaranteed` when every container's requests for CPU and memory equal its limits, `BestEffort` when none
/// asks for anything, otherwise `Burstable`.
pub fn quality_of_service(spec: &PodSpec) -> &'static str {
    let containers = || spec.containers.iter().chain(spec.init_containers.iter().flatten());
    let amount = |list: Option<&BTreeMap<String, resource::Quantity>>, name: &str| {
        let quantity = list?.get(name).and_then(|it| Quantity::parse(&it.0).ok())?;
        (!quantity.is_zero() && !quantity.is_negative()).then_some(quantity)
    };
    let mut asks_for_anything = false;
    let mut guaranteed = true;
    for container in containers() {
        let resources = container.resources.as_ref();
        for name in ["cpu", "memory"] {
            let request = amount(resources.and_then(|it| it.requests.as_ref()), name);
            let limit = amount(resources.and_then(|it| it.limits.as_ref()), name);
            asks_for_anything |= request.is_some() || limit.is_some();
            guaranteed &= limit.is_some() && request.is_none_or(|it| Some(it) == limit);
        }
    }
    match (asks_for_anything, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}

//! PriorityLevelConfiguration.

use k8s_openapi::api::flowcontrol::v1::{
    LimitedPriorityLevelConfiguration, PriorityLevelConfiguration,
};

use crate::Object;
use crate::defaults::fill;
use crate::field_error::FieldError;
use crate::validation::{Errors, metadata, names};

use super::row::ROW;
use super::{Column, Kind, KindInfo, SubresourceInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::PriorityLevelConfiguration,
    name: "PriorityLevelConfiguration",
    group: "flowcontrol.apiserver.k8s.io",
    plural: "prioritylevelconfigurations",
    singular: "prioritylevelconfiguration",
    namespaced: false,
    subresources: &[SubresourceInfo::STATUS],
    has_generation: true,
    not_simulated: "no request waits for another",
    decode: decode_body::<PriorityLevelConfiguration>,
    default,
    validate,
    columns: &[
        Column::always("Name"),
        Column::always("Type"),
        Column::always("NominalConcurrencyShares"),
        Column::always("Queues"),
        Column::always("HandSize"),
        Column::always("QueueLengthLimit"),
        Column::always("Age"),
    ],
    cells,
    ..ROW
};

/// As `SetDefaults_…PriorityLevelConfiguration` of `pkg/apis/flowcontrol/v1`.
fn default(object: &mut Object) {
    let Some(body) = object.priority_level_configuration_mut() else { return };
    body.status.get_or_insert_default();
    let spec = body.spec.get_or_insert_default();
    if let Some(exempt) = &mut spec.exempt {
        fill(&mut exempt.nominal_concurrency_shares, 0);
        fill(&mut exempt.lendable_percent, 0);
    }
    if let Some(limited) = &mut spec.limited {
        fill(&mut limited.nominal_concurrency_shares, 30);
        fill(&mut limited.lendable_percent, 0);
        let queuing = limited.limit_response.as_mut().and_then(|it| it.queuing.as_mut());
        if let Some(queuing) = queuing {
            fill(&mut queuing.queues, 64);
            fill(&mut queuing.hand_size, 8);
            fill(&mut queuing.queue_length_limit, 50);
        }
    }
}

fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let spec = object.priority_level_configuration().and_then(|it| it.spec.as_ref());
    let Some(spec) = spec else { return errors };
    match spec.type_.as_str() {
        "Exempt" if spec.limited.is_some() => {
            let why = "must be nil if the type is not Limited";
            errors.push(FieldError::forbidden("spec.limited", why));
        }
        "Limited" if spec.limited.is_none() => {
            let why = "must not be empty when type is Limited";
            errors.push(FieldError::required("spec.limited", why));
        }
        "Exempt" | "Limited" => {}
        other => {
            errors.push(FieldError::not_supported("spec.type", other, &["Exempt", "Limited"]));
        }
    }
    errors
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let spec = object.priority_level_configuration().and_then(|it| it.spec.clone());
    let spec = spec.unwrap_or_default();
    let limited: Option<&LimitedPriorityLevelConfiguration> = spec.limited.as_ref();
    let response = limited.and_then(|it| it.limit_response.as_ref());
    let queuing = response.and_then(|it| it.queuing.as_ref());
    let number = |it: Option<i32>| it.map_or_else(|| cells::NONE.to_owned(), |it| it.to_string());
    vec![
        object.meta.name.to_string(),
        spec.type_.clone(),
        number(limited.and_then(|it| it.nominal_concurrency_shares)),
        number(queuing.and_then(|it| it.queues)),
        number(queuing.and_then(|it| it.hand_size)),
        number(queuing.and_then(|it| it.queue_length_limit)),
        cells::age(object, now),
    ]
}

//! PodTemplate.

use k8s_openapi::api::core::v1::PodTemplate;

use crate::Object;
use crate::defaults::pod_spec;
use crate::selector::format_labels;
use crate::validation::{Errors, Path, metadata, names, pod_spec as pods};

use super::pod::warnings::of_template;
use super::row::ROW;
use super::{Column, Kind, KindInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::PodTemplate,
    name: "PodTemplate",
    plural: "podtemplates",
    singular: "podtemplate",
    has_generation: true,
    decode: decode_body::<PodTemplate>,
    default: |object| {
        let Some(body) = object.pod_template_mut() else { return };
        let template = body.template.get_or_insert_default();
        template.metadata.get_or_insert_default();
        pod_spec::default_template(template.spec.get_or_insert_default());
    },
    validate,
    columns: &[
        Column::always("Name"),
        Column::always("Containers"),
        Column::always("Images"),
        Column::always("Pod Labels"),
    ],
    cells,
    warnings: |object| {
        of_template(object.pod_template().and_then(|it| it.template.as_ref()), "template.")
    },
    ..ROW
};

fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let template = object.pod_template().and_then(|it| it.template.as_ref());
    if let Some(spec) = template.and_then(|it| it.spec.as_ref()) {
        pods::validate(&mut errors, &Path::new("template").child("spec"), spec);
    }
    errors
}

fn cells(object: &Object, _: i64) -> Vec<String> {
    let template = object.pod_template().and_then(|it| it.template.as_ref());
    let [names, images] = cells::template_containers(template);
    let labels = template.and_then(|it| it.metadata.as_ref()?.labels.clone()).unwrap_or_default();
    vec![object.meta.name.to_string(), names, images, format_labels(&labels)]
}

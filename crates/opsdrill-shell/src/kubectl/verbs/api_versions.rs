//! `kubectl api-versions`.

use std::collections::BTreeSet;

use opsdrill_objects::kinds::{KINDS, KindInfo, ServedVersion};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::Arguments;
use crate::kubectl::metrics;

/// `kubectl api-versions`.
pub(super) struct ApiVersions;

impl Verb for ApiVersions {
    const NAME: &'static str = "api-versions";
    const SUMMARY: &'static str = "Print the API versions that the server knows";

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        if !arguments.positional.is_empty() {
            let words = arguments.positional.join(" ");
            return Err(ToolError::usage(format!("unexpected arguments: [{words}]")));
        }
        let others = KINDS.iter().flat_map(|it| it.other_versions);
        let kinds = context.door.kinds();
        let custom = kinds.definitions().flat_map(|it| &it.versions).map(|it| it.kind.info());
        let own = KINDS.iter().chain(custom).map(KindInfo::api_version);
        let measured = metrics::resources(&kinds);
        let measured = measured.map(|_| format!("{}/{}", metrics::GROUP, metrics::VERSION));
        let versions: BTreeSet<String> =
            own.chain(others.map(ServedVersion::api_version)).chain(measured).collect();
        context.out(&versions.iter().map(|it| format!("{it}\n")).collect::<String>());
        Ok(0)
    }
}

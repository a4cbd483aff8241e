//! `kubectl replace`: puts a manifest in an object's place.

use opsdrill_engine::api::{Propagation, Request, Target};
use opsdrill_objects::Object;
use serde_json::Value;

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::manifests::{Manifest, Sources};
use crate::kubectl::raw::{self, Method};
use crate::kubectl::shared_flags::{DRY_RUN, FIELD_MANAGER, FILES, PRINTING};
use crate::kubectl::until::Awaited;
use crate::kubectl::writing::{Writer, text_at, written_subresource};

use super::apply;

/// How long a forced replacement waits for the old object to go: a week.
const PATIENCE_MS: u64 = 168 * 60 * 60 * 1000;

/// `kubectl replace`.
pub(super) struct Replace;

impl Verb for Replace {
    const NAME: &'static str = "replace";
    const USAGE: &'static str = "-f FILE";
    const SUMMARY: &'static str = "Replace an object by file or stdin";
    const FLAGS: &'static [&'static [Flag]] = &[
        &[
            DRY_RUN,
            FIELD_MANAGER,
            apply::VALIDATE,
            Flag::switch("force").about("Delete the object, then create it anew."),
            Flag::integer("grace-period", "-1").about("Seconds that a pod has, with --force."),
            Flag::switch("save-config")
                .about("Remember the manifest in an annotation, as apply does."),
            Flag::text("cascade").not_simulated(),
            Flag::text("subresource").about("Replace the status instead of the object."),
            Flag::text("raw").about("A path of the API to which the file is sent as it stands."),
            Flag::duration("timeout", "0s").about("With --force: how long to wait."),
            Flag::switch("wait").not_simulated(),
        ],
        FILES,
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let sources = Sources::required(arguments)?;
        let writer = apply::writer_of(context, arguments, "kubectl-replace")?;
        check(arguments, &writer)?;
        let path = arguments.text("raw");
        if !path.is_empty() {
            let body = raw::body(context, arguments)?;
            return raw::run(context, Method::Put(body), path);
        }
        let manifests = sources.load(context)?;
        let mut errors = Vec::new();
        for manifest in &manifests {
            match replace(context, arguments, &writer, manifest) {
                Ok(document) => writer.say(context, arguments, &document, "replaced")?,
                Err(error) => errors.push(error),
            }
        }
        ToolError::all(errors).map(|()| 0)
    }
}

/// What the flags contradict.
fn check(arguments: &Arguments, writer: &Writer) -> Result<(), ToolError> {
    let force = arguments.switch("force");
    let complaint = if arguments.integer("grace-period") >= 0 && !force {
        "--grace-period must have --force specified"
    } else if arguments.duration_ms("timeout") != 0 && !force {
        "--timeout must have --force specified"
    } else if force && !writer.suffix().is_empty() {
        "--dry-run can not be used when --force is set"
    } else {
        return Ok(());
    };
    Err(ToolError::plain(complaint))
}

fn replace(
    context: &mut Context,
    arguments: &Arguments,
    writer: &Writer,
    manifest: &Manifest,
) -> Result<Value, ToolError> {
    let kind = manifest.kind()?;
    let namespace = manifest.namespace(context)?;
    let asked = arguments.switch("save-config");
    let mut document = apply::remembered(&manifest.value, &namespace, asked);
    if writer.pretends() {
        return Ok(document);
    }
    if manifest.name().is_empty() {
        let why = ToolError::plain("resource name may not be empty");
        return Err(why.while_doing("replacing", &manifest.source));
    }
    let target = Target::one(kind, &namespace, manifest.name());
    if arguments.switch("force") {
        return by_force(context, arguments, writer, &target, document);
    }
    let subresource = written_subresource(arguments, "kubectl replace");
    let subresource = subresource.map_err(|it| it.while_doing("replacing", &manifest.source))?;
    let target = Target { subresource, ..target };
    if text_at(&document, "/metadata/resourceVersion").is_empty()
        && let Ok(current) = context.get(kind, manifest.name(), &namespace)
        && let Some(metadata) = document.get_mut("metadata").and_then(Value::as_object_mut)
    {
        let version = current.meta.resource_version.to_string();
        metadata.insert("resourceVersion".to_owned(), version.into());
    }
    let replaced = writer.replace(context, target, document);
    let replaced = replaced
        .map_err(|refusal| ToolError::from(refusal).while_doing("replacing", &manifest.source))?;
    Ok(replaced.to_value())
}

/// Deletes the object if there is one, waits until it is gone, and creates it anew.
fn by_force(
    context: &mut Context,
    arguments: &Arguments,
    writer: &Writer,
    target: &Target,
    document: Value,
) -> Result<Value, ToolError> {
    // What is to go at once is waited for all the same.
    let grace = match arguments.integer("grace-period") {
        0 => 1,
        other => other,
    };
    let patience_ms = match u64::try_from(arguments.duration_ms("timeout")) {
        Ok(timeout @ 1..) => timeout,
        _ => PATIENCE_MS,
    };
    let found = context.get(target.kind, &target.name, &target.namespace);
    if let Ok(current) = &found {
        let current: &Object = current;
        let mut request = Request::delete(target.kind, &target.namespace, &target.name);
        request.options.grace_period_seconds = (grace >= 0).then_some(grace);
        request.options.propagation = Some(Propagation::Background);
        request.options.dry_run = writer.options.dry_run;
        context.ask(request)?;
        if !writer.options.dry_run {
            context.out(&format!("{} {:?} deleted\n", target.kind.info().singular, target.name));
            let deadline = context.door.now_ms().saturating_add(patience_ms);
            Awaited::object(current).until_gone(context, deadline)?;
        }
    }
    let created = writer.create(context, target.kind, &target.namespace, document)?;
    Ok(created.to_value())
}

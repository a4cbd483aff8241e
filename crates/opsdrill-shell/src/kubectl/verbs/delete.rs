//! `kubectl delete`: deletes objects, then waits until they are gone.

use opsdrill_engine::api::{Answer, Options, Propagation, Request, Target};
use opsdrill_objects::{Kind, Uid};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::raw::{self, Method};
use crate::kubectl::resources::{Query, Want, prefix_of};
use crate::kubectl::shared_flags::{
    ALL_NAMESPACES, DRY_RUN, FIELD_SELECTOR, FILES, LABEL_SELECTOR,
};
use crate::kubectl::until::Awaited;
use crate::kubectl::writing::Writer;

/// How long kubectl waits when it is told no timeout: a week.
const PATIENCE_MS: u64 = 168 * 60 * 60 * 1000;

/// `kubectl delete`.
pub(super) struct Delete;

impl Verb for Delete {
    const NAME: &'static str = "delete";
    const USAGE: &'static str = "(-f FILE | TYPE (NAME | -l LABEL | --all))";
    const SUMMARY: &'static str = "Delete objects by names, by files, or by label";
    const TAKES: Takes = Takes::Objects(&[]);
    const FLAGS: &'static [&'static [Flag]] = &[
        &[
            LABEL_SELECTOR,
            FIELD_SELECTOR,
            ALL_NAMESPACES,
            DRY_RUN,
            Flag::switch("all").about("All objects of the types."),
            Flag::optional_text("cascade", "background")
                .default("background")
                .about("background, orphan or foreground: what happens to what the objects own."),
            Flag::switch("force").about("Do not wait for a pod's containers to end."),
            Flag::integer("grace-period", "-1").about("Seconds that a pod's containers have."),
            Flag::switch("now").about("A grace period of one second."),
            Flag::switch("ignore-not-found").about("Missing objects are no failure."),
            Flag::duration("timeout", "0s").about("How long to wait until objects are gone."),
            Flag::switch("wait").default("true").about("Wait until the objects are gone."),
            Flag::text("output").short('o').about("name, or nothing."),
            Flag::switch("interactive").short('i').about("Ask before anything is deleted."),
            Flag::text("raw").about("A path of the API to delete instead."),
        ],
        FILES,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let plan = Plan::of(context, arguments)?;
        let query = Query::of(arguments);
        if !arguments.text("raw").is_empty() {
            check_raw(arguments, &query)?;
            return raw::run(context, Method::Delete, arguments.text("raw"));
        }
        let wants = query.resolve(context)?;
        let sources = query.sources_of_targets(context)?;
        let (targets, mut errors) = found(context, &query, &wants.list);
        if targets.is_empty() && errors.is_empty() {
            context.out("No resources found\n");
            return Ok(0);
        }
        if arguments.switch("interactive") {
            // Nothing is deleted unless all of it could be shown.
            ToolError::all(std::mem::take(&mut errors))?;
            let Some(answer) = context.stdin.map(<[u8]>::to_vec) else {
                return Err(ToolError::not_simulated(
                    "kubectl delete --interactive without an answer piped in",
                ));
            };
            if !confirmed(context, &targets, &answer) {
                context.out("deletion is cancelled\n");
                return Ok(0);
            }
        }
        let mut awaited = Vec::new();
        let mut warned = false;
        for target in targets {
            if context.namespace_is_explicit && !target.kind.info().namespaced && !warned {
                warned = true;
                context.err("Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n");
            }
            let source = sources.get(&(target.kind, target.namespace.clone(), target.name.clone()));
            let folder = Some(&query.sources.kustomization).filter(|it| !it.is_empty());
            let source = source.or(folder);
            let deleted = plan.delete(context, &target).map_err(|error| match source {
                Some(source) => error.while_doing("deleting", source),
                None => error,
            });
            match deleted {
                Ok(uid) => awaited.push(Awaited {
                    kind: target.kind,
                    namespace: target.namespace.to_string(),
                    name: target.name.to_string(),
                    uid,
                }),
                Err(error) if error.is_not_found() && plan.ignore_missing => {}
                Err(error) => errors.push(error),
            }
        }
        // Objects are waited for only when all deletions were granted.
        ToolError::all(errors)?;
        if plan.wait {
            let deadline = context.door.now_ms().saturating_add(plan.patience_ms);
            for object in awaited {
                object.until_gone(context, deadline)?;
            }
        }
        Ok(0)
    }
}

/// What is to be deleted, and what keeps it from being found. What is named is not looked for.
fn found(context: &mut Context, query: &Query, wants: &[Want]) -> (Vec<Target>, Vec<ToolError>) {
    let (mut targets, mut errors) = (Vec::new(), Vec::new());
    for want in wants {
        match want {
            Want::One { kind, namespace, name } => {
                targets.push(Target::one(*kind, namespace, name));
            }
            Want::All { kind, namespace } => {
                match context.list(*kind, namespace, &query.labels, &query.fields) {
                    Ok((objects, _)) => targets.extend(objects.iter().map(|it| Target::of(it))),
                    Err(refusal) => errors.push(refusal.into()),
                }
            }
        }
    }
    (targets, errors)
}

/// What cannot stand beside `--raw`.
fn check_raw(arguments: &Arguments, query: &Query) -> Result<(), ToolError> {
    if arguments.switch("interactive") {
        return Err(ToolError::plain("--interactive can not be used with --raw"));
    }
    raw::check(arguments, &query.sources)?;
    if query.sources.files.is_empty() {
        return Ok(());
    }
    Err(ToolError::not_simulated("kubectl delete --raw with --filename"))
}

/// Asks whether these are to be deleted; the answer was piped in.
fn confirmed(context: &mut Context, targets: &[Target], answer: &[u8]) -> bool {
    let mut text =
        format!("You are about to delete the following {} resource(s):\n", targets.len());
    for target in targets {
        let info = target.kind.info();
        let dot = if info.group.is_empty() { "" } else { "." };
        let kind = info.name.to_lowercase();
        text.push_str(&format!("{kind}{dot}{}/{}\n", info.group, target.name));
    }
    text.push_str("Do you want to continue? (y/n): ");
    context.out(&text);
    let answer = String::from_utf8_lossy(answer);
    answer.split_whitespace().next().is_some_and(|it| it.eq_ignore_ascii_case("y"))
}

/// What the flags come down to.
struct Plan {
    writer: Writer,
    options: Options,
    operation: &'static str,
    names_only: bool,
    ignore_missing: bool,
    wait: bool,
    patience_ms: u64,
}

impl Plan {
    fn of(context: &mut Context, arguments: &Arguments) -> Result<Self, ToolError> {
        let writer = Writer::of(context, arguments, "")?;
        let (all, force) = (arguments.switch("all"), arguments.switch("force"));
        for (flag, name) in [("selector", "--selector"), ("field-selector", "--field-selector")] {
            if all && !arguments.text(flag).is_empty() {
                return Err(ToolError::plain(format!(
                    "cannot set --all and {name} at the same time"
                )));
            }
        }
        let grace = grace_seconds(arguments)?;
        if grace == 0 && force {
            context.err("Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n");
        }
        let names_only = match arguments.text("output") {
            "" => false,
            "name" => true,
            other => {
                return Err(ToolError::plain(format!(
                    "unexpected -o output mode: {other}. We only support '-o name'"
                )));
            }
        };
        let options = Options {
            grace_period_seconds: (grace >= 0).then_some(grace),
            propagation: Some(propagation(arguments.text("cascade"))?),
            ..writer.options.clone()
        };
        let chosen = all
            || !arguments.text("selector").is_empty()
            || !arguments.text("field-selector").is_empty();
        let ignores = arguments.switch("ignore-not-found");
        let timeout = arguments.duration_ms("timeout");
        Ok(Self {
            options,
            operation: if grace == 0 { "force deleted" } else { "deleted" },
            names_only,
            ignore_missing: ignores || (chosen && !arguments.is_set("ignore-not-found")),
            wait: arguments.switch("wait") && writer.suffix().is_empty() && grace != 0,
            patience_ms: u64::try_from(timeout).ok().filter(|it| *it > 0).unwrap_or(PATIENCE_MS),
            writer,
        })
    }

    /// Deletes one object; answers which one it was, if the server says so.
    fn delete(&self, context: &mut Context, target: &Target) -> Result<Option<Uid>, ToolError> {
        let mut uid = None;
        if self.writer.pretends() {
            context.get(target.kind, &target.name, &target.namespace)?;
        } else {
            let mut request = Request::delete(target.kind, &target.namespace, &target.name);
            request.options = self.options.clone();
            if let Answer::Object(object) | Answer::Deleted(object) = context.ask(request)? {
                uid = Some(object.meta.uid);
            }
        }
        let text = if self.names_only {
            format!("{}/{}\n", prefix_of(target.kind), target.name)
        } else {
            let (operation, suffix) = (self.operation, self.writer.suffix());
            format!("{} \"{}\" {operation}{suffix}\n", kind_text(target.kind), target.name)
        };
        context.out(&text);
        Ok(uid)
    }
}

/// `deployment.apps`, as the line about a deleted object starts.
fn kind_text(kind: Kind) -> String {
    prefix_of(kind)
}

/// `--grace-period`, `--now` and `--force` together; negative if the pod's own grace period holds.
fn grace_seconds(arguments: &Arguments) -> Result<i64, ToolError> {
    let mut grace = arguments.integer("grace-period");
    let force = arguments.switch("force");
    if arguments.switch("now") {
        if grace != -1 {
            return Err(ToolError::plain("--now and --grace-period cannot be specified together"));
        }
        grace = 1;
    }
    if force && grace > 0 {
        return Err(ToolError::plain(
            "--force and --grace-period greater than 0 cannot be specified together",
        ));
    }
    // Without --force a grace period of nothing counts as one second.
    match (grace, force) {
        (0, false) => Ok(1),
        (_, true) => Ok(0),
        (other, false) => Ok(other),
    }
}

fn propagation(text: &str) -> Result<Propagation, ToolError> {
    match text {
        "background" | "true" => Ok(Propagation::Background),
        "foreground" => Ok(Propagation::Foreground),
        "orphan" | "false" => Ok(Propagation::Orphan),
        other => Err(ToolError::plain(format!(
            "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
        ))),
    }
}

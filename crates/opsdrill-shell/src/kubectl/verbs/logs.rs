//! `kubectl logs`: what containers print.

use std::sync::Arc;

use opsdrill_objects::{Kind, Object, timestamp};

use crate::door::{LogLine, LogRequest, WaitOutcome};
use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::{Context, INTERRUPTED};
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::pods_behind;
use crate::kubectl::resources::kind_of;
use crate::kubectl::shared_flags::LABEL_SELECTOR;

/// How often a followed log is looked at, in milliseconds.
const FOLLOW_MS: u64 = 250;
/// The kubelet writes to one request for four hours at most (the WriteTimeout of its server); then the log just ends,
/// and kubectl with it, as after a container's last line.
const FOLLOWED_AT_MOST_MS: u64 = 4 * 3_600_000;

/// kubectl's complaint about words that name no log.
const LOGS_USAGE: &str = "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command";

/// `kubectl logs`.
pub(super) struct Logs;

impl Verb for Logs {
    const NAME: &'static str = "logs";
    const ALIASES: &'static [&'static str] = &["log"];
    const USAGE: &'static str = "[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]";
    const SUMMARY: &'static str = "Print what containers have printed";
    const TAKES: Takes = Takes::PodThenContainer;
    const FLAGS: &'static [&'static [Flag]] = &[&[
        LABEL_SELECTOR,
        Flag::text("container").short('c').about("The container."),
        Flag::switch("follow").short('f').about("Go on printing."),
        Flag::switch("previous").short('p').about("Of the instance before the last restart."),
        Flag::switch("all-containers").about("All containers of the pod."),
        Flag::switch("timestamps").about("Each line with its time."),
        Flag::switch("prefix").about("Each line with its pod and container."),
        Flag::integer("tail", "-1").about("So many lines from the end; 10 with a selector."),
        Flag::integer("limit-bytes", "0").about("At most so many bytes."),
        Flag::duration("since", "0s").about("Only lines newer than this."),
        Flag::text("since-time").about("Only lines after this moment (RFC 3339)."),
        Flag::integer("max-log-requests", "5").about("So many logs may be followed at once."),
        Flag::switch("ignore-errors").about("Go on when a log cannot be read."),
        Flag::switch("insecure-skip-tls-verify-backend").not_simulated(),
        Flag::switch("all-pods").about("All pods of the workload, each line with its pod."),
        Flag::duration("pod-running-timeout", "20s")
            .about("How long to wait for a workload's pod."),
    ]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        for (flag, least, text) in [
            ("limit-bytes", 1, "--limit-bytes must be greater than 0"),
            ("tail", -1, "--tail must be greater than or equal to -1"),
        ] {
            if arguments.is_set(flag) && arguments.integer(flag) < least {
                return Err(ToolError::plain(text));
            }
        }
        let (pods, container) = pods(context, arguments)?;
        let mut sources = Vec::new();
        for pod in &pods {
            for name in containers(context, pod, container.as_deref(), arguments)? {
                sources.push(source(context, pod, name, arguments)?);
            }
        }
        let follow = arguments.switch("follow");
        let most = arguments.integer("max-log-requests");
        if follow && i64::try_from(sources.len()).is_ok_and(|it| it > most) {
            return Err(ToolError::plain(format!(
                "you are attempting to follow {} log streams, but maximum allowed concurrency is {most}, use --max-log-requests to increase the limit",
                sources.len()
            )));
        }
        let limit = usize::try_from(arguments.integer("limit-bytes")).ok().filter(|it| *it > 0);
        let last_ms = context.door.now_ms().saturating_add(FOLLOWED_AT_MOST_MS);
        loop {
            let mut open = false;
            for source in &mut sources {
                let reply = match context.door.logs(source) {
                    Ok(reply) => reply,
                    Err(refusal) if arguments.switch("ignore-errors") => {
                        let why = ToolError::from(refusal).text("kubectl logs");
                        context.err(&why.replace("Error from server", "error"));
                        continue;
                    }
                    Err(refusal) => return Err(refusal.into()),
                };
                let mut text: String =
                    reply.lines.iter().map(|it| line_text(source, it, arguments)).collect();
                if let Some(limit) = limit.filter(|it| *it < text.len()) {
                    let end = (0..=limit).rev().find(|it| text.is_char_boundary(*it));
                    text.truncate(end.unwrap_or_default());
                }
                context.out(&text);
                source.after = Some(reply.cursor);
                source.tail = None;
                open |= !reply.ended;
            }
            if !follow || !open || context.door.now_ms() >= last_ms {
                return Ok(0);
            }
            let deadline = context.door.now_ms().saturating_add(FOLLOW_MS);
            if context.door.wait_until(deadline) == WaitOutcome::Interrupted {
                return Ok(INTERRUPTED);
            }
        }
    }
}

/// How long a workload's first pod is waited for.
///
/// # Errors
/// When it is no time at all.
pub(super) fn patience_ms(arguments: &Arguments) -> Result<u64, &'static str> {
    let span = u64::try_from(arguments.duration_ms("pod-running-timeout")).unwrap_or_default();
    if span == 0 {
        return Err("--pod-running-timeout must be higher than zero");
    }
    Ok(span)
}

/// The pods that the line means, and the container if it names one.
fn pods(
    context: &mut Context,
    arguments: &Arguments,
) -> Result<(Vec<Arc<Object>>, Option<String>), ToolError> {
    let namespace = context.namespace.clone();
    let selector = arguments.text("selector");
    let mut container = Some(arguments.text("container").to_owned()).filter(|it| !it.is_empty());
    let words = &arguments.positional;
    if !selector.is_empty() {
        if !words.is_empty() {
            return Err(ToolError::usage("only a selector (-l) or a POD name is allowed"));
        }
        let (pods, _) = context.list(Kind::Pod, &namespace, selector, "")?;
        if pods.is_empty() {
            context.err(&format!("No resources found in {namespace} namespace.\n"));
        }
        return Ok((pods, container));
    }
    let word = match words.as_slice() {
        [] => {
            return Err(ToolError::usage(LOGS_USAGE));
        }
        [word] => word,
        [word, name] if container.is_none() => {
            container = Some(name.clone());
            word
        }
        [_, _] => {
            return Err(ToolError::usage("only one of -c or an inline [CONTAINER] arg is allowed"));
        }
        _ => return Err(ToolError::usage(LOGS_USAGE)),
    };
    let (kind, name) = match word.split_once('/') {
        Some((types, name)) => (kind_of(types)?, name),
        None => (Kind::Pod, word.as_str()),
    };
    let object = context.get(kind, name, &namespace).map_err(|refusal| match refusal.code {
        404 => ToolError::plain(format!(
            "error from server (NotFound): {} in namespace {namespace:?}",
            refusal.message
        )),
        _ => ToolError::from(refusal),
    })?;
    let patience = patience_ms(arguments).map_err(ToolError::plain)?;
    if kind == Kind::Pod {
        return Ok((vec![object], container));
    }
    let pods = pods_behind::for_logs(context, &object, patience)?;
    if arguments.switch("all-pods") {
        return Ok((pods, container));
    }
    let first = &pods[0];
    if pods.len() > 1 {
        let text = format!("Found {} pods, using pod/{}\n", pods.len(), first.meta.name);
        context.err(&text);
    }
    Ok((vec![first.clone()], container))
}

/// Prints all that a container, or a pod's only one, has written.
///
/// # Errors
/// The server's refusal.
pub(super) fn print_all(
    context: &mut Context,
    pod: &Object,
    container: &str,
) -> Result<(), ToolError> {
    let request = LogRequest {
        namespace: pod.meta.namespace().to_owned(),
        pod: pod.meta.name.to_string(),
        container: container.to_owned(),
        ..LogRequest::default()
    };
    let reply = context.door.logs(&request)?;
    let text: String = reply.lines.iter().map(|it| format!("{}\n", it.text)).collect();
    context.out(&text);
    Ok(())
}

/// The names of a pod's init containers, its own, and its ephemeral ones.
fn names(pod: &Object) -> [Vec<String>; 3] {
    let spec = &pod.pod().expect("a list of pods").spec;
    [
        spec.init_containers.iter().flatten().map(|it| it.name.clone()).collect(),
        spec.containers.iter().map(|it| it.name.clone()).collect(),
        spec.ephemeral_containers.iter().flatten().map(|it| it.name.clone()).collect(),
    ]
}

/// The container that is meant when none is named, said aloud if there are several.
pub(super) fn default_container(context: &mut Context, pod: &Object, quiet: bool) -> String {
    let [init, main, ephemeral] = names(pod);
    if let Some(named) = pod.meta.annotation("kubectl.kubernetes.io/default-container")
        && main.iter().chain(&init).chain(&ephemeral).any(|it| it == named)
    {
        return named.to_owned();
    }
    let first = main.first().cloned().unwrap_or_default();
    if main.len() + init.len() + ephemeral.len() > 1 && !quiet {
        let init = init.iter().map(|it| format!("{it} (init)"));
        let ephemeral = ephemeral.iter().map(|it| format!("{it} (ephem)"));
        let all: Vec<String> = main.iter().cloned().chain(ephemeral).chain(init).collect();
        context.err(&format!("Defaulted container {first:?} out of: {}\n", all.join(", ")));
    }
    first
}

fn containers(
    context: &mut Context,
    pod: &Object,
    named: Option<&str>,
    arguments: &Arguments,
) -> Result<Vec<String>, ToolError> {
    let mut all = names(pod).into_iter().flatten();
    if arguments.switch("all-containers") {
        return Ok(all.collect());
    }
    match named {
        Some(name) => {
            if all.any(|it| it == name) {
                return Ok(vec![name.to_owned()]);
            }
            Err(ToolError::plain(format!(
                "container {name} is not valid for pod {}",
                pod.meta.name
            )))
        }
        None => Ok(vec![default_container(context, pod, arguments.switch("all-pods"))]),
    }
}

fn source(
    context: &Context,
    pod: &Object,
    container: String,
    arguments: &Arguments,
) -> Result<LogRequest, ToolError> {
    let by_selector = !arguments.text("selector").is_empty() && !arguments.is_set("tail");
    let tail = if by_selector { 10 } else { arguments.integer("tail") };
    let since = arguments.duration_ms("since");
    let moment = arguments.text("since-time");
    if since > 0 && !moment.is_empty() {
        return Err(ToolError::plain(
            "at most one of `sinceTime` or `sinceSeconds` may be specified",
        ));
    }
    let since_seconds = if since > 0 {
        Some(context.now() - since / 1000)
    } else if moment.is_empty() {
        None
    } else {
        Some(timestamp::parse(moment).map_err(ToolError::plain)?)
    };
    Ok(LogRequest {
        namespace: pod.meta.namespace().to_owned(),
        pod: pod.meta.name.to_string(),
        container,
        previous: arguments.switch("previous"),
        tail: u64::try_from(tail).ok(),
        since_ns: since_seconds.map(|it| it.saturating_mul(1_000_000_000)),
        after: None,
    })
}

fn line_text(source: &LogRequest, line: &LogLine, arguments: &Arguments) -> String {
    let mut text = String::new();
    if arguments.switch("prefix") || arguments.switch("all-pods") {
        text.push_str(&format!("[pod/{}/{}] ", source.pod, source.container));
    }
    if arguments.switch("timestamps") {
        let second = timestamp::format(line.at_ns.div_euclid(1_000_000_000));
        let fraction = line.at_ns.rem_euclid(1_000_000_000);
        text.push_str(&format!("{}.{fraction:09}Z ", second.trim_end_matches('Z')));
    }
    text.push_str(&line.text);
    text.push('\n');
    text
}

//! What applications write: the model's lines with what is known of the process filled in.
//!
//! Blanks for dates and chance (`{time}`, `{number:1-9}`) stay for the log itself to fill.

use super::model::Log;
use super::settings;
use crate::physical::activity::Activity;
use crate::physical::flows::{Called, Cause};
use crate::physical::process::Process;

/// The levels that may begin a line of a model.
const LEVELS: &[&str] = &["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

/// A line of a process.
pub fn line(process: &Process, template: &str, blanks: &[(&str, String)]) -> String {
    let model = &process.model;
    let (level, message) = match template.split_once(' ') {
        Some((level, message)) if LEVELS.contains(&level) => (level, message),
        _ => ("", template),
    };
    let message = filled(process, message.to_owned(), blanks);
    match (level, &*model.log.format) {
        // A line without a level is printed as it stands: stack traces, banners, the runtime's own words.
        ("", _) | (_, "") => message,
        (level, format) => {
            let format = filled(process, format.replace("{level}", level), blanks);
            laid_out(&format, &message)
        }
    }
}

/// A message in its line. Who writes JSON escapes what would end the text.
fn laid_out(format: &str, message: &str) -> String {
    if format.starts_with("{\"") {
        let escaped = message.replace('\\', "\\\\").replace('"', "\\\"");
        return format.replace("{message}", &escaped);
    }
    format.replace("{message}", message)
}

/// A text with what is known of the process in the place of its blanks.
fn filled(process: &Process, mut line: String, blanks: &[(&str, String)]) -> String {
    if !line.contains('{') {
        return line;
    }
    let model = &process.model;
    // What is said of a call comes first: its `{port}` is the one that was called, not the process's own.
    for (name, value) in blanks {
        put(&mut line, name, || value.clone());
    }
    put(&mut line, "name", || model.name.clone());
    put(&mut line, "pod", || process.spec.pod_name.to_string());
    put(&mut line, "pod_ip", || process.spec.pod_ip.to_string());
    put(&mut line, "container", || process.spec.container.to_string());
    put(&mut line, "image", || process.spec.image.to_string());
    put(&mut line, "port", || {
        let port = process.listening.first().map(u16::to_string);
        let port = port.or_else(|| settings::read(model.ports.first()?, &process.spec));
        port.unwrap_or_default()
    });
    put(&mut line, "version", || super::catalogue::split(&process.spec.image).1.to_owned());
    let start_ms = model.start_up.ms;
    put(&mut line, "seconds", || format!("{}.{:03}", start_ms / 1000, start_ms % 1000));
    for (name, setting) in &model.settings {
        put(&mut line, name, || settings::read(setting, &process.spec).unwrap_or_default());
    }
    line
}

/// Puts a value where its blank stands; most lines have few of them.
fn put(line: &mut String, name: &str, value: impl FnOnce() -> String) {
    let blank = format!("{{{name}}}");
    if line.contains(&blank) {
        *line = line.replace(&blank, &value());
    }
}

/// What is known of a call that has failed.
pub fn call_blanks(
    process: &Process,
    dependency: usize,
    cause: Cause,
) -> [(&'static str, String); 5] {
    let kind = process.model.dependencies[dependency].kind;
    let wire = &process.wires[dependency];
    let destination = wire.destination.as_ref();
    let (host, port) = destination.map_or(("", 0), |(host, port)| (host, *port));
    let called = Called { kind, host, port, user: &wire.user };
    [
        ("host", host.to_owned()),
        ("port", port.to_string()),
        ("user", wire.user.clone()),
        ("database", wire.database.clone()),
        ("error", cause.words(process.model.runtime, called)),
    ]
}

/// What a process writes again and again under its load: templates and the milliseconds between two of them.
pub fn steady(process: &Process, activity: &Activity) -> Vec<(u64, String)> {
    let Log { access, access_every, error_every_ms, .. } = &process.model.log;
    let rate = activity.load.offered_milli_rps;
    let mut lines = Vec::new();
    let failed_ppm = 1_000_000 - activity.load.success_ppm.min(1_000_000);
    let mut add = |rate: u64, template: String| {
        if let Some(every_ms) = 1_000_000_u64.checked_div(rate) {
            lines.push((every_ms.max(1), template));
        }
    };
    if !access.is_empty() && process.answers() {
        let served = rate / (*access_every).max(1);
        let good = served * activity.load.success_ppm.min(1_000_000) / 1_000_000;
        let fast = activity.load.latency_p50_ms / 2 + 1;
        let ms = format!("{{number:{fast}-{}}}", activity.load.latency_p95_ms.max(fast));
        let status = |code: &str| [("status", code.to_owned()), ("ms", ms.clone())];
        add(good, line(process, access, &status("200")));
        add(served * failed_ppm / 1_000_000, line(process, access, &status("500")));
    }
    for (dependency, failing) in activity.failing.iter().enumerate() {
        let declared = &process.model.dependencies[dependency];
        let Some((cause, ppm)) = *failing else { continue };
        let calls = u128::from(rate) * u128::from(declared.calls_ppm) / 1_000_000;
        let failures = (calls * u128::from(ppm) / 1_000_000) as u64;
        if declared.error_log.is_empty() || failures == 0 {
            continue;
        }
        let most = 1_000_000 / (*error_every_ms).max(1);
        let text = line(process, &declared.error_log, &call_blanks(process, dependency, cause));
        add(failures.min(most.max(1)), text);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::laid_out;

    #[test]
    fn who_logs_in_json_escapes_what_others_say() {
        let message = "no role \"shop\"";
        assert_eq!(
            laid_out("ERROR [catalog] {message}", message),
            "ERROR [catalog] no role \"shop\""
        );
        let json = laid_out("{\"level\":\"ERROR\",\"msg\":\"{message}\"}", message);
        assert_eq!(json, r#"{"level":"ERROR","msg":"no role \"shop\""}"#);
    }
}

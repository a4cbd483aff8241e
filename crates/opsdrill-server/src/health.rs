//! `/healthz`, `/livez`, `/readyz` and `/version`.

use serde_json::{Value, json};

/// The version whose behaviour is simulated.
pub(crate) fn version() -> Value {
    json!({
        "major": "1",
        "minor": "32",
        "gitVersion": VERSION,
        "gitCommit": "0000000000000000000000000000000000000000",
        "gitTreeState": "clean",
        "buildDate": "2026-01-01T00:00:00Z",
        "goVersion": "go1.24.11",
        "compiler": "gc",
        "platform": "linux/amd64",
    })
}

/// `gitVersion`.
pub(crate) const VERSION: &str = "v1.32.13";

/// The checks that are told one by one; all of them hold as long as somebody answers.
const CHECKS: &[&str] = &["ping", "log", "etcd"];

/// The answer to a health question; `None` if there is no such check.
pub(crate) fn text(name: &str, check: Option<&str>, verbose: bool) -> Option<String> {
    if let Some(check) = check {
        return CHECKS.contains(&check).then(|| "ok".to_owned());
    }
    if !verbose {
        return Some("ok".to_owned());
    }
    let lines = CHECKS.iter().map(|it| format!("[+]{it} ok\n")).collect::<String>();
    Some(format!("{lines}{name} check passed\n"))
}

//! `/healthz`, `/livez`, `/readyz` and `/version`.

pub(crate) use opsdrill_engine::api::version::{VERSION, text as version_text};

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

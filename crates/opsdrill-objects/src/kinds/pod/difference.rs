//! The difference of two pod specifications in the manner of go-cmp, which the server appends to its refusal.
//!
//! Shortened: only what differs is shown, without the identical fields around it and without Go's inner names
//! of quantities.

use k8s_openapi::api::core::v1::PodSpec;
use serde_json::Value;

use crate::go_format::quote;

/// Nesting beyond which two values are shown whole.
const DEPTH_MAX: usize = 16;

/// The lines, `- ` for what was and `+ ` for what would be.
pub(super) fn difference(old: &PodSpec, new: &PodSpec) -> String {
    let value = |spec: &PodSpec| serde_json::to_value(spec).expect("Kubernetes types are JSON");
    let mut lines = vec!["  core.PodSpec{".to_owned()];
    fields(&mut lines, 1, &value(old), &value(new));
    lines.push("  }".into());
    lines.push(String::new());
    lines.join("\n")
}

fn fields(lines: &mut Vec<String>, depth: usize, old: &Value, new: &Value) {
    let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else { return };
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let null = Value::Null;
        let old = old.get(name).unwrap_or(&null);
        let new = new.get(name).unwrap_or(&null);
        if old != new {
            change(lines, depth, &format!("{}: ", go_name(name)), old, new);
        }
    }
}

fn change(lines: &mut Vec<String>, depth: usize, label: &str, old: &Value, new: &Value) {
    let indent = "\t".repeat(depth);
    match (old, new) {
        (Value::Object(_), Value::Object(_)) if depth < DEPTH_MAX => {
            lines.push(format!("  {indent}{label}{{"));
            fields(lines, depth + 1, old, new);
            lines.push(format!("  {indent}}},"));
        }
        (Value::Array(before), Value::Array(after))
            if before.len() == after.len() && depth < DEPTH_MAX =>
        {
            lines.push(format!("  {indent}{label}{{"));
            for (old, new) in before.iter().zip(after).filter(|(old, new)| old != new) {
                change(lines, depth + 1, "", old, new);
            }
            lines.push(format!("  {indent}}},"));
        }
        _ => {
            lines.push(format!("- {indent}{label}{},", go_value(old)));
            lines.push(format!("+ {indent}{label}{},", go_value(new)));
        }
    }
}

/// The name of a Go field.
fn go_name(json_name: &str) -> String {
    match json_name {
        "dnsConfig" => "DNSConfig".into(),
        "dnsPolicy" => "DNSPolicy".into(),
        "httpGet" => "HTTPGet".into(),
        "os" => "OS".into(),
        "tcpSocket" => "TCPSocket".into(),
        "tty" => "TTY".into(),
        name => {
            let mut letters = name.chars();
            let first = letters.next().map(|it| it.to_ascii_uppercase());
            first.into_iter().chain(letters).collect()
        }
    }
}

fn go_value(value: &Value) -> String {
    match value {
        Value::Null => "nil".into(),
        Value::String(text) => quote(text),
        Value::Array(items) => {
            format!("{{{}}}", items.iter().map(go_value).collect::<Vec<_>>().join(", "))
        }
        Value::Object(entries) => {
            let entry =
                |(key, value): (&String, &Value)| format!("{}: {}", go_name(key), go_value(value));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Container;

    use super::*;

    #[test]
    fn only_what_differs_is_shown() {
        let spec = |policy: &str, command: Option<Vec<String>>| PodSpec {
            restart_policy: Some(policy.into()),
            containers: vec![Container { name: "c".into(), command, ..Container::default() }],
            ..PodSpec::default()
        };
        assert_eq!(
            difference(&spec("Always", None), &spec("Never", Some(vec!["sh".into()]))),
            "  core.PodSpec{
  \tContainers: {
  \t\t{
- \t\t\tCommand: nil,
+ \t\t\tCommand: {\"sh\"},
  \t\t},
  \t},
- \tRestartPolicy: \"Always\",
+ \tRestartPolicy: \"Never\",
  }
"
        );
    }
}

//! What chance and moments decide in the real cluster, and would decide otherwise if it were recorded again: which of equal
//! nodes a pod lies on, which of several steps somebody sees who looks once. What is left of such an output still shows
//! every kind of line, its words and the exit status.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

/// Patterns and what stands for them, for the commands that contain a text.
const RULES: &[(&str, &[(&str, &str)])] = &[
    // Which pods lie on a node.
    (
        "kubectl drain",
        &[
            (r"^evicting pod .*", "evicting pod <pod>"),
            (r"^pod/.* evicted", "pod/<pod> evicted"),
            (r"(Pods that declare no controller): .*", "$1: <pods>"),
            (r"(use --force to override\)): [^\]]+", "$1: <pods>"),
        ],
    ),
    ("describe node", &[(r"^  (demo|q)  \S+  .*", "  <pod>")]),
    ("reason=TaintManagerEviction", &[(r"(pod|Pod demo)/\S+", "$1/<pod>")]),
    // What happens within a few seconds of looking.
    ("--watch-only", &[(r"^(ADDED|MODIFIED|DELETED) .*", "$1  <pod>")]),
    // Which of its steps somebody sees who looks again and again.
    ("rollout status", &[]),
    (
        "rollout status deploy/web --timeout=90s",
        &[(r"\d+ out of 3 new replicas", "<n> out of 3 new replicas")],
    ),
];

/// What a client says whose requests come too fast, which depends on its machine.
const BUSY: &str = "due to client-side throttling";

/// Rollouts of which several steps come again.
const SEVERAL_STEPS: [&str; 1] = ["rollout status sts/db --timeout=60s"];

/// The rules of some commands.
type Rules = (&'static str, Vec<(Regex, &'static str)>);

static COMPILED: LazyLock<Vec<Rules>> = LazyLock::new(|| {
    let compiled =
        |(pattern, by): &(&str, &'static str)| (Regex::new(pattern).expect("a pattern"), *by);
    RULES.iter().map(|(command, rules)| (*command, rules.iter().map(compiled).collect())).collect()
});

/// What a command printed, without what chance decided.
pub(crate) fn without(command: &str, mut lines: Vec<String>) -> Vec<String> {
    lines.retain(|it| !it.contains(BUSY));
    for (_, rules) in COMPILED.iter().filter(|it| command.contains(it.0)) {
        for line in &mut lines {
            for (pattern, by) in rules {
                *line = pattern.replace_all(line, *by).into_owned();
            }
        }
        lines = without_repeats(lines);
    }
    if command.contains("get pods -w") {
        lines = without_changes(lines);
    }
    if SEVERAL_STEPS.iter().any(|it| command.contains(it)) {
        lines = in_order(lines);
    }
    sorted_complaints(lines)
}

fn without_repeats(lines: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for line in lines {
        if kept.last() != Some(&line) {
            kept.push(line);
        }
    }
    kept
}

/// The list at which a watch begins; what changes after it is a matter of moments.
fn without_changes(lines: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let name = |it: &str| it.split("  ").next().unwrap_or_default().to_owned();
    lines.into_iter().filter(|it| it.contains("<x>") || seen.insert(name(it))).collect()
}

/// The steps that were seen, each once, and how it ended.
fn in_order(mut lines: Vec<String>) -> Vec<String> {
    let last = lines.pop();
    let steps: BTreeSet<String> = lines.into_iter().collect();
    steps.into_iter().chain(last).collect()
}

/// What a schema complains of comes in no order.
fn sorted_complaints(mut lines: Vec<String>) -> Vec<String> {
    let is_complaint = |it: &String| it.starts_with("* ");
    let Some(start) = lines.iter().position(is_complaint) else { return lines };
    let end = lines.iter().rposition(is_complaint).map_or(start, |it| it + 1);
    if lines[start..end].iter().any(|it| it.contains(" in body ")) {
        lines[start..end].sort();
    }
    lines
}

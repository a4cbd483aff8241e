//! The text of a description while it grows: levels of indentation and aligned columns.

use std::collections::BTreeMap;

use opsdrill_objects::table::{DESCRIPTION, align};
use opsdrill_objects::{Meta, duration, timestamp};

/// Longest line of an annotation that is shown whole.
const ANNOTATION_MAX: usize = 140;
/// The annotation that is left away: what `kubectl apply` remembers.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A description being written. Cells of a line are separated by tabs.
#[derive(Debug)]
pub struct Description {
    finished: String,
    open: String,
    now: i64,
    /// Whether events are part of it.
    pub(super) show_events: bool,
}

impl Description {
    /// Nothing written yet; `now` is Unix seconds.
    pub(super) fn new(now: i64, show_events: bool) -> Self {
        Self { finished: String::new(), open: String::new(), now, show_events }
    }

    /// The aligned text.
    pub(super) fn finish(mut self) -> String {
        self.flush();
        self.finished
    }

    /// The text with its tabs, if no part of it was ended.
    pub(super) fn unaligned(self) -> String {
        self.open
    }

    /// Ends a part: what follows is aligned on its own.
    pub(super) fn flush(&mut self) {
        if !self.open.is_empty() {
            self.finished.push_str(&align(&std::mem::take(&mut self.open), DESCRIPTION));
        }
    }

    /// A line at a level of indentation (two spaces each).
    pub(super) fn line(&mut self, level: usize, text: impl AsRef<str>) {
        self.open.push_str(&"  ".repeat(level));
        self.open.push_str(text.as_ref());
        self.open.push('\n');
    }

    /// `Name:  value`.
    pub(super) fn field(&mut self, level: usize, name: &str, value: impl std::fmt::Display) {
        self.line(level, format!("{name}:\t{value}"));
    }

    /// Name and namespace, as almost every description begins.
    pub(super) fn name(&mut self, meta: &Meta) {
        self.field(0, "Name", &meta.name);
        if let Some(namespace) = &meta.namespace {
            self.field(0, "Namespace", namespace);
        }
    }

    /// Labels and annotations.
    pub(super) fn labels_and_annotations(&mut self, meta: &Meta) {
        self.pairs("", "Labels", &meta.labels);
        self.annotations("", "Annotations", &meta.annotations);
    }

    /// `Title:  a=b`, one line for each pair.
    pub(super) fn pairs(&mut self, indent: &str, title: &str, map: &BTreeMap<String, String>) {
        if map.is_empty() {
            return self.line(0, format!("{indent}{title}:\t<none>"));
        }
        for (place, (key, value)) in map.iter().enumerate() {
            let head = if place == 0 { format!("{indent}{title}:") } else { String::new() };
            self.line(0, format!("{head}\t{key}={value}"));
        }
    }

    /// `Title:  a: b`, long values on lines of their own.
    pub(super) fn annotations(
        &mut self,
        indent: &str,
        title: &str,
        map: &BTreeMap<String, String>,
    ) {
        let mut shown = map.iter().filter(|(key, _)| *key != LAST_APPLIED).peekable();
        if shown.peek().is_none() {
            return self.line(0, format!("{indent}{title}:\t<none>"));
        }
        for (place, (key, value)) in shown.enumerate() {
            let head = if place == 0 { format!("{indent}{title}:") } else { indent.to_owned() };
            let value = value.strip_suffix('\n').unwrap_or(value);
            if value.len() + key.len() + 2 <= ANNOTATION_MAX && !value.contains('\n') {
                self.line(0, format!("{head}\t{key}: {value}"));
                continue;
            }
            self.line(0, format!("{head}\t{key}:"));
            for part in value.split('\n') {
                self.line(0, format!("{indent}\t  {}", shorten(part, ANNOTATION_MAX - 2)));
            }
        }
    }

    /// Type, status and reason of a workload's conditions, if there are any.
    pub(super) fn conditions<'a>(
        &mut self,
        conditions: impl Iterator<Item = (&'a str, &'a str, Option<&'a str>)>,
    ) {
        for (place, (name, status, reason)) in conditions.enumerate() {
            if place == 0 {
                self.line(0, "Conditions:\n  Type\tStatus\tReason\n  ----\t------\t------");
            }
            self.line(1, format!("{name} \t{status}\t{}", reason.unwrap_or_default()));
        }
    }

    /// The age of a moment in Unix seconds.
    pub(super) fn since(&self, seconds: i64) -> String {
        duration::human((self.now - seconds).saturating_mul(1000))
    }
}

fn shorten(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let end = (0..=max).rev().find(|it| text.is_char_boundary(*it)).unwrap_or_default();
    format!("{}...", &text[..end])
}

/// `Sun, 22 Nov 2026 21:26:17 +0000`.
pub(super) fn date(
    time: &opsdrill_objects::k8s_openapi::apimachinery::pkg::apis::meta::v1::Time,
) -> String {
    timestamp::format_describe(time.0.as_second())
}

/// `a=b,c=d` with nothing left out, or `<none>`.
pub(super) fn joined(map: &BTreeMap<String, String>) -> String {
    if map.is_empty() {
        return "<none>".to_owned();
    }
    map.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}

/// `<none>` for nothing.
pub(super) fn or_none(text: &str) -> &str {
    if text.is_empty() { "<none>" } else { text }
}

/// `<unset>` for what was not told.
pub(super) fn or_unset(text: Option<&str>) -> &str {
    text.filter(|it| !it.is_empty()).unwrap_or("<unset>")
}

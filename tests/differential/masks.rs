//! What cannot be equal in the outputs of two processes: places on the machine, and what kubectl reckons from the wall
//! clock.

use regex::Regex;

use crate::lines::Remark;
use crate::pair::Printed;

/// Replaces what cannot be equal.
pub(crate) struct Masks {
    places: Vec<(Regex, &'static str)>,
    age: Regex,
    date: Regex,
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant")
}

impl Masks {
    /// All of them.
    pub(crate) fn new() -> Self {
        let places = [
            // `kubectl edit` and `kubectl diff` work on files with random names.
            (r"kubectl-edit-\d+\.yaml", "kubectl-edit-1.yaml"),
            // How often objects were written while time passed depends on how far it went at once.
            (r#"(resourceVersion"?: ?")\d+""#, "${1}1\""),
            // The time and process of a line in kubectl's log.
            (r"(?m)^([WF])\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ ", "$1 "),
            (r"/tmp/(LIVE|MERGED)-\d+/", "/tmp/$1-1/"),
            (r"(?m)^((?:---|\+\+\+) /tmp/\S+)\t.*$", "$1"),
        ];
        Self {
            places: places.map(|(pattern, instead)| (regex(pattern), instead)).into(),
            age: regex(r"^(?:(?:\d+[ydhms])+|<invalid>|<unknown>)$"),
            date: regex(
                r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z|\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}",
            ),
        }
    }

    /// What is compared of an output.
    pub(crate) fn apply(&self, line: &str, remarks: &[Remark], printed: &Printed) -> Printed {
        let mask = |text: &str| self.text(line, remarks, text);
        Printed { out: mask(&printed.out), err: mask(&printed.err), status: printed.status }
    }

    fn text(&self, line: &str, remarks: &[Remark], text: &str) -> String {
        let mut text = text.to_owned();
        for (pattern, instead) in &self.places {
            text = pattern.replace_all(&text, *instead).into_owned();
        }
        if remarks.contains(&Remark::Times) {
            text = self.date.replace_all(&text, "<date>").into_owned();
        }
        let mut text = match reckons_ages(line) {
            Some(everywhere) => self.without_ages(&text, everywhere),
            None => text,
        };
        if remarks.contains(&Remark::Order) {
            let mut lines: Vec<&str> = text.lines().collect();
            lines.sort_unstable();
            text = lines.join("\n");
        }
        text
    }

    /// Without ages and without the widths that columns have because of them: everywhere, or in the events at the end of
    /// each description.
    fn without_ages(&self, text: &str, everywhere: bool) -> String {
        let mut shown = String::new();
        let mut in_events = everywhere;
        for line in text.lines() {
            in_events = everywhere || line.starts_with("Events:") || in_events && !line.is_empty();
            if in_events {
                let words = line.split_whitespace().map(|it| self.without_age(it));
                let words = words.filter(|it| !it.trim_matches('-').is_empty() || it.len() < 2);
                let words: Vec<String> = words.collect();
                shown.push_str(&words.join(" "));
            } else {
                shown.push_str(line);
            }
            shown.push('\n');
        }
        shown
    }

    /// A word, unless it is an age; `3m)` ends a remark of two of them.
    fn without_age(&self, word: &str) -> String {
        let bare = word.trim_end_matches(')');
        let is_age = self.age.is_match(bare);
        if is_age { word.replace(bare, "<age>") } else { word.to_owned() }
    }
}

/// Whether kubectl itself reckons ages for a line, and then whether it does so everywhere. Elsewhere the server does.
fn reckons_ages(line: &str) -> Option<bool> {
    let has = |word: &str| line.split_whitespace().any(|it| it == word);
    if has("events") || has("--server-print=false") {
        return Some(true);
    }
    has("describe").then_some(false)
}

//! What chance and the clock decide: names, addresses, places and spans, which differ between two clusters as soon as
//! somebody has waited a moment longer on one of them.

use regex::Regex;

/// Takes out what may differ.
pub(crate) struct Chance(Vec<(Regex, &'static str)>);

/// The letters that Kubernetes draws names from.
const DRAWN: &str = "[bcdfghjklmnpqrstvwxz2456789]";

impl Chance {
    /// All of it.
    pub(crate) fn new() -> Self {
        let hash = format!("-{DRAWN}{{6,10}}(-{DRAWN}{{5}})?\\b");
        let suffix = format!("-{DRAWN}{{5}}\\b");
        let rows: [(&str, &'static str); 14] = [
            (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<uid>"),
            (r"[0-9a-f]{64}", "<digest>"),
            (&hash, "-<drawn>"),
            (&suffix, "-<drawn>"),
            (r"\b10\.(244|96)\.\d+\.\d+", "<address>"),
            (r"\b172\.18\.0\.\d+", "<address>"),
            (r"worker-\d\b", "<node>"),
            (r":3\d{4}/TCP", ":<port>/TCP"),
            (r"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", "<date>"),
            (r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", "<date>"),
            (
                r"\d\d \w{3} 2026 \d\d:\d\d:\d\d\.\d+|\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d UTC 2026",
                "<date>",
            ),
            (r"\b(\d+(\.\d+)?(d|h|m|s|ms))+\b|<invalid>", "<span>"),
            // A failed pull is the one and the other in turn.
            (r"ImagePullBackOff", "ErrImagePull"),
            (r" {2,}|-{2,}|\t", " "),
        ];
        let regex = |pattern: &str| Regex::new(pattern).expect("the pattern is a constant");
        Self(rows.into_iter().map(|(pattern, instead)| (regex(pattern), instead)).collect())
    }

    /// What is left of a text, in no order: drawn names decide that of their lines.
    pub(crate) fn without(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (pattern, instead) in &self.0 {
            text = pattern.replace_all(&text, *instead).into_owned();
        }
        // How often somebody who waits is told so depends on when he looks, and so does whether a short command still runs
        // when kubectl wants to attach to it.
        let waits = |it: &&str| {
            let late = "warning: couldn't attach to pod/";
            ["Waiting for ", "waiting for ", late].iter().any(|begin| it.starts_with(begin))
        };
        let mut lines: Vec<&str> =
            text.lines().map(str::trim).filter(|it| !waits(it) && !it.is_empty()).collect();
        lines.sort_unstable();
        lines.join("\n") + "\n"
    }
}

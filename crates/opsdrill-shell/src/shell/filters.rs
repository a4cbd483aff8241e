//! Filters of `jq` and `yq` that the interpreter cannot bound in steps, or that read the host's clock.
//!
//! Its evaluator is bounded in bytes and by a wall clock only, and here no wall clock runs. So whatever can loop for
//! long without growing is refused aloud before it runs: the filters an operator types over manifests need none of it.

/// Names that loop without a bound, or read a clock.
const REFUSED: &[&str] = &[
    "def",
    "repeat",
    "while",
    "until",
    "combinations",
    "now",
    "localtime",
    "mktime",
    "strflocaltime",
    "import",
    "include",
    "limit",
    "infinite",
    "input_line_number",
    "foreach",
    "env",
    "halt",
];

/// Largest `range` that may be walked, once in a filter.
const MAX_RANGE: u64 = 10_000;

/// What the trainee is told instead.
pub(super) const REFUSAL: &str = "opsdrill: not simulated: jq filters with definitions, loops, large ranges, the date, or from files";

/// True for a `sort` or `dd` whose result would come from the host's entropy.
pub(super) fn draws_host_entropy(name: &str, args: &[String]) -> bool {
    let shuffles = |arg: &String| {
        arg == "--random-sort"
            || arg == "--sort=random"
            || (arg.starts_with('-') && !arg.starts_with("--") && arg.contains('R'))
    };
    match name {
        "sort" => args.iter().any(shuffles),
        "dd" => args.iter().any(|arg| arg.starts_with("if=") && arg.ends_with("random")),
        _ => false,
    }
}

/// True for a command that waits for what never comes here: growth of a file.
pub(super) fn waits_for_ever(name: &str, args: &[String]) -> bool {
    let follows = |arg: &String| {
        let long = arg == "--follow" || arg.starts_with("--follow=");
        let short =
            arg.strip_prefix('-').is_some_and(|it| !it.starts_with('-') && it.contains(['f', 'F']));
        long || short
    };
    name == "tail" && args.iter().any(follows)
}

/// True for a call of `jq` or `yq` that is refused.
pub(super) fn is_refused(name: &str, args: &[String]) -> bool {
    let from_file = |arg: &String| matches!(arg.as_str(), "-f" | "--from-file" | "-L");
    matches!(name, "jq" | "yq")
        && args.iter().any(|arg| from_file(arg) || refused_word(arg).is_some())
}

fn refused_word(filter: &str) -> Option<&str> {
    let mut ranges = 0;
    for (at, word) in identifiers(filter) {
        let after = filter[at + word.len()..].trim_start();
        if REFUSED.contains(&word) && !filter[..at].ends_with(['.', '$']) {
            return Some(word);
        }
        if word == "recurse" && after.starts_with('(') {
            return Some(word);
        }
        if word == "range" {
            ranges += 1;
            let size =
                after.strip_prefix('(').and_then(|rest| rest.split(')').next()).map(str::trim);
            let small = size.is_some_and(|size| {
                size == "length" || size.parse::<u64>().is_ok_and(|size| size <= MAX_RANGE)
            });
            if !small || ranges > 1 {
                return Some(word);
            }
        }
    }
    None
}

/// The identifiers of a filter outside of its string literals; a literal with an interpolation counts as code.
fn identifiers(filter: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut start = None;
    let mut in_string = false;
    let mut escaped = false;
    for (at, letter) in filter.char_indices().chain([(filter.len(), ' ')]) {
        if in_string && !escaped && letter == '\\' {
            escaped = true;
            continue;
        }
        if std::mem::take(&mut escaped) {
            in_string &= letter != '(';
            continue;
        }
        if letter == '"' {
            in_string = !in_string;
        }
        match (start, !in_string && (letter.is_ascii_alphanumeric() || letter == '_')) {
            (None, true) => start = Some(at),
            (Some(begun), false) => {
                found.push((begun, &filter[begun..at]));
                start = None;
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::is_refused;

    #[test]
    fn everyday_filters_pass_and_endless_ones_do_not() {
        let refused = |filter: &str| is_refused("jq", &["-r".to_owned(), filter.to_owned()]);
        for filter in [
            ".items[] | .metadata.name",
            ".items[] | select(.status.phase != \"Running\") | [.metadata.name, .status.reason] | @tsv",
            "\"while it waits until now\"",
            "[range(length)]",
            ".spec.limit, .env, $env",
            "to_entries | map(.key) | join(\",\")",
            "[.. | strings]",
        ] {
            assert!(!refused(filter), "{filter}");
        }
        for filter in [
            "def f: f; f",
            "reduce range(1000000000) as $i (0; . + $i)",
            "until(false; .)",
            "now",
            "recurse(.)",
            "range(9) | range(9)",
            "\"\\(now)\"",
        ] {
            assert!(refused(filter), "{filter}");
        }
    }
}

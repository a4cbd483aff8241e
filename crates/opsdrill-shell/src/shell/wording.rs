//! Where the interpreter's own wording would show, the words of the real tool or ours.

use super::filters;

/// What stands on standard error.
pub(super) fn of_complaint(complaint: &str) -> String {
    let mut said = of_refusal(complaint);
    if let Some(name) = said
        .strip_prefix("mkdir: cannot create directory '")
        .and_then(|rest| rest.strip_suffix("': File exists\n"))
    {
        return format!("mkdir: cannot create directory ‘{name}’: File exists\n");
    }
    for (theirs, ours) in WORDS {
        if said.contains(theirs) {
            said = said.replace(theirs, ours);
        }
    }
    if said.ends_with("': No such file or directory\n") {
        said = said.replace("cp: cannot copy '", "cp: cannot stat '");
        said = said.replace("mv: cannot move '", "mv: cannot stat '");
    }
    bound(&said).unwrap_or(said)
}

/// What stands on standard output: a refusal gets there by `2>&1`.
pub(super) fn of_output(output: &[u8]) -> Vec<u8> {
    let is_refusal = output.windows(CANCELLED.len()).any(|it| it == CANCELLED.as_bytes());
    match std::str::from_utf8(output) {
        Ok(text) if is_refusal => of_refusal(text).into_bytes(),
        _ => output.to_vec(),
    }
}

/// How the interpreter words what our hook has refused.
const CANCELLED: &str = ": cancelled by before_tool hook";

const WORDS: &[(&str, &str)] = &[
    ("io error: ", ""),
    ("execution error: budget validation failed: ", ""),
    ("user\tunavailable\nsys\tunavailable", "user\t0m0.000s\nsys\t0m0.000s"),
];

fn of_refusal(complaint: &str) -> String {
    let mut said = complaint.to_owned();
    for (name, ours) in [
        ("jq", filters::REFUSAL),
        ("yq", filters::REFUSAL),
        ("sort", "opsdrill: not simulated: sort -R (use shuf)"),
        ("dd", "opsdrill: not simulated: dd from a random device (use head -c)"),
        ("eval", "opsdrill: not simulated: so many calls of eval in one line"),
        ("tail", "opsdrill: not simulated: tail -f (no file here grows while you look at it)"),
    ] {
        if let Some(at) = said.find(&format!("{name}{CANCELLED}")) {
            let begin = said[..at].rfind('\n').map_or(0, |it| it + 1);
            let end = at + name.len() + CANCELLED.len();
            if said[begin..at].ends_with(": ") {
                said.replace_range(begin..end, ours);
            }
        }
    }
    said
}

/// The complaint about one of the bounds of a line, said as what it is: a bound of this simulator.
fn bound(complaint: &str) -> Option<String> {
    let bounds = [
        ("maximum command count exceeded", "this line has run too many commands"),
        ("maximum loop iterations exceeded", "this line has gone round a loop too often"),
        ("maximum total loop iterations exceeded", "this line has gone round a loop too often"),
        ("variable count limit", "this line makes too many variables, or calls itself"),
        ("maximum nesting depth exceeded", "this line calls itself"),
        ("maximum function depth exceeded", "this line calls a function in a function too deeply"),
        ("execution budget exhausted: live", "this line needs too much memory"),
        ("execution budget exhausted", "this line has done too much work"),
    ];
    let (_, ours) = bounds.iter().find(|(theirs, _)| complaint.contains(theirs))?;
    Some(format!("opsdrill: not simulated: {ours}; it was ended\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_ours_on_both_streams() {
        let theirs = "bash: jq: cancelled by before_tool hook\n";
        let ours = format!("{}\n", filters::REFUSAL);
        assert_eq!(of_complaint(theirs), ours);
        assert_eq!(
            of_output(format!("a\n{theirs}b\n").as_bytes()),
            format!("a\n{ours}b\n").as_bytes()
        );
        assert_eq!(of_output(b"jq is cancelled\n"), b"jq is cancelled\n");
        assert_eq!(of_output(b"\xff"), b"\xff");
    }

    #[test]
    fn a_bound_is_said_to_be_one() {
        let said = of_complaint("bash: maximum command count exceeded (50000)\n");
        assert_eq!(
            said,
            "opsdrill: not simulated: this line has run too many commands; it was ended\n"
        );
    }
}

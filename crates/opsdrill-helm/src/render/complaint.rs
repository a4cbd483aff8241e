//! What Helm makes of a template's complaint.

use super::Generation;

/// Where `fail` and `required` put their words; nothing else is shown then.
const WARNING_START: &str = "HELM_ERR_START";
const WARNING_END: &str = "HELM_ERR_END";

/// Words that are shown alone.
pub(super) fn warning(words: &str) -> String {
    format!("{WARNING_START}{words}{WARNING_END}")
}

/// A complaint about a text that is no template.
pub(super) fn of_parsing(name: &str, why: &str) -> String {
    let tokens: Vec<&str> = why.split(": ").collect();
    match tokens[..] {
        [_, location, .., message] => format!("parse error at ({location}): {message}"),
        [_, location] => format!("parse error at ({location}): {location}"),
        _ => format!("parse error in ({name}): {why}"),
    }
}

/// A complaint while a template was executed.
pub(super) fn of_execution(name: &str, why: &str, generation: Generation) -> String {
    if !why.starts_with("template: ") {
        return why.to_owned();
    }
    let tokens: Vec<&str> = why.splitn(3, ": ").collect();
    let [_, location, rest] = tokens[..] else {
        return match generation {
            Generation::Three => why.to_owned(),
            Generation::Four => format!("execution error in ({name}): {why}"),
        };
    };
    if let (Some(start), Some(end)) = (rest.find(WARNING_START), rest.rfind(WARNING_END)) {
        let words = &rest[start + WARNING_START.len()..end];
        return format!("execution error at ({location}): {words}");
    }
    match generation {
        Generation::Three => why.to_owned(),
        Generation::Four => traced(why).unwrap_or_else(|| why.to_owned()),
    }
}

/// One template of those that called each other.
#[derive(PartialEq, Eq)]
struct Step {
    location: String,
    function: String,
    message: String,
}

/// The complaint of Helm 4: the templates that called each other, each in three lines.
fn traced(why: &str) -> Option<String> {
    let mut steps: Vec<Step> = Vec::new();
    let mut current = Some(why);
    while let Some(why) = current {
        let step = step(why)?;
        if steps.last() != Some(&step) {
            steps.push(step);
        }
        current = inner(why);
    }
    let shown = steps.iter().map(|it| {
        let lines = [(&it.location, "\n  "), (&it.function, "\n    "), (&it.message, "\n")];
        let lines = lines.iter().filter(|(text, _)| !text.is_empty());
        lines.map(|(text, end)| format!("{text}{end}")).collect::<String>()
    });
    Some(shown.collect::<String>().trim().to_owned())
}

/// The complaint that a function handed on.
fn inner(why: &str) -> Option<&str> {
    let (_, message) = why.split_once(": executing ")?.1.split_once(">: ")?;
    let (_, handed_on) = message.strip_prefix("error calling ")?.split_once(": ")?;
    Some(handed_on)
}

fn step(why: &str) -> Option<Step> {
    let rest = why.strip_prefix("template: ")?;
    let alone = |message: &str| Step {
        location: String::new(),
        function: String::new(),
        message: message.to_owned(),
    };
    if rest.starts_with("no template ") {
        return Some(alone(why));
    }
    let cut = |message: &str| message.split(" template:").next().unwrap_or(message).to_owned();
    let executing = || {
        let (location, after) = rest.split_once(": executing ")?;
        let (name, after) = after.strip_prefix('"')?.split_once('"')?;
        let (place, message) = after.strip_prefix(" at <")?.split_once(">: ")?;
        let function = format!("executing \"{name}\" at <{place}>:");
        Some(Step { location: location.to_owned(), function, message: cut(message) })
    };
    if let Some(step) = executing() {
        return Some(step);
    }
    let (location, message) = rest.rsplit_once(": ")?;
    Some(Step { location: location.to_owned(), ..alone(&cut(message)) })
}

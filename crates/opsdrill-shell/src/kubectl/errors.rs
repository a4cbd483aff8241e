//! Refusals as kubectl prints them on standard error, and the exit status that goes with them.

use std::collections::BTreeSet;

use opsdrill_objects::Status;
use opsdrill_objects::status::StatusDetails;

/// Why a verb failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolError {
    /// The API server refused.
    Status(Status),
    /// kubectl itself complains: `error: …`.
    Plain(String),
    /// A complaint to which kubectl adds nothing.
    Bare(String),
    /// kubectl complains about how it was called: the text gets a hint at the verb's help.
    Usage(String),
    /// A part of the real kubectl that this program does not model.
    NotSimulated(String),
    /// Several failures of one call, printed in their order.
    Many(Vec<Self>),
    /// A failure before which something was printed on standard output.
    AfterText(String, Box<Self>),
    /// Everything was said already; only the exit status is left.
    Exit(i32),
}

impl From<Status> for ToolError {
    fn from(status: Status) -> Self {
        Self::Status(status)
    }
}

impl ToolError {
    /// kubectl's own complaint.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::Plain(text.into())
    }

    /// A complaint about the call.
    pub fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    /// Something that this program does not model.
    pub fn not_simulated(what: impl Into<String>) -> Self {
        Self::NotSimulated(what.into())
    }

    /// `Ok` if nothing failed, the one failure, or all of them.
    ///
    /// # Errors
    /// The failures.
    pub fn all(mut errors: Vec<Self>) -> Result<(), Self> {
        match errors.len() {
            0 => Ok(()),
            1 => Err(errors.remove(0)),
            _ => Err(Self::Many(errors)),
        }
    }

    /// The same, saying which file was being worked on: `error when creating "STDIN": …`.
    #[must_use]
    pub fn while_doing(self, doing: &str, source: &str) -> Self {
        match self {
            Self::Status(mut status) => {
                status.message = format!("error when {doing} {source:?}: {}", status.message);
                Self::Status(status)
            }
            Self::Plain(text) => Self::Plain(format!("error when {doing} {source:?}: {text}")),
            other => other,
        }
    }

    /// Whether the API server said that the object does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Status(status) if status.code == 404)
    }

    /// The text for standard error, with its line break, of the command `path` (`kubectl get`).
    pub fn text(&self, path: &str) -> String {
        let text = match self {
            Self::Exit(_) => return String::new(),
            Self::AfterText(_, error) => return error.text(path),
            Self::Many(errors) => {
                return errors.iter().map(|it| it.text_in_list(path)).collect();
            }
            Self::Status(status) => status_text(status),
            Self::Bare(text) => text.clone(),
            Self::Plain(text) if text.starts_with("error: ") => text.clone(),
            Self::Plain(text) => format!("error: {text}"),
            Self::Usage(text) => format!("error: {text}\nSee '{path} -h' for help and examples"),
            Self::NotSimulated(what) => format!("opsdrill: not simulated: {what}"),
        };
        with_line_break(text)
    }

    /// In a list kubectl leaves its own `error: ` away.
    fn text_in_list(&self, path: &str) -> String {
        match self {
            Self::Plain(text) => format!("{text}\n"),
            Self::Status(status) => with_line_break(plain_status_text(status)),
            other => other.text(path),
        }
    }

    /// What was printed on standard output before the failure.
    pub fn printed_before(&self) -> String {
        match self {
            Self::AfterText(text, error) => format!("{text}{}", error.printed_before()),
            Self::Many(errors) => errors.iter().map(Self::printed_before).collect(),
            _ => String::new(),
        }
    }

    /// The exit status.
    pub fn exit_code(&self) -> i32 {
        match self {
            Self::Exit(code) => *code,
            Self::AfterText(_, error) => error.exit_code(),
            _ => 1,
        }
    }
}

fn with_line_break(mut text: String) -> String {
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// A refusal as kubectl prints it when it is the only failure.
pub fn status_text(status: &Status) -> String {
    match (&status.details, status.reason) {
        (None, "Invalid") if status.message.is_empty() => "The request is invalid".to_owned(),
        (None, "Invalid") => format!("The request is invalid: {}", status.message),
        (Some(details), "Invalid") => invalid_text(details, &status.message),
        _ => plain_status_text(status),
    }
}

/// `Error from server (NotFound): pods "x" not found`.
fn plain_status_text(status: &Status) -> String {
    match status.reason {
        "Unauthorized" => {
            format!("error: You must be logged in to the server ({})", status.message)
        }
        "" => format!("Error from server: {}", status.message),
        reason => format!("Error from server ({reason}): {}", status.message),
    }
}

/// `The Deployment "web" is invalid: …` with one bullet for each complaint if there are several.
fn invalid_text(details: &StatusDetails, message: &str) -> String {
    let named = !details.kind.is_empty() || !details.name.is_empty();
    let mut text = if named {
        format!("The {} {:?} is invalid", details.kind, details.name)
    } else if details.causes.is_empty() && !message.is_empty() {
        format!("The request is invalid: {message}")
    } else {
        "The request is invalid".to_owned()
    };
    let mut seen = BTreeSet::new();
    let complaints: Vec<String> = details
        .causes
        .iter()
        .map(|it| format!("{}: {}", it.field, it.message))
        .filter(|it| seen.insert(it.clone()))
        .collect();
    match complaints.as_slice() {
        [] => {}
        // kubectl ends each complaint with a line break, whatever it ends with itself.
        [only] => text.push_str(&format!(": {only}\n")),
        several => {
            text.push_str(": \n");
            for complaint in several {
                text.push_str(&format!("* {complaint}\n"));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use opsdrill_objects::Kind;
    use opsdrill_objects::status::StatusCause;

    use super::*;

    #[test]
    fn a_refusal_names_its_reason() {
        let error = ToolError::from(Status::not_found(Kind::Deployment, "nope"));
        let expected = "Error from server (NotFound): deployments.apps \"nope\" not found\n";
        assert_eq!(error.text("kubectl get"), expected);
    }

    #[test]
    fn several_complaints_become_bullets() {
        let cause = |field: &str| StatusCause {
            reason: "FieldValueInvalid".to_owned(),
            message: "Required value".to_owned(),
            field: field.to_owned(),
        };
        let mut status = Status::new(422, "Invalid", "…");
        status.details = Some(Box::new(StatusDetails {
            name: "web".to_owned(),
            kind: "Deployment".to_owned(),
            causes: vec![cause("spec.a"), cause("spec.b"), cause("spec.b")],
            ..StatusDetails::default()
        }));
        assert_eq!(
            ToolError::from(status).text("kubectl apply"),
            "The Deployment \"web\" is invalid: \n* spec.a: Required value\n* spec.b: Required value\n"
        );
    }

    #[test]
    fn usage_points_at_the_help_of_the_verb() {
        assert_eq!(
            ToolError::usage("Required resource not specified.").text("kubectl get"),
            "error: Required resource not specified.\nSee 'kubectl get -h' for help and examples\n"
        );
    }
}

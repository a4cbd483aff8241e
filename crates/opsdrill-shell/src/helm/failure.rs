//! Why a command failed, as Helm says it.

use opsdrill_objects::Status;

use crate::kubectl::errors::ToolError;

/// The exit status of a command that Ctrl-C ended.
pub(super) const KILLED: i32 = 130;

/// Why a command failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Helm complains.
    Plain(String),
    /// A part of the real Helm that this program does not model.
    NotSimulated(String),
    /// A plugin complained and ended with this exit status.
    Plugin(String, i32),
    /// Somebody pressed Ctrl-C, or `timeout` ended the command.
    Interrupted,
}

/// What a step of a command answers.
pub(super) type Outcome<T> = Result<T, Failure>;

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self::Plain(text)
    }
}

impl From<&str> for Failure {
    fn from(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }
}

impl From<Status> for Failure {
    fn from(refusal: Status) -> Self {
        Self::Plain(refusal.message)
    }
}

impl From<ToolError> for Failure {
    fn from(error: ToolError) -> Self {
        match error {
            ToolError::Status(refusal) => refusal.into(),
            ToolError::Plain(text) | ToolError::Bare(text) | ToolError::Usage(text) => {
                Self::Plain(text)
            }
            ToolError::NotSimulated(what) => Self::NotSimulated(what),
            ToolError::Exit(_) => Self::Interrupted,
            other => Self::Plain(other.text("helm").trim_end().to_owned()),
        }
    }
}

impl Failure {
    /// The same, saying what was being done.
    #[must_use]
    pub(super) fn while_doing(self, doing: &str) -> Self {
        match self {
            Self::Plain(text) => Self::Plain(format!("{doing}: {text}")),
            other => other,
        }
    }

    /// As a part of another text.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Plain(text) | Self::Plugin(text, _) => text.clone(),
            Self::NotSimulated(what) => format!("opsdrill: not simulated: {what}"),
            Self::Interrupted => CANCELED.to_owned(),
        }
    }

    /// What standard error gets.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Plain(text) => format!("Error: {text}\n"),
            Self::NotSimulated(what) => format!("opsdrill: not simulated: {what}\n"),
            Self::Plugin(text, _) => {
                format!("Error: {text}\nError: plugin \"diff\" exited with error\n")
            }
            Self::Interrupted => String::new(),
        }
    }

    /// The exit status.
    pub(super) fn exit_code(&self) -> i32 {
        match self {
            Self::Plain(_) | Self::NotSimulated(_) => 1,
            Self::Plugin(_, status) => *status,
            Self::Interrupted => KILLED,
        }
    }
}

/// What Go says when somebody gave up.
pub(super) const CANCELED: &str = "context canceled";

/// What Go says when time is up.
pub(super) const TIME_IS_UP: &str = "context deadline exceeded";

/// Several failures as one, as the library says it that Helm uses.
pub(super) fn several(errors: &[String]) -> Outcome<()> {
    if errors.is_empty() {
        return Ok(());
    }
    let all: String = errors.iter().map(|it| format!("\n\t* {it}")).collect();
    let plural = if errors.len() == 1 { "" } else { "s" };
    Err(Failure::Plain(format!("{} error{plural} occurred:{all}\n\n", errors.len())))
}

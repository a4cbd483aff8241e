//! What the server made of an edited text, and what the text begins with when it is opened again.

use opsdrill_objects::{Kind, Status};

use crate::kubectl::context::Context;

/// What stands over every text.
const HEADER: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
";

/// Why a text has to be edited again.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Reason {
    head: String,
    details: Vec<String>,
}

/// What became of the objects of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Results {
    reasons: Vec<Reason>,
    /// Objects that the server refused for another reason than what is in them.
    pub(super) refused: usize,
    /// Objects that are gone.
    pub(super) missing: usize,
}

impl Results {
    /// Whether the text has to be edited again.
    pub(super) fn are_wrong(&self) -> bool {
        !self.reasons.is_empty()
    }

    /// The lines over the text.
    pub(super) fn header(&self) -> String {
        let mut text = HEADER.to_owned();
        for reason in &self.reasons {
            let colon = if reason.details.is_empty() { "" } else { ":" };
            text.push_str(&format!("# {}{colon}\n", commented(&reason.head)));
            for detail in &reason.details {
                text.push_str(&format!("# * {}\n", commented(detail)));
            }
            text.push_str("#\n");
        }
        text
    }

    /// The text names no objects that the server knows.
    pub(super) fn add_syntax_error(&mut self, why: &str) {
        let head = format!("The edited file had a syntax error: {why}");
        self.reasons.push(Reason { head, details: Vec::new() });
    }

    /// The text cannot be read.
    pub(super) fn add_invalid(&mut self, context: &mut Context, kind: Kind, name: &str, why: &str) {
        let why = format!("<nil>: Invalid value: \"The edited file failed validation\": {why}");
        self.add_wrong(context, kind, name, vec![why]);
    }

    fn add_wrong(&mut self, context: &mut Context, kind: Kind, name: &str, details: Vec<String>) {
        let plural = kind.info().qualified_plural();
        self.reasons.push(Reason { head: format!("{plural} {name:?} was not valid"), details });
        context.err(&format!("error: {plural} {name:?} is invalid\n"));
    }

    /// The server's refusal of an object.
    pub(super) fn add_refusal(
        &mut self,
        context: &mut Context,
        kind: Kind,
        name: &str,
        refusal: &Status,
    ) {
        let plural = kind.info().qualified_plural();
        if refusal.reason == "Invalid" {
            let causes = refusal.details.iter().flat_map(|it| &it.causes);
            let causes = causes.map(|it| format!("{}: {}", it.field, it.message));
            self.add_wrong(context, kind, name, causes.collect());
        } else if refusal.reason == "NotFound" {
            self.missing += 1;
            context.err(&format!("error: {plural} {name:?} could not be found on the server\n"));
        } else {
            self.refused += 1;
            let why = &refusal.message;
            context.err(&format!("error: {plural} {name:?} could not be patched: {why}\n"));
        }
    }
}

/// A text of several lines below one another in comments.
fn commented(text: &str) -> String {
    text.trim_end_matches('\n').replace('\n', "\n# ")
}

//! What the query of a path says.

use opsdrill_engine::api::{FieldValidation, Options, Propagation};
use opsdrill_objects::Status;

use crate::kubectl::errors::ToolError;

use super::{listing, not_simulated};

/// The options that a query asks for; unknown ones are refused aloud.
///
/// # Errors
/// The server's refusal, or that a word is not simulated.
pub(super) fn options(query: &str) -> Result<Options, ToolError> {
    let mut options = Options { field_validation: FieldValidation::Warn, ..Options::default() };
    for pair in query.split('&').filter(|it| !it.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = decoded(value);
        match (name, value.as_str()) {
            ("labelSelector", _) => options.label_selector = value,
            ("fieldSelector", _) => options.field_selector = value,
            ("fieldManager", _) => options.field_manager = value,
            ("limit", _) => options.limit = number(&value)?,
            ("gracePeriodSeconds", _) => options.grace_period_seconds = Some(number(&value)?),
            ("continue", "") | ("resourceVersion", "" | "0") | ("fieldValidation", "Warn") => {}
            ("continue", token) => {
                let Some((start, version)) = listing::read_token(token) else {
                    return Err(not_simulated(query));
                };
                (options.continue_token, options.resource_version) = (start, version);
            }
            ("dryRun", "All") => options.dry_run = true,
            ("fieldValidation", "Strict") => options.field_validation = FieldValidation::Strict,
            ("fieldValidation", "Ignore") => options.field_validation = FieldValidation::Ignore,
            ("propagationPolicy", "Background") => {
                options.propagation = Some(Propagation::Background);
            }
            ("propagationPolicy", "Foreground") => {
                options.propagation = Some(Propagation::Foreground);
            }
            ("propagationPolicy", "Orphan") => options.propagation = Some(Propagation::Orphan),
            _ => return Err(not_simulated(query)),
        }
    }
    Ok(options)
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, ToolError> {
    text.parse().map_err(|_| {
        let why = format!("strconv.ParseInt: parsing {text:?}: invalid syntax");
        Status::bad_request(why).into()
    })
}

/// A value of a query: `app%3Dweb`.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits: String = rest.by_ref().take(2).map(char::from).collect();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap_or(b'%'));
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

//! Our own bugs: what the user is told, and what is kept for whoever repairs them.
//!
//! A library's panic that is caught where it happens (a YAML parser's, say) is an error message there and must not
//! show on the terminal; one that comes up to the program is a bug of ours, with words of its own.

use std::panic;
use std::sync::{Mutex, PoisonError};

/// The exit status after a bug of ours: EX_SOFTWARE.
pub(crate) const STATUS: u8 = 70;

/// The latest panic: message and place.
static LATEST: Mutex<String> = Mutex::new(String::new());

/// Keeps what a panic says from the terminal, and remembers it.
pub(crate) fn keep_to_ourselves() {
    panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let message = payload
            .downcast_ref::<&str>()
            .map(|it| (*it).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        *LATEST.lock().unwrap_or_else(PoisonError::into_inner) = format!("{message} ({place})");
    }));
}

/// What went wrong, for whoever repairs it.
pub(crate) fn latest() -> String {
    LATEST.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The exit status of a program whose reader has gone: 128 and SIGPIPE.
pub(crate) const CLOSED_PIPE_STATUS: u8 = 141;

/// Whether the program ended because nobody reads its output any more, as in `opsdrill list | head -1`.
pub(crate) fn is_closed_pipe() -> bool {
    let latest = latest();
    latest.starts_with("failed printing to std") && latest.contains("Broken pipe")
}

/// What the user is told.
pub(crate) fn words() -> String {
    format!("this is a bug in opsdrill, not in what you did: {}", latest())
}

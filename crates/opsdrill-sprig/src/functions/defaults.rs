//! What to take when something is empty.
#![expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]

use opsdrill_template::Value;

use crate::arguments::truth;
use crate::conversion::is_empty;

type Answer = Result<Value, String>;

pub(super) fn default(arguments: &[Value]) -> Answer {
    let given = arguments.get(1).filter(|it| !is_empty(it));
    Ok(given.unwrap_or(&arguments[0]).clone())
}

pub(super) fn empty(arguments: &[Value]) -> Answer {
    Ok(is_empty(&arguments[0]).into())
}

pub(super) fn coalesce(arguments: &[Value]) -> Answer {
    Ok(arguments.iter().find(|it| !is_empty(it)).cloned().unwrap_or_default())
}

pub(super) fn all(arguments: &[Value]) -> Answer {
    Ok(arguments.iter().all(|it| !is_empty(it)).into())
}

pub(super) fn any(arguments: &[Value]) -> Answer {
    Ok(arguments.iter().any(|it| !is_empty(it)).into())
}

pub(super) fn ternary(arguments: &[Value]) -> Answer {
    Ok(arguments[usize::from(!truth(arguments, 2))].clone())
}

//! `print`, `println` and `printf`.
#![expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]

use crate::print;
use crate::value::Value;

pub(super) fn print(arguments: &[Value]) -> Result<Value, String> {
    Ok(Value::text(print::sprint(arguments)))
}

pub(super) fn println(arguments: &[Value]) -> Result<Value, String> {
    Ok(Value::text(print::sprintln(arguments)))
}

pub(super) fn printf(arguments: &[Value]) -> Result<Value, String> {
    let Value::Text(format) = &arguments[0] else {
        unreachable!("the format's type is checked before the call");
    };
    Ok(Value::text(print::sprintf(format, &arguments[1..])))
}

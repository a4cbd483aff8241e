//! Numbers: counting, rounding, rows of them.
#![expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]
#![expect(clippy::float_arithmetic, reason = "numbers of templates are Go's float64")]

use opsdrill_template::{Element, Value, print};

use crate::arguments::{int, text};
use crate::conversion::{float64, int64};
use crate::digits::Decimal;

type Answer = Result<Value, String>;

/// The longest row of numbers.
const ROW_MAX: usize = 1_000_000;

pub(super) fn to_int(arguments: &[Value]) -> Answer {
    Ok(Value::int(int64(&arguments[0])))
}

pub(super) fn to_int64(arguments: &[Value]) -> Answer {
    Ok(Value::int64(int64(&arguments[0])))
}

pub(super) fn to_float64(arguments: &[Value]) -> Answer {
    Ok(Value::Float(float64(&arguments[0])))
}

/// A number written in octal.
pub(super) fn to_decimal(arguments: &[Value]) -> Answer {
    let shown = print::display(&arguments[0]);
    Ok(Value::int64(i64::from_str_radix(&shown, 8).unwrap_or_default()))
}

pub(super) fn atoi(arguments: &[Value]) -> Answer {
    Ok(Value::int(text(arguments, 0).parse().unwrap_or_default()))
}

fn folded(arguments: &[Value], step: fn(i64, i64) -> i64) -> Answer {
    let (first, others) = arguments.split_first().expect("the table asks for one");
    Ok(Value::int64(others.iter().fold(int64(first), |sum, it| step(sum, int64(it)))))
}

pub(super) fn add1(arguments: &[Value]) -> Answer {
    Ok(Value::int64(int64(&arguments[0]).wrapping_add(1)))
}

pub(super) fn add(arguments: &[Value]) -> Answer {
    Ok(Value::int64(arguments.iter().fold(0, |sum, it| sum.wrapping_add(int64(it)))))
}

pub(super) fn sub(arguments: &[Value]) -> Answer {
    folded(arguments, i64::wrapping_sub)
}

pub(super) fn mul(arguments: &[Value]) -> Answer {
    folded(arguments, i64::wrapping_mul)
}

fn divided(arguments: &[Value], how: fn(i64, i64) -> i64) -> Answer {
    match int64(&arguments[1]) {
        0 => Err("runtime error: integer divide by zero".to_owned()),
        divisor => Ok(Value::int64(how(int64(&arguments[0]), divisor))),
    }
}

pub(super) fn div(arguments: &[Value]) -> Answer {
    divided(arguments, i64::wrapping_div)
}

pub(super) fn modulo(arguments: &[Value]) -> Answer {
    divided(arguments, i64::wrapping_rem)
}

fn decimals(first: f64, others: &[Value], step: fn(Decimal, Decimal) -> Decimal) -> Answer {
    let fold = |sum, it: &Value| step(sum, Decimal::of(float64(it)));
    Ok(Value::Float(others.iter().fold(Decimal::of(first), fold).float()))
}

pub(super) fn add1f(arguments: &[Value]) -> Answer {
    decimals(1.0, &arguments[..1], Decimal::plus)
}

pub(super) fn addf(arguments: &[Value]) -> Answer {
    decimals(0.0, arguments, Decimal::plus)
}

pub(super) fn subf(arguments: &[Value]) -> Answer {
    decimals(float64(&arguments[0]), &arguments[1..], Decimal::minus)
}

pub(super) fn mulf(arguments: &[Value]) -> Answer {
    decimals(float64(&arguments[0]), &arguments[1..], Decimal::times)
}

pub(super) fn divf(arguments: &[Value]) -> Answer {
    let mut quotient = Decimal::of(float64(&arguments[0]));
    for divisor in &arguments[1..] {
        quotient = quotient.over(Decimal::of(float64(divisor)))?;
    }
    Ok(Value::Float(quotient.float()))
}

pub(super) fn max(arguments: &[Value]) -> Answer {
    folded(arguments, i64::max)
}

pub(super) fn min(arguments: &[Value]) -> Answer {
    folded(arguments, i64::min)
}

pub(super) fn maxf(arguments: &[Value]) -> Answer {
    let numbers = arguments.iter().map(float64);
    Ok(Value::Float(numbers.fold(f64::NEG_INFINITY, f64::max)))
}

pub(super) fn minf(arguments: &[Value]) -> Answer {
    Ok(Value::Float(arguments.iter().map(float64).fold(f64::INFINITY, f64::min)))
}

pub(super) fn ceil(arguments: &[Value]) -> Answer {
    Ok(Value::Float(float64(&arguments[0]).ceil()))
}

pub(super) fn floor(arguments: &[Value]) -> Answer {
    Ok(Value::Float(float64(&arguments[0]).floor()))
}

/// So many digits behind the point; the third argument says from which fraction on it goes up.
pub(super) fn round(arguments: &[Value]) -> Answer {
    let rounds_up_from = arguments.get(2).map_or(0.5, float64);
    let power = 10_f64.powi(int(arguments, 1) as i32);
    let scaled = power * float64(&arguments[0]);
    let whole = if scaled.fract() >= rounds_up_from { scaled.ceil() } else { scaled.floor() };
    Ok(Value::Float(whole / power))
}

/// From a number on, in steps, up to another, which does not belong to it.
fn row(start: i64, end: i64, step: i64) -> Result<Vec<i64>, String> {
    let mut numbers = Vec::new();
    let mut number = start;
    let goes_down = end < start;
    if (goes_down && step >= 0) || (!goes_down && step <= 0) {
        return Ok(numbers);
    }
    while (goes_down && number > end) || (!goes_down && number < end) {
        numbers.push(number);
        if numbers.len() > ROW_MAX {
            return Err(format!("more than {ROW_MAX} numbers"));
        }
        let Some(next) = number.checked_add(step) else { break };
        number = next;
    }
    Ok(numbers)
}

fn ints(numbers: Vec<i64>) -> Value {
    Value::list_of(Element::Int, numbers.into_iter().map(Value::int).collect())
}

pub(super) fn until(arguments: &[Value]) -> Answer {
    let count = int(arguments, 0);
    row(0, count, if count < 0 { -1 } else { 1 }).map(ints)
}

pub(super) fn until_step(arguments: &[Value]) -> Answer {
    row(int(arguments, 0), int(arguments, 1), int(arguments, 2)).map(ints)
}

/// Numbers as a text, both ends belonging to them.
pub(super) fn seq(arguments: &[Value]) -> Answer {
    let numbers: Vec<i64> = (0..arguments.len()).map(|it| int(arguments, it)).collect();
    let (start, end, step) = match numbers[..] {
        [end] => (1, end, if end < 1 { -1 } else { 1 }),
        [start, end] => (start, end, if end < start { -1 } else { 1 }),
        [start, step, end] => {
            if end < start && step > 0 {
                return Ok("".into());
            }
            (start, end, step)
        }
        _ => return Ok("".into()),
    };
    let beyond = if end < start { end - 1 } else { end + 1 };
    let texts: Vec<String> = row(start, beyond, step)?.iter().map(i64::to_string).collect();
    Ok(texts.join(" ").into())
}

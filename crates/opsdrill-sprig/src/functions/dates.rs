//! Dates and durations. The clock is the surroundings'.
#![expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]

use std::any::Any;

use opsdrill_template::{IntType, Native, Type, Value};

use crate::arguments::text;
use crate::surroundings::Surroundings;
use crate::time::{self, Duration, MONTHS, Time, WEEKDAYS, Zone};

type Answer = Result<Value, String>;

/// Go's `time.Time`; the template sees its methods.
impl Native for Time {
    fn type_name(&self) -> &'static str {
        "time.Time"
    }

    fn member(&self, name: &str, arguments: &[Value]) -> Option<Answer> {
        let civil = self.civil();
        let int = |it: i64| Ok(Value::int(it));
        let other = || match arguments {
            [Value::Native(it)] => it.as_any().downcast_ref::<Self>().copied(),
            _ => None,
        };
        let compared = |holds: fn(Self, Self) -> bool| match other() {
            Some(other) => Ok(holds(*self, other).into()),
            None => Err("a time is compared with a time".to_owned()),
        };
        Some(match name {
            "Year" => int(civil.year),
            "Month" => Ok(Value::native(Name("time.Month", MONTHS[civil.month as usize - 1]))),
            "Day" => int(i64::from(civil.day)),
            "Hour" => int(i64::from(civil.hour)),
            "Minute" => int(i64::from(civil.minute)),
            "Second" => int(i64::from(civil.second)),
            "Nanosecond" => int(i64::from(civil.nanos)),
            "Weekday" => Ok(Value::native(Name("time.Weekday", WEEKDAYS[self.weekday()]))),
            "YearDay" => int(self.year_day()),
            "Unix" => Ok(Value::int64(self.seconds)),
            "UnixMilli" => {
                Ok(Value::int64(self.seconds * 1000 + i64::from(self.nanos / 1_000_000)))
            }
            "UnixNano" => {
                let seconds = self.seconds.wrapping_mul(1_000_000_000);
                Ok(Value::int64(seconds.wrapping_add(i64::from(self.nanos))))
            }
            "UTC" | "Local" => Ok(Value::native(*self)),
            "IsZero" => Ok((*self == Self::ZERO).into()),
            "String" => Ok(self.to_string().into()),
            "Format" => match arguments {
                [Value::Text(layout)] => Ok(time::format(*self, layout).into()),
                _ => Err("a layout is a text".to_owned()),
            },
            "AddDate" => match arguments {
                [Value::Int(_, years), Value::Int(_, months), Value::Int(_, days)] => {
                    Ok(Value::native(moved(*self, *years, *months, *days)))
                }
                _ => Err("years, months and days are whole numbers".to_owned()),
            },
            "Add" => match arguments {
                [Value::Native(it)] => {
                    let duration = it.as_any().downcast_ref().copied().unwrap_or_default();
                    Ok(Value::native(self.plus(duration)))
                }
                _ => Err("a duration is added to a time".to_owned()),
            },
            "Before" => compared(|one, other| one < other),
            "After" => compared(|one, other| one > other),
            "Equal" => compared(|one, other| one == other),
            "Sub" => match other() {
                Some(other) => Ok(Value::native(self.since(other))),
                None => Err("a time is taken from a time".to_owned()),
            },
            _ => return None,
        })
    }

    fn document(&self) -> Option<Value> {
        Some(time::format(*self, "2006-01-02T15:04:05.999999999Z07:00").into())
    }

    fn parameters(&self, name: &str) -> Option<&'static [Type]> {
        Some(match name {
            "Format" => &[Type::Text],
            "AddDate" => &[Type::Int, Type::Int, Type::Int],
            "Add" => &[Type::Native("time.Duration")],
            "Before" | "After" | "Equal" | "Sub" => &[Type::Native("time.Time")],
            _ => return None,
        })
    }

    fn text(&self) -> String {
        self.to_string()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Later by years, months and days of the calendar.
fn moved(time: Time, years: i64, months: i64, days: i64) -> Time {
    let civil = time.civil();
    let month = i64::from(civil.month) - 1 + months;
    let year = civil.year + years + month.div_euclid(12);
    let month = month.rem_euclid(12) as u32 + 1;
    let start = Time::from_civil(time::Civil { year, month, day: 1, ..civil });
    Time { seconds: start.seconds + (i64::from(civil.day) - 1 + days) * 86_400, ..start }
}

/// A number that prints as a name: a month, a day of the week.
#[derive(Debug)]
struct Name(&'static str, &'static str);

impl Native for Name {
    fn type_name(&self) -> &'static str {
        self.0
    }

    fn kind(&self) -> &'static str {
        "int"
    }

    fn member(&self, name: &str, _: &[Value]) -> Option<Answer> {
        (name == "String").then(|| Ok(self.1.into()))
    }

    fn text(&self) -> String {
        self.1.to_owned()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Native for Duration {
    fn type_name(&self) -> &'static str {
        "time.Duration"
    }

    fn kind(&self) -> &'static str {
        "int64"
    }

    fn member(&self, name: &str, _: &[Value]) -> Option<Answer> {
        Some(match name {
            "String" => Ok(self.to_string().into()),
            "Nanoseconds" => Ok(Value::int64(self.0)),
            "Microseconds" => Ok(Value::int64(self.0 / 1000)),
            "Milliseconds" => Ok(Value::int64(self.0 / 1_000_000)),
            "Seconds" => Ok(Value::Float(in_units(*self, 1_000_000_000))),
            "Minutes" => Ok(Value::Float(in_units(*self, 60_000_000_000))),
            "Hours" => Ok(Value::Float(in_units(*self, 3_600_000_000_000))),
            _ => return None,
        })
    }

    fn document(&self) -> Option<Value> {
        Some(Value::int64(self.0))
    }

    fn text(&self) -> String {
        self.to_string()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[expect(clippy::float_arithmetic, reason = "numbers of templates are Go's float64")]
#[expect(clippy::cast_precision_loss, reason = "Go counts durations so")]
fn in_units(duration: Duration, nanos: i64) -> f64 {
    (duration.0 / nanos) as f64 + (duration.0 % nanos) as f64 / nanos as f64
}

/// A point in time; whole numbers count seconds since 1970, and all else is now.
fn point(surroundings: &Surroundings, value: &Value) -> Time {
    match value {
        Value::Native(it) => {
            it.as_any().downcast_ref::<Time>().copied().unwrap_or(surroundings.now())
        }
        Value::Int(IntType::Int | IntType::Int64, seconds) => Time { seconds: *seconds, nanos: 0 },
        _ => surroundings.now(),
    }
}

fn known(value: &Value) -> Time {
    match value {
        Value::Native(it) => it.as_any().downcast_ref::<Time>().copied().unwrap_or_default(),
        _ => Time::default(),
    }
}

/// A name that is no zone means UTC, as in sprig.
fn in_zone(time: Time, layout: &str, zone: &str) -> Answer {
    let zone = Zone::find(zone, time).unwrap_or_else(Zone::utc);
    Ok(time::format_in(time, layout, &zone).into())
}

pub(super) fn now(surroundings: &Surroundings, _: &[Value]) -> Answer {
    Ok(Value::native(surroundings.now()))
}

pub(super) fn date(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    in_zone(point(surroundings, &arguments[1]), text(arguments, 0), "Local")
}

pub(super) fn date_in_zone(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    in_zone(point(surroundings, &arguments[1]), text(arguments, 0), text(arguments, 2))
}

pub(super) fn html_date(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    in_zone(point(surroundings, &arguments[0]), "2006-01-02", "Local")
}

pub(super) fn html_date_in_zone(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    in_zone(point(surroundings, &arguments[0]), "2006-01-02", text(arguments, 1))
}

/// How long ago, to the second.
pub(super) fn ago(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    let passed = surroundings.now().since(point(surroundings, &arguments[0]));
    Ok(passed.rounded(Duration(1_000_000_000)).to_string().into())
}

pub(super) fn must_date_modify(arguments: &[Value]) -> Answer {
    let duration = Duration::parse(text(arguments, 0))?;
    Ok(Value::native(known(&arguments[1]).plus(duration)))
}

pub(super) fn date_modify(arguments: &[Value]) -> Answer {
    Ok(must_date_modify(arguments).unwrap_or_else(|_| arguments[1].clone()))
}

/// Seconds as a duration.
pub(super) fn duration(arguments: &[Value]) -> Answer {
    let seconds = match &arguments[0] {
        Value::Text(it) => it.parse().unwrap_or_default(),
        Value::Int(IntType::Int64, it) => *it,
        _ => 0,
    };
    Ok(Duration(seconds.wrapping_mul(1_000_000_000)).to_string().into())
}

/// The largest unit of a duration.
pub(super) fn duration_round(surroundings: &Surroundings, arguments: &[Value]) -> Answer {
    const UNITS: &[(&str, u64)] =
        &[("y", 31_536_000), ("mo", 2_592_000), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)];
    let duration = match &arguments[0] {
        Value::Text(it) => Duration::parse(it).unwrap_or_default(),
        Value::Int(IntType::Int64, it) => Duration(*it),
        Value::Native(it) => match it.as_any().downcast_ref::<Time>() {
            Some(time) => surroundings.now().since(*time),
            None => Duration(0),
        },
        _ => Duration(0),
    };
    let nanos = duration.0.unsigned_abs();
    let unit = UNITS.iter().find(|(_, seconds)| nanos > seconds * 1_000_000_000);
    let text = unit.map(|(name, seconds)| format!("{}{name}", nanos / (seconds * 1_000_000_000)));
    Ok(text.unwrap_or("0s".to_owned()).into())
}

pub(super) fn must_to_date(arguments: &[Value]) -> Answer {
    time::parse(text(arguments, 0), text(arguments, 1)).map(Value::native)
}

pub(super) fn to_date(arguments: &[Value]) -> Answer {
    Ok(must_to_date(arguments).unwrap_or_else(|_| Value::native(Time::ZERO)))
}

pub(super) fn unix_epoch(arguments: &[Value]) -> Answer {
    Ok(known(&arguments[0]).seconds.to_string().into())
}

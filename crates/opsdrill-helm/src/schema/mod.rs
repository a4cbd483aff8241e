//! `values.schema.json`: whether values are as a chart wants them, with the words of the library that Helm uses.
//!
//! - [`complaint`]: what is wrong, and how it is told
//! - `numbers`: numbers as that library tells them
//! - `keywords`: what a schema may ask for; `collections`: of maps and lists; `format` and `addresses`:
//!   of texts

mod addresses;
mod collections;
mod complaint;
mod format;
mod keywords;
mod numbers;

use serde_json::{Map, Value};

use crate::chart::Chart;
use crate::yaml;

/// How deep schemas may be inside of schemas, references followed.
const DEPTH_MAX: usize = 200;

/// How many schemas are applied to values of one chart.
const STEPS_MAX: usize = 200_000;

/// Looks whether the values of a chart and its subcharts are as their schemas want them.
///
/// # Errors
/// With Helm's words: all that is wrong.
pub fn check(chart: &Chart, values: &Value) -> Result<(), String> {
    let mut told = String::new();
    collect(chart, values, &mut told);
    if told.is_empty() {
        return Ok(());
    }
    let begin = "values don't meet the specifications of the schema(s) in the following chart(s)";
    Err(format!("{begin}:\n{told}"))
}

fn collect(chart: &Chart, values: &Value, told: &mut String) {
    if let Some(schema) = &chart.schema
        && let Err(why) = check_one(&String::from_utf8_lossy(schema), values)
    {
        told.push_str(&format!("{}:\n{why}", chart.name()));
    }
    for subchart in &chart.subcharts {
        let none = Value::Object(Map::new());
        collect(subchart, values.get(subchart.name()).unwrap_or(&none), told);
    }
}

/// Looks whether values are as one schema wants them.
///
/// # Errors
/// All that is wrong.
pub fn check_one(schema: &str, values: &Value) -> Result<(), String> {
    let schema = yaml::json(schema).map_err(|why| match why.as_str() {
        "unexpected end of JSON input" => "unexpected EOF".to_owned(),
        _ => why,
    })?;
    if !matches!(schema, Value::Object(_) | Value::Bool(_)) {
        let what = "a schema that is neither an object nor true or false";
        return Err(format!("opsdrill: not simulated: {what}"));
    }
    let mut checker = keywords::Checker::new(&schema);
    let complaints = checker.check(&schema, values, &[]);
    if let Some(why) = checker.broken {
        return Err(why);
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaint::told(&complaints)) }
}

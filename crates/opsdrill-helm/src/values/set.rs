//! `--set`, `--set-string`, `--set-file`, `--set-json` and `--set-literal`: `a.b[0].c=d,e={1,2}`.

use opsdrill_template::print::{quote, quote_character};
use serde_json::{Map, Value};

use super::rows::Letters;
use crate::yaml;

/// The highest place of a list that may be set.
const INDEX_MAX: i64 = 65_536;

/// How many names may stand one inside of another.
const NAMES_MAX: usize = 30;

type Values = Map<String, Value>;

/// How an argument ended early.
enum Stop {
    /// There was no more to read, which is how it should end.
    End,
    /// It is wrong.
    Wrong(String),
}

impl From<String> for Stop {
    fn from(why: String) -> Self {
        Self::Wrong(why)
    }
}

type Outcome<T> = Result<T, Stop>;

/// What a value's letters become.
enum Reading<'r> {
    /// Numbers, truths and nulls are what they look like.
    Typed,
    /// Everything is a text.
    Text,
    /// The name of a file, which is read.
    File(&'r mut dyn FnMut(&str) -> Result<String, String>),
    /// A JSON text.
    Json,
    /// Everything up to the end of the argument, whatever it says.
    Literal,
}

struct Parser<'r> {
    letters: Letters,
    reading: Reading<'r>,
}

/// `--set`.
///
/// # Errors
/// With Helm's words.
pub fn parse(text: &str, values: &mut Values) -> Result<(), String> {
    run(text, values, Reading::Typed)
}

/// `--set-string`.
///
/// # Errors
/// With Helm's words.
pub fn parse_string(text: &str, values: &mut Values) -> Result<(), String> {
    run(text, values, Reading::Text)
}

/// `--set-json`.
///
/// # Errors
/// With Helm's words.
pub fn parse_json(text: &str, values: &mut Values) -> Result<(), String> {
    run(text, values, Reading::Json)
}

/// `--set-literal`.
///
/// # Errors
/// With Helm's words.
pub fn parse_literal(text: &str, values: &mut Values) -> Result<(), String> {
    run(text, values, Reading::Literal)
}

/// `--set-file`.
///
/// # Errors
/// With Helm's words.
pub fn parse_file(
    text: &str,
    values: &mut Values,
    read: &mut dyn FnMut(&str) -> Result<String, String>,
) -> Result<(), String> {
    run(text, values, Reading::File(read))
}

fn run(text: &str, values: &mut Values, reading: Reading<'_>) -> Result<(), String> {
    let mut parser = Parser { letters: Letters::new(text), reading };
    loop {
        match parser.key(values, 0) {
            Ok(()) => {}
            Err(Stop::End) => return Ok(()),
            Err(Stop::Wrong(why)) => return Err(why),
        }
    }
}

fn put(values: &mut Values, key: &str, value: Value) {
    if !key.is_empty() {
        values.insert(key.to_owned(), value);
    }
}

/// What Go says of a value of another type than the key asks for.
fn not_of(value: &Value, wanted: &str) -> Stop {
    let found = match value {
        Value::Null => "nil",
        Value::Bool(_) => "bool",
        Value::Number(it) if it.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    };
    Stop::Wrong(format!(
        "unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}"
    ))
}

impl Parser<'_> {
    fn is_literal(&self) -> bool {
        matches!(self.reading, Reading::Literal)
    }

    fn run_until(&mut self, marks: &str) -> (String, Option<char>) {
        self.letters.until(marks, !matches!(self.reading, Reading::Literal))
    }

    /// One key with its value.
    fn key(&mut self, values: &mut Values, depth: usize) -> Outcome<()> {
        let marks = if self.is_literal() { "=[." } else { "=[,." };
        let (key, mark) = self.run_until(marks);
        match mark {
            None if key.is_empty() => Err(Stop::End),
            None => Err(Stop::Wrong(format!("key {} has no value", quote(&key)))),
            Some('[') => self.indexed(values, &key, depth),
            Some('.') => self.inner(values, &key, depth + 1),
            Some('=') => self.assigned(values, &key),
            Some(_) => {
                put(values, &key, "".into());
                let key = quote(&key);
                Err(Stop::Wrong(format!("key {key} has no value (cannot end with ,)")))
            }
        }
    }

    fn indexed(&mut self, values: &mut Values, key: &str, depth: usize) -> Outcome<()> {
        let index = self.index()?;
        let mut list = match values.get(key) {
            None => Vec::new(),
            Some(Value::Array(items)) => items.clone(),
            Some(other) => return Err(not_of(other, "[]interface {}")),
        };
        let outcome = self.item(&mut list, index, depth);
        put(values, key, Value::Array(list));
        outcome
    }

    fn inner(&mut self, values: &mut Values, key: &str, depth: usize) -> Outcome<()> {
        if depth > NAMES_MAX {
            return Err(Stop::Wrong(format!(
                "value name nested level is greater than maximum supported nested level of {NAMES_MAX}"
            )));
        }
        let mut inner = match values.get(key) {
            None => Map::new(),
            Some(Value::Object(fields)) => fields.clone(),
            Some(other) => return Err(not_of(other, "map[string]interface {}")),
        };
        let outcome = self.key(&mut inner, depth);
        if inner.is_empty() && outcome.is_ok() {
            return Err(Stop::Wrong(format!("key map {} has no value", quote(key))));
        }
        if !inner.is_empty() {
            put(values, key, Value::Object(inner));
        }
        outcome
    }

    fn assigned(&mut self, values: &mut Values, key: &str) -> Outcome<()> {
        let is_at_end = self.letters.peek().is_none();
        let value = self.value()?;
        put(values, key, value);
        let ends = is_at_end && !matches!(self.reading, Reading::Json | Reading::Literal);
        if ends { Err(Stop::End) } else { Ok(()) }
    }

    /// The value after an equals sign.
    fn value(&mut self) -> Outcome<Value> {
        match self.reading {
            Reading::Json => return self.json(),
            Reading::Literal => {
                let rest = self.letters.rest();
                self.letters.skip(usize::MAX / 2);
                return Ok(rest.into());
            }
            _ => {}
        }
        match self.letters.peek() {
            None => Ok("".into()),
            Some('{') => {
                self.letters.next();
                self.braces()
            }
            Some(_) => {
                let (text, _) = self.run_until(",");
                self.read(&text)
            }
        }
    }

    /// A list in braces.
    fn braces(&mut self) -> Outcome<Value> {
        let mut items = Vec::new();
        loop {
            let (text, mark) = self.run_until(",}");
            match mark {
                None => return Err(Stop::Wrong("list must terminate with '}'".to_owned())),
                Some(',') => items.push(self.read(&text)?),
                Some(_) => {
                    if self.letters.peek() == Some(',') {
                        self.letters.next();
                    }
                    items.push(self.read(&text)?);
                    return Ok(Value::Array(items));
                }
            }
        }
    }

    fn json(&mut self) -> Outcome<Value> {
        if self.is_over() {
            return Ok(Value::Null);
        }
        let rest = self.letters.rest();
        let (value, length) = first_json(&rest)?;
        self.letters.skip(rest[..length].chars().count());
        self.is_over();
        Ok(value)
    }

    /// Skips white space; whether nothing or a comma follows, which is skipped, too.
    fn is_over(&mut self) -> bool {
        while self.letters.peek().is_some_and(char::is_whitespace) {
            self.letters.next();
        }
        match self.letters.peek() {
            None => true,
            Some(',') => {
                self.letters.next();
                true
            }
            Some(_) => false,
        }
    }

    fn read(&mut self, text: &str) -> Outcome<Value> {
        match &mut self.reading {
            Reading::Typed => Ok(typed(text)),
            Reading::File(read) => Ok(read(text)?.into()),
            _ => Ok(text.into()),
        }
    }

    fn index(&mut self) -> Outcome<i64> {
        let (digits, mark) = self.run_until("]");
        if mark.is_none() {
            return Err(Stop::End);
        }
        digits.parse().map_err(|_| {
            let shown = quote(&digits);
            let is_number =
                digits.trim_start_matches(['-', '+']).bytes().all(|it| it.is_ascii_digit());
            let why = match digits.as_str() {
                "" | "-" | "+" => "invalid syntax",
                _ if is_number => "value out of range",
                _ => "invalid syntax",
            };
            Stop::Wrong(format!("error parsing index: strconv.Atoi: parsing {shown}: {why}"))
        })
    }

    /// One place of a list.
    fn item(&mut self, list: &mut Vec<Value>, index: i64, depth: usize) -> Outcome<()> {
        if index < 0 {
            return Err(Stop::Wrong(format!("negative {index} index not allowed")));
        }
        let (unexpected, mark) = self.run_until("[.=");
        if !unexpected.is_empty() {
            let letters: Vec<String> = unexpected.chars().map(quote_character).collect();
            let shown = letters.join(" ");
            return Err(Stop::Wrong(format!("unexpected data at end of array index: [{shown}]")));
        }
        let known = usize::try_from(index).ok().and_then(|it| list.get(it)).cloned();
        match mark {
            None => Err(Stop::End),
            Some('=') => {
                let value = self.value()?;
                put_at(list, index, value)
            }
            Some('[') => {
                let next = self.index()?;
                let mut inner = match known {
                    None | Some(Value::Null) => Vec::new(),
                    Some(Value::Array(items)) => items,
                    Some(other) => return Err(not_of(&other, "[]interface {}")),
                };
                self.item(&mut inner, next, depth)?;
                put_at(list, index, Value::Array(inner))
            }
            Some(_) => {
                let mut inner = match known {
                    Some(Value::Object(fields)) => fields,
                    _ => Map::new(),
                };
                self.key(&mut inner, depth)?;
                put_at(list, index, Value::Object(inner))
            }
        }
    }
}

/// Puts a value at a place of a list, which grows with nulls.
fn put_at(list: &mut Vec<Value>, index: i64, value: Value) -> Outcome<()> {
    if index > INDEX_MAX {
        return Err(Stop::Wrong(format!(
            "index of {index} is greater than maximum supported index of {INDEX_MAX}"
        )));
    }
    let index = usize::try_from(index).unwrap_or_default();
    if list.len() <= index {
        list.resize(index + 1, Value::Null);
    }
    list[index] = value;
    Ok(())
}

/// What letters look like.
fn typed(text: &str) -> Value {
    if text.eq_ignore_ascii_case("true") {
        return true.into();
    }
    if text.eq_ignore_ascii_case("false") {
        return false.into();
    }
    if text.eq_ignore_ascii_case("null") {
        return Value::Null;
    }
    match text.parse::<i64>() {
        Ok(number) if text == "0" || !text.starts_with('0') => number.into(),
        _ => text.into(),
    }
}

/// The first JSON value of a text, and its length.
fn first_json(text: &str) -> Outcome<(Value, usize)> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    if let Some(Ok(value)) = stream.next() {
        return Ok((yaml::with_floats(value), stream.byte_offset()));
    }
    let why = yaml::json(text).err().unwrap_or_else(|| "invalid character".to_owned());
    let is_cut = why == "unexpected end of JSON input";
    Err(Stop::Wrong(if is_cut { "unexpected EOF".to_owned() } else { why }))
}

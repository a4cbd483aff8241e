//! Reading JSON with the words of Go's `encoding/json` for what is wrong with it: a patch is typed by
//! hand more often than any other JSON.

use serde_json::Value;

use crate::go_format::quote;

/// Deepest nesting that is read.
const DEPTH_MAX: usize = 120;

/// A text that is no JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Bytes read up to and with the wrong one.
    pub offset: usize,
    /// Go's text.
    pub text: String,
}

/// What Go says of a text that ends too early.
pub const UNEXPECTED_END: &str = "unexpected end of JSON input";

/// Reads a JSON text.
///
/// # Errors
/// With Go's text: `invalid character 'b' looking for beginning of object key string`.
pub fn parse(text: &str) -> Result<Value, String> {
    let mut scanner = Scanner { bytes: text.as_bytes(), position: 0, open: Vec::new() };
    scanner.document()?;
    scanner.skip_space();
    match scanner.peek() {
        None => decode(text),
        Some(byte) => Err(invalid(byte, "after top-level value")),
    }
}

/// Reads JSON documents that follow one another, each with the byte it starts at.
///
/// # Errors
/// At the first document that is wrong.
pub fn parse_stream(text: &str) -> Result<Vec<(usize, Value)>, SyntaxError> {
    let mut scanner = Scanner { bytes: text.as_bytes(), position: 0, open: Vec::new() };
    let mut documents = Vec::new();
    loop {
        scanner.skip_space();
        let start = scanner.position;
        if scanner.peek().is_none() {
            return Ok(documents);
        }
        let outcome = scanner.document();
        let value = outcome.and_then(|()| decode(&text[start..scanner.position]));
        let wrong = |text| SyntaxError { offset: scanner.position, text };
        documents.push((start, value.map_err(wrong)?));
    }
}

fn decode(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("json: {error}"))
}

struct Scanner<'a> {
    bytes: &'a [u8],
    position: usize,
    /// Closing brackets of the objects and lists that are open.
    open: Vec<u8>,
}

/// What may stand next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Value,
    /// A value or the end of the list.
    FirstElement,
    Key,
    /// A key or the end of the object.
    FirstKey,
    AfterValue,
}

impl Scanner<'_> {
    /// One document, up to its last byte.
    fn document(&mut self) -> Result<(), String> {
        let mut state = State::Value;
        loop {
            if state == State::AfterValue && self.open.is_empty() {
                return Ok(());
            }
            self.skip_space();
            let byte = self.next()?;
            state = match (state, byte) {
                (State::FirstElement, b']') | (State::FirstKey, b'}') => self.close(),
                (State::Value | State::FirstElement, _) => self.value(byte)?,
                (State::Key | State::FirstKey, b'"') => {
                    self.string()?;
                    self.colon()?
                }
                (State::Key | State::FirstKey, _) => {
                    return Err(invalid(byte, "looking for beginning of object key string"));
                }
                (State::AfterValue, _) => self.after_value(byte)?,
            };
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    fn next(&mut self) -> Result<u8, String> {
        let byte = self.peek().ok_or(UNEXPECTED_END)?;
        self.position += 1;
        Ok(byte)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.position += 1;
        }
    }

    fn close(&mut self) -> State {
        self.open.pop();
        State::AfterValue
    }

    fn open(&mut self, closing: u8, state: State) -> Result<State, String> {
        if self.open.len() >= DEPTH_MAX {
            return Err("exceeded max depth".to_owned());
        }
        self.open.push(closing);
        Ok(state)
    }

    fn value(&mut self, first: u8) -> Result<State, String> {
        match first {
            b'{' => return self.open(b'}', State::FirstKey),
            b'[' => return self.open(b']', State::FirstElement),
            b'"' => self.string()?,
            b't' => self.literal("true")?,
            b'f' => self.literal("false")?,
            b'n' => self.literal("null")?,
            b'-' | b'0'..=b'9' => self.number(first)?,
            _ => return Err(invalid(first, "looking for beginning of value")),
        }
        Ok(State::AfterValue)
    }

    fn colon(&mut self) -> Result<State, String> {
        self.skip_space();
        match self.next()? {
            b':' => Ok(State::Value),
            other => Err(invalid(other, "after object key")),
        }
    }

    fn after_value(&mut self, byte: u8) -> Result<State, String> {
        match (self.open.last(), byte) {
            (Some(closing), _) if *closing == byte => Ok(self.close()),
            (Some(b'}'), b',') => Ok(State::Key),
            (_, b',') => Ok(State::Value),
            (Some(b'}'), _) => Err(invalid(byte, "after object key:value pair")),
            _ => Err(invalid(byte, "after array element")),
        }
    }

    fn string(&mut self) -> Result<(), String> {
        loop {
            match self.next()? {
                b'"' => return Ok(()),
                b'\\' => self.escape()?,
                control @ 0..0x20 => return Err(invalid(control, "in string literal")),
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Result<(), String> {
        match self.next()? {
            b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => Ok(()),
            b'u' => (0..4).try_for_each(|_| match self.next()? {
                digit if digit.is_ascii_hexdigit() => Ok(()),
                other => Err(invalid(other, "in \\u hexadecimal character escape")),
            }),
            other => Err(invalid(other, "in string escape code")),
        }
    }

    fn literal(&mut self, literal: &str) -> Result<(), String> {
        for expected in literal.bytes().skip(1) {
            let byte = self.next()?;
            if byte != expected {
                let expected = char::from(expected);
                let context = format!("in literal {literal} (expecting '{expected}')");
                return Err(invalid(byte, &context));
            }
        }
        Ok(())
    }

    fn number(&mut self, first: u8) -> Result<(), String> {
        let leading = if first == b'-' { self.digit("in numeric literal")? } else { first };
        if leading != b'0' {
            self.skip_digits();
        }
        if self.peek() == Some(b'.') {
            self.position += 1;
            self.digit("after decimal point in numeric literal")?;
            self.skip_digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.position += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.position += 1;
            }
            self.digit("in exponent of numeric literal")?;
            self.skip_digits();
        }
        Ok(())
    }

    fn digit(&mut self, context: &str) -> Result<u8, String> {
        match self.next()? {
            digit @ b'0'..=b'9' => Ok(digit),
            other => Err(invalid(other, context)),
        }
    }

    fn skip_digits(&mut self) {
        while self.peek().is_some_and(|it| it.is_ascii_digit()) {
            self.position += 1;
        }
    }
}

fn invalid(byte: u8, context: &str) -> String {
    let shown = match byte {
        b'\'' => "\\'".to_owned(),
        b'"' => "\"".to_owned(),
        _ => quote(&char::from(byte).to_string()).trim_matches('"').to_owned(),
    };
    format!("invalid character '{shown}' {context}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn says_what_go_says() {
        for (text, error) in [
            ("{bad", "invalid character 'b' looking for beginning of object key string"),
            ("", "unexpected end of JSON input"),
            ("{\"a\":", "unexpected end of JSON input"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("{\"a\":1 \"b\"}", "invalid character '\"' after object key:value pair"),
            ("{\"a\":1,}", "invalid character '}' looking for beginning of object key string"),
            ("[1 2]", "invalid character '2' after array element"),
            ("[1,]", "invalid character ']' looking for beginning of value"),
            ("{} x", "invalid character 'x' after top-level value"),
            ("{'a':1}", "invalid character '\\'' looking for beginning of object key string"),
            ("{\"a\":tru}", "invalid character '}' in literal true (expecting 'e')"),
            ("\"\n\"", "invalid character '\\n' in string literal"),
            ("\"\\q\"", "invalid character 'q' in string escape code"),
            ("\"\\u12x4\"", "invalid character 'x' in \\u hexadecimal character escape"),
            ("-x", "invalid character 'x' in numeric literal"),
            ("1.x", "invalid character 'x' after decimal point in numeric literal"),
            ("1e+x", "invalid character 'x' in exponent of numeric literal"),
            ("01", "invalid character '1' after top-level value"),
            ("spec: 1", "invalid character 's' looking for beginning of value"),
        ] {
            assert_eq!(parse(text), Err(error.to_owned()), "{text}");
        }
    }

    #[test]
    fn reads_json() {
        let text = " {\"a\": [1, -0.5e+3, true, false, null, \"\\u0041\\n\", {}, []]} ";
        let expected = json!({"a": [1, -500.0, true, false, null, "A\n", {}, []]});
        assert_eq!(parse(text), Ok(expected));
    }

    #[test]
    fn reads_streams() {
        let documents = parse_stream(" {\"a\": 1}\n{} ");
        assert_eq!(documents, Ok(vec![(1, json!({"a": 1})), (10, json!({}))]));
        let error = parse_stream("{}\n{bad").unwrap_err();
        assert_eq!(error.offset, 5);
        assert_eq!(error.text, "invalid character 'b' looking for beginning of object key string");
        assert_eq!(parse_stream("{").unwrap_err().text, UNEXPECTED_END);
    }

    proptest! {
        #[test]
        fn accepts_what_is_json(text in "[\\[\\]{}:,\"0-2a.e+ -]{0,16}") {
            let is_json = serde_json::from_str::<Value>(&text).is_ok();
            prop_assert_eq!(parse(&text).is_ok(), is_json);
        }
    }
}

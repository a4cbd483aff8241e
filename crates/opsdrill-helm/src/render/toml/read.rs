//! Reading. Complaints are those of the library for what people get wrong most: a value, a key, an end.

use opsdrill_sprig::time;
use opsdrill_template::{Fields, Value, print};

/// How deep values may be.
const DEPTH_MAX: usize = 100;

/// Layouts of points in time, in Go's notation.
const LAYOUTS: &[&str] = &[
    "2006-01-02T15:04:05Z07:00",
    "2006-01-02T15:04:05",
    "2006-01-02 15:04:05Z07:00",
    "2006-01-02 15:04:05",
    "2006-01-02",
    "15:04:05",
];

/// TOML as a map.
///
/// # Errors
/// With the library's words: `toml: line 1 (last key "a"): expected value but found "yes" instead`.
pub(in super::super) fn read(text: &str) -> Result<Value, String> {
    let top = Value::map([]);
    let Value::Map(fields) = &top else { return Ok(top) };
    let letters = text.replace("\r\n", "\n").chars().collect();
    let mut reader =
        Reader { letters, place: 0, line: 1, last_key: String::new(), table: fields.clone() };
    reader.document(fields)?;
    Ok(top)
}

type Outcome<T> = Result<T, String>;

struct Reader {
    letters: Vec<char>,
    place: usize,
    line: usize,
    last_key: String,
    /// Where keys are put at the moment.
    table: Fields,
}

fn empty_table() -> Fields {
    match Value::map([]) {
        Value::Map(fields) => fields,
        _ => unreachable!("it was made as a map"),
    }
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.letters.get(self.place).copied()
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.place += 1;
        self.line += usize::from(letter == '\n');
        Some(letter)
    }

    fn follows(&mut self, text: &str) -> bool {
        let found = text
            .chars()
            .enumerate()
            .all(|(index, it)| self.letters.get(self.place + index) == Some(&it));
        if found {
            for _ in text.chars() {
                self.next();
            }
        }
        found
    }

    fn complain<T>(&self, what: &str) -> Outcome<T> {
        let key = match self.last_key.as_str() {
            "" => String::new(),
            key => format!(" (last key {})", print::quote(key)),
        };
        Err(format!("toml: line {}{key}: {what}", self.line))
    }

    fn spaces(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t')) {
            self.next();
        }
    }

    /// White space, line breaks and comments.
    fn blank(&mut self) {
        loop {
            match self.peek() {
                Some(' ' | '\t' | '\n') => {
                    self.next();
                }
                Some('#') => self.comment(),
                _ => return,
            }
        }
    }

    fn comment(&mut self) {
        while self.peek().is_some_and(|it| it != '\n') {
            self.next();
        }
    }

    fn document(&mut self, top: &Fields) -> Outcome<()> {
        loop {
            self.blank();
            match self.peek() {
                None => return Ok(()),
                Some('[') => self.header(top)?,
                Some(_) => {
                    let table = self.table.clone();
                    self.pair(&table, 0)?;
                }
            }
            self.spaces();
            match self.peek() {
                None | Some('\n' | '#') => {}
                Some(other) => {
                    let what = format!(
                        "expected a top-level item to end with a newline, comment, or EOF, but got {} instead",
                        print::quote_character(other)
                    );
                    return self.complain(&what);
                }
            }
        }
    }

    /// `[a.b]` or `[[a.b]]`.
    fn header(&mut self, top: &Fields) -> Outcome<()> {
        self.next();
        let is_list = self.follows("[");
        self.last_key.clear();
        let path = self.path(']')?;
        if !self.follows(if is_list { "]]" } else { "]" }) {
            let got = self.peek().map_or("'\\x00'".to_owned(), print::quote_character);
            return self.complain(&format!(
                "expected '.' or ']' to end table name, but got {got} instead"
            ));
        }
        self.last_key = path.join(".");
        let (last, before) = path.split_last().expect("a path has a name");
        let mut table = top.clone();
        for name in before {
            table = self.inner(&table, name)?;
        }
        if !is_list {
            self.table = self.inner(&table, last)?;
            return Ok(());
        }
        let new = empty_table();
        let mut items = match table.borrow().get(last) {
            Some(Value::List(items)) => items.to_vec(),
            Some(_) => {
                return self.complain(&format!(
                    "Key '{}' was already created and cannot be used as an array.",
                    self.last_key
                ));
            }
            None => Vec::new(),
        };
        items.push(Value::Map(new.clone()));
        table.borrow_mut().insert(last.clone(), Value::list(items));
        self.table = new;
        Ok(())
    }

    /// The table of a name, which is made if there is none; of a list, the last one.
    fn inner(&self, table: &Fields, name: &str) -> Outcome<Fields> {
        let known = table.borrow().get(name).cloned();
        match known {
            Some(Value::Map(inner)) => Ok(inner),
            Some(Value::List(items)) => match items.last() {
                Some(Value::Map(inner)) => Ok(inner.clone()),
                _ => self.complain(&format!("Key '{}' has already been defined.", self.last_key)),
            },
            Some(_) => self.complain(&format!("Key '{}' has already been defined.", self.last_key)),
            None => {
                let inner = empty_table();
                table.borrow_mut().insert(name.to_owned(), Value::Map(inner.clone()));
                Ok(inner)
            }
        }
    }

    /// Names with dots between them.
    fn path(&mut self, end: char) -> Outcome<Vec<String>> {
        let mut path = Vec::new();
        loop {
            self.spaces();
            let name = match self.peek() {
                Some('"') => self.basic()?,
                Some('\'') => self.literal()?,
                _ => self.bare(),
            };
            if name.is_empty()
                && !matches!(self.letters.get(self.place.wrapping_sub(1)), Some('"' | '\''))
            {
                return match self.peek() {
                    Some(it) if it == end => self.complain(&format!(
                        "unexpected {}: key name appears blank",
                        print::quote_character(it)
                    )),
                    None => self.complain("unexpected EOF; expected key"),
                    Some(it) => self.complain(&format!(
                        "invalid character at start of key: {}",
                        print::quote_character(it)
                    )),
                };
            }
            path.push(name);
            self.spaces();
            if self.peek() != Some('.') {
                return Ok(path);
            }
            self.next();
        }
    }

    fn bare(&mut self) -> String {
        let mut name = String::new();
        while let Some(letter) =
            self.peek().filter(|it| it.is_ascii_alphanumeric() || "_-".contains(*it))
        {
            name.push(letter);
            self.next();
        }
        name
    }

    fn pair(&mut self, table: &Fields, depth: usize) -> Outcome<()> {
        self.last_key.clear();
        let path = self.path('=')?;
        match self.peek() {
            Some('=') => self.next(),
            None => return self.complain("unexpected EOF; expected key separator '='"),
            Some(other) => {
                let other = print::quote_character(other);
                return self.complain(&format!("expected '.' or '=', but got {other} instead"));
            }
        };
        self.last_key = path.join(".");
        self.spaces();
        let value = self.value(depth)?;
        let (last, before) = path.split_last().expect("a path has a name");
        let mut table = table.clone();
        for name in before {
            table = self.inner(&table, name)?;
        }
        if table.borrow().contains_key(last) {
            return self.complain(&format!("Key '{}' has already been defined.", self.last_key));
        }
        table.borrow_mut().insert(last.clone(), value);
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Outcome<Value> {
        if depth > DEPTH_MAX {
            return self.complain(&format!("values are nested deeper than {DEPTH_MAX}"));
        }
        match self.peek() {
            None => self.complain("unexpected EOF; expected value"),
            Some('"') if self.follows("\"\"\"") => self.several("\"\"\"", true),
            Some('"') => self.basic().map(Value::from),
            Some('\'') if self.follows("'''") => self.several("'''", false),
            Some('\'') => self.literal().map(Value::from),
            Some('[') => self.array(depth),
            Some('{') => self.inline(depth),
            Some('\n') => self.complain("expected value but found '\\n' instead"),
            Some(_) => self.word(),
        }
    }

    fn array(&mut self, depth: usize) -> Outcome<Value> {
        self.next();
        let mut items = Vec::new();
        loop {
            self.blank();
            if self.follows("]") {
                return Ok(Value::list(items));
            }
            items.push(self.value(depth + 1)?);
            self.blank();
            if self.follows(",") {
                continue;
            }
            match self.peek() {
                Some(']') => {}
                None => {
                    return self.complain(
                        "unexpected EOF; expected a comma (',') or array terminator (']')",
                    );
                }
                Some(other) => {
                    let other = print::quote_character(other);
                    return self.complain(&format!(
                        "expected a comma (',') or array terminator (']'), but got {other}"
                    ));
                }
            }
        }
    }

    fn inline(&mut self, depth: usize) -> Outcome<Value> {
        self.next();
        let table = empty_table();
        loop {
            self.spaces();
            if self.follows("}") {
                return Ok(Value::Map(table));
            }
            self.pair(&table, depth + 1)?;
            self.spaces();
            if !self.follows(",") && self.peek() != Some('}') {
                return self.complain("expected a comma or an inline table terminator '}'");
            }
        }
    }

    fn literal(&mut self) -> Outcome<String> {
        self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                Some('\'') => return Ok(text),
                Some('\n') => return self.complain("strings cannot contain newlines"),
                Some(letter) => text.push(letter),
                None => return self.complain("unexpected EOF; expected \"'\""),
            }
        }
    }

    fn basic(&mut self) -> Outcome<String> {
        self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                Some('"') => return Ok(text),
                Some('\\') => self.escape(&mut text)?,
                Some('\n') => return self.complain("strings cannot contain newlines"),
                Some(letter) => text.push(letter),
                None => return self.complain("unexpected EOF; expected '\"'"),
            }
        }
    }

    /// A text of several lines.
    fn several(&mut self, end: &str, escapes: bool) -> Outcome<Value> {
        self.follows("\n");
        let mut text = String::new();
        loop {
            if self.follows(end) {
                return Ok(text.into());
            }
            match self.next() {
                None => {
                    return self
                        .complain(&format!("unexpected EOF; expected {}", print::quote(end)));
                }
                Some('\\') if escapes && matches!(self.peek(), Some('\n' | ' ' | '\t')) => {
                    while matches!(self.peek(), Some('\n' | ' ' | '\t')) {
                        self.next();
                    }
                }
                Some('\\') if escapes => self.escape(&mut text)?,
                Some(letter) => text.push(letter),
            }
        }
    }

    fn escape(&mut self, text: &mut String) -> Outcome<()> {
        let letter = self.next();
        text.push(match letter {
            Some('b') => '\x08',
            Some('t') => '\t',
            Some('n') => '\n',
            Some('f') => '\x0c',
            Some('r') => '\r',
            Some('e') => '\x1b',
            Some(it @ ('"' | '\\')) => it,
            Some(it @ ('u' | 'U')) => {
                let count = if it == 'u' { 4 } else { 8 };
                let digits: String = (0..count).filter_map(|_| self.next()).collect();
                let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                let Some(code) = code else {
                    return self.complain(&format!(
                        "expected hexadecimal digits after '\\{it}', but got {} instead",
                        print::quote(&digits)
                    ));
                };
                code
            }
            other => {
                let shown = other.map(|it| format!("\\{it}")).unwrap_or_default();
                return self.complain(&format!("invalid escape in string '{shown}'"));
            }
        });
        Ok(())
    }

    /// A number, a truth or a point in time.
    fn word(&mut self) -> Outcome<Value> {
        let mut word = String::new();
        let ends = |it: char| matches!(it, ',' | ']' | '}' | '#' | '\n' | '\t' | '=');
        while let Some(letter) = self.peek().filter(|it| !ends(*it)) {
            // A space may stand between date and time, and nowhere else.
            let is_date = word.len() == 10 && word.as_bytes()[4] == b'-';
            let goes_on = self.letters.get(self.place + 1).is_some_and(char::is_ascii_digit);
            if letter == ' ' && !(is_date && goes_on) {
                break;
            }
            word.push(letter);
            self.next();
        }
        match word.as_str() {
            "true" => return Ok(true.into()),
            "false" => return Ok(false.into()),
            "inf" | "+inf" => return Ok(Value::Float(f64::INFINITY)),
            "-inf" => return Ok(Value::Float(f64::NEG_INFINITY)),
            "nan" | "+nan" | "-nan" => return Ok(Value::Float(f64::NAN)),
            _ => {}
        }
        let found = number(&word).or_else(|| {
            let upper = word.replace('t', "T").replace('z', "Z");
            LAYOUTS.iter().find_map(|it| time::parse(it, &upper).ok()).map(Value::native)
        });
        match found {
            Some(value) => Ok(value),
            None => {
                self.complain(&format!("expected value but found {} instead", print::quote(&word)))
            }
        }
    }
}

fn number(word: &str) -> Option<Value> {
    let plain = word.replace('_', "");
    let is_split = word.starts_with('_') || word.ends_with('_') || word.contains("__");
    if is_split || !plain.trim_start_matches(['+', '-']).starts_with(|it: char| it.is_ascii_digit())
    {
        return None;
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = plain.strip_prefix(prefix) {
            return i64::from_str_radix(digits, radix).ok().map(Value::int64);
        }
    }
    if let Ok(number) = plain.parse::<i64>() {
        let digits = plain.trim_start_matches(['+', '-']);
        return (digits.len() == 1 || !digits.starts_with('0')).then(|| Value::int64(number));
    }
    let is_float =
        plain.contains(['.', 'e', 'E']) && !plain.ends_with('.') && !plain.contains([':', 'T']);
    is_float.then(|| plain.parse().ok().map(Value::Float))?
}

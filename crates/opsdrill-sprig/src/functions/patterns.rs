//! Patterns of texts: regular expressions in RE2's syntax.

use opsdrill_template::{Element, Value, print};
use regex::{Regex, RegexBuilder};

use crate::arguments::{int, text};

type Answer = Result<Value, String>;

/// The largest compiled expression, in bytes.
const COMPILED_MAX: usize = 4 << 20;

/// The most often that a part may be repeated by count.
const REPEAT_MAX: usize = 1000;

fn wrong(what: &str, part: &str) -> String {
    format!("error parsing regexp: {what}: `{part}`")
}

/// Compiles an expression.
///
/// # Errors
/// With Go's words.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    let translated = translated(pattern)?;
    let built = RegexBuilder::new(&translated).size_limit(COMPILED_MAX).build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "error parsing regexp: expression too large".to_owned(),
        _ => wrong("invalid syntax", pattern),
    })
}

/// As `regexp.MustCompile`, which panics.
fn must_compile(pattern: &str) -> Result<Regex, String> {
    compile(pattern).map_err(|why| {
        let shown = if pattern.contains('`') || pattern.chars().any(char::is_control) {
            print::quote(pattern)
        } else {
            format!("`{pattern}`")
        };
        format!("regexp: Compile({shown}): {why}")
    })
}

/// RE2's syntax as that of the engine: classes such as `\d` are of ASCII only, and brackets inside of brackets stand for
/// themselves.
fn translated(pattern: &str) -> Result<String, String> {
    let mut translator = Translator {
        pattern,
        letters: pattern.chars().collect(),
        place: 0,
        open: 0,
        can_repeat: false,
        translation: String::new(),
    };
    while translator.place < translator.letters.len() {
        translator.one()?;
    }
    if translator.open > 0 {
        return Err(wrong("missing closing )", pattern));
    }
    Ok(translator.translation)
}

struct Translator<'p> {
    pattern: &'p str,
    letters: Vec<char>,
    place: usize,
    /// Groups that are open.
    open: usize,
    /// Whether there is something that a star could repeat.
    can_repeat: bool,
    translation: String,
}

impl Translator<'_> {
    fn rest(&self, from: usize) -> String {
        self.letters[from..].iter().collect()
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.letters.get(self.place + ahead).copied()
    }

    /// One letter, escape, class or sign.
    fn one(&mut self) -> Result<(), String> {
        let letter = self.letters[self.place];
        match letter {
            '\\' if self.peek(1) == Some('Q') => self.quoted(),
            '\\' => {
                self.place = escape(&self.letters, self.place, false, &mut self.translation)?;
                self.can_repeat = true;
            }
            '[' => {
                self.place = class(&self.letters, self.place, &mut self.translation)?;
                self.can_repeat = true;
            }
            '(' => self.group()?,
            ')' if self.open == 0 => return Err(wrong("unexpected )", self.pattern)),
            '*' | '+' | '?' => self.repetition()?,
            '{' => self.brace()?,
            '}' if !self.translation.ends_with(|it: char| it.is_ascii_digit() || it == ',') => {
                self.translation.push_str("\\}");
                self.place += 1;
            }
            other => {
                self.open -= usize::from(other == ')');
                self.can_repeat = other != '|';
                self.translation.push(other);
                self.place += 1;
            }
        }
        Ok(())
    }

    /// `\Q…\E`.
    fn quoted(&mut self) {
        let whole = self.rest(self.place + 2);
        let (quoted, ends) = match whole.split_once("\\E") {
            Some((quoted, _)) => (quoted, 2),
            None => (whole.as_str(), 0),
        };
        self.translation.push_str(&regex::escape(quoted));
        self.place += 2 + quoted.chars().count() + ends;
        self.can_repeat = true;
    }

    fn group(&mut self) -> Result<(), String> {
        let rest = self.rest(self.place);
        for part in ["(?=", "(?!", "(?<=", "(?<!"] {
            if rest.starts_with(part) {
                return Err(wrong("invalid or unsupported Perl syntax", &part[..3]));
            }
        }
        self.open += 1;
        let sign = if rest.starts_with("(?") { "(?" } else { "(" };
        self.translation.push_str(sign);
        self.place += sign.len();
        self.can_repeat = false;
        Ok(())
    }

    fn repetition(&mut self) -> Result<(), String> {
        let sign = self.letters[self.place];
        if !self.can_repeat {
            return Err(wrong("missing argument to repetition operator", &sign.to_string()));
        }
        let length = 1 + usize::from(self.peek(1) == Some('?'));
        let part =
            |length| self.letters[self.place..self.place + length].iter().collect::<String>();
        if self.peek(length).is_some_and(|it| "*+?".contains(it)) {
            return Err(wrong("invalid nested repetition operator", &part(length + 1)));
        }
        let part = part(length);
        self.translation.push_str(&part);
        self.place += length;
        Ok(())
    }

    /// Counts, or a brace that counts nothing and stands for itself.
    fn brace(&mut self) -> Result<(), String> {
        let after = &self.letters[self.place..];
        if counts(after) {
            let inner: String = after[1..].iter().take_while(|it| **it != '}').collect();
            if !can_be_repeated_so(&inner) {
                return Err(wrong("invalid repeat count", &format!("{{{inner}}}")));
            }
            self.translation.push('{');
        } else {
            self.translation.push_str("\\{");
            self.can_repeat = true;
        }
        self.place += 1;
        Ok(())
    }
}

/// Whether the counts of a brace are in order and not too high.
fn can_be_repeated_so(counts: &str) -> bool {
    let (low, high) = counts.split_once(',').unwrap_or((counts, ""));
    let low: usize = low.parse().unwrap_or(usize::MAX);
    let high: usize = if high.is_empty() { low } else { high.parse().unwrap_or(usize::MAX) };
    low <= high && high <= REPEAT_MAX
}

fn counts(characters: &[char]) -> bool {
    let inner: String = characters[1..].iter().take_while(|it| **it != '}').collect();
    let (low, high) = inner.split_once(',').unwrap_or((&inner, ""));
    let is_number = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    characters.contains(&'}') && is_number(low) && (high.is_empty() || is_number(high))
}

/// An escape; answers where the pattern goes on.
fn escape(
    characters: &[char],
    place: usize,
    in_class: bool,
    translation: &mut String,
) -> Result<usize, String> {
    let Some(next) = characters.get(place + 1).copied() else {
        return Err(wrong("trailing backslash at end of expression", ""));
    };
    let ascii = match next {
        'd' => Some(("0-9", false)),
        'D' => Some(("0-9", true)),
        'w' => Some(("0-9A-Za-z_", false)),
        'W' => Some(("0-9A-Za-z_", true)),
        's' => Some(("\\t\\n\\f\\r ", false)),
        'S' => Some(("\\t\\n\\f\\r ", true)),
        _ => None,
    };
    if let Some((set, is_negated)) = ascii {
        let negation = if is_negated { "^" } else { "" };
        if in_class && !is_negated {
            translation.push_str(set);
        } else {
            translation.push_str(&format!("[{negation}{set}]"));
        }
        return Ok(place + 2);
    }
    match next {
        'b' | 'B' if !in_class => translation.push_str(&format!("(?-u:\\{next})")),
        'A' | 'z' if !in_class => translation.extend(['\\', next]),
        'a' | 'f' | 't' | 'n' | 'r' | 'v' | 'p' | 'P' | 'x' | '0'..='7' => {
            translation.extend(['\\', next]);
        }
        it if it.is_ascii_punctuation() => translation.extend(['\\', it]),
        it => return Err(wrong("invalid escape sequence", &format!("\\{it}"))),
    }
    Ok(place + 2)
}

/// A class in brackets; answers where the pattern goes on.
fn class(characters: &[char], start: usize, translation: &mut String) -> Result<usize, String> {
    let unclosed = || wrong("missing closing ]", &characters[start..].iter().collect::<String>());
    let mut place = start + 1;
    translation.push('[');
    if characters.get(place) == Some(&'^') {
        translation.push('^');
        place += 1;
    }
    let first = place;
    loop {
        let character = *characters.get(place).ok_or_else(unclosed)?;
        match character {
            ']' if place > first => {
                translation.push(']');
                return Ok(place + 1);
            }
            '[' if characters.get(place + 1) == Some(&':') => {
                let inner: String = characters[place..].iter().collect();
                let Some(end) = inner.find(":]") else { return Err(unclosed()) };
                translation.push_str(&inner[..end + 2]);
                place += inner[..end + 2].chars().count();
            }
            '\\' => place = escape(characters, place, true, translation)?,
            ']' | '[' | '&' | '~' => {
                translation.extend(['\\', character]);
                place += 1;
            }
            '-' if characters.get(place + 1) == Some(&'-') => {
                translation.push_str("\\-");
                place += 1;
            }
            other => {
                let is_range = characters.get(place + 1) == Some(&'-')
                    && characters.get(place + 2).is_some_and(|it| !"]\\[".contains(*it));
                if is_range && characters[place + 2] < other {
                    let part: String = characters[place..place + 3].iter().collect();
                    return Err(wrong("invalid character class range", &part));
                }
                translation.push(other);
                place += 1;
            }
        }
    }
}

fn truth(expression: &Regex, arguments: &[Value]) -> Value {
    expression.is_match(text(arguments, 1)).into()
}

#[expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]
pub(super) fn is_match(arguments: &[Value]) -> Answer {
    let matches = compile(text(arguments, 0)).map(|it| truth(&it, arguments));
    Ok(matches.unwrap_or(Value::Bool(false)))
}

pub(super) fn must_match(arguments: &[Value]) -> Answer {
    compile(text(arguments, 0)).map(|it| truth(&it, arguments))
}

fn first_found(expression: &Regex, arguments: &[Value]) -> Value {
    expression.find(text(arguments, 1)).map_or("", |it| it.as_str()).into()
}

pub(super) fn find(arguments: &[Value]) -> Answer {
    must_compile(text(arguments, 0)).map(|it| first_found(&it, arguments))
}

pub(super) fn must_find(arguments: &[Value]) -> Answer {
    compile(text(arguments, 0)).map(|it| first_found(&it, arguments))
}

fn all_found(expression: &Regex, arguments: &[Value]) -> Value {
    let most = usize::try_from(int(arguments, 2)).unwrap_or(usize::MAX);
    let found: Vec<&str> =
        expression.find_iter(text(arguments, 1)).take(most).map(|it| it.as_str()).collect();
    if found.is_empty() { Value::nil_list(Element::Text) } else { Value::texts(found) }
}

pub(super) fn find_all(arguments: &[Value]) -> Answer {
    must_compile(text(arguments, 0)).map(|it| all_found(&it, arguments))
}

pub(super) fn must_find_all(arguments: &[Value]) -> Answer {
    compile(text(arguments, 0)).map(|it| all_found(&it, arguments))
}

fn replaced(expression: &Regex, arguments: &[Value]) -> Value {
    expression.replace_all(text(arguments, 1), text(arguments, 2)).into_owned().into()
}

pub(super) fn replace_all(arguments: &[Value]) -> Answer {
    must_compile(text(arguments, 0)).map(|it| replaced(&it, arguments))
}

pub(super) fn must_replace_all(arguments: &[Value]) -> Answer {
    compile(text(arguments, 0)).map(|it| replaced(&it, arguments))
}

fn replaced_literally(expression: &Regex, arguments: &[Value]) -> Value {
    let replacement = regex::NoExpand(text(arguments, 2));
    expression.replace_all(text(arguments, 1), replacement).into_owned().into()
}

pub(super) fn replace_all_literal(arguments: &[Value]) -> Answer {
    must_compile(text(arguments, 0)).map(|it| replaced_literally(&it, arguments))
}

pub(super) fn must_replace_all_literal(arguments: &[Value]) -> Answer {
    compile(text(arguments, 0)).map(|it| replaced_literally(&it, arguments))
}

/// What stands between matches; an empty match at the start makes no piece.
fn pieces(expression: &Regex, arguments: &[Value]) -> Value {
    let (whole, most) = (text(arguments, 1), int(arguments, 2));
    if most == 0 {
        return Value::nil_list(Element::Text);
    }
    if whole.is_empty() && !expression.as_str().is_empty() {
        return Value::texts([""]);
    }
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut pieces: Vec<&str> = Vec::new();
    let (mut begin, mut end) = (0, 0);
    for found in expression.find_iter(whole).take(most) {
        if pieces.len() == most - 1 {
            break;
        }
        end = found.start();
        if found.end() != 0 {
            pieces.push(&whole[begin..end]);
        }
        begin = found.end();
    }
    if end != whole.len() {
        pieces.push(&whole[begin..]);
    }
    Value::texts(pieces)
}

pub(super) fn split(arguments: &[Value]) -> Answer {
    must_compile(text(arguments, 0)).map(|it| pieces(&it, arguments))
}

pub(super) fn must_split(arguments: &[Value]) -> Answer {
    compile(text(arguments, 0)).map(|it| pieces(&it, arguments))
}

#[expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]
pub(super) fn quote_meta(arguments: &[Value]) -> Answer {
    let quoted = text(arguments, 0).chars().flat_map(|it| {
        let is_special = "\\.+*?()|[]{}^$".contains(it);
        is_special.then_some('\\').into_iter().chain([it])
    });
    Ok(quoted.collect::<String>().into())
}

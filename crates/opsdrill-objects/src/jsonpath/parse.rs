//! The text form of templates, read as client-go reads it.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::node::{Filter, Node, Slice};
use super::quoted::unquote;
use crate::go_format::is_printable;

/// Deepest nesting of expressions in unions and filters.
const DEPTH_MAX: usize = 16;

static DICT_KEY: LazyLock<Regex> = LazyLock::new(|| constant("^'([^']*)'$"));
static SLICE: LazyLock<Regex> = LazyLock::new(|| constant(r"^(-?[0-9]*)(:-?[0-9]*)?(:-?[0-9]*)?$"));
static COMPARISON: LazyLock<Regex> = LazyLock::new(|| constant("^([^!<>=]+)([!<>=]+)(.+?)$"));

fn constant(expression: &str) -> Regex {
    Regex::new(expression).expect("the expression is a constant of this file")
}

/// The pieces of a template: texts and expressions.
pub(super) fn parse(text: &str) -> Result<Vec<Node>, String> {
    parse_at(text, 0)
}

fn parse_at(text: &str, depth: usize) -> Result<Vec<Node>, String> {
    if depth > DEPTH_MAX {
        return Err(format!("expressions are nested deeper than {DEPTH_MAX}"));
    }
    let mut parser = Parser { text, position: 0, depth };
    let mut nodes = Vec::new();
    while !parser.rest().is_empty() {
        let plain = parser.rest().find('{').unwrap_or(parser.rest().len());
        if plain > 0 {
            nodes.push(Node::Text(Value::from(&parser.rest()[..plain])));
            parser.position += plain;
        } else {
            parser.position += 1;
            nodes.push(Node::List(parser.action()?));
        }
    }
    Ok(nodes)
}

/// The pieces of one expression, given without its braces.
fn parse_action(text: &str, depth: usize) -> Result<Vec<Node>, String> {
    match parse_at(&format!("{{{text}}}"), depth + 1)?.into_iter().next() {
        Some(Node::List(nodes)) => Ok(nodes),
        _ => Ok(Vec::new()),
    }
}

struct Parser<'a> {
    text: &'a str,
    position: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.position += next.len_utf8();
        Some(next)
    }

    /// The text since `start`.
    fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.position]
    }

    /// The inside of an expression, up to and with its closing brace.
    fn action(&mut self) -> Result<Vec<Node>, String> {
        let mut nodes = Vec::new();
        loop {
            if self.rest().starts_with('}') {
                self.position += 1;
                return Ok(nodes);
            }
            if self.rest().starts_with("[?(") {
                nodes.push(self.filter()?);
                continue;
            }
            if self.rest().starts_with("..") {
                self.recursive(&mut nodes)?;
                continue;
            }
            let start = self.position;
            match self.next() {
                None | Some('\r' | '\n') => return Err("unclosed action".to_owned()),
                Some(' ' | '@' | '$') => {}
                Some('[') => self.array(start, &mut nodes)?,
                Some(quote @ ('"' | '\'')) => nodes.push(self.quoted(start, quote)?),
                Some('.') => nodes.push(self.field()),
                Some(it) if it == '+' || it == '-' || is_digit(it) => {
                    nodes.push(self.number(start)?);
                }
                Some(it) if is_alphanumeric(it) => nodes.push(self.identifier(start)),
                Some(other) => {
                    let code = u32::from(other);
                    let shown =
                        if is_printable(other) { format!(" '{other}'") } else { String::new() };
                    return Err(format!("unrecognized character in action: U+{code:04X}{shown}"));
                }
            }
        }
    }

    fn identifier(&mut self, start: usize) -> Node {
        while self.peek().is_some_and(|it| !is_terminator(it)) {
            self.next();
        }
        match self.since(start) {
            "true" => Node::Literal(Value::Bool(true)),
            "false" => Node::Literal(Value::Bool(false)),
            name => Node::Identifier(name.to_owned()),
        }
    }

    fn recursive(&mut self, nodes: &mut Vec<Node>) -> Result<(), String> {
        if nodes.last() == Some(&Node::Recursive) {
            return Err("invalid multiple recursive descent".to_owned());
        }
        self.position += 2;
        nodes.push(Node::Recursive);
        if self.peek().is_some_and(is_alphanumeric) {
            nodes.push(self.field());
        }
        Ok(())
    }

    fn number(&mut self, start: usize) -> Result<Node, String> {
        while self.peek().is_some_and(|it| it == '.' || is_digit(it)) {
            self.next();
        }
        let text = self.since(start);
        if let Ok(integer) = text.parse::<i64>() {
            return Ok(Node::Literal(Value::from(integer)));
        }
        match text.parse::<f64>() {
            Ok(float) if text.contains(|it: char| it.is_ascii_digit()) => {
                Ok(Node::Literal(Value::from(float)))
            }
            _ => Err(format!("cannot parse number {text}")),
        }
    }

    fn quoted(&mut self, start: usize, quote: char) -> Result<Node, String> {
        loop {
            let before = self.text[..self.position].ends_with('\\');
            match self.next() {
                None | Some('\n') => return Err("unterminated quoted string".to_owned()),
                Some(it) if it == quote && !before => break,
                Some(_) => {}
            }
        }
        let text = self.since(start);
        let inner = &text[1..text.len() - 1];
        match unquote(inner, quote) {
            Some(unquoted) => Ok(Node::Text(Value::from(unquoted))),
            None => Err(format!("unquote string {text} error invalid syntax")),
        }
    }

    /// A field's name, up to a terminator that has no backslash before it.
    fn field(&mut self) -> Node {
        let start = self.position;
        while let Some(next) = self.peek() {
            if next == '\\' {
                self.next();
                self.next();
            } else if is_terminator(next) {
                break;
            } else {
                self.next();
            }
        }
        match self.since(start) {
            "*" => Node::Wildcard,
            name => Node::Field(name.replace('\\', "")),
        }
    }

    fn array(&mut self, start: usize, nodes: &mut Vec<Node>) -> Result<(), String> {
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated array".to_owned()),
                Some(']') => break,
                Some(_) => {}
            }
        }
        let text = self.since(start);
        let text = match &text[1..text.len() - 1] {
            "*" => ":",
            text => text,
        };
        if text.contains(',') {
            let part = |it: &str| parse_action(&format!("[{}]", it.trim_matches(' ')), self.depth);
            let parts = text.split(',').map(part).collect::<Result<_, _>>()?;
            nodes.push(Node::Union(parts));
        } else if let Some(key) = DICT_KEY.captures(text) {
            nodes.extend(parse_action(&format!(".{}", &key[1]), self.depth)?);
        } else {
            nodes.push(Node::Slice(slice(text)?));
        }
        Ok(())
    }

    fn filter(&mut self) -> Result<Node, String> {
        self.position += "[?(".len();
        let start = self.position;
        self.skip_to_end_of_filter()?;
        if self.next() != Some(']') {
            return Err("unclosed array expect ]".to_owned());
        }
        let text = self.since(start);
        let text = &text[..text.len() - 2];
        let filter = match COMPARISON.captures(text) {
            None => {
                Filter { left: parse_action(text, self.depth)?, right: Vec::new(), operator: None }
            }
            Some(sides) => Filter {
                left: parse_action(&sides[1], self.depth)?,
                right: parse_action(&sides[3], self.depth)?,
                operator: Some(sides[2].to_owned()),
            },
        };
        Ok(Node::Filter(filter))
    }

    /// Up to the first `)` that is not inside of quotes; only one quoted text is understood.
    fn skip_to_end_of_filter(&mut self) -> Result<(), String> {
        let mut opened = None;
        let mut closed = false;
        loop {
            let escaped = self.text[..self.position].ends_with('\\');
            match self.next() {
                None | Some('\n') => return Err("unterminated filter".to_owned()),
                Some(quote @ ('"' | '\'')) => match opened {
                    None => opened = Some(quote),
                    Some(pair) => closed |= quote == pair && !escaped,
                },
                Some(')') if opened.is_some() == closed => return Ok(()),
                Some(_) => {}
            }
        }
    }
}

fn slice(text: &str) -> Result<Slice, String> {
    let Some(parts) = SLICE.captures(text) else {
        return Err(format!("invalid array index {text}"));
    };
    let number = |index: usize| -> Result<Option<i64>, String> {
        let part = parts.get(index).map_or("", |it| it.as_str());
        let digits = part.strip_prefix(':').unwrap_or(part);
        if digits.is_empty() {
            return Ok(None);
        }
        let number = digits.parse().map_err(|_| format!("array index {digits} is not a number"))?;
        Ok(Some(number))
    };
    let start = number(1)?;
    let has_end = parts.get(2).is_some_and(|it| !it.is_empty());
    let end = if has_end { number(2)? } else { Some(start.unwrap_or(0).saturating_add(1)) };
    Ok(Slice { start, end, end_is_derived: !has_end, step: number(3)? })
}

fn is_terminator(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}

fn is_digit(character: char) -> bool {
    character.is_numeric() && !character.is_alphabetic()
}

fn is_alphanumeric(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

//! A template's text as a row of items.

use std::fmt;

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// A complaint; the text says which.
    Error,
    /// `true` or `false`.
    Bool,
    /// A character that stands for itself, such as a comma.
    Char,
    /// `'a'`.
    CharConstant,
    /// `=`.
    Assign,
    /// `:=`.
    Declare,
    /// The end of the text.
    Eof,
    /// `.name`.
    Field,
    /// A name without a dot.
    Identifier,
    /// `{{`.
    LeftDelim,
    /// `(`.
    LeftParen,
    /// A number.
    Number,
    /// `|`.
    Pipe,
    /// A string in back quotes.
    RawString,
    /// `}}`.
    RightDelim,
    /// `)`.
    RightParen,
    /// White space.
    Space,
    /// A string in quotes.
    String,
    /// Text between actions.
    Text,
    /// `$name`.
    Variable,
    /// `.`.
    Dot,
    /// `block`, `if` and the like.
    Keyword(Keyword),
}

/// A word with a meaning of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyword {
    /// `block`.
    Block,
    /// `break`.
    Break,
    /// `continue`.
    Continue,
    /// `define`.
    Define,
    /// `else`.
    Else,
    /// `end`.
    End,
    /// `if`.
    If,
    /// `nil`.
    Nil,
    /// `range`.
    Range,
    /// `template`.
    Template,
    /// `with`.
    With,
}

const KEYWORDS: &[(&str, Keyword)] = &[
    ("block", Keyword::Block),
    ("break", Keyword::Break),
    ("continue", Keyword::Continue),
    ("define", Keyword::Define),
    ("else", Keyword::Else),
    ("end", Keyword::End),
    ("if", Keyword::If),
    ("nil", Keyword::Nil),
    ("range", Keyword::Range),
    ("template", Keyword::Template),
    ("with", Keyword::With),
];

/// A piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// Where it begins, in bytes.
    pub position: usize,
    /// Its text, or the complaint.
    pub text: String,
    /// The line on which it begins, from 1.
    pub line: usize,
}

impl fmt::Display for Item {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ItemKind::Eof => formatter.write_str("EOF"),
            ItemKind::Error => formatter.write_str(&self.text),
            ItemKind::Dot => formatter.write_str("<.>"),
            ItemKind::Keyword(_) => write!(formatter, "<{}>", self.text),
            _ if self.text.len() > 10 => {
                let begin: String = self.text.chars().take(10).collect();
                write!(formatter, "{}...", crate::print::quote(&begin))
            }
            _ => formatter.write_str(&crate::print::quote(&self.text)),
        }
    }
}

const LEFT: &str = "{{";
const RIGHT: &str = "}}";
const LEFT_COMMENT: &str = "/*";
const RIGHT_COMMENT: &str = "*/";
/// A marker for trimming is a dash with a space beside it.
const MARKER_LENGTH: usize = 2;

/// Takes a text apart. The last item is the end or a complaint.
pub fn items(text: &str) -> Vec<Item> {
    let mut lexer = Lexer { text, start: 0, at: 0, line: 1, parens: 0, items: Vec::new() };
    if let Err(complaint) = lexer.text() {
        let (position, line) = (lexer.start, lexer.line);
        lexer.items.push(Item { kind: ItemKind::Error, position, text: complaint, line });
    }
    lexer.items
}

struct Lexer<'a> {
    text: &'a str,
    start: usize,
    at: usize,
    /// The line of `start`.
    line: usize,
    parens: usize,
    items: Vec<Item>,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn emit(&mut self, kind: ItemKind) {
        let text = self.text[self.start..self.at].to_owned();
        let line = self.line;
        self.items.push(Item { kind, position: self.start, text, line });
        self.skip();
    }

    /// Forgets what was read.
    fn skip(&mut self) {
        self.line += self.text[self.start..self.at].matches('\n').count();
        self.start = self.at;
    }

    fn next(&mut self) -> Option<char> {
        let character = self.rest().chars().next()?;
        self.at += character.len_utf8();
        Some(character)
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn accept(&mut self, valid: &str) -> bool {
        let found = self.peek().is_some_and(|it| valid.contains(it));
        if found {
            self.next();
        }
        found
    }

    fn accept_run(&mut self, valid: &str) {
        while self.accept(valid) {}
    }

    /// Everything: text and actions in turn.
    fn text(&mut self) -> Result<(), String> {
        while let Some(place) = self.rest().find(LEFT) {
            let action = self.at + place;
            let trims = has_left_marker(&self.text[action + LEFT.len()..]);
            let before = &self.text[self.start..action];
            let kept = if trims { before.trim_end_matches(is_space).len() } else { before.len() };
            self.at = self.start + kept;
            if self.at > self.start {
                self.emit(ItemKind::Text);
            }
            self.at = action;
            self.skip();
            self.left_delim()?;
        }
        self.at = self.text.len();
        if self.at > self.start {
            self.emit(ItemKind::Text);
        }
        self.emit(ItemKind::Eof);
        Ok(())
    }

    fn left_delim(&mut self) -> Result<(), String> {
        self.at += LEFT.len();
        let marker = if has_left_marker(self.rest()) { MARKER_LENGTH } else { 0 };
        if self.rest()[marker..].starts_with(LEFT_COMMENT) {
            self.at += marker;
            self.skip();
            return self.comment();
        }
        self.emit(ItemKind::LeftDelim);
        self.at += marker;
        self.skip();
        self.parens = 0;
        self.inside()
    }

    fn comment(&mut self) -> Result<(), String> {
        self.at += LEFT_COMMENT.len();
        let Some(end) = self.rest().find(RIGHT_COMMENT) else {
            return Err("unclosed comment".to_owned());
        };
        self.at += end + RIGHT_COMMENT.len();
        let Some(trims) = self.right_delim() else {
            return Err("comment ends before closing delimiter".to_owned());
        };
        self.at += RIGHT.len() + if trims { MARKER_LENGTH } else { 0 };
        self.after_action(trims);
        Ok(())
    }

    /// Whether the action ends here, and whether the white space after it goes.
    fn right_delim(&self) -> Option<bool> {
        let rest = self.rest();
        let after = rest.get(MARKER_LENGTH..).unwrap_or_default();
        if has_right_marker(rest) && after.starts_with(RIGHT) {
            return Some(true);
        }
        rest.starts_with(RIGHT).then_some(false)
    }

    fn after_action(&mut self, trims: bool) {
        self.skip();
        if trims {
            self.at += self.rest().len() - self.rest().trim_start_matches(is_space).len();
            self.skip();
        }
    }

    /// The items of one action.
    fn inside(&mut self) -> Result<(), String> {
        loop {
            if let Some(trims) = self.right_delim() {
                if self.parens > 0 {
                    return Err("unclosed left paren".to_owned());
                }
                if trims {
                    self.at += MARKER_LENGTH;
                    self.skip();
                }
                self.at += RIGHT.len();
                self.emit(ItemKind::RightDelim);
                self.after_action(trims);
                return Ok(());
            }
            self.one()?;
        }
    }

    fn one(&mut self) -> Result<(), String> {
        let Some(character) = self.next() else { return Err("unclosed action".to_owned()) };
        match character {
            it if is_space(it) => self.space(),
            '=' => self.emit(ItemKind::Assign),
            ':' => {
                if self.next() != Some('=') {
                    return Err("expected :=".to_owned());
                }
                self.emit(ItemKind::Declare);
            }
            '|' => self.emit(ItemKind::Pipe),
            '"' => self.quoted('"', "unterminated quoted string", ItemKind::String)?,
            '`' => {
                let Some(end) = self.rest().find('`') else {
                    return Err("unterminated raw quoted string".to_owned());
                };
                self.at += end + 1;
                self.emit(ItemKind::RawString);
            }
            '$' => {
                if self.at_terminator() {
                    self.emit(ItemKind::Variable);
                } else {
                    self.field_or_variable(ItemKind::Variable)?;
                }
            }
            '\'' => {
                self.quoted('\'', "unterminated character constant", ItemKind::CharConstant)?;
            }
            '.' if !self.peek().is_some_and(|it| it.is_ascii_digit()) => {
                if self.at_terminator() {
                    self.emit(ItemKind::Dot);
                } else {
                    self.field_or_variable(ItemKind::Field)?;
                }
            }
            '.' | '+' | '-' | '0'..='9' => {
                self.at = self.start;
                self.number()?;
            }
            it if is_alphanumeric(it) => self.identifier()?,
            '(' => {
                self.emit(ItemKind::LeftParen);
                self.parens += 1;
            }
            ')' => {
                if self.parens == 0 {
                    return Err("unexpected right paren".to_owned());
                }
                self.emit(ItemKind::RightParen);
                self.parens -= 1;
            }
            it if it.is_ascii_graphic() => self.emit(ItemKind::Char),
            it => {
                let shown = crate::print::unicode(it);
                return Err(format!("unrecognized character in action: {shown}"));
            }
        }
        Ok(())
    }

    /// White space, but for a space that belongs to a trimming mark.
    fn space(&mut self) {
        self.at = self.start;
        let mut spaces = 0;
        while self.peek().is_some_and(is_space) {
            self.next();
            spaces += 1;
        }
        let before = self.at - 1;
        let rest = &self.text[before..];
        let after = rest.get(MARKER_LENGTH..).unwrap_or_default();
        if has_right_marker(rest) && after.starts_with(RIGHT) {
            self.at = before;
            if spaces == 1 {
                return;
            }
        }
        self.emit(ItemKind::Space);
    }

    fn quoted(&mut self, end: char, complaint: &str, kind: ItemKind) -> Result<(), String> {
        loop {
            match self.next() {
                Some('\\') if self.peek().is_some_and(|it| it != '\n') => {
                    self.next();
                }
                None | Some('\\' | '\n') => return Err(complaint.to_owned()),
                Some(it) if it == end => break,
                Some(_) => {}
            }
        }
        self.emit(kind);
        Ok(())
    }

    fn field_or_variable(&mut self, kind: ItemKind) -> Result<(), String> {
        while self.peek().is_some_and(is_alphanumeric) {
            self.next();
        }
        self.need_terminator()?;
        self.emit(kind);
        Ok(())
    }

    fn identifier(&mut self) -> Result<(), String> {
        while self.peek().is_some_and(is_alphanumeric) {
            self.next();
        }
        self.need_terminator()?;
        let word = &self.text[self.start..self.at];
        let kind = match KEYWORDS.iter().find(|(name, _)| *name == word) {
            Some((_, keyword)) => ItemKind::Keyword(*keyword),
            None if matches!(word, "true" | "false") => ItemKind::Bool,
            None => ItemKind::Identifier,
        };
        self.emit(kind);
        Ok(())
    }

    fn need_terminator(&self) -> Result<(), String> {
        match self.peek() {
            Some(it) if !self.at_terminator() => {
                Err(format!("bad character {}", crate::print::unicode(it)))
            }
            _ => Ok(()),
        }
    }

    /// Whether a name may end here.
    fn at_terminator(&self) -> bool {
        let rest = self.rest();
        let after = self.peek();
        after.is_none_or(|it| is_space(it) || ".,|:)(".contains(it)) || rest.starts_with(RIGHT)
    }

    fn number(&mut self) -> Result<(), String> {
        let fits = self.scan_number();
        let next = self.peek().filter(|it| is_alphanumeric(*it));
        if !fits || next.is_some() {
            self.next();
            let shown = crate::print::quote(&self.text[self.start..self.at]);
            return Err(format!("bad number syntax: {shown}"));
        }
        self.emit(ItemKind::Number);
        Ok(())
    }

    fn scan_number(&mut self) -> bool {
        self.accept("+-");
        let mut digits = "0123456789_";
        if self.accept("0") {
            if self.accept("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        self.accept_run(digits);
        if self.accept(".") {
            self.accept_run(digits);
        }
        let exponents = if digits.len() == 11 { "eE" } else { "pP" };
        if matches!(digits.len(), 11 | 23) && self.accept(exponents) {
            self.accept("+-");
            self.accept_run("0123456789_");
        }
        self.accept("i");
        true
    }
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

fn is_alphanumeric(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

/// Whether a dash and a space follow the left delimiter.
fn has_left_marker(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next() == Some('-') && characters.next().is_some_and(is_space)
}

/// Whether a space and a dash come before the right delimiter.
fn has_right_marker(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(is_space) && characters.next() == Some('-')
}

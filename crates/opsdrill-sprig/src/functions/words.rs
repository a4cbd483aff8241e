//! Words in texts: lines, first letters, ways of joining them.
#![expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]

use opsdrill_template::Value;

use super::strings::part;
use crate::arguments::{int, text};

type Answer = Result<Value, String>;

pub(super) fn nospace(arguments: &[Value]) -> Answer {
    Ok(text(arguments, 0).chars().filter(|it| !it.is_whitespace()).collect::<String>().into())
}

/// The first byte of every word, as if it were a character: that is how the original reads it.
pub(super) fn initials(arguments: &[Value]) -> Answer {
    let words = text(arguments, 0).split_whitespace();
    Ok(words.filter_map(|it| it.bytes().next()).map(char::from).collect::<String>().into())
}

/// Upper for lower case and the other way round, with words beginning in title case.
pub(super) fn swapcase(arguments: &[Value]) -> Answer {
    let mut swapped = String::new();
    for character in text(arguments, 0).chars() {
        if character.is_uppercase() {
            swapped.extend(character.to_lowercase());
        } else {
            swapped.extend(character.to_uppercase());
        }
    }
    Ok(swapped.into())
}

/// Lines of at most so many bytes, broken at spaces.
pub(super) fn wrap(arguments: &[Value]) -> Answer {
    Ok(wrapped(text(arguments, 1), int(arguments, 0), "\n", false).into())
}

pub(super) fn wrap_with(arguments: &[Value]) -> Answer {
    Ok(wrapped(text(arguments, 2), int(arguments, 0), text(arguments, 1), true).into())
}

fn wrapped(whole: &str, width: i64, line_break: &str, breaks_words: bool) -> String {
    let line_break = if line_break.is_empty() { "\n" } else { line_break };
    let width = usize::try_from(width).unwrap_or(0).max(1);
    let bytes = whole.as_bytes();
    let mut lines = String::new();
    let mut offset = 0;
    while bytes.len() - offset > width {
        if bytes[offset] == b' ' {
            offset += 1;
            continue;
        }
        let end = offset + width;
        let space = bytes[offset..=end].iter().rposition(|it| *it == b' ');
        let (line_end, next) = match space {
            Some(space) => (offset + space, offset + space + 1),
            None if breaks_words => (end, end),
            None => match bytes[end..].iter().position(|it| *it == b' ') {
                Some(space) => (end + space, end + space + 1),
                None => break,
            },
        };
        lines.push_str(&part(whole, offset, line_end));
        lines.push_str(line_break);
        offset = next;
    }
    lines + &part(whole, offset, whole.len())
}

fn is_connector(it: char) -> bool {
    it == '-' || it == '_' || it.is_whitespace()
}

/// Words begin in upper case and stand side by side.
pub(super) fn camelcase(arguments: &[Value]) -> Answer {
    let whole = text(arguments, 0);
    let leading = whole.chars().take_while(|it| is_connector(*it)).count();
    let mut characters: Vec<char> = whole.chars().collect();
    if let Some(first) = characters.get_mut(leading) {
        *first = upper(*first);
    }
    let mut joined: String = characters[..leading].iter().collect();
    let rest = &characters[leading..];
    for (index, character) in rest.iter().enumerate() {
        let follows = index.checked_sub(1).is_some_and(|it| is_connector(rest[it]));
        let next = rest.get(index + 1);
        if is_connector(*character) {
            // Of several connectors in a row only the last one goes; one at the end stays.
            if next.is_none_or(|it| is_connector(*it)) {
                joined.push(*character);
            }
        } else {
            joined.push(if follows { upper(*character) } else { *character });
        }
    }
    Ok(joined.into())
}

fn upper(it: char) -> char {
    it.to_uppercase().next().unwrap_or(it)
}

pub(super) fn snakecase(arguments: &[Value]) -> Answer {
    Ok(joined_by(text(arguments, 0), '_').into())
}

pub(super) fn kebabcase(arguments: &[Value]) -> Answer {
    Ok(joined_by(text(arguments, 0), '-').into())
}

/// What a word of a name is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    None,
    Number,
    Upper,
    Letters,
    Connector,
    Punctuation,
    Other,
}

fn is_punctuation(it: char) -> bool {
    it.is_ascii_punctuation() && !"$+<=>^`|~".contains(it)
}

/// The first word of a name, and the rest.
fn next_word(name: &[char]) -> (Word, &[char], &[char]) {
    let Some(first) = name.first() else { return (Word::None, name, name) };
    let run =
        |fits: &dyn Fn(char) -> bool| name.iter().position(|it| !fits(*it)).unwrap_or(name.len());
    let is_lower = |it: char| it.is_alphabetic() && !it.is_uppercase();
    let (word, end) = if is_connector(*first) {
        (Word::Connector, run(&is_connector))
    } else if is_punctuation(*first) {
        (Word::Punctuation, run(&is_punctuation))
    } else if first.is_uppercase() {
        let uppers = run(&|it| it.is_uppercase());
        let follows = name.get(uppers).is_some_and(|it| it.is_alphabetic());
        let end = match uppers {
            1 => 1 + name[1..].iter().take_while(|it| is_lower(**it)).count(),
            many if follows => many - 1,
            many => many,
        };
        (Word::Upper, end)
    } else if first.is_alphabetic() {
        (Word::Letters, run(&is_lower))
    } else if first.is_numeric() {
        (Word::Number, run(&|it| it.is_numeric()))
    } else {
        let is_other = |it: char| {
            !is_connector(it) && !it.is_alphabetic() && !it.is_numeric() && !is_punctuation(it)
        };
        (Word::Other, run(&is_other))
    };
    (word, &name[..end], &name[end..])
}

/// Lower case words with one connector between them.
struct Joiner<'n> {
    connector: char,
    joined: String,
    rest: &'n [char],
    kind: Word,
    word: &'n [char],
}

impl<'n> Joiner<'n> {
    fn next(&mut self) {
        (self.kind, self.word, self.rest) = next_word(self.rest);
    }

    fn write(&mut self, kind: Word, word: &'n [char]) {
        for character in word {
            match kind {
                Word::Connector if is_connector(*character) => self.joined.push(self.connector),
                Word::Connector | Word::Upper => self.joined.extend(character.to_lowercase()),
                _ => self.joined.push(*character),
            }
        }
    }

    fn write_word(&mut self) {
        self.write(self.kind, self.word);
    }

    fn letters_and_numbers(&mut self) {
        while matches!(self.kind, Word::Letters | Word::Number) {
            self.write_word();
            self.next();
        }
    }

    fn connect(&mut self) {
        if !matches!(self.kind, Word::Connector | Word::Punctuation) {
            self.joined.push(self.connector);
        }
    }

    fn connect_unless_over(&mut self) {
        if self.kind != Word::None {
            self.connect();
        }
    }

    /// A number after letters belongs to them, unless small letters follow it: `http_2xx`, `bld4_floor`.
    fn number(&mut self) {
        if self.rest.is_empty() {
            return;
        }
        let number = self.word;
        self.next();
        if self.kind != Word::Letters {
            self.write(Word::Number, number);
            self.connect();
            return;
        }
        self.joined.push(self.connector);
        self.write(Word::Number, number);
        self.letters_and_numbers();
        self.connect_unless_over();
    }
}

fn joined_by(name: &str, connector: char) -> String {
    let name: Vec<char> = name.chars().collect();
    let (kind, word, rest) = next_word(&name);
    let mut joiner = Joiner { connector, joined: String::new(), rest, kind, word };
    while !joiner.rest.is_empty() {
        if joiner.kind != Word::Connector {
            joiner.write_word();
        }
        let (before, last) = (joiner.kind, joiner.word);
        joiner.next();
        match before {
            Word::Number => {
                joiner.letters_and_numbers();
                joiner.connect_unless_over();
            }
            Word::Connector => joiner.write(before, last),
            Word::Punctuation => {}
            _ if joiner.kind == Word::Number => joiner.number(),
            _ => joiner.connect(),
        }
    }
    joiner.write_word();
    joiner.joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart_as_the_original_does() {
        let cases = [
            ("FirstName", "first_name"),
            ("HTTPServer", "http_server"),
            ("NoHTTPS", "no_https"),
            ("GO_PATH", "go_path"),
            ("GO PATH", "go_path"),
            ("GO-PATH", "go_path"),
            ("http2xx", "http_2xx"),
            ("HTTP20xOK", "http_20x_ok"),
            ("Duration2m3s", "duration_2m3s"),
            ("Bld4Floor3rd", "bld4_floor_3rd"),
        ];
        for (name, joined) in cases {
            assert_eq!(joined_by(name, '_'), joined);
        }
    }
}

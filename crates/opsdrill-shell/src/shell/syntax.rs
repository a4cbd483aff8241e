//! What can be told from the text of a line without running it.

use bashkit::parser::Parser;

use super::bounds::{MAX_PARSER_STEPS, MAX_SYNTAX_DEPTH};

pub(super) fn parse(text: &str) -> bashkit::Result<bashkit::parser::Script> {
    Parser::with_limits(text, MAX_SYNTAX_DEPTH, MAX_PARSER_STEPS).parse()
}

/// The message of a syntax error in `text`, if there is one.
pub(super) fn syntax_error(text: &str) -> Option<String> {
    match parse(text) {
        Err(bashkit::Error::Parse { message, .. }) => Some(message),
        _ => None,
    }
}

/// False while `text` waits for more lines: an open quote or here-document, a `\` at the end, an open `if`.
pub(super) fn is_complete(text: &str) -> bool {
    if ends_in_backslash(text) || has_open_here_document(text) {
        return false;
    }
    let Some(message) = syntax_error(text) else { return !ends_in_operator(text) };
    let message = message.to_lowercase();
    // The parser misses an open quote after `<<<`.
    if text.rfind("<<<").is_some_and(|at| has_open_quote(&text[at + 3..])) {
        return false;
    }
    !["unexpected eof", "unexpected end of file", "unexpected end of input", "unterminated"]
        .iter()
        .any(|open| message.contains(open))
}

fn has_open_quote(text: &str) -> bool {
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (None | Some('"'), '\\') => drop(letters.next()),
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            _ => {}
        }
    }
    quote.is_some()
}

fn ends_in_backslash(text: &str) -> bool {
    let trailing = text.bytes().rev().take_while(|byte| *byte == b'\\').count();
    trailing % 2 == 1
}

fn ends_in_operator(text: &str) -> bool {
    let text = text.trim_end();
    ["&&", "||", "|"].iter().any(|operator| text.ends_with(operator)) && !text.ends_with("\\|")
}

/// True when a `<<WORD` outside of quotes has not yet met its end line.
fn has_open_here_document(text: &str) -> bool {
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        for (delimiter, strips_tabs) in here_documents(line) {
            let closes = |line: &str| {
                if strips_tabs {
                    line.trim_start_matches('\t') == delimiter
                } else {
                    line == delimiter
                }
            };
            if !lines.by_ref().any(closes) {
                return true;
            }
        }
    }
    false
}

/// The here-documents a line opens: delimiter, and whether tabs before it are stripped.
fn here_documents(line: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    let (mut quote, mut chars) = (None, line.char_indices().peekable());
    while let Some((at, letter)) = chars.next() {
        match (quote, letter) {
            (None | Some('"'), '\\') => drop(chars.next()),
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            (None, '#') if at == 0 || line[..at].ends_with([' ', '\t', ';']) => break,
            (None, '<') if line[at..].starts_with("<<<") => {
                chars.next();
                chars.next();
            }
            (None, '<') if line[at..].starts_with("<<") && !line[..at].contains("((") => {
                chars.next();
                let rest = &line[at + 2..];
                let strips_tabs = rest.starts_with('-');
                let word = rest.trim_start_matches('-').trim_start();
                let end =
                    word.find([' ', '\t', ';', '|', '&', '<', '>', ')']).unwrap_or(word.len());
                let delimiter: String = word[..end]
                    .chars()
                    .filter(|letter| !matches!(letter, '\'' | '"' | '\\'))
                    .collect();
                if !delimiter.is_empty() {
                    found.push((delimiter, strips_tabs));
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::is_complete;

    #[test]
    fn an_open_quote_waits_for_its_end() {
        assert!(!is_complete("cat <<< 'a"));
        assert!(is_complete("cat <<< 'a\nb'"));
        assert!(is_complete("cat <<< \"it's\""));
        assert!(!is_complete("echo 'a"));
        assert!(is_complete("echo )"));
    }
}

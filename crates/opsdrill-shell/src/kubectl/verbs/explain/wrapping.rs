//! Text broken into lines as the two forms of `kubectl explain` do it.

/// Breaks lines that are longer than `width` between words; line breaks and spaces within a line stay.
pub(super) fn wrapped(text: &str, width: usize) -> String {
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let mut shown = String::new();
        let mut length = 0;
        let mut spaces = "";
        let mut rest = line;
        while !rest.is_empty() {
            let word_at = rest.find(|it: char| !is_space(it)).unwrap_or(rest.len());
            let (blank, after) = rest.split_at(word_at);
            spaces = if blank.is_empty() { spaces } else { blank };
            let word_end = after.find(is_space).unwrap_or(after.len());
            let (word, left) = after.split_at(word_end);
            rest = left;
            if word.is_empty() {
                break;
            }
            let word_length = word.chars().count();
            if length + spaces.chars().count() + word_length > width && length > 0 {
                lines.push(std::mem::take(&mut shown));
                length = 0;
            } else {
                shown.push_str(spaces);
                length += spaces.chars().count();
            }
            shown.push_str(word);
            length += word_length;
            spaces = "";
        }
        if length + spaces.chars().count() <= width {
            shown.push_str(spaces);
        }
        lines.push(shown);
    }
    lines.join("\n")
}

/// A no-break space holds words together.
fn is_space(letter: char) -> bool {
    letter.is_whitespace() && letter != '\u{a0}'
}

/// Every line, moved to the right.
pub(super) fn indented(text: &str, by: usize) -> String {
    let margin = " ".repeat(by);
    format!("{margin}{}", text.replace('\n', &format!("\n{margin}")))
}

/// Joins lines to paragraphs and breaks those; what looks like a list, an empty line or code stays as it is.
pub(super) fn filled(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut open = String::new();
    let flush = |open: &mut String, lines: &mut Vec<String>| {
        if !open.is_empty() {
            lines.push(std::mem::take(open));
        }
    };
    for line in text.split('\n') {
        if line.starts_with("    ") {
            flush(&mut open, &mut lines);
            lines.push(line.to_owned());
            continue;
        }
        let bare = line.trim();
        if bare.is_empty() && !(lines.is_empty()) {
            flush(&mut open, &mut lines);
            lines.push(String::new());
            continue;
        }
        if bare.is_empty() || open.ends_with(':') || is_list_item(bare) {
            flush(&mut open, &mut lines);
        }
        for word in bare.split_whitespace() {
            if !open.is_empty() && open.len() + 1 + word.len() > width {
                flush(&mut open, &mut lines);
            }
            if !open.is_empty() {
                open.push(' ');
            }
            open.push_str(word);
        }
    }
    flush(&mut open, &mut lines);
    lines
}

/// `- one`, `* one`, `1. one`.
fn is_list_item(line: &str) -> bool {
    let numbered = line.trim_start_matches(|it: char| it.is_ascii_digit());
    let is_numbered = numbered.len() < line.len() && numbered.starts_with('.');
    line.starts_with("* ") || line.starts_with("- ") || is_numbered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_broken_between_words() {
        assert_eq!(wrapped("one two three\nfour", 7), "one two\nthree\nfour");
        assert_eq!(wrapped("averyveryverylongword x", 5), "averyveryverylongword\nx");
        assert_eq!(wrapped("", 5), "");
        assert_eq!(indented("a\nb\n", 2), "  a\n  b\n  ");
    }

    #[test]
    fn paragraphs_are_filled_and_lists_kept() {
        // The first empty line goes, as in kubectl.
        assert_eq!(filled("a b\nc\n\n- d\n\n- e", 80), ["a b c", "- d", "", "- e"]);
        assert_eq!(filled("one two three", 7), ["one two", "three"]);
    }
}

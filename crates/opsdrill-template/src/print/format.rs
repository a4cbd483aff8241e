//! `Printf`, `Print` and `Println`.

use crate::value::Value;

use super::{display, float, go_syntax, quote, quote_character, unicode};

/// The widest field that is padded.
const WIDTH_MAX: usize = 100_000;

/// `fmt.Sprint`: a space goes between two values neither of which is a string.
pub fn sprint(values: &[Value]) -> String {
    let mut text = String::new();
    for (index, value) in values.iter().enumerate() {
        let is_text = |it: &Value| matches!(it, Value::Text(_));
        if index > 0 && !is_text(value) && !is_text(&values[index - 1]) {
            text.push(' ');
        }
        text.push_str(&display(value));
    }
    text
}

/// `fmt.Sprintln`.
pub fn sprintln(values: &[Value]) -> String {
    let texts: Vec<String> = values.iter().map(display).collect();
    format!("{}\n", texts.join(" "))
}

/// What stands between the percent sign and the verb.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the format")]
struct Flags {
    plus: bool,
    minus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// `fmt.Sprintf`.
pub fn sprintf(format: &str, values: &[Value]) -> String {
    let mut printer = Printer { values, next: 0, reordered: false, text: String::new() };
    let mut rest = format;
    while let Some(place) = rest.find('%') {
        printer.text.push_str(&rest[..place]);
        rest = printer.directive(&rest[place + 1..]);
    }
    printer.text.push_str(rest);
    printer.extra();
    printer.text
}

struct Printer<'a> {
    values: &'a [Value],
    next: usize,
    reordered: bool,
    text: String,
}

impl Printer<'_> {
    /// Prints what a directive asks for; answers what follows it.
    fn directive<'f>(&mut self, mut rest: &'f str) -> &'f str {
        let mut flags = Flags::default();
        while let Some(character) = rest.chars().next() {
            match character {
                '+' => flags.plus = true,
                '-' => flags.minus = true,
                '#' => flags.sharp = true,
                ' ' => flags.space = true,
                '0' => flags.zero = true,
                _ => break,
            }
            rest = &rest[1..];
        }
        let mut index_is_bad = false;
        rest = self.argument_index(rest, &mut index_is_bad);
        rest = self.measure(rest, &mut flags.width, "%!(BADWIDTH)");
        if let Some(after) = rest.strip_prefix('.') {
            rest = self.argument_index(after, &mut index_is_bad);
            flags.precision = Some(0);
            rest = self.measure(rest, &mut flags.precision, "%!(BADPREC)");
        }
        rest = self.argument_index(rest, &mut index_is_bad);
        let Some(verb) = rest.chars().next() else {
            self.text.push_str("%!(NOVERB)");
            return rest;
        };
        if verb == '%' {
            self.text.push('%');
        } else if index_is_bad {
            self.text.push_str(&format!("%!{verb}(BADINDEX)"));
        } else if let Some(value) = self.values.get(self.next) {
            self.next += 1;
            self.text.push_str(&one(value, verb, flags));
        } else {
            self.text.push_str(&format!("%!{verb}(MISSING)"));
        }
        &rest[verb.len_utf8()..]
    }

    /// `[2]`: which value comes next.
    fn argument_index<'f>(&mut self, rest: &'f str, is_bad: &mut bool) -> &'f str {
        let Some(inner) = rest.strip_prefix('[') else { return rest };
        self.reordered = true;
        let Some((number, after)) = inner.split_once(']') else {
            *is_bad = true;
            return inner;
        };
        match number.parse::<usize>() {
            Ok(number) if (1..=self.values.len()).contains(&number) => self.next = number - 1,
            _ => *is_bad = true,
        }
        after
    }

    /// Digits, or a star that takes a value.
    fn measure<'f>(
        &mut self,
        rest: &'f str,
        measure: &mut Option<usize>,
        complaint: &str,
    ) -> &'f str {
        if let Some(after) = rest.strip_prefix('*') {
            let value = self.values.get(self.next);
            self.next += 1;
            *measure = match value {
                Some(Value::Int(_, it)) => usize::try_from(*it).ok().filter(|it| *it <= WIDTH_MAX),
                _ => None,
            };
            if measure.is_none() {
                self.text.push_str(complaint);
            }
            return after;
        }
        let end = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
        if end > 0 {
            *measure = rest[..end].parse().ok().filter(|it| *it <= WIDTH_MAX);
        }
        &rest[end..]
    }

    /// Values that nothing asked for.
    fn extra(&mut self) {
        if self.reordered || self.next >= self.values.len() {
            return;
        }
        let shown = |it: &Value| match it {
            Value::Nil => "<nil>".to_owned(),
            other => format!("{}={}", other.type_name(), display(other)),
        };
        let values: Vec<String> = self.values[self.next..].iter().map(shown).collect();
        self.text.push_str(&format!("%!(EXTRA {})", values.join(", ")));
    }
}

/// One value under one verb.
fn one(value: &Value, verb: char, flags: Flags) -> String {
    match verb {
        'T' => return pad(value.type_name(), flags),
        'v' if flags.sharp => return go_syntax(value),
        _ => {}
    }
    // A plus sign asks for the names of a struct's fields here, and for no sign.
    let flags = Flags { plus: flags.plus && verb != 'v', ..flags };
    match value {
        Value::Nil if verb == 'v' => pad("<nil>", flags),
        Value::Nil => format!("%!{verb}(<nil>)"),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(|it| inner(it, verb, flags)).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Map(fields) => {
            let field = |(key, it): (&String, &Value)| {
                let key = one(&Value::text(key.as_str()), verb, flags);
                format!("{key}:{}", inner(it, verb, flags))
            };
            let fields: Vec<String> = fields.borrow().iter().map(field).collect();
            format!("map[{}]", fields.join(" "))
        }
        Value::Bool(it) if matches!(verb, 't' | 'v') => pad(&it.to_string(), flags),
        Value::Int(_, it) => integer(*it, verb, flags).unwrap_or_else(|| bad(value, verb, flags)),
        Value::Float(it) if "eEfFgGv".contains(verb) => real(*it, verb, flags),
        Value::Bytes(it) if "sqxX".contains(verb) => {
            let text = String::from_utf8_lossy(it);
            string(&text, verb, flags).unwrap_or_else(|| bad(value, verb, flags))
        }
        Value::Text(it) => string(it, verb, flags).unwrap_or_else(|| bad(value, verb, flags)),
        Value::Native(it) if matches!(verb, 's' | 'v') => pad(&it.text(), flags),
        other => bad(other, verb, flags),
    }
}

/// A value inside of another; a nil there is the same under every verb.
fn inner(value: &Value, verb: char, flags: Flags) -> String {
    match value {
        Value::Nil => "<nil>".to_owned(),
        other => one(other, verb, flags),
    }
}

/// A value that the verb does not fit; what was said of its width and sign holds all the same.
fn bad(value: &Value, verb: char, flags: Flags) -> String {
    let shown = match value {
        Value::Int(_, it) => integer(*it, 'd', flags).unwrap_or_default(),
        Value::Float(it) => real(*it, 'v', flags),
        Value::Text(it) => string(it, 's', flags).unwrap_or_default(),
        other => pad(&display(other), flags),
    };
    format!("%!{verb}({}={shown})", value.type_name())
}

fn pad(text: &str, flags: Flags) -> String {
    let missing = flags.width.unwrap_or_default().saturating_sub(text.chars().count());
    if missing == 0 {
        return text.to_owned();
    }
    if flags.minus {
        return format!("{text}{}", " ".repeat(missing));
    }
    format!("{}{text}", if flags.zero { "0" } else { " " }.repeat(missing))
}

/// A number with its sign before what fills the field.
fn pad_number(sign: &str, digits: &str, flags: Flags) -> String {
    let missing =
        flags.width.unwrap_or_default().saturating_sub(sign.len() + digits.chars().count());
    if flags.zero && !flags.minus {
        return format!("{sign}{}{digits}", "0".repeat(missing));
    }
    pad(&format!("{sign}{digits}"), Flags { zero: false, ..flags })
}

fn integer(number: i64, verb: char, flags: Flags) -> Option<String> {
    let magnitude = number.unsigned_abs();
    let (prefix, digits) = match verb {
        'd' | 'v' => ("", magnitude.to_string()),
        'b' => (if flags.sharp { "0b" } else { "" }, format!("{magnitude:b}")),
        'o' => (if flags.sharp { "0" } else { "" }, format!("{magnitude:o}")),
        'O' => ("0o", format!("{magnitude:o}")),
        'x' => (if flags.sharp { "0x" } else { "" }, format!("{magnitude:x}")),
        'X' => (if flags.sharp { "0X" } else { "" }, format!("{magnitude:X}")),
        'c' | 'q' | 'U' => {
            let code = u32::try_from(number).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
            let text = match verb {
                'c' => code.to_string(),
                'q' => quote_character(code),
                _ if flags.sharp => unicode(code),
                _ => format!("U+{:04X}", u32::from(code)),
            };
            return Some(pad(&text, flags));
        }
        _ => return None,
    };
    let digits = match flags.precision {
        Some(0) if number == 0 => String::new(),
        Some(most) if most > digits.len() => {
            format!("{}{digits}", "0".repeat(most - digits.len()))
        }
        _ => digits,
    };
    let sign = sign_of(number < 0, flags);
    let flags = Flags { zero: flags.zero && flags.precision.is_none(), ..flags };
    Some(pad_number(&format!("{sign}{prefix}"), &digits, flags))
}

fn sign_of(negative: bool, flags: Flags) -> &'static str {
    match negative {
        true => "-",
        false if flags.plus => "+",
        false if flags.space => " ",
        false => "",
    }
}

fn real(number: f64, verb: char, flags: Flags) -> String {
    let verb_of_float = if verb == 'v' { 'g' } else { verb };
    let mut text = float::verb(number, verb_of_float, flags.precision);
    if verb.is_ascii_uppercase() {
        text = text.to_uppercase();
    }
    let digits = text.trim_start_matches(['-', '+']);
    let finite = digits.starts_with(|it: char| it.is_ascii_digit());
    let sign = if text.starts_with('+') { "+" } else { sign_of(text.starts_with('-'), flags) };
    pad_number(sign, digits, Flags { zero: flags.zero && finite, ..flags })
}

fn string(text: &str, verb: char, flags: Flags) -> Option<String> {
    let cut: String = match flags.precision {
        Some(most) => text.chars().take(most).collect(),
        None => text.to_owned(),
    };
    let hex = |upper: bool| {
        let mark = if flags.sharp { "0x" } else { "" };
        let bytes = cut.bytes().map(|it| format!("{it:02x}"));
        let between = if flags.space { format!(" {mark}") } else { String::new() };
        let digits = bytes.collect::<Vec<_>>().join(&between);
        let digits = if digits.is_empty() { digits } else { format!("{mark}{digits}") };
        if upper { digits.to_uppercase() } else { digits }
    };
    let shown = match verb {
        's' | 'v' => cut,
        'q' if flags.sharp && !cut.contains('`') && !cut.chars().any(char::is_control) => {
            format!("`{cut}`")
        }
        'q' => quote(&cut),
        'x' => hex(false),
        'X' => hex(true),
        _ => return None,
    };
    Some(pad(&shown, flags))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(format: &str, values: &[Value]) -> String {
        sprintf(format, values)
    }

    /// Each line is what `kubectl create … -o go-template='{{printf …}}'` prints.
    #[test]
    fn formats_are_those_of_go() {
        let int = Value::int;
        let text = |it: &str| Value::text(it);
        let float = Value::Float;
        let numbers = [int(42), int(42), int(42), int(255), int(255), int(8), int(5)];
        assert_eq!(print("%5d|%-5d|%05d|%x|%X|%o|%b", &numbers), "   42|42   |00042|ff|FF|10|101");
        assert_eq!(print("%c|%q|%U", &[int(65), int(65), int(65)]), "A|'A'|U+0041");
        assert_eq!(
            print("%#x %#o %#q % d", &[int(255), int(8), text("a"), int(5)]),
            "0xff 010 `a`  5"
        );
        let reals = [float(1e6), float(1_234_567.0), float(1234.5), float(1234.5)];
        assert_eq!(print("%g %v %e %f", &reals), "1e+06 1.234567e+06 1.234500e+03 1234.500000");
        assert_eq!(
            print("%5.2f|%-8.3f|%08.3f|%+d", &[float(3.1234), float(2.5), float(2.5), int(5)]),
            " 3.12|2.500   |0002.500|+5"
        );
        let texts = [
            text("hi"),
            text("h\"i"),
            text("hi"),
            text("a"),
            text("a"),
            text("abcdef"),
            text("hi"),
        ];
        assert_eq!(
            print("%s|%q|%v|%5s|%-5s|%.2s|%x", &texts),
            r#"hi|"h\"i"|hi|    a|a    |ab|6869"#
        );
    }

    #[test]
    fn what_does_not_fit_is_marked() {
        let int = Value::int;
        assert_eq!(print("%d", &[Value::text("hi")]), "%!d(string=hi)");
        assert_eq!(print("%d %d", &[int(1)]), "1 %!d(MISSING)");
        assert_eq!(print("%d", &[int(1), int(2)]), "1%!(EXTRA int=2)");
        assert_eq!(print("%!", &[]), "%!!(MISSING)");
        assert_eq!(print("%", &[]), "%!(NOVERB)");
        assert_eq!(print("%z|%s", &[int(1), Value::Bool(true)]), "%!z(int=1)|%!s(bool=true)");
        assert_eq!(print("%d %v", &[Value::Nil, Value::Nil]), "%!d(<nil>) <nil>");
        assert_eq!(print("%[2]d %[1]d", &[int(1), int(2)]), "2 1");
        assert_eq!(print("%*d", &[int(5), int(3)]), "    3");
        let map = Value::map([("app".to_owned(), Value::text("web"))]);
        assert_eq!(
            print("%d|%q", &[map.clone(), map]),
            r#"map[%!d(string=app):%!d(string=web)]|map["app":"web"]"#
        );
    }

    #[test]
    fn print_puts_spaces_between_what_is_no_text() {
        let values =
            [Value::int(1), Value::int(2), Value::text("a"), Value::text("b"), Value::int(3)];
        assert_eq!(sprint(&values), "1 2ab3");
        assert_eq!(sprintln(&values[..1]), "1\n");
    }
}

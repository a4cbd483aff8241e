//! Texts: trimming, case, parts, quotes.
#![expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]

use opsdrill_template::{Value, print};

use crate::arguments::{int, text};
use crate::conversion;

type Answer = Result<Value, String>;

/// The longest text that a function makes by repetition, in bytes.
const TEXT_MAX: usize = 16 << 20;

fn is_go_space(it: char) -> bool {
    it.is_whitespace()
}

/// A part of a text by bytes; what is cut apart is replaced.
pub(super) fn part(text: &str, from: usize, to: usize) -> String {
    String::from_utf8_lossy(&text.as_bytes()[from..to]).into_owned()
}

pub(super) fn hello(_: &[Value]) -> Answer {
    Ok("Hello!".into())
}

pub(super) fn trim(arguments: &[Value]) -> Answer {
    Ok(text(arguments, 0).trim_matches(is_go_space).into())
}

pub(super) fn upper(arguments: &[Value]) -> Answer {
    let upper = |it: char| {
        let mut upper = it.to_uppercase();
        if upper.len() == 1 { upper.next().unwrap_or(it) } else { it }
    };
    Ok(text(arguments, 0).chars().map(upper).collect::<String>().into())
}

pub(super) fn lower(arguments: &[Value]) -> Answer {
    let lower = |it: char| it.to_lowercase().next().unwrap_or(it);
    Ok(text(arguments, 0).chars().map(lower).collect::<String>().into())
}

/// Upper case after everything that is no letter, digit or underscore.
pub(super) fn title(arguments: &[Value]) -> Answer {
    let separates = |it: char| match it {
        '_' => false,
        it if it.is_ascii() => !it.is_ascii_alphanumeric(),
        it => !it.is_alphanumeric() && it.is_whitespace(),
    };
    let mut before = ' ';
    let mut titled = String::new();
    for character in text(arguments, 0).chars() {
        if separates(before) {
            titled.extend(character.to_uppercase());
        } else {
            titled.push(character);
        }
        before = character;
    }
    Ok(titled.into())
}

/// Lower case after white space.
pub(super) fn untitle(arguments: &[Value]) -> Answer {
    let mut begins = true;
    let mut untitled = String::new();
    for character in text(arguments, 0).chars() {
        if is_go_space(character) {
            begins = true;
            untitled.push(character);
        } else if begins {
            begins = false;
            untitled.extend(character.to_lowercase());
        } else {
            untitled.push(character);
        }
    }
    Ok(untitled.into())
}

pub(super) fn substr(arguments: &[Value]) -> Answer {
    let (start, end, whole) = (int(arguments, 0), int(arguments, 1), text(arguments, 2));
    let length = whole.len() as i64;
    let (from, to) = if start < 0 {
        (0, end)
    } else if end < 0 || end > length {
        (start, length)
    } else {
        (start, end)
    };
    if to < 0 || to > length {
        return Err(format!("runtime error: slice bounds out of range [:{to}]")
            + &if to > length { format!(" with length {length}") } else { String::new() });
    }
    if from > to {
        return Err(format!("runtime error: slice bounds out of range [{from}:{to}]"));
    }
    Ok(part(whole, from as usize, to as usize).into())
}

pub(super) fn trunc(arguments: &[Value]) -> Answer {
    let (count, whole) = (int(arguments, 0), text(arguments, 1));
    let length = whole.len() as i64;
    if count < 0 && length + count > 0 {
        return Ok(part(whole, (length + count) as usize, whole.len()).into());
    }
    if (0..length).contains(&count) {
        return Ok(part(whole, 0, count as usize).into());
    }
    Ok(whole.into())
}

pub(super) fn abbrev(arguments: &[Value]) -> Answer {
    let (width, whole) = (int(arguments, 0), text(arguments, 1));
    Ok(if width < 4 { whole.to_owned() } else { abbreviated(whole, 0, width) }.into())
}

pub(super) fn abbrevboth(arguments: &[Value]) -> Answer {
    let (left, right, whole) = (int(arguments, 0), int(arguments, 1), text(arguments, 2));
    if right < 4 || (left > 0 && right < 7) {
        return Ok(whole.into());
    }
    Ok(abbreviated(whole, left, right).into())
}

/// Dots for what stands before the offset and beyond the width.
fn abbreviated(whole: &str, offset: i64, width: i64) -> String {
    let length = whole.len() as i64;
    if length <= width {
        return whole.to_owned();
    }
    let offset = offset.min(length).min(length - (width - 3)).max(0);
    if offset <= 4 {
        return part(whole, 0, (width - 3) as usize) + "...";
    }
    if width < 7 {
        return String::new();
    }
    if offset + width - 3 < length {
        let rest = part(whole, offset as usize, whole.len());
        return format!("...{}", abbreviated(&rest, 0, width - 3));
    }
    format!("...{}", part(whole, (length - (width - 3)) as usize, whole.len()))
}

pub(super) fn repeat(arguments: &[Value]) -> Answer {
    let (count, whole) = (int(arguments, 0), text(arguments, 1));
    let Ok(count) = usize::try_from(count) else {
        return Err("strings: negative Repeat count".to_owned());
    };
    if count.saturating_mul(whole.len()) > TEXT_MAX {
        return Err(format!("the text would be longer than {TEXT_MAX} bytes"));
    }
    Ok(whole.repeat(count).into())
}

pub(super) fn trim_all(arguments: &[Value]) -> Answer {
    let set = text(arguments, 0);
    Ok(text(arguments, 1).trim_matches(|it| set.contains(it)).into())
}

pub(super) fn trim_suffix(arguments: &[Value]) -> Answer {
    let whole = text(arguments, 1);
    Ok(whole.strip_suffix(text(arguments, 0)).unwrap_or(whole).into())
}

pub(super) fn trim_prefix(arguments: &[Value]) -> Answer {
    let whole = text(arguments, 1);
    Ok(whole.strip_prefix(text(arguments, 0)).unwrap_or(whole).into())
}

pub(super) fn contains(arguments: &[Value]) -> Answer {
    Ok(text(arguments, 1).contains(text(arguments, 0)).into())
}

pub(super) fn has_prefix(arguments: &[Value]) -> Answer {
    Ok(text(arguments, 1).starts_with(text(arguments, 0)).into())
}

pub(super) fn has_suffix(arguments: &[Value]) -> Answer {
    Ok(text(arguments, 1).ends_with(text(arguments, 0)).into())
}

fn all_quoted(arguments: &[Value], quoted: impl Fn(&Value) -> String) -> Answer {
    let given = arguments.iter().filter(|it| !matches!(it, Value::Nil));
    Ok(given.map(quoted).collect::<Vec<_>>().join(" ").into())
}

pub(super) fn quote(arguments: &[Value]) -> Answer {
    all_quoted(arguments, |it| print::quote(&conversion::text(it)))
}

pub(super) fn squote(arguments: &[Value]) -> Answer {
    all_quoted(arguments, |it| format!("'{}'", print::display(it)))
}

pub(super) fn cat(arguments: &[Value]) -> Answer {
    all_quoted(arguments, print::display)
}

fn indented(spaces: i64, whole: &str) -> Result<String, String> {
    let Ok(spaces) = usize::try_from(spaces) else {
        return Err("strings: negative Repeat count".to_owned());
    };
    let lines = whole.matches('\n').count() + 1;
    if spaces.saturating_mul(lines) + whole.len() > TEXT_MAX {
        return Err(format!("the text would be longer than {TEXT_MAX} bytes"));
    }
    let pad = " ".repeat(spaces);
    Ok(format!("{pad}{}", whole.replace('\n', &format!("\n{pad}"))))
}

pub(super) fn indent(arguments: &[Value]) -> Answer {
    indented(int(arguments, 0), text(arguments, 1)).map(Value::from)
}

pub(super) fn nindent(arguments: &[Value]) -> Answer {
    indented(int(arguments, 0), text(arguments, 1)).map(|it| format!("\n{it}").into())
}

pub(super) fn replace(arguments: &[Value]) -> Answer {
    let (old, new, whole) = (text(arguments, 0), text(arguments, 1), text(arguments, 2));
    let count = if old.is_empty() { whole.len() + 1 } else { whole.matches(old).count() };
    if count.saturating_mul(new.len()) + whole.len() > TEXT_MAX {
        return Err(format!("the text would be longer than {TEXT_MAX} bytes"));
    }
    Ok(whole.replace(old, new).into())
}

pub(super) fn plural(arguments: &[Value]) -> Answer {
    Ok(text(arguments, usize::from(int(arguments, 2) != 1)).into())
}

pub(super) fn to_string(arguments: &[Value]) -> Answer {
    Ok(conversion::text(&arguments[0]).into())
}

//! Commands so simple that nobody need run them: `sleep 3600`, `echo x; sleep 5; exit 1`, `tail -f /dev/null`.
//!
//! What they do is known from their words, so that thousands of them cost nothing. Whatever is not certain here is left to
//! the shell, which must come to the same result; a test compares the two.

use super::command::Act;

/// Steps of a script that are looked at.
const STEPS_MAX: usize = 100;
/// What stands in a script that means nothing but itself.
const PLAIN: &str = " \t._-/:=,@%+'\"";

/// A script as far as it was followed.
#[derive(Default)]
struct Run {
    time_ms: u64,
    lines: Vec<(u64, String)>,
    status: i32,
}

enum Next {
    Continues,
    Ends,
    Waits,
}

/// What a command does, if that is certain.
pub(super) fn follow(words: &[String]) -> Option<Act> {
    let mut run = Run::default();
    let next = match words {
        [shell, flag, script] if is_shell(shell) && flag == "-c" => script_steps(&mut run, script),
        [shell] if is_shell(shell) => Some(Next::Ends),
        words => step(&mut run, words),
    };
    Some(match next? {
        Next::Continues | Next::Ends => {
            Act::Runs { lines: run.lines, after_ms: run.time_ms, exit_code: run.status }
        }
        Next::Waits => Act::Waits { lines: run.lines },
    })
}

fn is_shell(word: &str) -> bool {
    matches!(base(word), "sh" | "ash" | "bash")
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn step(run: &mut Run, words: &[String]) -> Option<Next> {
    let (program, arguments) = words.split_first()?;
    run.status = 0;
    match (base(program), arguments) {
        ("sleep", [span]) if span == "infinity" || span == "inf" => return Some(Next::Waits),
        ("sleep", spans) if !spans.is_empty() => {
            let span = spans.iter().map(|it| sleep_ms(it)).sum::<Option<u64>>()?;
            run.time_ms = run.time_ms.saturating_add(span);
        }
        ("echo", text) if text.first().is_none_or(|it| !it.starts_with('-')) => {
            if text.iter().any(|it| it.contains('\\')) {
                return None;
            }
            let text = text.join(" ");
            run.lines.extend(text.split('\n').map(|it| (run.time_ms, it.to_owned())));
        }
        ("true", _) => {}
        ("false", _) => run.status = 1,
        ("exit", [code]) => {
            run.status = code.parse::<u8>().ok()?.into();
            return Some(Next::Ends);
        }
        ("exec", words) if !words.is_empty() && words[0] != "exit" => {
            let next = step(run, words)?;
            return Some(if matches!(next, Next::Continues) { Next::Ends } else { next });
        }
        ("tail", [flag, file]) if matches!(flag.as_str(), "-f" | "-F") && file == "/dev/null" => {
            return Some(Next::Waits);
        }
        _ => return None,
    }
    Some(Next::Continues)
}

fn script_steps(run: &mut Run, script: &str) -> Option<Next> {
    if is_sleeping_loop(script) {
        return Some(Next::Waits);
    }
    let mut rest = script;
    let mut skipped = false;
    for _ in 0..STEPS_MAX {
        let (command, operator, after) = next_command(rest)?;
        let words = split_words(command)?;
        if !skipped && !words.is_empty() {
            match step(run, &words)? {
                Next::Continues => {}
                next => return Some(next),
            }
        } else if words.is_empty() && !operator.trim().is_empty() && operator != "\n" {
            return None;
        }
        skipped = match operator {
            "&&" => run.status != 0,
            "||" => run.status == 0,
            _ => false,
        };
        rest = after;
        if rest.trim().is_empty() {
            return matches!(operator, "" | ";" | "\n").then_some(Next::Continues);
        }
    }
    None
}

/// The next command, what stands between it and the rest, and the rest; `None` if anything else is in it.
fn next_command(script: &str) -> Option<(&str, &str, &str)> {
    let mut quote = None;
    for (at, letter) in script.char_indices() {
        let operator = match (quote, letter) {
            (Some(open), _) if letter == open => {
                quote = None;
                continue;
            }
            (Some('\''), _) => continue,
            (Some(_), '$' | '`' | '\\' | '!') => return None,
            (Some(_), _) => continue,
            (None, '"' | '\'') => {
                quote = Some(letter);
                continue;
            }
            (None, ';') => ";",
            (None, '\n') => "\n",
            (None, '&') => "&&",
            (None, '|') => "||",
            _ if letter.is_alphanumeric() || PLAIN.contains(letter) => continue,
            _ => return None,
        };
        if !script[at..].starts_with(operator) {
            return None;
        }
        return Some((&script[..at], operator, &script[at + operator.len()..]));
    }
    quote.is_none().then_some((script, "", ""))
}

/// `while true; do sleep 10; done`: nothing of it can be seen from outside.
fn is_sleeping_loop(script: &str) -> bool {
    let plain = script.replace([';', '\n'], " ");
    let words: Vec<&str> = plain.split_whitespace().collect();
    match words[..] {
        ["while", "true" | ":", "do", "sleep", span, "done"] => {
            sleep_ms(span).is_some_and(|it| it > 0)
        }
        _ => false,
    }
}

/// Words of a simple command: quotes are taken off, nothing is expanded.
fn split_words(command: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in command.chars() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, ' ' | '\t') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    // An assignment is no command.
    words.first().is_none_or(|it| !it.contains('=')).then_some(words)
}

/// `30`, `1.5`, `2m`, `1h`, `1d` in milliseconds.
fn sleep_ms(text: &str) -> Option<u64> {
    let (number, unit_ms) = match text.bytes().next_back()? {
        b's' => (&text[..text.len() - 1], 1000),
        b'm' => (&text[..text.len() - 1], 60_000),
        b'h' => (&text[..text.len() - 1], 3_600_000),
        b'd' => (&text[..text.len() - 1], 86_400_000),
        _ => (text, 1000),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let fraction: String = fraction.chars().chain("000".chars()).take(3).collect();
    let thousandths =
        whole.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(fraction.parse().ok()?)?;
    Some(thousandths.checked_mul(unit_ms)? / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str) -> Option<Act> {
        follow(&["sh", "-c", text].map(str::to_owned))
    }

    fn runs(lines: &[(u64, &str)], after_ms: u64, exit_code: i32) -> Act {
        let lines = lines.iter().map(|(at, text)| (*at, (*text).to_owned())).collect();
        Act::Runs { lines, after_ms, exit_code }
    }

    #[test]
    fn small_scripts_are_followed() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(follow(&words("sh")), Some(runs(&[], 0, 0)));
        assert_eq!(follow(&words("sleep 1.5")), Some(runs(&[], 1500, 0)));
        assert_eq!(follow(&words("sleep infinity")), Some(Act::Waits { lines: vec![] }));
        assert_eq!(follow(&words("tail -f /dev/null")), Some(Act::Waits { lines: vec![] }));
        let expected = runs(&[(0, "a  b"), (2000, "c")], 2000, 3);
        assert_eq!(script("echo 'a  b'; sleep 2 && echo c; exit 3; echo d"), Some(expected));
        assert_eq!(script("false || echo no && true"), Some(runs(&[(0, "no")], 0, 0)));
        assert_eq!(script("false && echo no"), Some(runs(&[], 0, 1)));
        assert_eq!(script("while true; do sleep 1; done"), Some(Act::Waits { lines: vec![] }));
    }

    #[test]
    fn what_is_not_certain_is_left_to_the_shell() {
        for text in [
            "echo $HOME",
            "echo *",
            "while true; do echo x; sleep 5; done",
            "touch /tmp/a; sleep 1",
            "echo a > b",
            "sleep 1 & wait",
            "echo a | cat",
            "X=1; echo a",
            "echo -n a",
            "echo 'a",
            "echo a &&",
            "trap 'exit' TERM; sleep 1",
            "exit 300",
            "while true; do sleep 0; done",
        ] {
            assert_eq!(script(text), None, "{text}");
        }
    }
}

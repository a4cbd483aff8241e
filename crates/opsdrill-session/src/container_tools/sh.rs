//! `sh -c` and scripts on standard input: simple commands joined by `;`, `&&`, `||` and line ends.
//!
//! Words may be quoted and may hold `$NAME`, `${NAME}` and `$?`. All other syntax is refused before anything runs.

use std::collections::BTreeMap;

use opsdrill_shell::door::ExecReply;

use super::{Inside, fails, not_simulated};

/// The longest script.
const SCRIPT_BYTES_MAX: usize = 64 * 1024;
/// The most commands that a script runs.
const COMMANDS_MAX: usize = 500;
/// Words that are the shell's own and not modelled.
const RESERVED: &[&str] = &[
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "{",
    "}", "!", "[[", "function", "cd", "export", "set", "unset", "eval", "exec", "source", ".",
    "trap", "read", "local", "alias", "ulimit", "wait", "command", "type", "[", "time", "select",
];

/// When a command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Joint {
    Always,
    IfSuccess,
    IfFailure,
}

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// `$NAME`, and whether it is quoted.
    Variable(String, bool),
}

type Word = Vec<Part>;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Command {
    joint: Joint,
    words: Vec<Word>,
}

pub(super) fn run(shell: &str, inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    let script = match words {
        [flag, script, ..] if flag == "-c" || flag == "-lc" => script.clone(),
        [flag] if flag == "-c" => return fails(&format!("{shell}: -c requires an argument"), 2),
        [] => String::from_utf8_lossy(&inside.take_stdin()).into_owned(),
        _ => return not_simulated(&format!("{shell} {} in containers", words[0])),
    };
    if script.trim().is_empty() && words.is_empty() && inside.terminal {
        return not_simulated(&format!(
            "an interactive shell in a container: use {shell} -c '…', or a script on standard input"
        ));
    }
    if script.len() > SCRIPT_BYTES_MAX {
        return not_simulated("scripts of this length in containers");
    }
    match parse(&script) {
        Ok(commands) => interpret(shell, inside, &commands),
        Err(what) => not_simulated(&format!("shell syntax in containers: {what}")),
    }
}

fn interpret(shell: &str, inside: &mut Inside<'_>, commands: &[Command]) -> ExecReply {
    let env = inside.handle.env();
    let mut reply = ExecReply::default();
    for command in commands.iter().take(COMMANDS_MAX) {
        let runs = match command.joint {
            Joint::Always => true,
            Joint::IfSuccess => reply.exit_code == 0,
            Joint::IfFailure => reply.exit_code != 0,
        };
        let words: Vec<String> =
            command.words.iter().flat_map(|it| expand(it, &env, reply.exit_code)).collect();
        let Some((name, arguments)) = words.split_first().filter(|_| runs) else { continue };
        if name == "exit" {
            if let Some(code) = arguments.first().and_then(|it| it.parse().ok()) {
                reply.exit_code = code;
            }
            break;
        }
        let next = simple(shell, inside, name, arguments);
        reply.stdout += &next.stdout;
        reply.stderr += &next.stderr;
        reply.exit_code = next.exit_code;
    }
    reply
}

/// Runs one command for the shell.
fn simple(shell: &str, inside: &mut Inside<'_>, name: &str, arguments: &[String]) -> ExecReply {
    if name == ":" {
        return ExecReply::default();
    }
    if !inside.handle.has_command(inside.cluster.world(), name) {
        let what =
            if name.contains('/') { "No such file or directory" } else { "command not found" };
        let complaint = match (shell, inside.is_busybox()) {
            ("bash", _) => format!("bash: line 1: {name}: {what}"),
            (_, true) => format!("{shell}: {name}: not found"),
            (_, false) => format!("{shell}: 1: {name}: not found"),
        };
        return fails(&complaint, 127);
    }
    match Inside::find(name) {
        Some((_, run)) => run(inside, arguments),
        None => not_simulated(&format!("{name} in containers")),
    }
}

/// A word with its variables filled in; unquoted values fall apart at blanks.
fn expand(word: &Word, env: &BTreeMap<String, String>, status: i32) -> Vec<String> {
    let mut words = Vec::new();
    // `None`: nothing has been said of the current word, so that an empty variable makes none.
    let mut current: Option<String> = None;
    for part in word {
        let (name, quoted) = match part {
            Part::Text(text) => {
                current.get_or_insert_default().push_str(text);
                continue;
            }
            Part::Variable(name, quoted) => (name, *quoted),
        };
        let value = if name == "?" {
            status.to_string()
        } else {
            env.get(name).cloned().unwrap_or_default()
        };
        if quoted {
            current.get_or_insert_default().push_str(&value);
            continue;
        }
        if value.starts_with(char::is_whitespace) {
            words.extend(current.take());
        }
        for (place, piece) in value.split_whitespace().enumerate() {
            if place > 0 {
                words.extend(current.take());
            }
            current.get_or_insert_default().push_str(piece);
        }
        if value.ends_with(char::is_whitespace) {
            words.extend(current.take());
        }
    }
    words.extend(current);
    words
}

/// Reads a script; `Err` names the syntax that is not modelled.
fn parse(script: &str) -> Result<Vec<Command>, String> {
    let mut reader = Reader { rest: script.chars().peekable(), ..Reader::default() };
    reader.read()?;
    for command in &reader.commands {
        if let Some([Part::Text(first), ..]) = command.words.first().map(Vec::as_slice)
            && (RESERVED.contains(&first.as_str()) || is_assignment(first))
        {
            return Err(first.clone());
        }
    }
    Ok(reader.commands)
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
    })
}

struct Reader<'s> {
    rest: std::iter::Peekable<std::str::Chars<'s>>,
    commands: Vec<Command>,
    joint: Joint,
    words: Vec<Word>,
    word: Option<Word>,
}

impl Default for Reader<'_> {
    fn default() -> Self {
        let rest = "".chars().peekable();
        Self { rest, commands: Vec::new(), joint: Joint::Always, words: Vec::new(), word: None }
    }
}

impl Reader<'_> {
    fn read(&mut self) -> Result<(), String> {
        while let Some(letter) = self.rest.next() {
            match letter {
                ' ' | '\t' | '\r' => self.end_word(),
                '\n' | ';' => self.end_command(Joint::Always)?,
                '&' if self.rest.next_if_eq(&'&').is_some() => {
                    self.end_command(Joint::IfSuccess)?;
                }
                '|' if self.rest.next_if_eq(&'|').is_some() => {
                    self.end_command(Joint::IfFailure)?;
                }
                '#' if self.word.is_none() => {
                    while self.rest.next_if(|it| *it != '\n').is_some() {}
                }
                '\'' => self.single_quoted()?,
                '"' => self.double_quoted()?,
                '\\' => match self.rest.next() {
                    Some('\n') | None => {}
                    Some(letter) => self.push(letter),
                },
                '$' => self.variable(false)?,
                '&' | '|' | '<' | '>' | '(' | ')' | '`' | '*' | '[' => {
                    return Err(letter.to_string());
                }
                // A URL's query names no file.
                '?' if !self.text_so_far().contains("://") => return Err("?".to_owned()),
                '~' if self.word.is_none() => return Err("~".to_owned()),
                letter => self.push(letter),
            }
        }
        self.end_command(Joint::Always)?;
        if self.joint == Joint::Always { Ok(()) } else { Err("&& without a command".to_owned()) }
    }

    fn single_quoted(&mut self) -> Result<(), String> {
        self.word.get_or_insert_default().push(Part::Text(String::new()));
        loop {
            match self.rest.next() {
                Some('\'') => return Ok(()),
                Some(letter) => self.push(letter),
                None => return Err("unterminated quote".to_owned()),
            }
        }
    }

    fn double_quoted(&mut self) -> Result<(), String> {
        self.word.get_or_insert_default().push(Part::Text(String::new()));
        loop {
            match self.rest.next() {
                Some('"') => return Ok(()),
                Some('$') => self.variable(true)?,
                Some('`') => return Err("`".to_owned()),
                Some('\\') => match self.rest.next_if(|it| matches!(it, '"' | '\\' | '$' | '`')) {
                    Some(letter) => self.push(letter),
                    None => self.push('\\'),
                },
                Some(letter) => self.push(letter),
                None => return Err("unterminated quote".to_owned()),
            }
        }
    }

    fn variable(&mut self, quoted: bool) -> Result<(), String> {
        let braced = self.rest.next_if_eq(&'{').is_some();
        let mut name = String::new();
        if self.rest.next_if_eq(&'?').is_some() {
            name.push('?');
        } else {
            let is_part = |it: &char| it.is_ascii_alphanumeric() || *it == '_';
            while let Some(letter) = self.rest.next_if(is_part) {
                name.push(letter);
            }
        }
        if braced && self.rest.next_if_eq(&'}').is_none() {
            return Err(format!("${{{name}…}}"));
        }
        if name.is_empty() {
            return match self.rest.peek() {
                Some(letter @ ('(' | '$' | '!' | '@' | '*' | '#' | '\'')) => {
                    Err(format!("${letter}"))
                }
                _ if braced => Err("${}".to_owned()),
                _ => {
                    self.push('$');
                    Ok(())
                }
            };
        }
        self.word.get_or_insert_default().push(Part::Variable(name, quoted));
        Ok(())
    }

    fn text_so_far(&self) -> &str {
        match self.word.as_ref().and_then(|it| it.last()) {
            Some(Part::Text(text)) => text,
            _ => "",
        }
    }

    fn push(&mut self, letter: char) {
        let word = self.word.get_or_insert_default();
        match word.last_mut() {
            Some(Part::Text(text)) => text.push(letter),
            _ => word.push(Part::Text(letter.to_string())),
        }
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }

    fn end_command(&mut self, next: Joint) -> Result<(), String> {
        self.end_word();
        let words = std::mem::take(&mut self.words);
        if words.is_empty() {
            // A line end after `&&` goes on waiting for its command.
            return match next {
                Joint::Always => Ok(()),
                _ => Err("&& without a command".to_owned()),
            };
        }
        self.commands.push(Command { joint: self.joint, words });
        self.joint = next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(script: &str) -> Result<Vec<String>, String> {
        let env = [("HOST".to_owned(), "a b".to_owned())].into();
        let text = |command: &Command| {
            let words: Vec<String> =
                command.words.iter().flat_map(|it| expand(it, &env, 3)).collect();
            format!("{:?} {words:?}", command.joint)
        };
        Ok(parse(script)?.iter().map(text).collect())
    }

    #[test]
    fn simple_commands_are_joined() {
        let read = lines("ls / && echo 'x; y' || false; # over\n\ncat \"a b\"").unwrap();
        let expected = [
            r#"Always ["ls", "/"]"#,
            r#"IfSuccess ["echo", "x; y"]"#,
            r#"IfFailure ["false"]"#,
            r#"Always ["cat", "a b"]"#,
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn variables_fall_apart_unless_quoted() {
        let read = lines("echo $HOST \"$HOST\" '$HOST' ${HOST}c $NONE \"\" $?").unwrap();
        let words = r#"Always ["echo", "a", "b", "a b", "$HOST", "a", "bc", "", "3"]"#;
        assert_eq!(read, [words]);
    }

    #[test]
    fn other_syntax_is_refused() {
        for script in
            ["a | b", "a > b", "$(a)", "a &", "if x; then y; fi", "X=1", "ls *", "'a", "a &&"]
        {
            assert!(lines(script).is_err(), "{script}");
        }
        assert!(lines("curl http://web/?a=b").is_ok());
    }
}

//! The syntax of nginx' configuration: words, blocks, included files, and the complaints about them.
//!
//! Read as `ngx_conf_parse` reads it: one directive after the other, each judged as soon as its words are there, so that the
//! first thing that is wrong in the order of the files is what is complained of.

use std::collections::BTreeMap;
use std::sync::Arc;

use regex::Regex;

use super::directives::{self, Context, Effect};

/// How deep files may include each other.
const INCLUDES_MAX: usize = 16;
/// How deep blocks may lie in each other.
const DEPTH_MAX: usize = 32;
/// The most directives.
const DIRECTIVES_MAX: usize = 50_000;

/// A directive with what stands in its block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directive {
    pub(super) name: String,
    pub(super) arguments: Vec<String>,
    pub(super) block: Vec<Directive>,
    pub(super) file: Arc<str>,
    pub(super) line: usize,
}

impl Directive {
    /// An argument, or nothing.
    pub(super) fn argument(&self, place: usize) -> &str {
        self.arguments.get(place).map_or("", String::as_str)
    }

    /// A complaint with the place of this directive.
    pub(super) fn complaint(&self, what: &str) -> String {
        format!("{what} in {}:{}", self.file, self.line)
    }
}

/// The files that a configuration may consist of, by path.
pub(super) type Files = BTreeMap<String, String>;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) directives: Vec<Directive>,
    /// The files in the order in which they were opened.
    pub(super) opened: Vec<String>,
    /// Directives that are not followed.
    pub(super) not_simulated: Vec<String>,
}

/// Reads a configuration.
///
/// # Errors
/// nginx' words after `[emerg] `.
pub(super) fn read(files: &Files, path: &str, globals: &str) -> Result<Read, String> {
    let mut whole = Whole { files, read: Read::default(), count: 0 };
    if !globals.is_empty() {
        let mut given = Words::new("command line", globals);
        let found = whole.block(&mut given, Context::Main, 0, 0)?;
        whole.read.directives.extend(found);
    }
    let Some(text) = files.get(path) else {
        return Err(format!("open() \"{path}\" failed (2: No such file or directory)"));
    };
    whole.read.opened.push(path.to_owned());
    let mut words = Words::new(path, text);
    let found = whole.block(&mut words, Context::Main, 0, 0)?;
    whole.read.directives.extend(found);
    if !whole.read.directives.iter().any(|it| it.name == "events") {
        return Err("no \"events\" section in configuration".to_owned());
    }
    Ok(whole.read)
}

struct Whole<'a> {
    files: &'a Files,
    read: Read,
    count: usize,
}

/// What ends a directive's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Semicolon,
    Opens,
    Closes,
    File,
}

impl Whole<'_> {
    /// Reads directives until the block or the file ends.
    fn block(
        &mut self,
        words: &mut Words<'_>,
        context: Context,
        depth: usize,
        includes: usize,
    ) -> Result<Vec<Directive>, String> {
        let mut found: Vec<Directive> = Vec::new();
        loop {
            let (mut own, end) = words.directive(depth > 0 && words.opens)?;
            match end {
                End::File | End::Closes => return Ok(found),
                End::Semicolon | End::Opens => {}
            }
            self.count += 1;
            if self.count > DIRECTIVES_MAX || depth > DEPTH_MAX {
                return Err(words.complaint("opsdrill: not simulated: so large a configuration"));
            }
            let (name, line) = (own.remove(0), words.line);
            let mut it = Directive {
                name,
                arguments: own,
                block: Vec::new(),
                file: words.path.clone(),
                line,
            };
            if context == Context::Free && it.name != "include" {
                if end == End::Opens {
                    it.block = self.inner(words, context, depth, includes)?;
                }
                found.push(it);
                continue;
            }
            let effect = check(&it, context, end)?;
            if it.name == "include" {
                found.extend(self.include(&it, context, includes)?);
                continue;
            }
            is_duplicate(&it, &found)?;
            if effect == Effect::NotSimulated {
                let what = format!("opsdrill: not simulated: nginx directive {:?}", it.name);
                self.read.not_simulated.push(it.complaint(&what));
            }
            if end == End::Opens {
                let inner = inner_context(&it.name, context);
                it.block = self.inner(words, inner, depth, includes)?;
            }
            found.push(it);
        }
    }

    fn inner(
        &mut self,
        words: &mut Words<'_>,
        context: Context,
        depth: usize,
        includes: usize,
    ) -> Result<Vec<Directive>, String> {
        let before = std::mem::replace(&mut words.opens, true);
        let block = self.block(words, context, depth + 1, includes)?;
        words.opens = before;
        Ok(block)
    }

    /// Reads the files of an `include`.
    fn include(
        &mut self,
        directive: &Directive,
        context: Context,
        includes: usize,
    ) -> Result<Vec<Directive>, String> {
        let written = directive.argument(0);
        let path = if written.starts_with('/') {
            written.to_owned()
        } else {
            format!("/etc/nginx/{written}")
        };
        if includes >= INCLUDES_MAX {
            return Err(
                directive.complaint("opsdrill: not simulated: so many includes in each other")
            );
        }
        let paths: Vec<String> = if path.contains(['*', '?', '[']) {
            let pattern = glob(&path);
            let fits = |it: &&String| pattern.as_ref().is_some_and(|pattern| pattern.is_match(it));
            self.files.keys().filter(fits).cloned().collect()
        } else {
            vec![path]
        };
        let mut found = Vec::new();
        for path in paths {
            let Some(text) = self.files.get(&path) else {
                let what = format!("open() {path:?} failed (2: No such file or directory)");
                return Err(directive.complaint(&what));
            };
            self.read.opened.push(path.clone());
            let mut words = Words::new(&path, text);
            found.extend(self.block(&mut words, context, 0, includes + 1)?);
        }
        Ok(found)
    }
}

/// Whether a directive may stand here, with these words.
fn check(it: &Directive, context: Context, end: End) -> Result<Effect, String> {
    let name = &it.name;
    let Some(row) = directives::find(name, context) else {
        return Err(it.complaint(&format!("unknown directive {name:?}")));
    };
    if !row.is_allowed_in(context) {
        return Err(it.complaint(&format!("{name:?} directive is not allowed here")));
    }
    match (row.is_block(), end) {
        (false, End::Opens) => {
            return Err(it.complaint(&format!("directive {name:?} is not terminated by \";\"")));
        }
        (true, End::Semicolon) => {
            return Err(it.complaint(&format!("directive {name:?} has no opening \"{{\"")));
        }
        _ => {}
    }
    if !row.takes(it.arguments.len()) {
        return Err(it.complaint(&format!("invalid number of arguments in {name:?} directive")));
    }
    if row.is_flag() && !matches!(it.argument(0), "on" | "off") {
        let value = it.argument(0);
        return Err(it.complaint(&format!(
            "invalid value {value:?} in {name:?} directive, it must be \"on\" or \"off\""
        )));
    }
    Ok(row.effect)
}

/// What stands once in a block stands once.
fn is_duplicate(it: &Directive, before: &[Directive]) -> Result<(), String> {
    const ONCE: &[&str] = &[
        "root",
        "alias",
        "proxy_pass",
        "default_type",
        "sendfile",
        "worker_connections",
        "worker_processes",
        "keepalive_timeout",
        "client_max_body_size",
        "pid",
        "user",
        "daemon",
        "events",
        "http",
        "try_files",
    ];
    let is_twice = ONCE.contains(&&*it.name) && before.iter().any(|other| other.name == it.name);
    if !is_twice {
        return Ok(());
    }
    Err(it.complaint(&format!("{:?} directive is duplicate", it.name)))
}

fn inner_context(name: &str, context: Context) -> Context {
    match name {
        "events" => Context::Events,
        "http" => Context::Http,
        "server" => Context::Server,
        "location" => Context::Location,
        "upstream" => Context::Upstream,
        "limit_except" => Context::LimitExcept,
        "if" if context == Context::Server => Context::ServerIf,
        "if" => Context::LocationIf,
        _ => Context::Free,
    }
}

/// A shell's pattern for one path.
fn glob(path: &str) -> Option<Regex> {
    let mut pattern = String::from("^");
    for letter in path.chars() {
        match letter {
            '*' => pattern.push_str("[^/]*"),
            '?' => pattern.push_str("[^/]"),
            '[' | ']' => pattern.push(letter),
            letter => pattern.push_str(&regex::escape(&letter.to_string())),
        }
    }
    Regex::new(&(pattern + "$")).ok()
}

/// The words of a file.
struct Words<'a> {
    path: Arc<str>,
    letters: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
    /// Whether a block of this file is open.
    opens: bool,
}

impl<'a> Words<'a> {
    fn new(path: &str, text: &'a str) -> Self {
        Self { path: path.into(), letters: text.chars().peekable(), line: 1, opens: false }
    }

    fn complaint(&self, what: &str) -> String {
        // What is given with `-g` has no lines.
        match &*self.path {
            "command line" => format!("{what} in command line"),
            path => format!("{what} in {path}:{}", self.line),
        }
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.letters.next()?;
        self.line += usize::from(letter == '\n');
        Some(letter)
    }

    /// The words of the next directive, and what ends them.
    fn directive(&mut self, in_block: bool) -> Result<(Vec<String>, End), String> {
        let mut words: Vec<String> = Vec::new();
        loop {
            let Some(&letter) = self.letters.peek() else {
                if !words.is_empty() {
                    let what = match &*self.path {
                        "command line" => "unexpected end of parameter, expecting \";\"",
                        _ => "unexpected end of file, expecting \";\" or \"}\"",
                    };
                    return Err(self.complaint(what));
                }
                if in_block {
                    return Err(self.complaint("unexpected end of file, expecting \"}\""));
                }
                return Ok((words, End::File));
            };
            match letter {
                letter if letter.is_ascii_whitespace() => drop(self.next()),
                '#' => {
                    while self.letters.peek().is_some_and(|it| *it != '\n') && self.next().is_some()
                    {
                    }
                }
                ';' | '{' => {
                    self.next();
                    if words.is_empty() {
                        return Err(self.complaint(&format!("unexpected \"{letter}\"")));
                    }
                    return Ok((words, if letter == ';' { End::Semicolon } else { End::Opens }));
                }
                '}' => {
                    self.next();
                    if !words.is_empty() || !in_block {
                        return Err(self.complaint("unexpected \"}\""));
                    }
                    return Ok((words, End::Closes));
                }
                '"' | '\'' => words.push(self.quoted(letter)?),
                _ => words.push(self.bare()),
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Result<String, String> {
        self.next();
        let mut word = String::new();
        loop {
            match self.next() {
                None => {
                    return Err(self.complaint("unexpected end of file, expecting \";\" or \"}\""));
                }
                Some('\\') => self.escaped(&mut word),
                Some(letter) if letter == quote => break,
                Some(letter) => word.push(letter),
            }
        }
        match self.letters.peek() {
            None => Ok(word),
            Some(&letter) if letter.is_ascii_whitespace() || matches!(letter, ';' | '{' | ')') => {
                Ok(word)
            }
            Some(&letter) => Err(self.complaint(&format!("unexpected \"{letter}\""))),
        }
    }

    fn bare(&mut self) -> String {
        let mut word = String::new();
        while let Some(&letter) = self.letters.peek() {
            match letter {
                // `${name}` is a variable, not a block.
                '{' if word.ends_with('$') => {
                    while let Some(letter) = self.next() {
                        word.push(letter);
                        if letter == '}' {
                            break;
                        }
                    }
                }
                letter if letter.is_ascii_whitespace() || matches!(letter, ';' | '{') => break,
                '\\' => {
                    self.next();
                    self.escaped(&mut word);
                }
                letter => {
                    self.next();
                    word.push(letter);
                }
            }
        }
        word
    }

    /// What stands after a backslash: only quotes and a few letters lose it.
    fn escaped(&mut self, word: &mut String) {
        match self.next() {
            Some('t') => word.push('\t'),
            Some('r') => word.push('\r'),
            Some('n') => word.push('\n'),
            Some(letter @ ('"' | '\'' | '\\')) => word.push(letter),
            Some(letter) => word.extend(['\\', letter]),
            None => word.push('\\'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/etc/nginx/nginx.conf";

    fn of(text: &str) -> Result<Read, String> {
        read(&Files::from([(PATH.to_owned(), text.to_owned())]), PATH, "")
    }

    fn in_server(text: &str) -> String {
        of(&format!("events {{}}\nhttp {{\n server {{\n{text}\n }}\n}}\n"))
            .expect_err("it is wrong")
    }

    #[test]
    fn what_is_wrong_is_told_in_its_own_words() {
        let check = |text: &str, expected: &str, line: usize| {
            assert_eq!(in_server(text), format!("{expected} in {PATH}:{line}"));
        };
        check("proxy_passs x;", "unknown directive \"proxy_passs\"", 4);
        check("worker_connections 5;", "\"worker_connections\" directive is not allowed here", 4);
        check("listen 80", "unexpected \"}\"", 5);
        check("listen;", "invalid number of arguments in \"listen\" directive", 4);
        check("location / ;", "directive \"location\" has no opening \"{\"", 4);
        check("root /a { }", "directive \"root\" is not terminated by \";\"", 4);
        check(
            "sendfile maybe;",
            "invalid value \"maybe\" in \"sendfile\" directive, it must be \"on\" or \"off\"",
            4,
        );
        check("root /a;\nroot /b;", "\"root\" directive is duplicate", 5);
        check(";", "unexpected \";\"", 4);
        check(
            "include x.conf;",
            "open() \"/etc/nginx/x.conf\" failed (2: No such file or directory)",
            4,
        );
        let open = of("events {}\nhttp {\n").expect_err("it is open");
        assert_eq!(open, format!("unexpected end of file, expecting \"}}\" in {PATH}:3"));
        let open = of("events {}\nhttp {}\nuser a").expect_err("it is open");
        assert_eq!(open, format!("unexpected end of file, expecting \";\" or \"}}\" in {PATH}:3"));
        assert_eq!(of("}").expect_err("wrong"), format!("unexpected \"}}\" in {PATH}:1"));
        assert_eq!(of("http {}").expect_err("wrong"), "no \"events\" section in configuration");
    }

    #[test]
    fn words_are_taken_apart_as_nginx_does() {
        let read = of("events {}\nhttp { log_format m '$a \"b\"' \"c;\"; # x {\n server { listen 80; return 200 a${uri}b; } }")
            .expect("it is sound");
        let http = &read.directives[1];
        assert_eq!(http.block[0].arguments, ["m", "$a \"b\"", "c;"]);
        assert_eq!(http.block[1].block[1].arguments, ["200", "a${uri}b"]);
        assert_eq!(http.block[1].block[1].line, 3);
    }

    #[test]
    fn included_files_are_read_in_the_order_of_their_names() {
        let files = Files::from(
            [
                (PATH, "events {}\nhttp { include /etc/nginx/conf.d/*.conf; }"),
                ("/etc/nginx/conf.d/b.conf", "server { listen 81; }"),
                ("/etc/nginx/conf.d/a.conf", "server { listen 80; }"),
                ("/etc/nginx/conf.d/a.txt", "no"),
            ]
            .map(|(path, text)| (path.to_owned(), text.to_owned())),
        );
        let read = read(&files, PATH, "daemon off;").expect("it is sound");
        let ports: Vec<&str> =
            read.directives[2].block.iter().map(|it| it.block[0].argument(0)).collect();
        assert_eq!(ports, ["80", "81"]);
        assert_eq!(read.opened.len(), 3);
    }
}

//! What a half-typed line may go on with: commands, kubectl's and helm's words from the live cluster, the drill's words, paths.
//!
//! Everything here only looks. The session is not changed: no time passes, nothing is written to the log or the audit.

use std::collections::BTreeSet;
use std::sync::Arc;

use opsdrill_objects::custom::kinds::Kinds;
use opsdrill_objects::kinds::KINDS;
use opsdrill_objects::{Kind, Object};
use opsdrill_shell::Workspace;
use opsdrill_shell::kubectl::completion::{self, Lookup};
use opsdrill_shell::kubectl::kubeconfig::Kubeconfig;

use crate::drill::{self, MECHANISMS, RELEASE};
use crate::session::Session;
use crate::tools::KUBECONFIG;

/// Commands that run the command after them.
const PREFIXES: &[&str] = &["time", "timeout", "watch", "xargs"];
/// What `skip` is often told.
const SPANS: &[&str] = &["1m", "5m", "10m", "30m", "1h"];

/// The words that may take the place of the one being typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Where that word starts, in bytes.
    pub start: usize,
    /// The words. One that ends with `/`, `=` or `,` is not whole yet.
    pub words: Vec<String>,
}

impl Session {
    /// What may stand at the end of a half-typed line.
    pub fn complete(&self, line: &str) -> Completion {
        let half = Half::read(line);
        let view = View { session: self, config: self.kubeconfig() };
        let mut words = if half.is_path { view.paths(&half.typed) } else { view.words(&half) };
        words.retain(|it| it.starts_with(&half.typed));
        Completion { start: half.start, words }
    }

    fn kubeconfig(&self) -> Kubeconfig {
        let bytes = self.shell().workspace().read(KUBECONFIG).unwrap_or_default();
        let parsed = Kubeconfig::parse(&String::from_utf8_lossy(&bytes));
        parsed.unwrap_or_else(|_| Kubeconfig::single("drill", "drill", "trainee", "default"))
    }
}

/// A line up to the cursor, as far as the shell's grammar matters here.
#[derive(Debug, Default, PartialEq, Eq)]
struct Half {
    /// The words of the command being typed, before the last.
    before: Vec<String>,
    /// The word being typed, without quotes.
    typed: String,
    /// Where it starts in the line, after an opening quote.
    start: usize,
    /// Whether it follows `<` or `>`.
    is_path: bool,
}

impl Half {
    fn read(line: &str) -> Self {
        let mut half = Self::default();
        let mut quote = None;
        let mut in_word = false;
        let mut letters = line.char_indices().peekable();
        while let Some((place, letter)) = letters.next() {
            match (quote, letter) {
                (Some(open), _) if letter == open => quote = None,
                (Some('\''), _) => half.typed.push(letter),
                (_, '\\') => half.typed.extend(letters.next().map(|(_, escaped)| escaped)),
                (Some(_), _) => half.typed.push(letter),
                (None, '\'' | '"') => {
                    if !in_word {
                        half.start = place + 1;
                    }
                    quote = Some(letter);
                    in_word = true;
                }
                (None, ' ' | '\t' | '|' | '&' | ';' | '(' | '\n' | '<' | '>') => {
                    half.end_word(in_word, place, letter);
                    in_word = false;
                }
                (None, _) => {
                    if !in_word {
                        half.start = place;
                    }
                    half.typed.push(letter);
                    in_word = true;
                }
            }
        }
        if !in_word {
            half.start = line.len();
        }
        half
    }

    /// A word has ended at a blank, or at what begins another command or names a file.
    fn end_word(&mut self, in_word: bool, place: usize, letter: char) {
        let word = std::mem::take(&mut self.typed);
        if in_word && !self.is_path {
            self.before.push(word);
        }
        self.is_path &= !in_word;
        match letter {
            ' ' | '\t' => {}
            '<' | '>' => self.is_path = true,
            _ => {
                self.before.clear();
                self.is_path = false;
            }
        }
        self.start = place + letter.len_utf8();
    }

    /// The command's own words: without assignments before it and commands that run it.
    fn command(&self) -> &[String] {
        let mut words = self.before.as_slice();
        while let Some((first, rest)) = words.split_first() {
            let assigns = first.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty() && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
            });
            if assigns {
                words = rest;
                continue;
            }
            let inner = rest.iter().position(|it| matches!(it.as_str(), "helm" | "kubectl"));
            match inner.filter(|_| PREFIXES.contains(&first.as_str())) {
                Some(place) => words = &rest[place..],
                None => break,
            }
        }
        words
    }
}

/// The session as completion sees it.
struct View<'a> {
    session: &'a Session,
    config: Kubeconfig,
}

impl View<'_> {
    fn words(&self, half: &Half) -> Vec<String> {
        let Some((name, arguments)) = half.command().split_first() else { return self.commands() };
        match name.as_str() {
            "helm" => opsdrill_shell::helm::complete(arguments, &half.typed, self),
            "kubectl" => completion::complete(arguments, &half.typed, self),
            "diagnose" => self.claims(arguments, &half.typed),
            "skip" => SPANS.iter().map(|it| (*it).to_owned()).collect(),
            name if drill::names().any(|it| it == name) => Vec::new(),
            name if PREFIXES.contains(&name) => self.commands(),
            _ => self.paths(&half.typed),
        }
    }

    /// All that a line may begin with.
    fn commands(&self) -> Vec<String> {
        let mut names: BTreeSet<String> =
            self.session.shell().command_names().into_iter().collect();
        names.extend(drill::names().chain(crate::tools::NAMES.iter().copied()).map(str::to_owned));
        names.into_iter().collect()
    }

    /// `diagnose KIND/NAME MECHANISM`.
    fn claims(&self, arguments: &[String], typed: &str) -> Vec<String> {
        match (arguments.len(), typed.split_once('/')) {
            (0, None) => {
                let kinds = KINDS.iter().map(|it| it.singular).chain([RELEASE]);
                kinds.map(|it| format!("{it}/")).collect()
            }
            (0, Some((RELEASE, _))) => {
                let secrets = self.list(Kind::Secret, self.config.namespace());
                let own = secrets.iter().filter(|it| it.meta.label("owner") == Some("helm"));
                let names: BTreeSet<&str> = own.filter_map(|it| it.meta.label("name")).collect();
                names.iter().map(|it| format!("{RELEASE}/{it}")).collect()
            }
            (0, Some((word, _))) => {
                let Some(kind) = Kind::by_resource(word) else { return Vec::new() };
                let namespace = if kind.info().namespaced { self.config.namespace() } else { "" };
                let objects = self.list(kind, namespace);
                objects.iter().map(|it| format!("{word}/{}", it.meta.name)).collect()
            }
            (1, _) => MECHANISMS.iter().map(|(name, _)| (*name).to_owned()).collect(),
            _ => Vec::new(),
        }
    }
}

impl Lookup for View<'_> {
    fn list(&self, kind: Kind, namespace: &str) -> Vec<Arc<Object>> {
        self.session.stage().cluster.view().list(kind, namespace).cloned().collect()
    }

    fn kinds(&self) -> Arc<Kinds> {
        self.session.stage().cluster.kinds().clone()
    }

    fn paths(&self, typed: &str) -> Vec<String> {
        let (directory, name) = typed.rsplit_once('/').map_or(("", typed), |(before, name)| {
            (if before.is_empty() { "/" } else { before }, name)
        });
        let shell = self.session.shell();
        let place = match directory.strip_prefix('~') {
            Some(rest) => format!("/home/trainee{rest}"),
            None => Workspace::resolve(&shell.cwd(), directory),
        };
        let head = &typed[..typed.len() - name.len()];
        let hidden = name.starts_with('.');
        let listed = shell.workspace().list(&place).unwrap_or_default();
        let shown = listed.into_iter().filter(|it| hidden || !it.name.starts_with('.'));
        shown.map(|it| format!("{head}{}{}", it.name, if it.is_dir { "/" } else { "" })).collect()
    }

    fn config(&self) -> &Kubeconfig {
        &self.config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> (String, String, usize) {
        let half = Half::read(line);
        (half.command().join(" "), half.typed, half.start)
    }

    #[test]
    fn the_command_being_typed_is_found() {
        let expected =
            |before: &str, typed: &str, start| (before.to_owned(), typed.to_owned(), start);
        assert_eq!(read(""), expected("", "", 0));
        assert_eq!(read("kubectl ge"), expected("kubectl", "ge", 8));
        assert_eq!(read("kubectl get "), expected("kubectl get", "", 12));
        assert_eq!(read("ls | kubectl ap"), expected("kubectl", "ap", 13));
        assert_eq!(read("a && A=1 kubectl "), expected("kubectl", "", 17));
        assert_eq!(read("watch -n 5 kubectl get p"), expected("kubectl get", "p", 23));
        assert_eq!(read("x=$(kubectl get p"), expected("kubectl get", "p", 16));
        assert_eq!(read("kubectl get 'po"), expected("kubectl get", "po", 13));
        assert_eq!(read("é 'a b' c"), expected("é a b", "c", 9));
    }

    #[test]
    fn what_follows_a_redirection_is_a_path() {
        for line in ["kubectl get pods > k", "kubectl apply -f - < k"] {
            let half = Half::read(line);
            assert!(half.is_path, "{line}");
            assert_eq!(half.typed, "k");
        }
        assert!(!Half::read("cat < a.yaml b").is_path);
        assert!(!Half::read("cat > a; ls b").is_path);
    }
}

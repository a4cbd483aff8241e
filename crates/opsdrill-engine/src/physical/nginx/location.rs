//! What is done with requests: a location, or a server outside of its locations.

use regex::{Regex, RegexBuilder};

use super::directives::{self, Context, Effect};
use super::syntax::Directive;
use super::words::{split_url, unknown_variable};

/// How a location is found.
#[derive(Clone, Debug, Default)]
pub(super) enum Place {
    /// Below this path.
    #[default]
    Anywhere,
    Prefix(String),
    /// `^~`.
    PrefixFirst(String),
    /// `=`.
    Exact(String),
    /// `~`, `~*`.
    Pattern(Regex),
    /// `@name`.
    Named(String),
}

/// What is done with a request.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a directive")]
pub(super) struct Location {
    pub(super) place: Place,
    pub(super) root: Option<String>,
    pub(super) alias: Option<String>,
    pub(super) index: Vec<String>,
    pub(super) default_type: Option<String>,
    pub(super) returns: Option<(u16, String)>,
    pub(super) proxy_pass: Option<String>,
    pub(super) proxy_host: Option<String>,
    pub(super) connect_ms: Option<u64>,
    pub(super) read_ms: Option<u64>,
    pub(super) try_files: Vec<String>,
    /// Status, the status that is shown instead (`=200`; 0 for that of the page), and the page.
    pub(super) error_pages: Vec<(u16, Option<u16>, String)>,
    pub(super) headers: Vec<(String, String, bool)>,
    pub(super) is_internal: bool,
    pub(super) shows_status: bool,
    pub(super) hides_version: bool,
    pub(super) is_relative: bool,
    /// What of it is not followed: its requests cannot be answered.
    pub(super) not_simulated: Option<String>,
    pub(super) locations: Vec<Location>,
}

impl Location {
    /// Whether its requests are passed on.
    pub(super) fn passes_on(&self) -> bool {
        self.proxy_pass.is_some() || self.locations.iter().any(Self::passes_on)
    }

    /// Reads a location of a server or of another location.
    pub(super) fn read(directive: &Directive, outer: &Self) -> Result<Self, String> {
        let arguments: Vec<&str> = directive.arguments.iter().map(String::as_str).collect();
        let place = match arguments[..] {
            ["=", path] => Place::Exact(path.to_owned()),
            ["^~", path] => Place::PrefixFirst(path.to_owned()),
            ["~", pattern] => Place::Pattern(expression(directive, pattern, false)?),
            ["~*", pattern] => Place::Pattern(expression(directive, pattern, true)?),
            [word] => match (word.chars().next(), word.strip_prefix("~*")) {
                (_, Some(pattern)) => Place::Pattern(expression(directive, pattern, true)?),
                (Some('@'), _) => Place::Named(word.to_owned()),
                (Some('='), _) => Place::Exact(word[1..].to_owned()),
                (Some('~'), _) => Place::Pattern(expression(directive, &word[1..], false)?),
                _ => Place::Prefix(word.to_owned()),
            },
            [modifier, ..] => {
                return Err(directive.complaint(&format!("invalid location modifier {modifier:?}")));
            }
            [] => Place::Anywhere,
        };
        // What is done with a request is not inherited; where its files lie is.
        let mut it = Self {
            place,
            alias: None,
            returns: None,
            proxy_pass: None,
            try_files: Vec::new(),
            shows_status: false,
            locations: Vec::new(),
            not_simulated: outer.not_simulated.clone(),
            ..outer.clone()
        };
        if outer.returns.is_some() {
            it.returns.clone_from(&outer.returns);
        }
        let mut it = it.laid_over(&directive.block)?;
        for inner in directive.block.iter().filter(|it| it.name == "location") {
            let location = Self::read(inner, &it)?;
            is_new(inner, &location, &it.locations)?;
            it.locations.push(location);
        }
        Ok(it)
    }

    /// The same with what a block says.
    pub(super) fn laid_over(mut self, block: &[Directive]) -> Result<Self, String> {
        // Pages and headers of a block replace all those of the block around it.
        let has = |name: &str| block.iter().any(|it| it.name == name);
        if has("error_page") {
            self.error_pages.clear();
        }
        if has("add_header") {
            self.headers.clear();
        }
        let mut returned = false;
        for it in block {
            self.lay(it, &mut returned)?;
        }
        Ok(self)
    }

    fn lay(&mut self, it: &Directive, returned: &mut bool) -> Result<(), String> {
        let first = || it.argument(0).to_owned();
        for argument in &it.arguments {
            let is_expanded = matches!(
                it.name.as_str(),
                "return"
                    | "proxy_pass"
                    | "add_header"
                    | "proxy_set_header"
                    | "try_files"
                    | "root"
                    | "alias"
            );
            if is_expanded && let Some(unknown) = unknown_variable(argument) {
                return Err(it.complaint(&format!("unknown {unknown:?} variable")));
            }
        }
        match it.name.as_str() {
            "root" => self.root = Some(first()),
            "alias" => self.alias = Some(first()),
            "index" => self.index.clone_from(&it.arguments),
            "default_type" => self.default_type = Some(first()),
            "proxy_pass" => {
                if !it.argument(0).contains('$') && split_url(it.argument(0)).is_none() {
                    return Err(it.complaint("invalid URL prefix"));
                }
                self.proxy_pass = Some(first());
            }
            "proxy_set_header" if it.argument(0).eq_ignore_ascii_case("host") => {
                self.proxy_host = Some(it.argument(1).to_owned());
            }
            "proxy_connect_timeout" => self.connect_ms = Some(time(it)?),
            "proxy_read_timeout" => self.read_ms = Some(time(it)?),
            "try_files" => self.try_files.clone_from(&it.arguments),
            "add_header" => {
                let always = it.argument(2) == "always";
                self.headers.push((first(), it.argument(1).to_owned(), always));
            }
            "internal" => self.is_internal = true,
            "stub_status" => self.shows_status = true,
            "server_tokens" => self.hides_version = it.argument(0) == "off",
            "absolute_redirect" => self.is_relative = it.argument(0) == "off",
            "error_page" => self.error_page(it)?,
            "return" if !*returned => {
                *returned = true;
                self.returns = Some(returns(it)?);
            }
            name if self.not_simulated.is_none() && changes_answers(name) => {
                self.not_simulated = Some(it.complaint(&format!("nginx directive {name:?}")));
            }
            _ => {}
        }
        Ok(())
    }

    fn error_page(&mut self, it: &Directive) -> Result<(), String> {
        let Some((page, codes)) = it.arguments.split_last() else { return Ok(()) };
        let mut shown = None;
        for code in codes {
            if let Some(other) = code.strip_prefix('=') {
                shown = Some(other.parse().unwrap_or(0));
                continue;
            }
            let status = code.parse::<u16>().ok().filter(|it| (300..=599).contains(it));
            let wrong = || it.complaint(&format!("invalid value {code:?}"));
            self.error_pages.push((status.ok_or_else(wrong)?, None, page.clone()));
        }
        if shown.is_some() {
            let count = codes.iter().filter(|it| !it.starts_with('=')).count();
            let from = self.error_pages.len() - count;
            self.error_pages[from..].iter_mut().for_each(|it| it.1 = shown);
        }
        Ok(())
    }
}

/// Whether what is not followed of a directive shows in answers to the requests of its block.
fn changes_answers(name: &str) -> bool {
    let places = [Context::Http, Context::Server, Context::Location];
    let found = places.iter().find_map(|it| directives::find(name, *it));
    // These alone answer nothing: what uses them does.
    let alone =
        ["map", "geo", "split_clients", "limit_req_zone", "limit_conn_zone", "proxy_cache_path"];
    let settles = ["limit_req_status", "limit_conn_status", "rewrite_log"];
    found.is_some_and(|it| it.effect == Effect::NotSimulated)
        && !alone.contains(&name)
        && !settles.contains(&name)
}

fn returns(it: &Directive) -> Result<(u16, String), String> {
    let (code, text) = (it.argument(0), it.argument(1));
    if it.arguments.len() == 1 && (code.starts_with("http") || code.starts_with('$')) {
        return Ok((302, code.to_owned()));
    }
    match code.parse::<u16>() {
        Ok(code) if code <= 999 => Ok((code, text.to_owned())),
        _ => Err(it.complaint(&format!("invalid return code {code:?}"))),
    }
}

/// A location may stand once.
pub(super) fn is_new(
    directive: &Directive,
    it: &Location,
    before: &[Location],
) -> Result<(), String> {
    let key = |it: &Location| match &it.place {
        Place::Prefix(path) | Place::PrefixFirst(path) => Some(path.clone()),
        Place::Exact(path) => Some(format!("= {path}")),
        Place::Named(name) => Some(name.clone()),
        Place::Pattern(_) | Place::Anywhere => None,
    };
    let own = key(it);
    if own.is_some() && before.iter().any(|it| key(it) == own) {
        let name = own.unwrap_or_default();
        let name = name.trim_start_matches("= ");
        return Err(directive.complaint(&format!("duplicate location {name:?}")));
    }
    Ok(())
}

/// A regular expression of a name or a path.
pub(super) fn expression(
    it: &Directive,
    pattern: &str,
    ignores_case: bool,
) -> Result<Regex, String> {
    let built =
        RegexBuilder::new(pattern).case_insensitive(ignores_case).size_limit(1 << 20).build();
    built.map_err(|_| it.complaint(&format!("opsdrill: not simulated: the expression {pattern:?}")))
}

/// `60s`, `500ms`, `1m`, `60` in milliseconds.
fn time(it: &Directive) -> Result<u64, String> {
    let text = it.argument(0);
    let at = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    let factor = match &text[at..] {
        "ms" => Some(1),
        "" | "s" => Some(1_000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    };
    let number = text[..at].parse::<u64>().ok();
    let wrong = || it.complaint(&format!("{:?} directive invalid value", it.name));
    number.zip(factor).and_then(|(number, factor)| number.checked_mul(factor)).ok_or_else(wrong)
}

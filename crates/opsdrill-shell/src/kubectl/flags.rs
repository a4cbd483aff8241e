//! Flags as kubectl's flag library (pflag) declares and reads them, complaints included.

use opsdrill_objects::{duration, go_format};

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagValue {
    /// Nothing, or `=true` and `=false`.
    Switch,
    /// A text.
    Text,
    /// A text, or this one when the flag stands alone.
    OptionalText(&'static str),
    /// A whole number.
    Integer,
    /// A span such as `30s`.
    Duration,
    /// Texts: repeated, and several in one separated by commas.
    List,
    /// Texts: repeated, each taken whole.
    Array,
}

/// A flag of a verb.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// Long name without dashes.
    pub name: &'static str,
    /// One-letter name.
    pub short: Option<char>,
    /// What it takes.
    pub value: FlagValue,
    /// Its value when it is not given, as text.
    pub default: &'static str,
    /// One line for the help.
    pub about: &'static str,
    /// Whether it does something here. The others are known, and refused aloud when they are used.
    pub simulated: bool,
}

impl Flag {
    const fn new(name: &'static str, value: FlagValue, default: &'static str) -> Self {
        Self { name, short: None, value, default, about: "", simulated: true }
    }

    /// A switch that is off unless given.
    pub const fn switch(name: &'static str) -> Self {
        Self::new(name, FlagValue::Switch, "false")
    }

    /// A text.
    pub const fn text(name: &'static str) -> Self {
        Self::new(name, FlagValue::Text, "")
    }

    /// A text that may be left away.
    pub const fn optional_text(name: &'static str, alone: &'static str) -> Self {
        Self::new(name, FlagValue::OptionalText(alone), "")
    }

    /// A whole number.
    pub const fn integer(name: &'static str, default: &'static str) -> Self {
        Self::new(name, FlagValue::Integer, default)
    }

    /// A span of time.
    pub const fn duration(name: &'static str, default: &'static str) -> Self {
        Self::new(name, FlagValue::Duration, default)
    }

    /// Texts separated by commas.
    pub const fn list(name: &'static str) -> Self {
        Self::new(name, FlagValue::List, "")
    }

    /// Texts, one for each use of the flag.
    pub const fn array(name: &'static str) -> Self {
        Self::new(name, FlagValue::Array, "")
    }

    /// With a one-letter name.
    #[must_use]
    pub const fn short(mut self, letter: char) -> Self {
        self.short = Some(letter);
        self
    }

    /// With a default.
    #[must_use]
    pub const fn default(mut self, text: &'static str) -> Self {
        self.default = text;
        self
    }

    /// With a line for the help.
    #[must_use]
    pub const fn about(mut self, text: &'static str) -> Self {
        self.about = text;
        self
    }

    /// Known to the real kubectl, not modelled here.
    #[must_use]
    pub const fn not_simulated(mut self) -> Self {
        self.simulated = false;
        self
    }

    /// The value that the flag has when it stands alone.
    pub fn alone(&self) -> Option<&'static str> {
        match self.value {
            FlagValue::Switch => Some("true"),
            FlagValue::OptionalText(alone) => Some(alone),
            _ => None,
        }
    }

    /// As complaints name it: `-w, --watch`.
    fn label(&self) -> String {
        match self.short {
            Some(letter) => format!("-{letter}, --{}", self.name),
            None => format!("--{}", self.name),
        }
    }

    fn check(&self, value: &str) -> Result<(), String> {
        let complaint = match self.value {
            FlagValue::Switch => parse_bool(value)
                .is_none()
                .then(|| format!("strconv.ParseBool: parsing {}: invalid syntax", quote(value))),
            FlagValue::Integer => parse_integer(value)
                .err()
                .map(|why| format!("strconv.ParseInt: parsing {}: {why}", quote(value))),
            FlagValue::Duration => duration_ms(value).err(),
            _ => None,
        };
        match complaint {
            Some(why) => Err(format!(
                "invalid argument {} for {} flag: {why}",
                quote(value),
                quote(&self.label())
            )),
            None => Ok(()),
        }
    }
}

/// What a call said: arguments and flags.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    /// Arguments that are no flags.
    pub positional: Vec<String>,
    /// How many of them stood before `--`, if there was one.
    pub dash: Option<usize>,
    known: Vec<Flag>,
    given: Vec<(&'static str, String)>,
}

impl Arguments {
    /// Reads the words after the command.
    ///
    /// # Errors
    /// pflag's complaint about the first wrong flag.
    pub fn parse(words: &[String], known: Vec<Flag>) -> Result<Self, String> {
        let mut arguments = Self { known, ..Self::default() };
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            if word == "--" {
                arguments.dash = Some(arguments.positional.len());
                arguments.positional.extend(rest.cloned());
                break;
            }
            if let Some(long) = word.strip_prefix("--") {
                arguments.read_long(long, &mut rest)?;
            } else if word.len() > 1 && word.starts_with('-') {
                arguments.read_short(word, &mut rest)?;
            } else {
                arguments.positional.push(word.clone());
            }
        }
        Ok(arguments)
    }

    fn read_long<'a>(
        &mut self,
        word: &str,
        rest: &mut impl Iterator<Item = &'a String>,
    ) -> Result<(), String> {
        if word.starts_with(['-', '=']) {
            return Err(format!("bad flag syntax: --{word}"));
        }
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word, None),
        };
        let Some(flag) = self.known.iter().find(|it| it.name == name).copied() else {
            return Err(format!("unknown flag: --{name}"));
        };
        let value = match (value, flag.alone()) {
            (Some(value), _) => value,
            (None, Some(alone)) => alone.to_owned(),
            (None, None) => {
                rest.next().cloned().ok_or_else(|| format!("flag needs an argument: --{name}"))?
            }
        };
        self.put(flag, value)
    }

    fn read_short<'a>(
        &mut self,
        word: &str,
        rest: &mut impl Iterator<Item = &'a String>,
    ) -> Result<(), String> {
        let mut letters = &word[1..];
        while let Some(letter) = letters.chars().next() {
            let after = &letters[letter.len_utf8()..];
            let Some(flag) = self.known.iter().find(|it| it.short == Some(letter)).copied() else {
                return Err(format!("unknown shorthand flag: '{letter}' in -{letters}"));
            };
            if let Some(value) = after.strip_prefix('=').filter(|it| !it.is_empty()) {
                return self.put(flag, value.to_owned());
            }
            if let Some(alone) = flag.alone() {
                self.put(flag, alone.to_owned())?;
                letters = after;
            } else if after.is_empty() {
                let value = rest
                    .next()
                    .cloned()
                    .ok_or_else(|| format!("flag needs an argument: '{letter}' in -{letters}"))?;
                return self.put(flag, value);
            } else {
                return self.put(flag, after.to_owned());
            }
        }
        Ok(())
    }

    fn put(&mut self, flag: Flag, value: String) -> Result<(), String> {
        flag.check(&value)?;
        self.given.push((flag.name, value));
        Ok(())
    }

    /// The flags that were given but do nothing here.
    pub fn not_simulated(&self) -> impl Iterator<Item = &Flag> {
        self.known.iter().filter(|it| !it.simulated && self.is_set(it.name))
    }

    fn declared(&self, name: &str) -> &Flag {
        let found = self.known.iter().find(|it| it.name == name);
        found.unwrap_or_else(|| panic!("the verb declares no flag --{name}"))
    }

    /// Whether a flag was given.
    pub fn is_set(&self, name: &str) -> bool {
        self.given.iter().any(|(it, _)| *it == name)
    }

    /// Whether a flag is the global one of that name, and not one that the verb has for itself.
    pub fn is_global(&self, name: &str) -> bool {
        let global = super::shared_flags::GLOBAL.iter().find(|it| it.name == name);
        let own = self.known.iter().find(|it| it.name == name);
        own.zip(global).is_some_and(|(own, global)| own.about == global.about)
    }

    /// Whether the verb has such a flag at all.
    pub fn has(&self, name: &str) -> bool {
        self.known.iter().any(|it| it.name == name)
    }

    /// The text of a flag, its default if it was not given.
    pub fn text(&self, name: &str) -> &str {
        let default = self.declared(name).default;
        self.given.iter().rev().find(|(it, _)| *it == name).map_or(default, |(_, value)| value)
    }

    /// Whether a switch is on.
    pub fn switch(&self, name: &str) -> bool {
        parse_bool(self.text(name)).expect("switches are checked when they are read")
    }

    /// A whole number.
    pub fn integer(&self, name: &str) -> i64 {
        parse_integer(self.text(name)).expect("numbers are checked when they are read")
    }

    /// A span in milliseconds.
    pub fn duration_ms(&self, name: &str) -> i64 {
        duration_ms(self.text(name)).expect("spans are checked when they are read")
    }

    /// The texts of a list or array.
    pub fn list(&self, name: &str) -> Vec<String> {
        let whole = self.declared(name).value == FlagValue::Array;
        let given = self.given.iter().filter(|(it, _)| *it == name).map(|(_, value)| value);
        if whole {
            return given.cloned().collect();
        }
        given.flat_map(|it| it.split(',')).map(str::to_owned).filter(|it| !it.is_empty()).collect()
    }
}

/// `strconv.ParseBool`.
fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// `strconv.ParseInt` with base 10.
fn parse_integer(text: &str) -> Result<i64, &'static str> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return Err("invalid syntax");
    }
    text.parse().map_err(|_| "value out of range")
}

/// A span; a bare number counts as seconds only where kubectl allows it, which is `0`.
fn duration_ms(text: &str) -> Result<i64, String> {
    duration::parse(text)
}

fn quote(text: &str) -> String {
    go_format::quote(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAGS: &[Flag] = &[
        Flag::text("namespace").short('n'),
        Flag::switch("watch").short('w'),
        Flag::integer("tail", "-1"),
        Flag::optional_text("prefix", "yes"),
        Flag::list("types"),
        Flag::array("env").short('e'),
        Flag::duration("timeout", "0s"),
    ];

    fn parse(line: &str) -> Result<Arguments, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Arguments::parse(&words, FLAGS.to_vec())
    }

    #[test]
    fn values_are_taken_in_every_spelling() {
        for line in ["-n a", "-na", "-n=a", "--namespace a", "--namespace=a", "-wn a"] {
            assert_eq!(parse(line).unwrap().text("namespace"), "a", "{line}");
        }
        assert!(parse("-wna").unwrap().switch("watch"));
        assert!(!parse("--watch=false").unwrap().switch("watch"));
        assert_eq!(parse("--prefix x").unwrap().positional, ["x"]);
        assert_eq!(parse("--types a,b --types c").unwrap().list("types"), ["a", "b", "c"]);
        assert_eq!(parse("-e a,b -e c").unwrap().list("env"), ["a,b", "c"]);
        assert_eq!(parse("--timeout=1m").unwrap().duration_ms("timeout"), 60_000);
    }

    #[test]
    fn a_double_dash_ends_the_flags() {
        let arguments = parse("pod -- ls -w").unwrap();
        assert_eq!(arguments.positional, ["pod", "ls", "-w"]);
        assert_eq!(arguments.dash, Some(1));
        assert!(!arguments.switch("watch"));
    }

    #[test]
    fn complaints_are_those_of_pflag() {
        let complaint = |line: &str| parse(line).unwrap_err();
        assert_eq!(complaint("--foo"), "unknown flag: --foo");
        assert_eq!(complaint("-z"), "unknown shorthand flag: 'z' in -z");
        assert_eq!(complaint("-wzx"), "unknown shorthand flag: 'z' in -zx");
        assert_eq!(complaint("--tail"), "flag needs an argument: --tail");
        assert_eq!(complaint("-n"), "flag needs an argument: 'n' in -n");
        assert_eq!(
            complaint("--tail=x"),
            r#"invalid argument "x" for "--tail" flag: strconv.ParseInt: parsing "x": invalid syntax"#
        );
        assert_eq!(
            complaint("-w=x"),
            r#"invalid argument "x" for "-w, --watch" flag: strconv.ParseBool: parsing "x": invalid syntax"#
        );
        assert_eq!(complaint("---x"), "bad flag syntax: ---x");
    }
}

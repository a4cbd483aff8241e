//! Patterns of file names: those of `.helmignore`, and those of `.Files.Glob`.

/// Steps after which a match is given up.
const STEPS_MAX: usize = 1_000_000;

/// Which signs mean something.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// `*`, `?`, `[a-z]` and `\`, none of which matches a slash.
    Shell,
    /// As well `**`, which matches slashes, `[!a]` and `{a,b}`.
    Glob,
}

/// Whether a name fits a pattern of `.helmignore`.
///
/// # Errors
/// When the pattern is none.
pub fn matches(pattern: &str, name: &str) -> Result<bool, String> {
    checked(pattern)?;
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), name.chars().collect());
    Ok(Matcher { dialect: Dialect::Shell, steps: 0 }.fits(&pattern, &name))
}

/// Whether a name fits a pattern of `.Files.Glob`.
pub fn matches_glob(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), name.chars().collect());
    Matcher { dialect: Dialect::Glob, steps: 0 }.fits(&pattern, &name)
}

/// Whether the brackets of a pattern are closed and nothing stands after a last backslash.
fn checked(pattern: &str) -> Result<(), String> {
    let wrong = || "syntax error in pattern".to_owned();
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                characters.next().ok_or_else(wrong)?;
            }
            '[' => {
                if characters.peek() == Some(&'^') {
                    characters.next();
                }
                let mut is_first = true;
                loop {
                    match characters.next().ok_or_else(wrong)? {
                        ']' if !is_first => break,
                        ']' | '-' if is_first => return Err(wrong()),
                        '\\' => {
                            characters.next().ok_or_else(wrong)?;
                        }
                        _ => {}
                    }
                    is_first = false;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

struct Matcher {
    dialect: Dialect,
    steps: usize,
}

impl Matcher {
    fn fits(&mut self, pattern: &[char], name: &[char]) -> bool {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return false;
        }
        let is_glob = self.dialect == Dialect::Glob;
        let Some((first, rest)) = pattern.split_first() else { return name.is_empty() };
        match first {
            '*' if is_glob && rest.first() == Some(&'*') => {
                (0..=name.len()).any(|it| self.fits(&rest[1..], &name[it..]))
            }
            '*' => {
                let most = name.iter().position(|it| *it == '/').unwrap_or(name.len());
                (0..=most).any(|it| self.fits(rest, &name[it..]))
            }
            '?' => match name.split_first() {
                Some((character, after)) if *character != '/' => self.fits(rest, after),
                _ => false,
            },
            '[' => {
                let Some((character, after)) = name.split_first() else { return false };
                match self.class(rest, *character) {
                    Some((true, length)) => self.fits(&rest[length..], after),
                    _ => false,
                }
            }
            '{' if is_glob => self.alternatives(rest, name),
            '\\' if !rest.is_empty() => {
                name.first() == rest.first() && self.fits(&rest[1..], &name[1..])
            }
            literal => name.first() == Some(literal) && self.fits(rest, &name[1..]),
        }
    }

    /// Whether a character is of a class, and where the pattern goes on after it.
    fn class(&self, pattern: &[char], character: char) -> Option<(bool, usize)> {
        let negation = if self.dialect == Dialect::Glob { '!' } else { '^' };
        let is_negated = pattern.first() == Some(&negation);
        let mut place = usize::from(is_negated);
        let mut found = false;
        let start = place;
        loop {
            let mut low = *pattern.get(place)?;
            if low == ']' && place > start {
                return Some((found != is_negated, place + 1));
            }
            if low == '\\' {
                place += 1;
                low = *pattern.get(place)?;
            }
            place += 1;
            let mut high = low;
            if pattern.get(place) == Some(&'-')
                && pattern.get(place + 1).is_some_and(|it| *it != ']')
            {
                high = pattern[place + 1];
                place += 2;
            }
            found |= (low..=high).contains(&character);
        }
    }

    fn alternatives(&mut self, pattern: &[char], name: &[char]) -> bool {
        let (mut depth, mut start) = (0, 0);
        let mut choices = Vec::new();
        for (place, character) in pattern.iter().enumerate() {
            match character {
                '{' => depth += 1,
                ',' if depth == 0 => {
                    choices.push(&pattern[start..place]);
                    start = place + 1;
                }
                '}' if depth == 0 => {
                    choices.push(&pattern[start..place]);
                    let after = &pattern[place + 1..];
                    return choices.iter().any(|it| self.fits(&[it, after].concat(), name));
                }
                '}' => depth -= 1,
                _ => {}
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_go() {
        assert_eq!(matches("*.txt", "a.txt"), Ok(true));
        assert_eq!(matches("*.txt", "d/a.txt"), Ok(false));
        assert_eq!(matches("a[^b-d]?", "axy"), Ok(true));
        assert_eq!(matches("[", "a"), Err("syntax error in pattern".to_owned()));
        assert!(matches_glob("conf/**", "conf/a/b"));
        assert!(matches_glob("**.{yaml,yml}", "conf/a.yml"));
        assert!(!matches_glob("conf/*", "conf/a/b"));
        assert!(matches_glob("[!a]x", "bx"));
    }
}

//! Which files of a folder do not belong to its chart: `.helmignore`.

use opsdrill_sprig::path_pattern;

/// The file with the rules.
pub const FILE: &str = ".helmignore";

/// The rules.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    pattern: String,
    is_negated: bool,
    wants_folder: bool,
    /// Whether the whole path is looked at, not only its last part.
    is_path: bool,
}

impl Rules {
    /// The rules of a text, and the one that holds everywhere.
    ///
    /// # Errors
    /// With Helm's words, when one is no pattern.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rules = Self::default();
        for line in text.strip_prefix('\u{feff}').unwrap_or(text).lines() {
            rules.add(line)?;
        }
        rules.add("templates/.?*")?;
        Ok(rules)
    }

    fn add(&mut self, line: &str) -> Result<(), String> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        if line.contains("**") {
            return Err("double-star (**) syntax is not supported".to_owned());
        }
        path_pattern::matches(line, "abc")?;
        let (is_negated, rest) = match line.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        let (wants_folder, rest) = match rest.strip_suffix('/') {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let is_path = rest.contains('/');
        let pattern = rest.strip_prefix('/').unwrap_or(rest).to_owned();
        self.rules.push(Rule { pattern, is_negated, wants_folder, is_path });
        Ok(())
    }

    /// Whether a path is left out.
    fn leaves_out(&self, path: &str, is_folder: bool) -> bool {
        for rule in &self.rules {
            let name = if rule.is_path { path } else { path.rsplit('/').next().unwrap_or(path) };
            let matches = path_pattern::matches(&rule.pattern, name) == Ok(true);
            // What a negated rule does not name is left out: that is how Helm reads it.
            let decides = if rule.is_negated {
                (rule.wants_folder && !is_folder) || !matches
            } else {
                (!rule.wants_folder || is_folder) && matches
            };
            if decides {
                return true;
            }
        }
        false
    }

    /// Whether a file is left out, by itself or with one of its folders.
    pub fn ignores(&self, path: &str) -> bool {
        let folders = path.match_indices('/').map(|(place, _)| &path[..place]);
        folders.into_iter().any(|it| self.leaves_out(it, true)) || self.leaves_out(path, false)
    }
}

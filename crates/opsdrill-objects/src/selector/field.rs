//! Field selectors: `status.phase=Running,metadata.name!=x`.

use std::fmt;

use super::SelectorError;

/// One requirement of a field selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRequirement {
    /// The field's path, for example `status.phase`.
    pub field: String,
    /// The value it must have, or must not have.
    pub value: String,
    /// Whether the value must be equal; otherwise it must differ.
    pub equal: bool,
}

/// All requirements together. Which fields a kind knows is the API server's rule, not checked here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldSelector {
    requirements: Vec<FieldRequirement>,
}

impl FieldSelector {
    /// Reads the text form. In values, `\`, `,` and `=` are written with a `\` before them.
    ///
    /// # Errors
    /// With apimachinery's text if `text` is no selector.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let mut terms = split_terms(text);
        terms.sort_unstable();
        let mut requirements = Vec::new();
        for term in terms.into_iter().filter(|it| !it.is_empty()) {
            let Some((field, equal, value)) = split_term(term) else {
                return Err(SelectorError(format!(
                    "invalid selector: '{text}'; can't understand '{term}'"
                )));
            };
            let value = unescape(value).map_err(SelectorError)?;
            requirements.push(FieldRequirement { field: field.to_owned(), value, equal });
        }
        Ok(Self { requirements })
    }

    /// The requirements, sorted by their text.
    pub fn requirements(&self) -> &[FieldRequirement] {
        &self.requirements
    }

    /// Whether nothing is required.
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Whether an object is selected whose fields are read by `field`; an absent field is empty.
    pub fn matches(&self, field: impl Fn(&str) -> String) -> bool {
        self.requirements.iter().all(|it| (field(&it.field) == it.value) == it.equal)
    }
}

impl fmt::Display for FieldSelector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, requirement) in self.requirements.iter().enumerate() {
            let separator = if index > 0 { "," } else { "" };
            let operator = if requirement.equal { "=" } else { "!=" };
            let value = escape(&requirement.value);
            write!(formatter, "{separator}{}{operator}{value}", requirement.field)?;
        }
        Ok(())
    }
}

/// Splits at commas without a backslash before them.
fn split_terms(text: &str) -> Vec<&str> {
    let mut terms = Vec::new();
    let mut start = 0;
    let mut escaped = false;
    for (index, character) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if character == ',' {
            terms.push(&text[start..index]);
            start = index + 1;
        }
    }
    terms.push(&text[start..]);
    terms
}

fn split_term(term: &str) -> Option<(&str, bool, &str)> {
    let index = term.char_indices().map(|(index, _)| index).find(|index| {
        let rest = &term[*index..];
        rest.starts_with('=') || rest.starts_with("!=")
    })?;
    let (field, rest) = term.split_at(index);
    if let Some(value) = rest.strip_prefix("!=") {
        return Some((field, false, value));
    }
    let value = rest.strip_prefix("==").or_else(|| rest.strip_prefix('='))?;
    Some((field, true, value))
}

fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace(',', "\\,").replace('=', "\\=")
}

fn unescape(text: &str) -> Result<String, String> {
    let invalid = |sequence: &str| {
        Err(format!("invalid field selector: invalid escape sequence: {sequence}"))
    };
    let mut value = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some(escaped @ ('\\' | ',' | '=')) => value.push(escaped),
                Some(other) => return invalid(&format!("\\{other}")),
                None => return invalid("\\"),
            },
            // The original prints the character's number here.
            ',' | '=' => {
                let code = u32::from(character);
                return Err(format!(
                    "invalid field selector: unescaped character in value: {code}"
                ));
            }
            _ => value.push(character),
        }
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_error(text: &str, error: &str) {
        assert_eq!(FieldSelector::parse(text).unwrap_err().to_string(), error);
    }

    #[test]
    fn matches_fields() {
        let selector = FieldSelector::parse("status.phase=Running,metadata.name!=x").unwrap();
        let fields = |phase: &'static str, name: &'static str| {
            move |field: &str| match field {
                "status.phase" => phase.to_owned(),
                "metadata.name" => name.to_owned(),
                _ => String::new(),
            }
        };
        assert!(selector.matches(fields("Running", "web")));
        assert!(!selector.matches(fields("Running", "x")));
        assert!(!selector.matches(fields("Pending", "web")));
    }

    #[test]
    fn prints_what_it_reads() {
        for (text, printed) in [
            ("", ""),
            ("b=c,a==d", "a=d,b=c"),
            ("spec.nodeName!=", "spec.nodeName!="),
            ("a=b,,", "a=b"),
            ("a=x\\,y\\=z\\\\", "a=x\\,y\\=z\\\\"),
        ] {
            assert_eq!(FieldSelector::parse(text).unwrap().to_string(), printed);
        }
    }

    #[test]
    fn says_what_apimachinery_says() {
        check_error(
            "status.phase",
            "invalid selector: 'status.phase'; can't understand 'status.phase'",
        );
        check_error("a=b=c", "invalid field selector: unescaped character in value: 61");
        check_error("a=\\b", "invalid field selector: invalid escape sequence: \\b");
        check_error("a=b\\", "invalid field selector: invalid escape sequence: \\");
    }
}

//! A label selector: all of its requirements together.

use std::collections::BTreeMap;
use std::fmt;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::requirement::{Operator, Requirement};
use super::{SelectorError, syntax};
use crate::go_format::quote;

/// What labels must look like to be selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// `None` selects nothing at all; an empty list selects everything.
    requirements: Option<Vec<Requirement>>,
}

impl Selector {
    /// Selects everything.
    pub fn everything() -> Self {
        Self { requirements: Some(Vec::new()) }
    }

    /// Selects nothing.
    pub fn nothing() -> Self {
        Self { requirements: None }
    }

    /// Selects what satisfies all of `requirements`.
    pub fn all_of(mut requirements: Vec<Requirement>) -> Self {
        requirements.sort_by(|a, b| a.key.cmp(&b.key));
        Self { requirements: Some(requirements) }
    }

    /// Reads the text form: `a=b,c!=d,e in (f,g),!h`.
    ///
    /// # Errors
    /// With apimachinery's text if `text` is no selector.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        syntax::parse(text).map(Self::all_of)
    }

    /// Selects what carries all of `labels`, as the selector of a Service does. Without labels it
    /// selects everything; that a Service without selector selects nothing is the caller's rule.
    pub fn from_labels(labels: &BTreeMap<String, String>) -> Self {
        let exact = |(key, value): (&String, &String)| Requirement {
            key: key.clone(),
            operator: Operator::Equals,
            values: vec![value.clone()],
        };
        Self::all_of(labels.iter().map(exact).collect())
    }

    /// The API's structured form. An absent selector selects nothing, an empty one everything.
    ///
    /// # Errors
    /// With the API's text if an operator, a key or a value is not allowed.
    pub fn from_label_selector(selector: Option<&LabelSelector>) -> Result<Self, SelectorError> {
        let Some(selector) = selector else { return Ok(Self::nothing()) };
        let mut requirements = Vec::new();
        for (key, value) in selector.match_labels.iter().flatten() {
            requirements.push(Requirement::new(key, Operator::Equals, vec![value.clone()])?);
        }
        for expression in selector.match_expressions.iter().flatten() {
            let operator = match expression.operator.as_str() {
                "In" => Operator::In,
                "NotIn" => Operator::NotIn,
                "Exists" => Operator::Exists,
                "DoesNotExist" => Operator::DoesNotExist,
                other => {
                    let text = format!("{} is not a valid label selector operator", quote(other));
                    return Err(SelectorError(text));
                }
            };
            let values = expression.values.clone().unwrap_or_default();
            requirements.push(Requirement::new(&expression.key, operator, values)?);
        }
        Ok(Self::all_of(requirements))
    }

    /// Whether these labels are selected.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.matches_with(|key| labels.get(key).map(String::as_str))
    }

    /// Whether the labels behind `label`, a look-up by key, are selected.
    pub fn matches_with<'a>(&self, label: impl Fn(&str) -> Option<&'a str>) -> bool {
        let Some(requirements) = &self.requirements else { return false };
        requirements.iter().all(|it| it.matches(label(&it.key)))
    }

    /// Whether nothing is required, so that everything is selected.
    pub fn is_empty(&self) -> bool {
        self.requirements.as_ref().is_some_and(Vec::is_empty)
    }

    /// Whether this selects nothing, whatever the labels.
    pub fn is_nothing(&self) -> bool {
        self.requirements.is_none()
    }

    /// The requirements, sorted by key; empty also if nothing is selected.
    pub fn requirements(&self) -> &[Requirement] {
        self.requirements.as_deref().unwrap_or_default()
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, requirement) in self.requirements().iter().enumerate() {
            let separator = if index > 0 { "," } else { "" };
            write!(formatter, "{separator}{requirement}")?;
        }
        Ok(())
    }
}

/// A structured selector as tables and descriptions show it: `app=web,tier in (a,b)`, `<none>`.
pub fn format_label_selector(selector: Option<&LabelSelector>) -> String {
    match Selector::from_label_selector(selector) {
        Err(_) => "<error>".to_owned(),
        Ok(selector) if selector.requirements().is_empty() => "<none>".to_owned(),
        Ok(selector) => selector.to_string(),
    }
}

/// Plain labels as tables and descriptions show them: `app=web,tier=front`, `<none>`.
pub fn format_labels(labels: &BTreeMap<String, String>) -> String {
    if labels.is_empty() { "<none>".to_owned() } else { Selector::from_labels(labels).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn structured(json: serde_json::Value) -> LabelSelector {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn matches_labels() {
        let web = labels(&[("app", "web"), ("tier", "front"), ("n", "5")]);
        let selects = |text: &str| Selector::parse(text).unwrap().matches(&web);
        for text in ["", "app=web", "app==web,tier=front", "app!=x", "other!=x", "app in (web,x)"] {
            assert!(selects(text), "{text}");
        }
        for text in ["app", "!other", "tier notin (back)", "other notin (x)", "n>4", "n<6"] {
            assert!(selects(text), "{text}");
        }
        for text in ["app=x", "!app", "other", "app notin (web)", "app!=web", "n>5", "app>1"] {
            assert!(!selects(text), "{text}");
        }
    }

    #[test]
    fn absent_selects_nothing_and_empty_selects_everything() {
        let none = Selector::from_label_selector(None).unwrap();
        let empty = Selector::from_label_selector(Some(&LabelSelector::default())).unwrap();
        assert!(!none.matches(&BTreeMap::new()) && none.is_nothing() && !none.is_empty());
        assert!(empty.matches(&BTreeMap::new()) && empty.is_empty());
        assert_eq!(format_label_selector(None), "<none>");
        assert_eq!(format_label_selector(Some(&LabelSelector::default())), "<none>");
    }

    #[test]
    fn prints_structured_selectors_sorted_by_key() {
        let selector = structured(serde_json::json!({
            "matchLabels": {"tier": "front"},
            "matchExpressions": [
                {"key": "app", "operator": "In", "values": ["web", "api"]},
                {"key": "z", "operator": "DoesNotExist"},
                {"key": "k", "operator": "NotIn", "values": ["v"]},
                {"key": "e", "operator": "Exists"},
            ],
        }));
        let text = "app in (api,web),e,k notin (v),tier=front,!z";
        assert_eq!(format_label_selector(Some(&selector)), text);
    }

    #[test]
    fn refuses_structured_selectors_with_the_apis_text() {
        let error =
            |json| Selector::from_label_selector(Some(&structured(json))).unwrap_err().to_string();
        let operator = serde_json::json!({"matchExpressions": [{"key": "a", "operator": "in"}]});
        assert_eq!(error(operator), "\"in\" is not a valid label selector operator");
        let empty = serde_json::json!({"matchExpressions": [{"key": "a", "operator": "In"}]});
        assert_eq!(
            error(empty),
            "values: Invalid value: []string(nil): for 'in', 'notin' operators, values set can't be empty"
        );
    }

    #[test]
    fn selects_by_plain_labels() {
        let selector = Selector::from_labels(&labels(&[("app", "web"), ("a", "")]));
        assert_eq!(selector.to_string(), "a=,app=web");
        assert_eq!(format_labels(&labels(&[("b", "2"), ("a", "1")])), "a=1,b=2");
        assert_eq!(format_labels(&BTreeMap::new()), "<none>");
        assert!(selector.matches(&labels(&[("app", "web"), ("a", ""), ("b", "c")])));
        assert!(!selector.matches(&labels(&[("app", "web")])));
    }
}

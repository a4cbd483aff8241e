//! Values as Go's `%#v` prints them, for complaints about a whole struct or map.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::go_format::quote;

/// `map[string]string{"a":"b"}`.
pub fn string_map(map: Option<&BTreeMap<String, String>>) -> String {
    let Some(map) = map else { return "map[string]string(nil)".into() };
    let entries: Vec<String> =
        map.iter().map(|(key, value)| format!("{}:{}", quote(key), quote(value))).collect();
    format!("map[string]string{{{}}}", entries.join(", "))
}

/// `[]string{"a", "b"}`.
pub fn string_list(list: &[String]) -> String {
    let items: Vec<String> = list.iter().map(|it| quote(it)).collect();
    format!("[]string{{{}}}", items.join(", "))
}

/// `v1.LabelSelector{…}`.
pub fn label_selector(selector: &LabelSelector) -> String {
    let expressions = match &selector.match_expressions {
        None => "(nil)".to_owned(),
        Some(expressions) => {
            let one = expressions.iter().map(|it| {
                let values = it.values.as_deref().map_or("[]string(nil)".to_owned(), string_list);
                format!(
                    "v1.LabelSelectorRequirement{{Key:{}, Operator:{}, Values:{values}}}",
                    quote(&it.key),
                    quote(&it.operator),
                )
            });
            format!("{{{}}}", one.collect::<Vec<_>>().join(", "))
        }
    };
    format!(
        "v1.LabelSelector{{MatchLabels:{}, MatchExpressions:[]v1.LabelSelectorRequirement{expressions}}}",
        string_map(selector.match_labels.as_ref()),
    )
}

/// `intstr.IntOrString{…}`.
pub fn int_or_string(value: &IntOrString) -> String {
    let (kind, number, text) = match value {
        IntOrString::Int(number) => (0, *number, ""),
        IntOrString::String(text) => (1, 0, text.as_str()),
    };
    format!("intstr.IntOrString{{Type:{kind}, IntVal:{number}, StrVal:{}}}", quote(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recordings 249 and 252.
    #[test]
    fn labels_and_selectors_look_as_recorded() {
        let labels = BTreeMap::from([("app".to_owned(), "other".to_owned())]);
        assert_eq!(string_map(Some(&labels)), "map[string]string{\"app\":\"other\"}");
        let selector = LabelSelector { match_labels: Some(labels), match_expressions: None };
        assert_eq!(
            label_selector(&selector),
            "v1.LabelSelector{MatchLabels:map[string]string{\"app\":\"other\"}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}"
        );
    }
}

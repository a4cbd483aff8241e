//! What a request's query says, as the engine's options.

use opsdrill_engine::api::{FieldValidation, Options, Propagation};
use opsdrill_objects::Status;
use opsdrill_objects::field_error::FieldError;

/// The pairs of a query, decoded, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Query(Vec<(String, String)>);

/// Decodes `%41`; `None` if that is no text.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

impl Query {
    /// Reads a query; pairs that are no text are left out, as Go does.
    pub(crate) fn parse(query: &str) -> Self {
        let pairs = query.split('&').filter(|it| !it.is_empty()).filter_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode(&key.replace('+', " "))?, decode(&value.replace('+', " "))?))
        });
        Self(pairs.collect())
    }

    /// The first value of a key; empty if it is not there.
    pub(crate) fn get(&self, key: &str) -> &str {
        self.0.iter().find(|it| it.0 == key).map(|it| it.1.as_str()).unwrap_or_default()
    }

    /// All values of a key.
    pub(crate) fn all(&self, key: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |it| it.0 == key).map(|it| it.1.as_str())
    }

    /// Whether a key is there.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|it| it.0 == key)
    }

    /// A switch as Go's conversion reads it: there without a value, or anything but `0` and `false`.
    pub(crate) fn is_set(&self, key: &str) -> bool {
        self.has(key) && !matches!(self.get(key).to_lowercase().as_str(), "0" | "false")
    }

    /// A number, if one is given.
    ///
    /// # Errors
    /// The server's refusal of what is no number.
    pub(crate) fn number<T: std::str::FromStr>(&self, key: &str) -> Result<Option<T>, Status> {
        let text = self.get(key);
        if text.is_empty() {
            return Ok(None);
        }
        let number = text.parse().ok();
        let wrong =
            || Status::bad_request(format!("strconv.ParseInt: parsing {text:?}: invalid syntax"));
        number.map(Some).ok_or_else(wrong)
    }
}

/// Which state of the cluster a read asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Version {
    /// `resourceVersion`; `None` if it is not given.
    pub(crate) at: Option<u64>,
    /// `resourceVersionMatch=Exact`.
    pub(crate) exact: bool,
    /// `resourceVersionMatch=NotOlderThan`.
    pub(crate) not_older: bool,
}

/// The kind of a list's options, as complaints name it.
pub(crate) const LIST_OPTIONS: &str = "ListOptions.meta.k8s.io";

/// The rules of a list's options (`ValidateListOptions`).
///
/// # Errors
/// The server's refusal.
pub(crate) fn check_list(query: &Query) -> Result<(), Status> {
    let mut errors = Vec::new();
    let (version, matching) = (query.get("resourceVersion"), query.get("resourceVersionMatch"));
    let field = "resourceVersionMatch";
    if !matching.is_empty() {
        if version.is_empty() {
            let why = "resourceVersionMatch is forbidden unless resourceVersion is provided";
            errors.push(FieldError::forbidden(field, why));
        }
        if !query.get("continue").is_empty() {
            let why = "resourceVersionMatch is forbidden when continue is provided";
            errors.push(FieldError::forbidden(field, why));
        }
        if !matches!(matching, "Exact" | "NotOlderThan") {
            let known = ["Exact", "NotOlderThan", ""];
            errors.push(FieldError::not_supported(field, matching, &known));
        }
        if matching == "Exact" && version == "0" {
            let why = "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"";
            errors.push(FieldError::forbidden(field, why));
        }
    }
    if query.has("sendInitialEvents") {
        let why = "sendInitialEvents is forbidden for list";
        errors.push(FieldError::forbidden("sendInitialEvents", why));
    }
    if !errors.is_empty() {
        return Err(Status::invalid_named(LIST_OPTIONS, "", &errors));
    }
    if !query.get("continue").is_empty() && !matches!(version, "" | "0") {
        let text = "specifying resource version is not allowed when using continue";
        return Err(Status::bad_request(text));
    }
    Ok(())
}

/// Reads `resourceVersion` and `resourceVersionMatch`.
///
/// # Errors
/// The server's refusal.
pub(crate) fn version(query: &Query) -> Result<Version, Status> {
    let text = query.get("resourceVersion");
    let at = if text.is_empty() {
        None
    } else {
        let invalid = || {
            let why = format!("strconv.ParseUint: parsing {text:?}: invalid syntax");
            let error = FieldError::invalid("resourceVersion", text, why);
            Status::invalid_request(&[error])
        };
        Some(text.parse().map_err(|_| invalid())?)
    };
    let matching = query.get("resourceVersionMatch");
    Ok(Version { at, exact: matching == "Exact", not_older: matching == "NotOlderThan" })
}

/// The options that a query gives.
///
/// # Errors
/// The server's refusal of values that it does not know.
pub(crate) fn options(query: &Query) -> Result<Options, Status> {
    let dry_run = match query.all("dryRun").collect::<Vec<_>>().as_slice() {
        [] => false,
        values if values.iter().all(|it| *it == "All") => true,
        values => {
            let text = values.join(",");
            return Err(Status::invalid_request(&[FieldError::not_supported(
                "dryRun",
                &text,
                &["All"],
            )]));
        }
    };
    let field_validation = match query.get("fieldValidation") {
        "" | "Warn" => FieldValidation::Warn,
        "Ignore" => FieldValidation::Ignore,
        "Strict" => FieldValidation::Strict,
        other => {
            return Err(Status::invalid_request(&[FieldError::not_supported(
                "fieldValidation",
                other,
                &["Ignore", "Strict", "Warn"],
            )]));
        }
    };
    Ok(Options {
        dry_run,
        field_manager: query.get("fieldManager").to_owned(),
        force: query.get("force") == "true",
        field_validation,
        label_selector: query.get("labelSelector").to_owned(),
        field_selector: query.get("fieldSelector").to_owned(),
        grace_period_seconds: query.number("gracePeriodSeconds")?,
        propagation: propagation(query.get("propagationPolicy"), query.get("orphanDependents"))?,
        limit: query.number("limit")?.unwrap_or_default(),
        ..Options::default()
    })
}

/// What happens to dependents, by its name or by the older `orphanDependents`.
///
/// # Errors
/// The server's refusal of another name.
pub(crate) fn propagation(policy: &str, orphan: &str) -> Result<Option<Propagation>, Status> {
    Ok(match (policy, orphan) {
        ("Background", _) | ("", "false") => Some(Propagation::Background),
        ("Foreground", _) => Some(Propagation::Foreground),
        ("Orphan", _) | ("", "true") => Some(Propagation::Orphan),
        ("", _) => None,
        (other, _) => {
            return Err(Status::invalid_request(&[FieldError::not_supported(
                "propagationPolicy",
                other,
                &["Foreground", "Background", "Orphan", "nil"],
            )]));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded_once() {
        let query =
            Query::parse("labelSelector=app%3Dweb%2Ctier%21%3Db&x=a+b&watch&bad=%ff&c=1&c=2");
        assert_eq!(query.get("labelSelector"), "app=web,tier!=b");
        assert_eq!(query.get("x"), "a b");
        assert!(query.is_set("watch"));
        assert!(!query.has("bad"));
        assert_eq!(query.all("c").collect::<Vec<_>>(), ["1", "2"]);
    }

    #[test]
    fn options_are_read_or_refused() {
        let read = options(&Query::parse(
            "dryRun=All&fieldManager=kubectl&fieldValidation=Strict&limit=500&propagationPolicy=Orphan",
        ))
        .unwrap();
        assert!(read.dry_run);
        assert_eq!(read.field_validation, FieldValidation::Strict);
        assert_eq!(read.limit, 500);
        assert_eq!(read.propagation, Some(Propagation::Orphan));
        assert_eq!(options(&Query::parse("dryRun=Some")).unwrap_err().code, 422);
        assert_eq!(options(&Query::parse("limit=x")).unwrap_err().code, 400);
        assert_eq!(options(&Query::parse("limit=-1")).unwrap_err().code, 400);
    }

    #[test]
    fn versions_are_read_or_refused() {
        assert_eq!(version(&Query::parse("resourceVersion=0")).unwrap().at, Some(0));
        assert!(version(&Query::parse("resourceVersion=abc")).is_err());
        let refused = |text: &str| check_list(&Query::parse(text)).unwrap_err();
        assert_eq!(
            refused("resourceVersionMatch=Exact").message,
            "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"
        );
        assert_eq!(refused("resourceVersion=1&resourceVersionMatch=Most").code, 422);
        assert_eq!(refused("resourceVersion=0&resourceVersionMatch=Exact").code, 422);
        assert_eq!(refused("resourceVersion=5&continue=abc").code, 400);
        assert_eq!(
            check_list(&Query::parse("resourceVersion=5&resourceVersionMatch=Exact")),
            Ok(())
        );
    }

    proptest::proptest! {
        #[test]
        fn every_query_is_read_or_refused(
            query in "((watch|limit|continue|resourceVersion|resourceVersionMatch|dryRun|fieldValidation|sendInitialEvents)(=(0|1|-1|99999999999999999999|true|All|Strict|Exact|\\PC{0,4}|%[0-9a-g]{0,2}))?&?){0,5}",
        ) {
            let query = Query::parse(&query);
            let _ = (check_list(&query), version(&query), options(&query));
            proptest::prop_assert!(query.all("limit").count() <= 5);
        }
    }
}

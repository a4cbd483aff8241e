//! Where charts are had from: repositories with an index, and registries.
//!
//! - [`index`]: what an `index.yaml` says
//! - [`lock`]: `Chart.lock`, the versions of dependencies that were chosen
//! - [`registry`]: a chart as a registry keeps it
//!
//! Nothing here asks a network: who has one hands over what it answers.

pub mod index;
pub mod lock;
pub mod registry;

use opsdrill_objects::address::Address;
use sha2::{Digest as _, Sha256};

/// The SHA-256 of bytes, in hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|it| format!("{it:02x}")).collect()
}

/// The address that a reference means, seen from a base; one that is whole stays as it is.
pub fn resolved(base: &str, reference: &str) -> String {
    if reference.split_once("://").is_some_and(|(scheme, _)| !scheme.contains('/')) {
        return reference.to_owned();
    }
    if let Some(path) = reference.strip_prefix('/') {
        let base = Address::of(base);
        let user = base.user.map(|it| format!("{it}@")).unwrap_or_default();
        return format!("{}://{user}{}/{path}", base.scheme, base.authority);
    }
    format!("{}/{reference}", base.trim_end_matches('/'))
}

/// Whether two addresses are the same, but for how their paths are written.
pub fn same(one: &str, other: &str) -> bool {
    let parts = |text: &str| {
        let address = Address::of(text);
        let (user, head, path) = match address.scheme {
            "" => (None, String::new(), text),
            _ => (address.user.map(str::to_owned), address.origin(), address.rest),
        };
        (user, head, opsdrill_sprig::functions::paths::cleaned(&format!("/{path}")))
    };
    one == other || parts(one) == parts(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_resolved_and_compared() {
        assert_eq!(resolved("https://a/b/", "index.yaml"), "https://a/b/index.yaml");
        assert_eq!(resolved("https://a/b", "/c.tgz"), "https://a/c.tgz");
        assert_eq!(resolved("https://a/b", "http://x/c.tgz"), "http://x/c.tgz");
        assert!(same("https://a/b/", "https://a/b") && same("https://a", "https://a/"));
        assert!(!same("https://a/b", "http://a/b"));
    }
}

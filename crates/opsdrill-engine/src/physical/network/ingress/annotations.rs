//! What an Ingress asks of ingress-nginx in its annotations.

use opsdrill_objects::Object;

/// What they all begin with.
const PREFIX: &str = "nginx.ingress.kubernetes.io/";
/// Those that are heeded.
const HEEDED: &[&str] = &[
    "force-ssl-redirect",
    "proxy-connect-timeout",
    "proxy-read-timeout",
    "rewrite-target",
    "ssl-redirect",
    "use-regex",
];
/// Those that change nothing that is modelled: sizes, buffers, logs and headers.
const WITHOUT_EFFECT: &[&str] = &[
    "client-body-buffer-size",
    "enable-access-log",
    "enable-rewrite-log",
    "http2-push-preload",
    "proxy-body-size",
    "proxy-buffer-size",
    "proxy-buffering",
    "proxy-buffers-number",
    "proxy-request-buffering",
    "proxy-send-timeout",
    "ssl-ciphers",
];

/// What a location is told by its Ingress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Annotations {
    /// What the matched path becomes; empty for no change.
    pub rewrite: String,
    /// Whether paths are regular expressions.
    pub regex: bool,
    /// Whether clients are sent to `https` if the host has a certificate.
    pub redirects: bool,
    /// Whether they are in any case.
    pub always_redirects: bool,
    /// Seconds until a connection is given up.
    pub connect_seconds: u64,
    /// Seconds until an answer is given up.
    pub read_seconds: u64,
}

impl Default for Annotations {
    fn default() -> Self {
        Self {
            rewrite: String::new(),
            regex: false,
            redirects: true,
            always_redirects: false,
            connect_seconds: 5,
            read_seconds: 60,
        }
    }
}

impl Annotations {
    /// Of an Ingress. What cannot be read counts as not there, as in the real one.
    pub(super) fn of(ingress: &Object) -> Self {
        let text = |name: &str| ingress.meta.annotation(&format!("{PREFIX}{name}"));
        let truth = |name: &str| text(name).and_then(|it| it.parse::<bool>().ok());
        let seconds = |name: &str| text(name).and_then(|it| it.parse::<u32>().ok()).map(u64::from);
        let usual = Self::default();
        Self {
            rewrite: text("rewrite-target").unwrap_or_default().to_owned(),
            regex: truth("use-regex").unwrap_or(usual.regex),
            redirects: truth("ssl-redirect").unwrap_or(usual.redirects),
            always_redirects: truth("force-ssl-redirect").unwrap_or(usual.always_redirects),
            connect_seconds: seconds("proxy-connect-timeout").unwrap_or(usual.connect_seconds),
            read_seconds: seconds("proxy-read-timeout").unwrap_or(usual.read_seconds),
        }
    }

    /// Whether a location's path has to be matched as an expression, and with it all of its host.
    pub(super) fn needs_regex(&self, path: &str) -> bool {
        self.regex || !self.rewrite.is_empty() && self.rewrite != path
    }
}

/// The annotations of an Ingress that ask for what is not simulated.
pub(super) fn not_simulated(ingress: &Object) -> Vec<&str> {
    let keys = ingress.meta.annotations.keys().map(String::as_str);
    let strange = |key: &&str| {
        let name = key.strip_prefix(PREFIX);
        name.is_some_and(|it| !HEEDED.contains(&it) && !WITHOUT_EFFECT.contains(&it))
    };
    keys.filter(strange).collect()
}

//! Helm's settings: what flags say, else what the environment says, else what has always been.

use crate::kubectl::flags::Arguments;
use crate::kubectl::surroundings::Surroundings;

/// How a setting is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Any text.
    Text,
    /// Texts, parted by commas.
    List,
    /// `true` or `false`; what is neither is taken for `false`.
    Truth,
    /// A whole number; what is none leaves the default.
    Integer,
    /// A number, shown with two places after the point; what is none leaves the default.
    Number,
}

/// A setting that is not a path.
struct Row {
    variable: &'static str,
    flag: &'static str,
    form: Form,
    default: &'static str,
    /// Whether it changes how the cluster is reached in a way that is not modelled.
    refused: bool,
}

const fn row(
    variable: &'static str,
    flag: &'static str,
    form: Form,
    default: &'static str,
    refused: bool,
) -> Row {
    Row { variable, flag, form, default, refused }
}

const ROWS: &[Row] = &[
    row("HELM_BURST_LIMIT", "burst-limit", Form::Integer, "100", false),
    row("HELM_DEBUG", "debug", Form::Truth, "false", false),
    row("HELM_KUBEAPISERVER", "kube-apiserver", Form::Text, "", true),
    row("HELM_KUBEASGROUPS", "kube-as-group", Form::List, "", false),
    row("HELM_KUBEASUSER", "kube-as-user", Form::Text, "", false),
    row("HELM_KUBECAFILE", "kube-ca-file", Form::Text, "", true),
    row("HELM_KUBECONTEXT", "kube-context", Form::Text, "", false),
    row(
        "HELM_KUBEINSECURE_SKIP_TLS_VERIFY",
        "kube-insecure-skip-tls-verify",
        Form::Truth,
        "false",
        true,
    ),
    row("HELM_KUBETLS_SERVER_NAME", "kube-tls-server-name", Form::Text, "", true),
    row("HELM_KUBETOKEN", "kube-token", Form::Text, "", true),
    row("HELM_MAX_HISTORY", "", Form::Integer, "10", false),
    row("HELM_QPS", "qps", Form::Number, "0.00", false),
];

/// Where nothing names a home.
const HOME: &str = "/home/trainee";

/// Helm's settings for one call.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    /// By the names that `helm env` prints, in order.
    rows: Vec<(&'static str, String)>,
    /// What is set that would change how the cluster is reached, and is not modelled.
    pub(super) refused: Option<String>,
}

impl Settings {
    /// What the flags and the environment say.
    pub(super) fn read(arguments: &Arguments, surroundings: &dyn Surroundings) -> Self {
        let variable = |name: &str| surroundings.variable(name).filter(|it| !it.is_empty());
        let mut settings = Self::default();
        for row in ROWS {
            let value = row.value(arguments, variable(row.variable));
            if row.refused && value != row.default && settings.refused.is_none() {
                let is_flag = arguments.is_set(row.flag);
                let name =
                    if is_flag { format!("--{}", row.flag) } else { row.variable.to_owned() };
                settings.refused = Some(name);
            }
            settings.rows.push((row.variable, value));
        }
        if !arguments.text("kubeconfig").is_empty() {
            settings.refused = Some("--kubeconfig".to_owned());
        }
        if let Some(driver) = variable("HELM_DRIVER").filter(|it| !it.starts_with("secret")) {
            settings.refused = Some(format!("HELM_DRIVER={driver}"));
        }
        settings.rows.extend(paths(arguments, &variable));
        settings.rows.push(("HELM_BIN", "helm".to_owned()));
        settings.rows.sort_unstable_by_key(|it| it.0);
        settings
    }

    /// All of them, the namespace apart, in order of their names.
    pub(super) fn rows(&self) -> &[(&'static str, String)] {
        &self.rows
    }

    /// A setting.
    pub(super) fn text(&self, name: &str) -> &str {
        self.rows.iter().find(|it| it.0 == name).map_or("", |it| &it.1)
    }

    /// A setting that is a list.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        self.text(name).split(',').filter(|it| !it.is_empty()).map(str::to_owned).collect()
    }
}

impl Row {
    fn value(&self, arguments: &Arguments, variable: Option<String>) -> String {
        let given = !self.flag.is_empty() && arguments.is_set(self.flag);
        if given && self.form == Form::List {
            let list = arguments.list(self.flag).join(",");
            // Helm reads its flags twice, and this one adds to what there is.
            return format!("{list},{list}");
        }
        let text =
            if given { arguments.text(self.flag).to_owned() } else { variable.unwrap_or_default() };
        match self.form {
            _ if text.is_empty() => self.default.to_owned(),
            Form::Text | Form::List => text,
            Form::Truth => {
                matches!(text.as_str(), "1" | "t" | "T" | "true" | "TRUE" | "True").to_string()
            }
            Form::Integer => {
                text.parse::<i64>().map_or_else(|_| self.default.to_owned(), |it| it.to_string())
            }
            Form::Number => text
                .parse::<f32>()
                .map_or_else(|_| self.default.to_owned(), |it| format!("{it:.2}")),
        }
    }
}

/// Where Helm keeps what it knows.
fn paths(
    arguments: &Arguments,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Vec<(&'static str, String)> {
    let home = variable("HOME").unwrap_or_else(|| HOME.to_owned());
    let base = |own: &str, shared: &str, below: &str| {
        let shared = || variable(shared).unwrap_or_else(|| format!("{home}/{below}"));
        variable(own).unwrap_or_else(|| format!("{}/helm", shared()))
    };
    let cache = base("HELM_CACHE_HOME", "XDG_CACHE_HOME", ".cache");
    let config = base("HELM_CONFIG_HOME", "XDG_CONFIG_HOME", ".config");
    let data = base("HELM_DATA_HOME", "XDG_DATA_HOME", ".local/share");
    let or = |name: &str, flag: &str, default: String| match arguments.text(flag) {
        "" => variable(name).unwrap_or(default),
        given => given.to_owned(),
    };
    let registry = format!("{config}/registry/config.json");
    let repositories = format!("{config}/repositories.yaml");
    vec![
        ("HELM_PLUGINS", variable("HELM_PLUGINS").unwrap_or_else(|| format!("{data}/plugins"))),
        (
            "HELM_REPOSITORY_CACHE",
            or("HELM_REPOSITORY_CACHE", "repository-cache", format!("{cache}/repository")),
        ),
        ("HELM_REPOSITORY_CONFIG", or("HELM_REPOSITORY_CONFIG", "repository-config", repositories)),
        ("HELM_REGISTRY_CONFIG", or("HELM_REGISTRY_CONFIG", "registry-config", registry)),
        ("HELM_CACHE_HOME", cache),
        ("HELM_CONFIG_HOME", config),
        ("HELM_DATA_HOME", data),
    ]
}

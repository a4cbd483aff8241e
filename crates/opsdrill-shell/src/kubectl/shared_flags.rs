//! Flags that many verbs share.

use super::flags::Flag;

/// Flags that every verb takes.
pub const GLOBAL: &[Flag] = &[
    Flag::text("namespace").short('n').about("The namespace to work in."),
    Flag::text("context").about("The kubeconfig context to use."),
    Flag::text("request-timeout")
        .default("0")
        .about("How long to wait for the server; ends watches."),
    Flag::switch("help").short('h').about("Show this text."),
    Flag::text("as").about("The name in which to ask."),
    Flag::array("as-group").about("A group of that name."),
    Flag::text("as-uid").not_simulated(),
    Flag::text("cache-dir").not_simulated(),
    Flag::text("certificate-authority").not_simulated(),
    Flag::text("client-certificate").not_simulated(),
    Flag::text("client-key").not_simulated(),
    Flag::text("cluster").about("The cluster of the kubeconfig to use."),
    Flag::switch("disable-compression").not_simulated(),
    Flag::switch("insecure-skip-tls-verify").not_simulated(),
    Flag::text("kubeconfig").not_simulated(),
    Flag::duration("log-flush-frequency", "5s").not_simulated(),
    Flag::switch("match-server-version").not_simulated(),
    Flag::text("password").not_simulated(),
    Flag::text("profile").not_simulated(),
    Flag::text("profile-output").not_simulated(),
    Flag::text("server").short('s').not_simulated(),
    Flag::text("tls-server-name").not_simulated(),
    Flag::text("token").not_simulated(),
    Flag::text("user").about("The user of the kubeconfig to use."),
    Flag::text("username").not_simulated(),
    Flag::integer("v", "0").short('v').about("How much is logged; nothing is."),
    Flag::text("vmodule").not_simulated(),
    Flag::switch("warnings-as-errors").not_simulated(),
];

/// Choosing objects by their labels.
pub const LABEL_SELECTOR: Flag =
    Flag::text("selector").short('l').about("Label selector, such as app=web,tier!=db.");

/// Choosing objects by some of their fields.
pub const FIELD_SELECTOR: Flag =
    Flag::text("field-selector").about("Field selector, such as status.phase=Running.");

/// Looking into every namespace.
pub const ALL_NAMESPACES: Flag =
    Flag::switch("all-namespaces").short('A').about("Look into every namespace.");

/// Large lists in pieces.
pub const CHUNK_SIZE: Flag = Flag::integer("chunk-size", "500").about("Ask for lists in pieces.");

/// Objects named by files.
pub const FILES: &[Flag] = &[
    Flag::list("filename")
        .short('f')
        .about("Files or directories that name the objects; - is standard input."),
    Flag::text("kustomize")
        .short('k')
        .about("A folder with a kustomization that names the objects."),
    Flag::switch("recursive").short('R').about("Look into directories below those given with -f."),
];

/// How objects are printed.
pub const PRINTING: &[Flag] = &[
    Flag::text("output")
        .short('o')
        .about("One of: json, yaml, name, wide, go-template=…, go-template-file=…, jsonpath=…, jsonpath-as-json=…, jsonpath-file=…, custom-columns=…, custom-columns-file=…."),
    Flag::switch("show-managed-fields").about("Keep managedFields in JSON and YAML."),
    Flag::switch("allow-missing-template-keys")
        .default("true")
        .about("Take missing fields in templates as empty."),
    Flag::text("template").about("The template of -o go-template, jsonpath and the like."),
];

/// What a written object is printed as, for verbs that say `created` and the like.
pub const DRY_RUN: Flag = Flag::optional_text("dry-run", "unchanged")
    .default("none")
    .about("none, server or client: whether anything is really stored.");

/// Who owns written fields.
pub const FIELD_MANAGER: Flag =
    Flag::text("field-manager").about("The name under which written fields are owned.");

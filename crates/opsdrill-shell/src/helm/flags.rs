//! Flags that commands share.

use crate::kubectl::flags::Flag;

/// Flags that every command takes. Those that are not simulated are refused where a cluster is asked.
pub(super) const GLOBAL: &[Flag] = &[
    Flag::text("namespace").short('n').about("The namespace to work in."),
    Flag::switch("debug").about("Tell more: values, hooks and manifests."),
    Flag::text("kube-context").about("The kubeconfig context to use."),
    Flag::text("kube-as-user").about("The name in which to ask."),
    Flag::array("kube-as-group").about("A group of that name."),
    Flag::switch("help").short('h').about("Show this text."),
    Flag::integer("burst-limit", "100").about("Requests at once; nothing limits them here."),
    Flag::text("qps").about("Requests a second; nothing limits them here."),
    Flag::text("kubeconfig").not_simulated(),
    Flag::text("kube-apiserver").not_simulated(),
    Flag::text("kube-ca-file").not_simulated(),
    Flag::switch("kube-insecure-skip-tls-verify").not_simulated(),
    Flag::text("kube-tls-server-name").not_simulated(),
    Flag::text("kube-token").not_simulated(),
    Flag::text("registry-config").about("The file of logins to registries."),
    Flag::text("repository-cache").about("The folder of indexes of repositories."),
    Flag::text("repository-config").about("The file of known repositories."),
];

/// How a list or a document is printed.
pub(super) const OUTPUT: Flag =
    Flag::text("output").short('o').default("table").about("table, json or yaml.");

/// Which revision is meant.
pub(super) const REVISION: Flag =
    Flag::integer("revision", "0").about("The revision; 0 is the last one.");

/// How long each step may take.
pub(super) const TIMEOUT: Flag =
    Flag::duration("timeout", "5m0s").about("How long each step may take.");

/// Without what is run around it.
pub(super) const NO_HOOKS: Flag = Flag::switch("no-hooks").about("Run no hooks.");

/// Values.
pub(super) const VALUES: &[Flag] = &[
    Flag::list("values").short('f').about("Files of values; later ones win."),
    Flag::array("set").about("Values: a.b=1,c={x,y}."),
    Flag::array("set-string").about("The same, all of them texts."),
    Flag::array("set-file").about("Values that are the contents of files."),
    Flag::array("set-json").about("Values in JSON."),
    Flag::array("set-literal").about("A text, whatever is in it."),
];

/// Where a chart comes from.
pub(super) const CHART: &[Flag] = &[
    Flag::text("version")
        .about("Versions of the chart that will do; charts of folders are taken as they are."),
    Flag::switch("devel").about("Allow versions in the making."),
    Flag::switch("verify").about("Look whether the chart is signed."),
    Flag::text("keyring").default("pubring.gpg").about("Where keys are."),
    Flag::text("repo").about("The address of the repository that has the chart."),
    Flag::text("username").about("The user for that repository or registry."),
    Flag::text("password").about("That user's password."),
    Flag::switch("insecure-skip-tls-verify").about("Believe any certificate."),
    Flag::switch("plain-http").not_simulated(),
    Flag::switch("pass-credentials").about("Use the password for other hosts, too."),
    Flag::text("cert-file").not_simulated(),
    Flag::text("key-file").not_simulated(),
    Flag::text("ca-file").not_simulated(),
];

/// What `install`, `upgrade` and `template` share.
pub(super) const RELEASING: &[Flag] = &[
    Flag::switch("create-namespace").about("Make the namespace if it is not there."),
    Flag::optional_text("dry-run", "client").about("client or server: do not really do it."),
    Flag::switch("force").about("Replace objects instead of changing them."),
    NO_HOOKS,
    TIMEOUT,
    Flag::switch("wait").about("Wait until everything is ready."),
    Flag::switch("wait-for-jobs").about("With --wait: until jobs are done, too."),
    Flag::text("description").about("What the history says."),
    Flag::switch("disable-openapi-validation")
        .about("Leave checking to the server, which is what happens anyway."),
    Flag::switch("atomic").about("Take back what failed; implies --wait."),
    Flag::switch("skip-crds").about("Install nothing of crds/."),
    Flag::switch("render-subchart-notes").about("Show the notes of subcharts, too."),
    Flag::switch("skip-schema-validation").about("Do not heed values.schema.json."),
    Flag::list("labels").short('l').about("Labels of the record: a=b,c=d."),
    Flag::switch("enable-dns").about("Allow templates to ask the DNS, which has no answers here."),
    Flag::switch("hide-notes").about("Do not show the notes."),
    Flag::switch("take-ownership").about("Take over objects that others made."),
    Flag::switch("dependency-update").about("Fetch charts that are needed and missing."),
    Flag::text("post-renderer").not_simulated(),
    Flag::array("post-renderer-args").not_simulated(),
];

/// What `install` and `template` share beside that.
pub(super) const INSTALLING: &[Flag] = &[
    Flag::switch("replace").about("Use a name again whose release is gone."),
    Flag::switch("generate-name").short('g').about("Make up a name."),
    Flag::text("name-template").about("A template for the name."),
];

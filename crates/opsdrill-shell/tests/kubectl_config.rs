//! `kubectl config`, against what a real kubectl printed on the same kubeconfig.

mod bench;

use bench::Bench;
use opsdrill_shell::kubectl::kubeconfig::Kubeconfig;

const FILE: &str = "/root/.kube/config";

#[test]
#[expect(clippy::too_many_lines, reason = "one kubeconfig goes through all of it")]
fn the_kubeconfig_is_changed_as_kubectl_changes_it() {
    let mut bench = Bench::new();
    bench.machine.variables.insert("HOME".to_owned(), "/root".to_owned());
    bench.config = Kubeconfig::single("drill", "prod", "oncall", "shop");
    let steps = [
        ("get-clusters", "NAME\nprod\n".to_owned()),
        ("get-users", "NAME\noncall\n".to_owned()),
        ("rename-context drill d2", "Context \"drill\" renamed to \"d2\".\n".to_owned()),
        (
            "rename-context nope x",
            format!("! error: cannot rename the context \"nope\", it's not in {FILE}\n(1)\n"),
        ),
        ("rename-context d2", "! error: Unexpected args: [d2]\n(1)\n".to_owned()),
        (
            "get-contexts",
            "CURRENT   NAME   CLUSTER   AUTHINFO   NAMESPACE\n*         d2     prod      oncall     shop\n".to_owned(),
        ),
        ("set contexts.d2.namespace foo", "Property \"contexts.d2.namespace\" set.\n".to_owned()),
        (
            "set foo.bar x",
            "! error: unable to parse foo.bar after [] at api.Config\n(1)\n".to_owned(),
        ),
        ("unset contexts.d2.namespace", "Property \"contexts.d2.namespace\" unset.\n".to_owned()),
        (
            "unset contexts.nope.namespace",
            "! error: current map key `nope` is invalid\n(1)\n".to_owned(),
        ),
        (
            "set clusters.prod.insecure-skip-tls-verify maybe",
            "! error: strconv.ParseBool: parsing \"maybe\": invalid syntax\n(1)\n".to_owned(),
        ),
        (
            "set-cluster new --server=https://n --insecure-skip-tls-verify=true",
            "Cluster \"new\" set.\n".to_owned(),
        ),
        ("set-credentials u2 --token=abc", "User \"u2\" set.\n".to_owned()),
        (
            "set-credentials u2 --username=a --password=b --token=c",
            "! error: you cannot specify more than one authentication method at the same time: --token, --username/--password\n(1)\n".to_owned(),
        ),
        ("set-context c3 --cluster=new --user=u2 --namespace=ns", "Context \"c3\" created.\n".to_owned()),
        ("set-context --current --namespace=y", "Context \"d2\" modified.\n".to_owned()),
        (
            "set-context a --current",
            "! error: you cannot specify both a context name and --current\n(1)\n".to_owned(),
        ),
        (
            "view --minify --context=c3",
            "apiVersion: v1\nclusters:\n- cluster:\n    insecure-skip-tls-verify: true\n    server: https://n\n  name: new\ncontexts:\n- context:\n    cluster: new\n    namespace: ns\n    user: u2\n  name: c3\ncurrent-context: c3\nkind: Config\npreferences: {}\nusers:\n- name: u2\n  user:\n    token: REDACTED\n".to_owned(),
        ),
        ("view -o jsonpath={.contexts[*].name}", "c3 d2\n".to_owned()),
        ("view --raw -o jsonpath={.users[*].user.token}", "abc\n".to_owned()),
        ("delete-context c3", format!("deleted context c3 from {FILE}\n")),
        ("delete-cluster new", format!("deleted cluster new from {FILE}\n")),
        (
            "delete-cluster nope",
            format!("! error: cannot delete cluster nope, not in {FILE}\n(1)\n"),
        ),
        ("delete-user u2", format!("deleted user u2 from {FILE}\n")),
        (
            "delete-context d2",
            format!("! warning: this removed your active context, use \"kubectl config use-context\" to select a different one\ndeleted context d2 from {FILE}\n"),
        ),
        (
            "get-contexts nope",
            "CURRENT   NAME   CLUSTER   AUTHINFO   NAMESPACE\n! error: context nope not found\n(1)\n".to_owned(),
        ),
        ("view --minify", "! error: cannot locate context d2\n(1)\n".to_owned()),
        ("unset current-context", "Property \"current-context\" unset.\n".to_owned()),
        ("current-context", "! error: current-context is not set\n(1)\n".to_owned()),
    ];
    for (line, wanted) in steps {
        assert_eq!(bench.run(&format!("config {line}")), wanted, "{line}");
    }
}

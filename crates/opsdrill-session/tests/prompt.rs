//! Lines at the prompt of a drill: kubectl inside of bash, editors in the sandbox, and the commands of the drill.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use opsdrill_session::log::Forget;
use opsdrill_session::{Language, Library, Options, Script, Session};
use opsdrill_testkit::folder;

fn library() -> Arc<Library> {
    static LIBRARY: OnceLock<Arc<Library>> = OnceLock::new();
    let read_all = || {
        let mut library = Library::default();
        library.add(folder::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")));
        Arc::new(library)
    };
    LIBRARY.get_or_init(read_all).clone()
}

/// A drill that has just begun.
struct Prompt(Session);

impl Prompt {
    fn new() -> Self {
        Self::in_language(Language::En)
    }

    fn in_language(language: Language) -> Self {
        let options = Options { language, step: true, ..Options::default() };
        let drill = "catalog-update-does-not-finish";
        Self(Session::new(library(), drill, options).expect("a good scenario"))
    }

    /// What a line prints, and its exit status if it is not 0.
    fn run(&mut self, line: &str) -> String {
        let mut front = Script::default();
        let end = self.0.run_line(line, &mut front, &mut Forget);
        if end.status == 0 { front.output } else { format!("{}({})\n", front.output, end.status) }
    }
}

#[test]
fn bash_sees_what_kubectl_prints() {
    let mut prompt = Prompt::new();
    let cart = "kubectl get deploy cart -o name";
    for (line, expected) in [
        (format!("x=$({cart}); echo \"[$x]\""), "[deployment.apps/cart]\n"),
        (format!("x=`{cart}`; echo \"[$x]\""), "[deployment.apps/cart]\n"),
        (format!("a=1 b=\"$({cart})\"; echo $a $b"), "1 deployment.apps/cart\n"),
        (format!("x=a; x+=$({cart}); echo $x"), "adeployment.apps/cart\n"),
        (format!("unset y; echo ${{y:-$({cart})}}"), "deployment.apps/cart\n"),
        (format!("arr=($({cart}) b); echo ${{arr[0]}}-${{arr[1]}}"), "deployment.apps/cart-b\n"),
        (format!("arr[1]=$({cart}); echo ${{arr[1]}}"), "deployment.apps/cart\n"),
        ("n=$(( $(kubectl get nodes -o name | wc -l) * 0 + 3 )); echo $n".to_owned(), "3\n"),
        (
            "echo $(( $(kubectl get deploy cart -o jsonpath={.metadata.generation}) * 0 + 7 ))"
                .to_owned(),
            "7\n",
        ),
        ("alias k=kubectl".to_owned(), ""),
        ("x=$(k get deploy cart -o name | cat); echo $x".to_owned(), "deployment.apps/cart\n"),
        ("echo 'kubectl get nodes -o name | head -1' > s.sh; chmod +x s.sh".to_owned(), ""),
        (". ./s.sh | wc -l".to_owned(), "1\n"),
    ] {
        assert_eq!(prompt.run(&line), expected, "{line}");
    }
    for line in [". ./s.sh", "source s.sh", "./s.sh", "bash s.sh"] {
        assert_eq!(prompt.run(line).lines().count(), 1, "{line}");
    }
    assert_eq!(
        prompt.run("pod=$(kubectl get pod -l app=redis -o name); kubectl get $pod -o name"),
        prompt.run("kubectl get pod -l app=redis -o name"),
    );
}

#[test]
fn a_shell_in_a_container_is_opened_by_a_line_that_finds_the_pod() {
    let mut prompt = Prompt::new();
    assert_eq!(prompt.run("kubectl exec -it $(kubectl get pod -l app=redis -o name) -- bash"), "");
    assert_eq!(prompt.run("redis-cli ping"), "PONG\n");
    assert_eq!(prompt.run("exit"), "");
    let pod = "$(kubectl get pod -l app=cart -o name | head -1 | cut -d/ -f2)";
    let deleted = prompt.run(&format!("kubectl delete pod {pod} --force --grace-period=0"));
    assert!(deleted.starts_with("Warning: Immediate deletion"), "{deleted}");
}

#[test]
fn an_editor_that_is_a_command_runs_in_the_sandbox() {
    let mut prompt = Prompt::new();
    let edit = "kubectl edit deployment catalog";
    let cancelled = "Edit cancelled, no changes made.\n";
    assert_eq!(prompt.run(&format!("EDITOR=true {edit}")), cancelled);
    prompt.run("export EDITOR=true");
    assert_eq!(prompt.run(edit), cancelled);
    let edited = "deployment.apps/catalog edited\n";
    let image = "kubectl get deployment catalog -o jsonpath='{..image}'";
    assert_eq!(prompt.run(&format!("KUBE_EDITOR='sed -i s/3.21/3.2.1/' {edit}")), edited);
    assert!(prompt.run(image).ends_with("catalog:3.2.1"), "{}", prompt.run(image));
    let script = "#!/bin/bash\necho editing\nsed -i 's/catalog:3.2.1/catalog:3.2.0/' \"$1\"\n";
    prompt.run(&format!("cat > ed.sh <<'X'\n{script}X"));
    prompt.run("chmod +x ed.sh");
    assert_eq!(
        prompt.run(&format!("EDITOR= KUBE_EDITOR=./ed.sh {edit}")),
        format!("editing\n{edited}")
    );
    assert!(prompt.run(image).ends_with("catalog:3.2.0"), "{}", prompt.run(image));
    let quoted = format!("KUBE_EDITOR=\"sed -i 's/3.2.0/3.2.1/; s/a b/c/'\" {edit}");
    assert_eq!(
        prompt.run(&format!("x=$({quoted}); echo \"<$x>\"")),
        format!("<{}>\n", edited.trim())
    );
    assert_eq!(prompt.run("ls /tmp"), "", "the temporary files are gone");
}

#[test]
fn a_failing_editor_is_named() {
    let mut prompt = Prompt::new();
    for (editor, complaint) in [
        ("vi", "there was a problem with the editor \"vi\""),
        ("nano", "there was a problem with the editor \"nano\""),
        ("false", "there was a problem with the editor \"false\""),
        ("./nope.sh -x", "there was a problem with the editor \"./nope.sh -x\""),
        ("nosuch -x", "unable to launch the editor \"nosuch -x\""),
        ("emacs", "there was a problem with the editor \"emacs\""),
        (
            "kubectl edit cm kube-root-ca.crt",
            "there was a problem with the editor \"kubectl edit cm kube-root-ca.crt\"",
        ),
    ] {
        let said = prompt.run(&format!("KUBE_EDITOR='{editor}' kubectl edit deployment catalog"));
        assert!(said.ends_with(&format!("error: {complaint}\n(1)\n")), "{editor}: {said}");
    }
}

#[test]
fn undo_says_what_it_takes_back() {
    let mut prompt = Prompt::new();
    prompt.run("touch one");
    prompt.run("touch two");
    prompt.run("touch three");
    let refused = "undo: COUNT is a number from 1\nusage: undo [COUNT]\n(2)\n";
    for line in ["undo abc", "undo -1", "undo 0", "undo 1 2", "undo 99999999999999999999999"] {
        assert_eq!(prompt.run(line), refused, "{line}");
    }
    assert_eq!(prompt.run("undo 4"), "undo: there is nothing to undo\n(1)\n");
    assert_eq!(prompt.run("ls -d one two three"), "one  three  two\n");
    assert_eq!(prompt.run("undo"), "undone: ls -d one two three\n");
    assert_eq!(prompt.run("undo 2"), "undone: touch three\nundone: touch two\n");
    assert_eq!(prompt.run("ls -d one"), "one\n");
    assert!(prompt.run("ls two three").ends_with("(2)\n"));
    assert!(prompt.run("undo --help").starts_with("usage: undo [COUNT]\n"));
}

#[test]
fn what_a_hint_costs_cannot_be_undone() {
    let mut prompt = Prompt::new();
    let first = prompt.run("hint");
    assert!(first.starts_with("(1/"), "{first}");
    assert_eq!(prompt.run("undo"), "undone: hint\n");
    assert!(prompt.run("hint").starts_with("(2/"));
}

#[test]
fn a_slip_neither_costs_nor_hands_in_anything() {
    let mut prompt = Prompt::new();
    for name in ["clock", "hint", "status", "submit", "ticket"] {
        let usage = format!("usage: {name}\n");
        for slip in ["x", "-n", "-x --help"] {
            let refused = format!("{name}: it takes no arguments\n{usage}(2)\n");
            assert_eq!(prompt.run(&format!("{name} {slip}")), refused);
        }
        for question in ["--help", "-h"] {
            let said = prompt.run(&format!("{name} {question}"));
            assert!(said.starts_with(&usage) && !said.contains('('), "{said}");
        }
        assert!(prompt.run(&format!("help {name}")).starts_with(&usage));
    }
    assert!(prompt.0.outcome().is_none(), "nothing was handed in");
    assert!(prompt.run("hint").starts_with("(1/"), "no hint was taken");
    assert_eq!(
        prompt.run("help cd"),
        "help: no command of the drill is called \"cd\"\nusage: help [COMMAND]\n(2)\n"
    );
    assert!(prompt.run("diagnose deployment/catalog").ends_with("(2)\n"));
    let mut french = Prompt::in_language(Language::Fr);
    assert_eq!(french.run("submit x"), "submit : pas d'argument\nusage : submit\n(2)\n");
}

#[test]
fn what_skip_and_diagnose_complain_of_is_french_in_french() {
    let mut prompt = Prompt::in_language(Language::Fr);
    for (line, expected) in [
        (
            "skip 5x",
            "skip: \"5x\" n'est pas une durée ; écrivez-la ainsi : 90s, 10m ou 2h30m\n(1)\n",
        ),
        (
            "skip -5m",
            "skip: \"-5m\" n'est pas une durée ; écrivez-la ainsi : 90s, 10m ou 2h30m\n(1)\n",
        ),
        (
            "diagnose deployment/a b",
            "diagnose: aucun mécanisme ne s'appelle \"b\" ; `diagnose` seul les liste\n(1)\n",
        ),
    ] {
        assert_eq!(prompt.run(line), expected, "{line}");
    }
}

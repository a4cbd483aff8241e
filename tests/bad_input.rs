//! What nobody should type: each line ends soon, with a complaint, and the session goes on.
#![expect(clippy::unwrap_used, reason = "a test that finds nothing is to fail")]
#![expect(clippy::disallowed_methods, reason = "this test is about the program as a process")]

use std::io::Write as _;
use std::process::{Command, Stdio};

use opsdrill_testkit::folder;

/// Runs lines in one session; answers each line's output, both streams together, by the marks between them.
fn session(name: &str, lines: &[Vec<u8>]) -> Vec<String> {
    let state = folder::empty(env!("CARGO_TARGET_TMPDIR"), name);
    let mut input = Vec::new();
    for line in lines {
        input.extend(b"echo; echo --mark--; echo --mark-- >&2\n");
        input.extend(line);
        input.push(b'\n');
    }
    input.extend(b"echo; echo --mark--; echo --mark-- >&2\necho alive\n");
    let mut program = Command::new(env!("CARGO_BIN_EXE_opsdrill"));
    program.args(["play", "--step"]).env("OPSDRILL_STATE", &state).env("RUST_BACKTRACE", "1");
    program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = program.spawn().unwrap();
    let mut stdin = running.stdin.take().unwrap();
    // From a thread: the program answers before it has read everything, and pipes are short.
    let writer = std::thread::spawn(move || stdin.write_all(&input).unwrap());
    let output = running.wait_with_output().unwrap();
    writer.join().unwrap();
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|it| String::from_utf8_lossy(&it).into_owned());
    assert!(stdout.ends_with("--mark--\nalive\n"), "the session has not gone on: {stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    let parts = |text: &str| text.split("--mark--\n").map(str::to_owned).collect::<Vec<_>>();
    let (out, err) = (parts(&stdout), parts(&stderr));
    assert_eq!(out.len(), lines.len() + 2);
    out.into_iter().zip(err).skip(1).map(|(out, err)| out + &err).take(lines.len()).collect()
}

/// Each line's output must hold a text.
fn expect(name: &str, cases: &[(&str, &str)]) {
    let lines: Vec<Vec<u8>> = cases.iter().map(|it| it.0.as_bytes().to_vec()).collect();
    for (output, (line, wanted)) in session(name, &lines).iter().zip(cases) {
        let shown: String = output.chars().take(400).collect();
        let line: String = line.chars().take(80).collect();
        assert!(output.contains(wanted), "$ {line}\nwithout {wanted:?}:\n{shown}");
    }
}

#[test]
fn manifests_that_are_none() {
    let deep = format!("echo '{}' | kubectl apply -f -", "[".repeat(30_000));
    let bomb = "kubectl apply -f - <<< 'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n\
                c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n\
                e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n\
                g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nh: [*g,*g,*g,*g,*g,*g,*g,*g,*g]'";
    let of_kind = |rest: &str| format!("kubectl apply -f - <<< 'apiVersion: v1\nkind: {rest}'");
    let unknown = of_kind("Gizmo\nmetadata: {name: a}");
    let field = of_kind("ConfigMap\nmetadata: {name: a}\ndta: {}");
    let kindless = "kubectl apply -f - <<< 'apiVersion: v1'";
    expect(
        "manifests",
        &[
            (
                "kubectl apply -f - <<< '[!a,b]'",
                "error: error parsing STDIN: error converting YAML to JSON: yaml",
            ),
            ("kubectl apply -f - <<< 'a: b: c'", "error converting YAML to JSON: yaml"),
            ("kubectl apply -f - <<< 'a: &a [*a]'", "anchor 'a' value contains itself"),
            (bomb, "error"),
            (&deep, "error"),
            (&unknown, "no matches for kind \"Gizmo\" in version \"v1\""),
            (&field, "unknown field \"dta\""),
            (kindless, "error"),
            ("kubectl apply -f - < /dev/zero", "error"),
            ("kubectl apply -f - < /dev/null", "error: no objects passed to apply"),
            ("head -c 3000000 /dev/urandom > z; kubectl apply -f z", "error"),
            (
                "kubectl set resources deployment/cart --limits=memory=12Foo",
                "quantities must match the regular expression",
            ),
            ("kubectl patch deployment cart -p '{\"spec\":'", "unexpected end of JSON input"),
            ("kubectl get pods -o jsonpath='{.items[*'", "error"),
            ("kubectl scale deployment cart --replicas=many", "invalid"),
        ],
    );
}

#[test]
fn lines_that_never_end() {
    expect(
        "endless",
        &[
            ("yes > /dev/null", "output"),
            ("while :; do :; done", "opsdrill: not simulated: this line has run too many commands"),
            ("while true; do sleep 60; done", "24 hours"),
            ("cat /dev/zero | wc -c", ""),
            (":(){ :|:& };:", "fork"),
            ("f() { f; }; f", "opsdrill: not simulated: this line calls a function"),
            ("printf '#!/bin/sh\\n./a\\n' > a; chmod +x a; ./a", "calls itself"),
            ("x='eval \"$x\"'; eval \"$x\"", "so many calls of eval"),
            ("echo '. ./b' > b; . ./b", "depth"),
            ("awk 'BEGIN { while (1) x++ }'", "awk: "),
            ("awk 'function f(n) { return f(n + 1) } BEGIN { f(1) }'", "awk: "),
            ("sed ':a;s/^/x/;ba' <<< a | wc -c", "sed: "),
            ("jq -n 'def f: f; f' 2>&1 | cat", "opsdrill: not simulated: jq"),
            ("jq -n '[range(100000000)]'", "opsdrill: not simulated: jq"),
            ("seq 1 100000000 | tail -n 1", "seq: "),
            ("echo {1..100000000}", "brace range too large"),
            ("tail -f a", "opsdrill: not simulated: tail -f"),
            ("watch -n 1 date", "Every 1.0s"),
            ("kubectl get pods -w", ""),
        ],
    );
}

#[test]
fn patterns_that_explode() {
    let text = "a".repeat(40) + "b";
    let grep = format!("echo {text} | grep -cE '(a+)+$'");
    let perl = format!("echo {text} | grep -cP '(a+)+$'");
    let sed = format!("echo {text} | sed -E 's/(a*)*c/x/'");
    let awk = format!("echo {text} | awk '/(a+)+$/ {{ print 1 }} END {{ print 2 }}'");
    let jq = format!("echo '\"{text}\"' | jq 'test(\"^(a+)+$\")'");
    let bash = format!("[[ {text} =~ ^(a+)+$ ]]; echo $?");
    let big = "echo a | grep -E '((a{1,999}){1,999}){1,999}'; echo done";
    let cases = [
        (grep.as_str(), "0\n"),
        (&perl, "0\n"),
        (&sed, &*text),
        (&awk, "2\n"),
        (&jq, "false"),
        (&bash, "1\n"),
        (big, "done"),
    ];
    expect("patterns", &cases);
}

#[test]
fn lines_that_are_too_large_or_too_deep() {
    let long = format!("echo {} | wc -c", "x".repeat(900_000));
    let parentheses = format!("echo $(( {}1{} ))", "(".repeat(5_000), ")".repeat(5_000));
    let substitutions = format!("{}echo x{}", "echo $(".repeat(500), ")".repeat(500));
    let braces = format!("{}:{}", "{ ".repeat(500), "; }".repeat(500));
    let json = format!("jq -n '{}{}'", "[".repeat(20_000), "]".repeat(20_000));
    let groups = format!("echo a | grep -E '{}{}'; echo $?", "(".repeat(5_000), ")".repeat(5_000));
    let path = format!("cat /{}", "d/".repeat(10_000));
    expect(
        "large",
        &[
            (&long, "900001"),
            (&parentheses, "bash: "),
            (&substitutions, "bash: "),
            (&braces, "bash: "),
            (&json, "jq: "),
            (&groups, "grep: "),
            (&path, "cat: "),
            ("x=a; while :; do x=$x$x; done", ": "),
            ("x=$(head -c 6000000 /dev/zero | tr '\\0' a); echo ${#x}", "bash: "),
            ("printf '%1000000000d' 1", "printf: "),
            ("kubectl get pods -l \"$(head -c 100000 /dev/zero | tr '\\0' a)\"", "unable to parse"),
        ],
    );
}

#[test]
fn a_full_disk_is_said_and_can_be_emptied() {
    let fill = "for i in $(seq 40); do head -c 1000000 /dev/zero > big$i || break; done";
    expect(
        "disk",
        &[
            ("head -c 9000000 /dev/zero > big", "bash: big: No space left on device"),
            ("dd if=/dev/zero of=big bs=1M count=9", "No space left on device"),
            (fill, "No space left on device"),
            ("head -c 900000 /dev/zero > more", "No space left on device"),
            ("cp /etc/passwd copy", ""),
            ("kubectl config set-context --current --namespace=default", ""),
            ("rm big*; echo more > more && cat more", "more\n"),
            ("ln -s a b; ln -s b a; cat a", "Too many levels of symbolic links"),
            ("for i in $(seq 5000); do : > f$i || break; done", "No space left on device"),
        ],
    );
}

#[test]
fn bytes_that_are_no_text() {
    let lines = [
        b"\x01\x02\xff\xfe".to_vec(),
        b"echo \x80\x81 | od -c | head -1".to_vec(),
        b"echo a\x00b".to_vec(),
        b"kubectl get \xff".to_vec(),
        b"\x1b[A\x1b[B".to_vec(),
    ];
    let outputs = session("bytes", &lines);
    assert!(outputs[0].contains("command not found"), "{}", outputs[0]);
    assert!(outputs[2].contains("bash: "), "{}", outputs[2]);
    assert!(outputs[3].contains("error"), "{}", outputs[3]);
    assert!(outputs[4].contains("command not found"), "{}", outputs[4]);
}

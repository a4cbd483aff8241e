//! Which lines a tool may print to directly, and that every other line sees what the tool prints.

mod support;

use support::Session;

/// Lines whose tool prints by itself, or hands its output to the interpreter.
const CAPTURED: &[(&str, &str)] = &[
    ("x=$(probe print); echo \"[$x]\"", "[printed]\n"),
    ("x=`probe print`; echo \"[$x]\"", "[printed]\n"),
    ("x=\"$(probe print)\"; echo \"[$x]\"", "[printed]\n"),
    ("a=1 b=$(probe print); echo \"[$a$b]\"", "[1printed]\n"),
    ("x=a; x+=$(probe print); echo \"[$x]\"", "[aprinted]\n"),
    ("arr=($(probe print) b); echo \"[${arr[0]}]\"", "[printed]\n"),
    ("arr[1]=$(probe print); echo \"[${arr[1]}]\"", "[printed]\n"),
    ("unset y; echo \"[${y:-$(probe print)}]\"", "[printed]\n"),
    ("echo $(( $(probe print | wc -l) + 1 ))", "2\n"),
    ("echo $(( $(probe digit) + 1 ))", "3\n"),
    ("declare z=$(probe print); echo \"[$z]\"", "[printed]\n"),
    ("alias p=probe", ""),
    ("x=$(p print | cat); echo \"[$x]\"", "[printed]\n"),
    ("p print | tr a-z A-Z", "PRINTED\n"),
    ("alias q='probe print | tr a-z A-Z'", ""),
    ("q", "PRINTED\n"),
    ("probe() { command probe print | tr a-z A-Z; }", ""),
    ("probe", "PRINTED\n"),
    ("unset -f probe; probe print > /tmp/out; cat /tmp/out", "printed\n"),
    ("printf 'probe print | tr a-z A-Z\\n' > s.sh; chmod +x s.sh", ""),
    (". ./s.sh", "PRINTED\n"),
    ("source s.sh", "PRINTED\n"),
    ("./s.sh", "PRINTED\n"),
    ("bash s.sh", "PRINTED\n"),
    ("sh ./s.sh", "PRINTED\n"),
    ("/home/trainee/s.sh", "PRINTED\n"),
    ("timeout 5 ./s.sh", "PRINTED\n"),
    ("timeout 5 bash -c 'probe print | tr a-z A-Z'", "PRINTED\n"),
    ("env A=b ./s.sh", "PRINTED\n"),
    ("env bash -c 'x=$(probe print); echo \"[$x]\"'", "[printed]\n"),
    ("command eval 'x=$(probe print)'; echo \"[$x]\"", "[printed]\n"),
    ("c=./s.sh; $c", "PRINTED\n"),
    ("trap 'probe print | tr a-z A-Z' ERR", ""),
    ("probe fail; trap - ERR", "probe: failed\nPRINTED\n"),
    ("[ -n \"$(probe print)\" ] && echo yes", "yes\n"),
    ("exec 3>&1 > /tmp/all; probe print", ""),
    ("probe print", ""),
    ("exec >&3; cat /tmp/all", "printed\nprinted\n"),
    ("for i in $(probe print); do echo \"[$i]\"; done", "[printed]\n"),
];

#[test]
fn a_line_sees_what_its_tools_print() {
    let mut session = Session::new();
    for (line, expected) in CAPTURED {
        assert_eq!(session.text(line).0, *expected, "{line}");
        let streamed = session.world.calls.drain(..).any(|(_, _, _, streaming, _)| streaming);
        assert!(!streamed, "{line} streams");
    }
}

#[test]
fn a_plain_line_shows_its_output_at_once() {
    let mut session = Session::new();
    for line in [
        "probe print",
        "name=x; probe print $name \"$name-y\"",
        "A=b probe print",
        "echo before; probe print && probe print; ls",
        "timeout 60 probe print",
        "! probe print",
        "time probe print",
        "alias p='probe'",
        "p print",
        "alias probe='probe print'",
        "probe",
    ] {
        session.text(line);
        let streamed = session.world.calls.drain(..).all(|(_, _, _, streaming, _)| streaming);
        assert!(streamed, "{line} does not stream");
    }
}

#[test]
fn a_tool_streams_once_its_words_are_made() {
    let mut session = Session::new();
    session.run("alias p=probe; cd /tmp; touch one two");
    for (line, words) in [
        ("probe print $(probe a)", "probe print probe a"),
        ("probe print \"$(echo 'a  b')\" -x=$(echo c) # so", "probe print a  b -x=c"),
        ("  p print `probe x | tail -1`", "probe print probe x"),
        ("probe print $(false) o* {y,z}", "probe print one y z"),
    ] {
        session.world.calls.clear();
        assert_eq!(session.text(line).0, "printed\n", "{line}");
        let (streamed, captured): (Vec<_>, Vec<_>) =
            session.world.calls.iter().partition(|(_, _, _, streaming, _)| *streaming);
        assert!(streamed.iter().all(|it| it.0.join(" ") == words), "{line}: {streamed:?}");
        assert!(captured.iter().all(|it| it.0[1] != "print"), "{line}: {captured:?}");
    }
    for line in [
        "probe print $(probe a);",
        "probe print $(probe a) | cat",
        "probe print $(probe a) > out; cat out",
        "x=$(probe print $(probe a)); echo $x",
        "probe print $(probe a) && true",
    ] {
        session.world.calls.clear();
        assert_eq!(session.text(line).0, "printed\n", "{line}");
        assert!(session.world.calls.iter().all(|(_, _, _, streaming, _)| !streaming), "{line}");
    }
    session.run("false");
    assert_eq!(session.text("probe $? $(echo a)").0, "probe 1 a\n");
    assert_eq!(session.text("probe fail $(echo a)").1, 3);
    assert_eq!(session.text("set -e; set -e").1, 0);
    assert_eq!(session.text("probe print $(false)").0, "printed\n");
}

#[test]
fn the_screen_is_wiped() {
    let mut session = Session::new();
    for line in ["clear", "reset", "clear; true"] {
        assert_eq!(session.text(line).0, "\x1b[H\x1b[2J\x1b[3J", "{line}");
    }
}

//! What the shell may not do: reach the host, run for ever, draw chance or time from outside.

mod support;

use support::Session;

#[test]
fn the_host_is_out_of_reach() {
    let mut session = Session::new();
    for line in [
        "cat /proc/version",
        "cat ../../../../../etc/shadow",
        concat!("cat ", env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
        "echo x > /dev/tcp/127.0.0.1/80",
        "curl http://127.0.0.1/",
        "exec /usr/bin/env python3",
    ] {
        let (text, status) = session.text(line);
        assert_ne!(status, 0, "{line}: {text}");
    }
}

#[test]
fn an_endless_line_ends_and_the_session_lives_on() {
    let mut session = Session::new();
    for line in ["while :; do :; done", "f() { f | f; }; f", "x=a; while :; do x=$x$x; done"] {
        let (text, status) = session.text(line);
        assert_ne!(status, 0, "{line}: {text}");
        assert_eq!(session.text("echo alive"), ("alive\n".to_owned(), 0), "after {line}");
    }
}

#[test]
fn only_simulated_time_passes() {
    let mut session = Session::new();
    assert_eq!(session.text("date +%s; sleep 90; date +%s").0, "1700000000\n1700000090\n");
    assert_eq!(session.text("timeout 5 sleep 60").1, 124);
    assert_eq!(session.world.now_ms, 95_000);
}

#[test]
fn the_same_lines_print_the_same_bytes() {
    let play = || {
        let mut session = Session::new();
        ["echo $RANDOM", "seq 9 | shuf", "head -c 16 /dev/urandom | od -x", "mktemp", "ls -l"]
            .map(|line| session.text(line))
    };
    assert_eq!(play(), play());
}

#[test]
fn entropy_of_the_host_is_refused_aloud() {
    let mut session = Session::new();
    for line in ["seq 9 | sort -R", "dd if=/dev/urandom bs=8 count=1"] {
        let (text, _) = session.text(line);
        assert!(text.starts_with("opsdrill: not simulated: "), "{line}: {text}");
    }
}

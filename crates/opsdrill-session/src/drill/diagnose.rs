//! `diagnose`: the trainee's claim of what is wrong: an object, a mechanism, the evidence.

use serde::{Deserialize, Serialize};

use super::{Command, either};
use crate::front_end::{FrontEnd, Stream};
use crate::session::{LineEnd, Session};

pub(super) const COMMAND: Command = Command {
    name: "diagnose",
    usage: "KIND/NAME MECHANISM [evidence …]",
    summary: [
        "says what is wrong: without arguments it lists the mechanisms",
        "dit ce qui ne va pas ; sans argument : la liste",
    ],
    run,
};

/// The mechanisms of which a claim names one. One list for all scenarios, so that it gives nothing away.
pub const MECHANISMS: &[(&str, &str)] = &[
    ("bad-command", "the container starts the wrong program or with wrong arguments"),
    ("bad-probe", "a probe asks the wrong thing or too early"),
    ("bad-selector", "a selector matches nothing or the wrong pods"),
    ("bad-port", "a port or its name is wrong somewhere on the way"),
    ("connection-leak", "connections are opened and never given back"),
    ("connection-limit", "a server takes no more connections although they are needed"),
    ("cpu-limit", "too little CPU is allowed"),
    ("heap-limit", "the program's own memory setting is too low or too high for its container"),
    ("image-missing", "the image or its tag cannot be had"),
    ("memory-leak", "memory is used and never given back"),
    ("memory-limit", "too little memory is allowed for the load"),
    ("missing-config", "a ConfigMap, a Secret or a key of it is not there"),
    ("missing-setting", "the program lacks a setting that it needs"),
    ("network-policy", "traffic is forbidden"),
    ("node-failure", "a node does not work"),
    ("quota", "a quota or a limit range forbids it"),
    ("scheduling", "no node takes the pod"),
    ("wrong-setting", "a setting has a wrong value"),
];

/// A claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// The object, such as `deployment/payment-service`.
    pub object: String,
    /// The mechanism.
    pub mechanism: String,
    /// What the trainee goes by.
    pub evidence: String,
}

fn run(session: &mut Session, arguments: &[String], front: &mut dyn FrontEnd) -> LineEnd {
    let language = session.language();
    let fail = |front: &mut dyn FrontEnd, text: String| {
        front.print(Stream::Err, &format!("diagnose: {text}\n"));
        LineEnd { status: 1, ..LineEnd::default() }
    };
    let [object, mechanism, evidence @ ..] = arguments else {
        let rows: String =
            MECHANISMS.iter().map(|(name, meaning)| format!("  {name:<18} {meaning}\n")).collect();
        front.print(Stream::Out, &format!("diagnose KIND/NAME MECHANISM [evidence …]\n{rows}"));
        return LineEnd::default();
    };
    let Some((kind, name)) = object.split_once('/') else {
        let text =
            either(["write the object as KIND/NAME", "écrivez l'objet comme KIND/NOM"], language);
        return fail(front, text.to_owned());
    };
    let Some(kind) = opsdrill_objects::Kind::by_resource(kind) else {
        return fail(front, format!("no kind is called {kind:?}"));
    };
    if !MECHANISMS.iter().any(|(known, _)| known == mechanism) {
        return fail(
            front,
            format!("no mechanism is called {mechanism:?}; `diagnose` alone lists them"),
        );
    }
    let diagnosis = Diagnosis {
        object: format!("{}/{name}", kind.info().singular),
        mechanism: mechanism.clone(),
        evidence: evidence.join(" "),
    };
    session.play.drill.diagnosis = Some(diagnosis);
    front.print(Stream::Out, either(["noted\n", "noté\n"], language));
    LineEnd::default()
}

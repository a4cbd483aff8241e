//! `kubectl describe networkpolicy`.

use opsdrill_objects::{Object, Status, timestamp};
use serde_json::Value;

use crate::kubectl::context::Context;

use super::Description;
use super::fields::{list, plain, selector, text, text_or, texts};

/// The words for one direction of traffic.
struct Direction {
    name: &'static str,
    /// The field with its rules.
    rules: &'static str,
    /// The field of a rule with the other side.
    peers: &'static str,
    word: &'static str,
    side: &'static str,
}

const DIRECTIONS: [Direction; 2] = [
    Direction {
        name: "ingress",
        rules: "/spec/ingress",
        peers: "/from",
        word: "From",
        side: "source",
    },
    Direction {
        name: "egress",
        rules: "/spec/egress",
        peers: "/to",
        word: "To",
        side: "destination",
    },
];

pub(super) fn describe(
    _context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let document = object.to_value();
    out.name(&object.meta);
    let created = timestamp::format(object.meta.created).replace('T', " ").replace('Z', "");
    out.field(0, "Created on", format!("{created} +0000 UTC"));
    out.labels_and_annotations(&object.meta);
    out.line(0, "Spec:");
    let pods = match selector(&document, "/spec/podSelector", "<none>").as_str() {
        "<none>" => {
            "<none> (Allowing the specific traffic to all pods in this namespace)".to_owned()
        }
        given => given.to_owned(),
    };
    out.line(1, format!("PodSelector:     {pods}"));
    let types = texts(&document, "/spec/policyTypes");
    for direction in &DIRECTIONS {
        if !types.iter().any(|it| it.eq_ignore_ascii_case(direction.name)) {
            out.line(1, format!("Not affecting {} traffic", direction.name));
            continue;
        }
        out.line(1, format!("Allowing {} traffic:", direction.name));
        rules(&document, direction, out);
    }
    out.line(1, format!("Policy Types: {}", types.join(", ")));
    Ok(())
}

fn rules(document: &Value, direction: &Direction, out: &mut Description) {
    let rules = list(document, direction.rules);
    if rules.is_empty() {
        let name = direction.name;
        return out.line(2, format!("<none> (Selected pods are isolated for {name} connectivity)"));
    }
    for (place, rule) in rules.iter().enumerate() {
        if place > 0 {
            out.line(2, "----------");
        }
        let ports = list(rule, "/ports");
        if ports.is_empty() {
            out.line(2, "To Port: <any> (traffic allowed to all ports)");
        }
        for port in ports {
            let number = text_or(port, "/port", "<any>");
            let end = text(port, "/endPort");
            let span = if end.is_empty() { number } else { format!("{number}-{end}") };
            out.line(2, format!("To Port: {span}/{}", text_or(port, "/protocol", "TCP")));
        }
        let (word, side) = (direction.word, direction.side);
        let peers = list(rule, direction.peers);
        if peers.is_empty() {
            out.line(2, format!("{word}: <any> (traffic not restricted by {side})"));
        }
        for peer in peers {
            out.line(2, format!("{word}:"));
            for (title, field) in
                [("NamespaceSelector", "/namespaceSelector"), ("PodSelector", "/podSelector")]
            {
                if peer.pointer(field).is_some() {
                    out.line(3, format!("{title}: {}", selector(peer, field, "<none>")));
                }
            }
            if let Some(block) = peer.get("ipBlock") {
                out.line(3, "IPBlock:");
                out.line(4, format!("CIDR: {}", text(block, "/cidr")));
                let except: Vec<String> = list(block, "/except").iter().map(plain).collect();
                out.line(4, format!("Except: {}", except.join(", ")));
            }
        }
    }
}

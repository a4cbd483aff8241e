//! `diagnose`: the trainee's claim of what is wrong: an object, a mechanism, the evidence.

use serde::{Deserialize, Serialize};

use super::{Command, either};
use crate::front_end::{FrontEnd, Stream};
use crate::log::Language;
use crate::session::{LineEnd, Session};

pub(super) const COMMAND: Command = Command {
    name: "diagnose",
    usage: "[KIND/NAME MECHANISM [EVIDENCE …]]",
    summary: [
        "says what is wrong: without arguments it lists the mechanisms",
        "dit ce qui ne va pas ; sans argument : la liste",
    ],
    run,
};

/// The mechanisms of which a claim names one. One list for all scenarios, so that it gives nothing away.
pub const MECHANISMS: &[(&str, [&str; 2])] = &[
    (
        "admission",
        [
            "the server refuses objects by rules of the cluster, or because a webhook does not answer",
            "le serveur refuse des objets selon des règles du cluster, ou parce qu'un webhook ne répond pas",
        ],
    ),
    (
        "autoscaling",
        [
            "an autoscaler does not know what it needs to, or may not do what is needed",
            "un autoscaler ne sait pas ce qu'il lui faut, ou ne peut pas faire ce qu'il faut",
        ],
    ),
    (
        "bad-command",
        [
            "the container starts the wrong program or with wrong arguments",
            "le conteneur lance le mauvais programme ou de mauvais arguments",
        ],
    ),
    (
        "bad-port",
        [
            "a port or its name is wrong somewhere on the way",
            "un port ou son nom est faux quelque part sur le chemin",
        ],
    ),
    (
        "bad-probe",
        [
            "a probe asks the wrong thing or too early",
            "une sonde demande la mauvaise chose, ou trop tôt",
        ],
    ),
    (
        "bad-selector",
        [
            "a selector matches nothing or the wrong pods",
            "un sélecteur ne trouve rien, ou les mauvais pods",
        ],
    ),
    (
        "chart-error",
        [
            "a chart cannot be rendered, or what it makes cannot be installed",
            "un chart ne peut pas être rendu, ou ce qu'il produit ne peut pas être installé",
        ],
    ),
    (
        "connection-leak",
        [
            "connections are opened and never given back",
            "des connexions sont ouvertes et jamais rendues",
        ],
    ),
    (
        "connection-limit",
        [
            "a server takes no more connections although they are needed",
            "un serveur ne prend plus de connexions alors qu'il en faut",
        ],
    ),
    ("cpu-limit", ["too little CPU is allowed", "trop peu de CPU est accordé"]),
    (
        "credentials",
        [
            "a user name, a password or a token is missing or not the right one",
            "un nom d'utilisateur, un mot de passe ou un jeton manque, ou n'est pas le bon",
        ],
    ),
    (
        "disruption-budget",
        [
            "a disruption budget forbids to take pods away",
            "un budget de perturbation interdit d'enlever des pods",
        ],
    ),
    ("dns", ["nobody answers for names", "personne ne répond pour les noms"]),
    (
        "foreign-object",
        [
            "an object that a release wants to make is there already, and is not the release's",
            "un objet qu'une release veut créer existe déjà, et n'est pas à elle",
        ],
    ),
    (
        "heap-limit",
        [
            "the program's own memory setting is too low or too high for its container",
            "le réglage de mémoire du programme lui-même ne va pas avec son conteneur",
        ],
    ),
    (
        "ignored-value",
        [
            "a value is given to a chart in a place where no template reads it",
            "une valeur est donnée à un chart là où aucun template ne la lit",
        ],
    ),
    ("image-missing", ["the image or its tag cannot be had", "l'image ou son tag est introuvable"]),
    (
        "ingress",
        [
            "an ingress has a wrong rule, class, backend or certificate",
            "un ingress a une règle, une classe, une cible ou un certificat faux",
        ],
    ),
    (
        "memory-leak",
        ["memory is used and never given back", "de la mémoire est prise et jamais rendue"],
    ),
    (
        "memory-limit",
        [
            "too little memory is allowed for the load",
            "trop peu de mémoire est accordée pour la charge",
        ],
    ),
    (
        "missing-config",
        [
            "a ConfigMap, a Secret or a key of it is not there",
            "un ConfigMap, un Secret ou une de ses clés n'existe pas",
        ],
    ),
    (
        "missing-object",
        [
            "something that others need was deleted or never made",
            "quelque chose dont d'autres ont besoin a été supprimé ou jamais créé",
        ],
    ),
    (
        "missing-setting",
        [
            "the program lacks a setting that it needs",
            "il manque au programme un réglage dont il a besoin",
        ],
    ),
    (
        "misspelt-field",
        [
            "a field of a manifest is misspelt or in the wrong place, and has no effect",
            "un champ d'un manifeste est mal écrit ou mal placé, et reste sans effet",
        ],
    ),
    ("network-policy", ["traffic is forbidden", "le trafic est interdit"]),
    ("node-failure", ["a node does not work", "un nœud ne fonctionne pas"]),
    (
        "pending-release",
        [
            "an operation on a release was broken off and still counts as going on",
            "une opération sur une release a été interrompue et compte toujours comme en cours",
        ],
    ),
    (
        "permission",
        [
            "somebody is not allowed to do what is needed",
            "quelqu'un n'a pas le droit de faire ce qu'il faut",
        ],
    ),
    ("quota", ["a quota or a limit range forbids it", "un quota ou une limite l'interdit"]),
    (
        "regression",
        ["a new version of the program has a bug", "une nouvelle version du programme a un défaut"],
    ),
    (
        "rollout",
        [
            "a new version cannot replace the old one, or does so too harshly",
            "une nouvelle version ne peut pas remplacer l'ancienne, ou le fait trop brutalement",
        ],
    ),
    (
        "scaled-down",
        ["too few pods are asked for, or none", "trop peu de pods sont demandés, ou aucun"],
    ),
    ("scheduling", ["no node takes the pod", "aucun nœud ne prend le pod"]),
    (
        "security-context",
        [
            "a container may not run, or write, as its image wants to",
            "un conteneur ne peut pas tourner, ou écrire, comme son image le veut",
        ],
    ),
    (
        "stale-setting",
        [
            "what runs was started with settings that are others by now",
            "ce qui tourne a démarré avec des réglages qui ont changé depuis",
        ],
    ),
    (
        "storage",
        [
            "a claim, a volume or the space on it is missing or of the wrong sort",
            "une demande de volume, un volume ou sa place manque, ou n'est pas du bon type",
        ],
    ),
    (
        "too-much-load",
        ["more is asked than can be served", "il est demandé plus que ce qui peut être servi"],
    ),
    (
        "wrong-namespace",
        ["something is in the wrong namespace", "quelque chose est dans le mauvais namespace"],
    ),
    (
        "wrong-revision",
        [
            "a release was taken back to a revision that does not work",
            "une release a été ramenée à une révision qui ne marche pas",
        ],
    ),
    ("wrong-setting", ["a setting has a wrong value", "un réglage a une mauvaise valeur"]),
];

/// What a claim calls a release of Helm, which is no object of the cluster.
pub const RELEASE: &str = "release";

/// A claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// The object, such as `deployment/payment-service`.
    pub object: String,
    /// The mechanism.
    pub mechanism: String,
    /// Objects that show it, such as `pod/payment-service-79b78d7fb7-m4kmk`.
    pub evidence: Vec<String>,
    /// What the trainee says beside it, for people to read.
    pub note: String,
    /// Milliseconds from the ticket until it was claimed.
    pub after_ms: u64,
}

const USAGE: [&str; 2] = [
    "diagnose KIND/NAME MECHANISM [EVIDENCE …]\nEVIDENCE: objects that show it (KIND/NAME) and that you have looked at; a note in words\nA release of Helm is written release/NAME.",
    "diagnose TYPE/NOM MÉCANISME [PREUVE …]\nPREUVE : des objets qui le montrent (TYPE/NOM) et que vous avez regardés ; une note en mots\nUne release de Helm s'écrit release/NOM.",
];

/// An object as a claim names it, with the kind's singular name.
fn reference(written: &str, language: Language) -> Result<String, String> {
    let Some((kind, name)) = written.split_once('/') else {
        let text = ["write the object as KIND/NAME", "écrivez l'objet comme TYPE/NOM"];
        return Err(either(text, language).to_owned());
    };
    if kind == RELEASE && !name.is_empty() {
        return Ok(written.to_owned());
    }
    let Some(kind) = opsdrill_objects::Kind::by_resource(kind) else {
        let text = either(["no kind is called", "aucun type ne s'appelle"], language);
        return Err(format!("{text} {kind:?}"));
    };
    Ok(format!("{}/{name}", kind.info().singular))
}

fn run(session: &mut Session, arguments: &[String], front: &mut dyn FrontEnd) -> LineEnd {
    let language = session.language();
    let fail = |front: &mut dyn FrontEnd, text: String| {
        front.print(Stream::Err, &format!("diagnose: {text}\n"));
        LineEnd { status: 1, ..LineEnd::default() }
    };
    if let [_] = arguments {
        let text = either(["name the mechanism, too", "nommez aussi le mécanisme"], language);
        return COMMAND.refuse(text, language, front);
    }
    let [object, mechanism, rest @ ..] = arguments else {
        let row = |(name, meaning): &(&str, [&'static str; 2])| {
            format!("  {name:<18} {}\n", either(*meaning, language))
        };
        let rows: String = MECHANISMS.iter().map(row).collect();
        let usage = either(USAGE, language);
        front.print(Stream::Out, &format!("{usage}\n{rows}"));
        return LineEnd::default();
    };
    let object = match reference(object, language) {
        Ok(object) => object,
        Err(problem) => return fail(front, problem),
    };
    if !MECHANISMS.iter().any(|(known, _)| known == mechanism) {
        let text = either(["no mechanism is called", "aucun mécanisme ne s'appelle"], language);
        let list = either(["`diagnose` alone lists them", "`diagnose` seul les liste"], language);
        let stop = either(["; ", " ; "], language);
        return fail(front, format!("{text} {mechanism:?}{stop}{list}"));
    }
    let (evidence, note): (Vec<_>, Vec<_>) = rest.iter().cloned().partition(|it| it.contains('/'));
    let evidence: Result<Vec<String>, String> =
        evidence.iter().map(|it| reference(it, language)).collect();
    let evidence = match evidence {
        Ok(evidence) => evidence,
        Err(problem) => return fail(front, problem),
    };
    let diagnosis = Diagnosis {
        object,
        mechanism: mechanism.clone(),
        evidence,
        note: note.join(" "),
        after_ms: session.now().since(session.stage().start).0,
    };
    session.play.drill.diagnosis = Some(diagnosis);
    front.print(Stream::Out, either(["noted\n", "noté\n"], language));
    LineEnd::default()
}

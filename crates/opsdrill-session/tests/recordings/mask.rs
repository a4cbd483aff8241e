//! What must differ from run to run is taken out of both sides: names that chance makes, times, addresses, and what the
//! recordings' own surroundings have made of them.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use opsdrill_objects::yaml;
use regex::Regex;
use serde_json::Value;

use crate::chance;

/// Letters of the names that chance makes.
const SAFE: &str = "[bcdfghjklmnpqrstvwxz2456789]";

/// Patterns and what stands for them, in order.
static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let rules: Vec<(String, &str)> = vec![
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}".into(), "<uid>"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z".into(), "<time>"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \+0000".into(), "<time>"),
        (r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}".into(), "<time>"),
        (r"(?m)^([IWE])\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ (\w+\.go):\d+\]".into(), "$1<time> $2]"),
        (r"eyJ[\w-]+\.[\w-]+\.[\w-]+".into(), "<token>"),
        (r"(/tmp/)?(LIVE|MERGED)-\d+".into(), "$1$2-<x>"),
        (r"kubectl-edit-\d+".into(), "kubectl-edit-<x>"),
        (r"lstat \S+/nosuchdir".into(), "lstat <dir>/nosuchdir"),
        (r#"(esourceVersion"?: ?)"\d*""#.into(), "$1<n>"),
        (r"(Resource Version: +)\d+".into(), "$1<n>"),
        (r"\b10\.(244|9[6-9]|1[01]\d)\.\d+\.\d+\b".into(), "<ip>"),
        (r"\b(192\.0\.2\.2|172\.1[89]\.\d+\.\d+)\b".into(), "<ip>"),
        (r"https?://(127\.0\.0\.1|drill\.example\.internal):\d+".into(), "<server>"),
        (r"\bdocker\.io/(library/)?".into(), ""),
        (r"Debian GNU/Linux 7 \(wheezy\)|Ubuntu 24\.04\.2 LTS".into(), "<os>"),
        (r"3\.16\.0-0\.bpo\.4-amd64|6\.8\.0-60-generic".into(), "<kernel>"),
        (r"fakeRuntime://0\.1\.0|containerd://1\.7\.27".into(), "<runtime>"),
        (r"(?m)^  images:\n(  - names:\n(    - .*\n)+    sizeBytes: .*\n)+".into(), ""),
        (r"(?m)^spec:\n  (providerID: .*|podCIDR: .*\n  podCIDRs:\n  - .*)\n".into(), "spec:\n  <machine>\n"),
        (r"(?m)^(ProviderID|PodCIDRs?): .*\n".into(), ""),
        (r#"start exec "\w+""#.into(), "start exec \"<x>\""),
        (r"zone: zone-\d".into(), "zone: <zone>"),
        (r"Container image (\S+) already present on machine|Successfully pulled image (\S+) in \S+ \(\S+ including waiting\)\. Image size: \d+ bytes\.".into(), "Image $1$2 is there"),
        (r"(?m)(containerID:|Container ID:) *\S*$".into(), "$1 <id>"),
        (r"(?m)(imageID:|Image ID:) *\S*$".into(), "$1 <id>"),
        (r"\w+://[0-9a-f]{64}".into(), "<id>"),
        (r"(:|<unset>  )(30[1-9]\d\d|300[0-79]\d|3008[1-9]|3[12]\d{3})/".into(), "$1<port>/"),
        (r"(nodePort: |NodePort: +<unset> +)(30[1-9]\d\d|300[0-79]\d|3008[1-9]|3[12]\d{3})".into(), "$1<port>"),
        (r"(assigned \S+ to |nodeName: |kubelet, |host: |reportingInstance: )worker-\d".into(), "$1<node>"),
        (r"(Node: +)worker-\d/".into(), "$1<node>/"),
        (r"(reportingInstance: |default-scheduler, )default-scheduler-\S+".into(), "$1default-scheduler-<x>"),
        (r"\b([a-z0-9-]+)\.[0-9a-f]{13,16}\b".into(), "$1.<x>"),
        (r"(kube-api-access)-\w{5}\b".into(), "$1-<x>"),
        (format!(r"-{SAFE}{{8,10}}-{SAFE}{{5}}\b"), "-<hash>-<x>"),
        (format!(r"(-|hash[=:] ?){SAFE}{{8,10}}\b(-?)"), "$1<hash>$2"),
        (format!(r"\b(web|agent|badjob|migrate|nightly-\d+|debugger|node-debugger-worker-\d|db|web-lb|web-np|web2|[dxe]1?|<hash>)-{SAFE}{{5}}\b"), "$1-<x>"),
        (r"(?m)^(Duration|Lease:|  AcquireTime|  RenewTime): .*$".into(), "$1: <time>"),
        (r"(?m)^( +(Machine ID|System UUID|Boot ID|Kernel Version|OS Image|Container Runtime Version|Kube-Proxy Version):) *.*$".into(), "$1 <machine>"),
        (r"(?m)^( +(bootID|containerRuntimeVersion|kernelVersion|machineID|osImage|systemUUID|kubeProxyVersion|Port|sizeBytes|memory|ephemeral-storage|providerID):) .*$".into(), "$1 <machine>"),
        (r" +memory: +\d+[KM]i$".into(), "memory: <n>"),
        (r"\(\d+%\)".into(), "(<n>%)"),
    ];
    rules.into_iter().map(|(it, by)| (Regex::new(&it).expect("a pattern"), by)).collect()
});

static AGE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(\d+[ydhms])+( \((x\d+ over )?(\d+[ydhms])+( ago)?\))?$|^<unknown>$")
        .expect("a pattern")
});
static RESTARTS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(\d+) \((\d+[ydhms])+ ago\)$").expect("a pattern"));
static GENERATION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"generation: \d+").expect("a pattern"));
static GAP: LazyLock<Regex> = LazyLock::new(|| Regex::new(" {2,}|\t+").expect("a pattern"));
static LABEL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^ *(- )?[A-Za-z][A-Za-z0-9./-]*( [A-Za-z0-9./-]+)*:( |$)").expect("a pattern")
});

/// Words of node names where a pod's place is told: which of equal nodes is taken is chance.
const PLACES: [&str; 3] = ["worker-0", "worker-1", "worker-2"];

/// What a container that restarts over and over shows by turns; where in the turn it is, is a matter of moments.
const TURNS: [&str; 9] = [
    "0/1",
    "1/1",
    "Completed",
    "CrashLoopBackOff",
    "Error",
    "Init:CrashLoopBackOff",
    "Init:Error",
    "OOMKilled",
    "Running",
];

/// What a command printed, masked.
pub(crate) fn mask(command: &str, text: &str) -> String {
    if command.starts_with("kubectl exec") || command.starts_with("kubectl attach") {
        // What commands inside of containers print is not genuine in the recordings.
        const TOLD: [&str; 3] = ["error:", "command terminated", "Error"];
        let lines = text.lines().filter(|line| TOLD.iter().any(|it| line.starts_with(it)));
        return lines.map(|it| patterned(it.to_owned()) + "\n").collect();
    }
    let is_list = command.contains(" events") && command.contains("-o yaml");
    if is_list && let Some(lines) = event_lines(text) {
        return lines;
    }
    let mut text = without_foreign(text);
    text = patterned(text);
    if command.contains("get endpointslices") {
        // How often addresses were written together is a matter of moments.
        text = GENERATION.replace_all(&text, "generation: <n>").into_owned();
    }
    let end = if text.ends_with('\n') { "\n" } else { "" };
    let places = command.contains("get pods") || command.contains("get all");
    let lines = text.lines().map(|it| line(it, places));
    let mut lines: Vec<String> = lines.filter(|it| !is_of_other_machines(it)).collect();
    if command.contains("--sort-by") && lines.len() > 1 {
        // What was made in the same second comes in the order of an unstable sort.
        lines[1..].sort();
    }
    let lines = if command.contains("get events") || command.starts_with("kubectl events") {
        listed_events(&lines)
    } else {
        sorted_events(sorted_namesakes(lines))
    };
    let lines = chance::without(command, lines);
    if lines.is_empty() { String::new() } else { lines.join("\n") + end }
}

/// A text with all patterns replaced.
fn patterned(text: String) -> String {
    PATTERNS.iter().fold(text, |it, (pattern, by)| pattern.replace_all(&it, *by).into_owned())
}

/// What the recorded cluster has beside Kubernetes.
fn without_foreign(text: &str) -> String {
    const FOREIGN: &str = "openshift-service-ca.crt";
    const FOREIGN_ROLE: &str = "system:controller:service-ca-cert-publisher";
    let mut text = text.replace("    ConfigMapName:           openshift-service-ca.crt\n    ConfigMapOptional:       <nil>\n", "");
    for indent in ["      ", "        ", "  "] {
        let block = format!(
            "{indent}- configMap:\n{indent}    items:\n{indent}    - key: service-ca.crt\n{indent}      path: service-ca.crt\n{indent}    name: {FOREIGN}\n"
        );
        text = text.replace(&block, "");
    }
    let end = text.ends_with('\n');
    let lines: Vec<&str> = text
        .lines()
        .filter(|it| !it.contains(FOREIGN) || it.contains("yaml") || it.starts_with('{'))
        .filter(|it| !it.contains(FOREIGN_ROLE))
        .collect();
    lines.join("\n") + if end { "\n" } else { "" }
}

/// Pods of which the recordings' machines make something else: containerd says that a container that does not start has
/// ended, the scripted runtime does not; and their hosts have no AppArmor, which a pod asks for.
const OF_OTHER_MACHINES: [&str; 2] = ["f-starterr", "dep"];

/// A row about one of these pods.
fn is_of_other_machines(row: &str) -> bool {
    let named = |cell: &str| {
        let (prefix, name) = cell.split_once('/').unwrap_or(("", cell));
        matches!(prefix, "" | "pod" | "Pod") && OF_OTHER_MACHINES.contains(&name)
    };
    row.trim_start().split("  ").any(named)
        || row.split(" | ").any(named)
        || row.contains("in pod f-starterr_demo")
}

/// A line of a table has its gaps made equal and its ages masked; a line with a label keeps its layout.
fn line(text: &str, places: bool) -> String {
    let indent = text.len() - text.trim_start_matches(' ').len();
    if LABEL.is_match(text) || text.starts_with(['{', '+', '-', '@']) {
        return text.trim_end().to_owned();
    }
    let restarting = GAP.split(text.trim()).any(|it| RESTARTS.is_match(it));
    let cells = GAP.split(text.trim()).map(|cell| {
        if restarting && TURNS.contains(&cell) {
            return "<restarting>".to_owned();
        }
        if RESTARTS.is_match(cell) {
            "<n> (<age> ago)".to_owned()
        } else if cell == "ErrImagePull" || cell == "ImagePullBackOff" {
            "<pulling>".to_owned()
        } else if AGE.is_match(cell) {
            "<age>".to_owned()
        } else if places && PLACES.contains(&cell) {
            "<node>".to_owned()
        } else {
            cell.to_owned()
        }
    });
    format!("{}{}", &text[..indent], cells.collect::<Vec<_>>().join("  "))
}

/// The name with which a line begins, if chance has made a part of it.
fn namesake(line: &str) -> Option<&str> {
    let end = line.find("<x>")? + 3;
    Some(&line[..end]).filter(|it| !it.contains(": "))
}

/// Rows whose order chance has a part in come in the order of what is left.
fn sorted_namesakes(lines: Vec<String>) -> Vec<String> {
    let mut sorted: Vec<String> = Vec::new();
    for run in lines.chunk_by(|one, other| namesake(one).is_some() && namesake(other).is_some()) {
        let mut run = run.to_vec();
        run.sort();
        sorted.extend(run);
    }
    sorted
}

/// The rows of a list of events: what happened, once, whenever and however often.
fn listed_events(lines: &[String]) -> Vec<String> {
    let Some((head, rows)) = lines.split_first() else { return Vec::new() };
    let mut joined: Vec<String> = Vec::new();
    for row in rows {
        let cells = row.split("  ").filter(|it| *it != "<age>" && it.parse::<u32>().is_err());
        let bare = cells.collect::<Vec<_>>().join("  ");
        match joined.last_mut() {
            // A message may go on in the next line.
            Some(last) if !row.contains("<age>") => *last += &format!(" {}", bare.trim()),
            _ => joined.push(bare),
        }
    }
    let rows: BTreeSet<String> = joined.into_iter().collect();
    [head.clone()].into_iter().chain(without_pulls(rows)).collect()
}

/// The events at the end of a description: what happened, once, in order of the text.
fn sorted_events(lines: Vec<String>) -> Vec<String> {
    let mut sorted = Vec::new();
    let mut rows: BTreeSet<String> = BTreeSet::new();
    let mut within = false;
    for line in lines {
        if within && line.starts_with("  ") {
            if line.starts_with("  Type") || line.starts_with("  ----") {
                sorted.push(line);
            } else {
                rows.insert(line.replace("  <age>  ", "  "));
            }
            continue;
        }
        sorted.extend(without_pulls(std::mem::take(&mut rows)));
        within = line == "Events:";
        sorted.push(line);
    }
    sorted.extend(without_pulls(rows));
    sorted
}

/// Which pod is the first of its node to need an image is chance: a pull that succeeds is as good as none.
fn without_pulls(rows: BTreeSet<String>) -> Vec<String> {
    let image = |row: &str| {
        let (_, rest) = row.split_once("Pulling image ")?;
        // In a wide list the event's name comes after it.
        let rest = rest.split("  ").next().unwrap_or(rest);
        Some(format!("Image {rest} is there"))
    };
    let fetched =
        |row: &String| image(row).is_some_and(|there| rows.iter().any(|it| it.contains(&there)));
    rows.iter().filter(|it| !fetched(it)).cloned().collect()
}

/// The events of a YAML list, one a line: type, reason, source, object and message.
fn event_lines(text: &str) -> Option<String> {
    let document = yaml::parse_documents(text).ok()?.into_iter().next()?.value;
    let items = document.get("items")?.as_array()?;
    let line = |item: &Value| {
        let text = |pointer: &str| {
            item.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let source = [text("/source/component"), text("/reportingComponent")];
        let source = source.into_iter().find(|it| !it.is_empty()).unwrap_or_default();
        let object = format!("{}/{}", text("/involvedObject/kind"), text("/involvedObject/name"));
        let line = [text("/type"), text("/reason"), source, object, text("/message")].join(" | ");
        let line = line.trim_end().replace('\n', " ");
        patterned(line)
    };
    let lines: BTreeSet<String> =
        items.iter().map(line).filter(|it| !is_of_other_machines(it)).collect();
    Some(without_pulls(lines).into_iter().map(|it| it + "\n").collect())
}

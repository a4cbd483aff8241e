//! From recordings to expectations: the commands with what they print, masked, and the manifests that they apply.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use opsdrill_objects::{timestamp, yaml};
use serde_json::Value;

use super::mask::mask;
use super::requests::{self, Refused};
use super::transcript::{self, Answer, Case};
use super::{FOLDER, group};

/// When the nodes of the recordings had joined.
const BEGIN: &str = "2026-11-22T21:26:00Z";
/// The manifests that the first commands apply.
const MANIFESTS: [&str; 2] = ["base.yaml", "faults.yaml"];

/// Moments that only ages in texts tell: a pod that was eight seconds old; events of a ReplicaSet that were six seconds
/// old when it was described, and more than ten failures a little before.
const TOLD: &[(&str, u64)] = &[
    ("181-get-pods-badrollout", 121_000),
    ("182-rollout-status-bad", 121_500),
    ("183-describe-deploy-badrollout", 127_000),
    ("297-quota-deploy", 182_300),
    ("298-quota-rs-events", 186_500),
    ("300-quota-rs-describe", 188_300),
];

/// Writes the transcripts and the manifests.
pub(crate) fn derive(recordings: &str) {
    let folder = Path::new(recordings);
    let index = fs::read_to_string(folder.join("INDEX.txt")).expect("the index is there");
    let recorded: Vec<(String, String, Option<Value>)> =
        index.lines().map(|it| row(folder, it)).collect();
    let times = times(&recorded);
    let mut groups: BTreeMap<&str, Vec<Case>> = BTreeMap::new();
    for ((name, line, recording), at) in recorded.iter().zip(times) {
        if recording.is_none() && line.contains("<stdin") {
            // What it was given is not known.
            continue;
        }
        let case = case(name, line, recording.as_ref(), at);
        groups.entry(group(name, line)).or_default().push(case);
    }
    let transcripts = Path::new(FOLDER).join("transcripts");
    fs::remove_dir_all(&transcripts).expect("it is there");
    fs::create_dir_all(&transcripts).expect("a folder of the repository");
    for (group, cases) in groups {
        let cases: Vec<&Case> = cases.iter().collect();
        let path = transcripts.join(format!("{}.md", group.replace(' ', "-")));
        fs::write(path, transcript::print(group, &cases)).expect("it can be written");
    }
    for name in MANIFESTS {
        let text = fs::read_to_string(folder.join(name)).expect("the manifests are there");
        let documents = yaml::parse_documents(&text).expect("YAML");
        let documents: Vec<String> = documents.iter().map(|it| yaml::to_yaml(&it.value)).collect();
        let path = Path::new(FOLDER).join("world/workspace").join(name);
        fs::write(path, documents.join("---\n")).expect("it can be written");
    }
}

/// A row of the index with its recording.
fn row(folder: &Path, row: &str) -> (String, String, Option<Value>) {
    let (name, rest) = row.split_once(" rc=").expect("a status");
    let (_, command) = rest.split_once(' ').expect("a command");
    let recording = fs::read_to_string(folder.join(format!("cases/{name}.json"))).ok();
    let recording: Option<Value> = recording.map(|it| serde_json::from_str(&it).expect("JSON"));
    let line = match &recording {
        Some(it) => it["cmd"].as_str().expect("a command"),
        None => command.trim_end_matches("  (not recorded here)"),
    };
    (name.to_owned(), line.to_owned(), recording)
}

fn case(name: &str, line: &str, recording: Option<&Value>, at_ms: u64) -> Case {
    let command = quoted(line);
    let Some(recording) = recording else {
        return Case { name: name.to_owned(), at_ms, command, ..Case::default() };
    };
    let text = |field: &str| recording[field].as_str().unwrap_or_default();
    let wanted = Answer {
        exit: recording["rc"].as_str().map_or_else(|| recording["rc"].to_string(), str::to_owned),
        stdout: mask(&command, text("stdout")),
        stderr: mask(&command, text("stderr")),
    };
    let stdin = recording["stdin"].as_str().map(str::to_owned);
    let mut refused = requests::refused(recording);
    refused.retain(Refused::can_be_asked);
    for it in &mut refused {
        it.wanted = mask("", &it.wanted);
    }
    Case { name: name.to_owned(), at_ms, command, stdin, refused, wanted: Some(wanted) }
}

/// The words of a recorded command as a line of bash.
fn quoted(line: &str) -> String {
    let words = words(line);
    let plain = |it: &char| it.is_ascii_alphanumeric() || "-_./=:,@+%".contains(*it);
    let quote = |word: &String| {
        if !word.is_empty() && word.chars().all(|it| plain(&it)) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}

/// The words of a line as a shell reads them.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in line.trim_end_matches(" <stdin").chars() {
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// When each command ran, in milliseconds after the beginning: what its answers tell of time, and between two that tell, evenly.
fn times(recorded: &[(String, String, Option<Value>)]) -> Vec<u64> {
    let begin = timestamp::parse(BEGIN).expect("a moment");
    let mut known: Vec<(usize, u64)> = vec![(0, 7_000)];
    for (place, (name, _, recording)) in recorded.iter().enumerate() {
        let Some(recording) = recording else { continue };
        let told = TOLD.iter().find(|it| it.0 == name).map(|it| it.1);
        let seen = || moment(recording, begin).map(|it| it * 1000);
        let last = known.last().expect("there is one").1;
        if let Some(seen) = told.or_else(seen).filter(|it| *it >= last + 1000 || told.is_some()) {
            known.push((place, seen));
        }
    }
    let mut times = Vec::new();
    for pair in known.windows(2) {
        let [(from, start), (to, end)] = [pair[0], pair[1]];
        let steps = (to - from) as u64;
        times.extend((0..steps).map(|step| start + (end - start) * step / steps));
    }
    let (place, time) = *known.last().expect("there is one");
    times.extend((place..recorded.len()).map(|_| time));
    times
}

/// The moment that a command's answers tell, in seconds after the beginning: an age beside its date, or the latest date.
fn moment(recording: &Value, begin: i64) -> Option<u64> {
    let bodies = recording["http"].as_array()?;
    let bodies = bodies.iter().filter_map(|it| it["body"].as_str());
    let mut latest = None;
    for body in bodies {
        if let Some(told) = serde_json::from_str(body).ok().and_then(|it: Value| aged(&it)) {
            return u64::try_from(told - begin).ok();
        }
        // A deletion is dated in the future.
        for part in body.replace("\"deletionTimestamp\":\"", "").split('"') {
            let date =
                Some(part).filter(|it| it.len() == 20).and_then(|it| timestamp::parse(it).ok());
            latest = latest.max(date);
        }
    }
    latest.and_then(|it| u64::try_from(it - begin).ok()).filter(|it| *it < 600)
}

/// The present as a table tells it that has ages and the dates that they are counted from.
fn aged(table: &Value) -> Option<i64> {
    let columns = table["columnDefinitions"].as_array()?;
    let place = columns.iter().position(|it| it["name"] == "Age")?;
    table["rows"].as_array()?.iter().find_map(|row| {
        let age = row["cells"][place].as_str()?;
        let (minutes, seconds) =
            age.trim_end_matches('s').split_once('m').unwrap_or(("0", age.trim_end_matches('s')));
        let age = minutes.parse::<i64>().ok()? * 60 + seconds.parse::<i64>().unwrap_or(0);
        let date = row["object"]["metadata"]["creationTimestamp"].as_str()?;
        Some(timestamp::parse(date).ok()? + age).filter(|_| age < 600)
    })
}

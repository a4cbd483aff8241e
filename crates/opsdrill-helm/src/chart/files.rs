//! A chart from its files.

use std::collections::BTreeMap;

use opsdrill_sprig::functions::paths;
use serde_json::{Map, Value};

use super::ignore::{self, Rules};
use super::{Chart, File, Metadata, archive};
use crate::{values, yaml};

/// How deep charts may be inside of charts.
const DEPTH_MAX: usize = 30;

/// The largest file of a chart, in bytes.
pub const FILE_BYTES_MAX: usize = 5 << 20;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl Chart {
    /// A chart from the files of a folder, by paths inside of it; `.helmignore` is heeded.
    ///
    /// # Errors
    /// With Helm's words.
    pub fn from_folder(files: Vec<File>) -> Result<Self, String> {
        let rules = files.iter().find(|it| it.name == ignore::FILE).map(File::text);
        let rules = Rules::parse(&rules.unwrap_or_default())?;
        let mut kept = Vec::new();
        for file in files {
            if rules.ignores(&file.name) {
                continue;
            }
            if file.bytes.len() > FILE_BYTES_MAX {
                let name = paths::base_of(&file.name);
                return Err(format!(
                    "chart file \"{name}\" is larger than the maximum file size {FILE_BYTES_MAX}"
                ));
            }
            kept.push(without_mark(file));
        }
        Self::from_files(kept)
    }

    /// A chart from its files, by paths inside of it.
    ///
    /// # Errors
    /// With Helm's words.
    pub fn from_files(files: Vec<File>) -> Result<Self, String> {
        read(files, 0)
    }
}

pub(super) fn without_mark(mut file: File) -> File {
    if file.bytes.starts_with(BYTE_ORDER_MARK) {
        file.bytes.drain(..BYTE_ORDER_MARK.len());
    }
    file
}

fn read(mut files: Vec<File>, depth: usize) -> Result<Chart, String> {
    if depth > DEPTH_MAX {
        return Err(format!("charts are nested deeper than {DEPTH_MAX}"));
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    let mut chart = Chart::default();
    let main = files.iter().find(|it| it.name == "Chart.yaml");
    if let Some(file) = main {
        let document = yaml::document(&file.text());
        document
            .and_then(|it| chart.metadata.read(&it))
            .map_err(|why| format!("cannot load Chart.yaml: {why}"))?;
        if chart.metadata.api_version.is_empty() {
            "v1".clone_into(&mut chart.metadata.api_version);
        }
    }
    let is_there = main.is_some();
    let mut inner: BTreeMap<String, Vec<File>> = BTreeMap::new();
    for file in files {
        sort_in(&mut chart, &mut inner, file)?;
    }
    if !is_there {
        return Err("Chart.yaml file is missing".to_owned());
    }
    chart.metadata.validate()?;
    for (name, files) in inner {
        if name.starts_with(['_', '.']) {
            continue;
        }
        let subchart = read_inner(&chart, &name, files, depth);
        let subchart = subchart.map_err(|why| {
            format!("error unpacking subchart {name} in {}: {why}", chart.metadata.name)
        })?;
        chart.subcharts.push(subchart);
    }
    Ok(chart)
}

fn read_inner(
    chart: &Chart,
    name: &str,
    mut files: Vec<File>,
    depth: usize,
) -> Result<Chart, String> {
    if paths::extension_of(name) == ".tgz" {
        let file = files.remove(0);
        if file.name != name {
            return Err(format!(
                "error unpacking subchart tar in {}: expected {name}, got {}",
                chart.metadata.name, file.name
            ));
        }
        return read(archive::files(&file.bytes)?, depth + 1);
    }
    let below = files.into_iter().filter_map(|it| {
        let (_, rest) = it.name.split_once('/')?;
        Some(File::new(rest, it.bytes.clone()))
    });
    read(below.collect(), depth + 1)
}

/// Puts a file where it belongs.
fn sort_in(
    chart: &mut Chart,
    inner: &mut BTreeMap<String, Vec<File>>,
    file: File,
) -> Result<(), String> {
    let document = |what: &str| {
        yaml::document(&file.text()).map_err(|why| format!("cannot load {what}: {why}"))
    };
    let is_old = chart.metadata.api_version == "v1";
    match file.name.as_str() {
        "Chart.yaml" => {}
        "Chart.lock" => chart.lock = Some(document("Chart.lock")?),
        "values.yaml" => {
            chart.values =
                values(&file.text()).map_err(|why| format!("cannot load values.yaml: {why}"))?;
        }
        "values.schema.json" => chart.schema = Some(file.bytes),
        "requirements.yaml" => {
            let document = document("requirements.yaml")?;
            let read = chart.metadata.read(&document);
            read.map_err(|why| format!("cannot load requirements.yaml: {why}"))?;
            if is_old {
                chart.files.push(file);
            }
        }
        "requirements.lock" => {
            chart.lock = Some(document("requirements.lock")?);
            if is_old {
                chart.files.push(file);
            }
        }
        name if name.starts_with("templates/") => chart.templates.push(file),
        name if name.starts_with("charts/") && paths::extension_of(name) != ".prov" => {
            let rest = name["charts/".len()..].to_owned();
            let first = rest.split('/').next().unwrap_or(&rest).to_owned();
            inner.entry(first).or_default().push(File::new(rest, file.bytes));
        }
        _ => chart.files.push(file),
    }
    Ok(())
}

/// Values of a text, which may have several documents; later ones win.
///
/// # Errors
/// With Helm's words.
pub fn values(text: &str) -> Result<Map<String, Value>, String> {
    let mut merged = Map::new();
    let mut document = String::new();
    let mut add = |document: &mut String| -> Result<(), String> {
        let read =
            yaml::map(document).map_err(|why| format!("cannot unmarshal yaml document: {why}"))?;
        values::overlay(&mut merged, read);
        document.clear();
        Ok(())
    };
    for line in text.split_inclusive('\n') {
        if line.starts_with("---") {
            if !document.is_empty() {
                add(&mut document)?;
            }
            continue;
        }
        document.push_str(line);
    }
    if !document.is_empty() {
        add(&mut document)?;
    }
    Ok(merged)
}

impl Metadata {
    /// Reads what a document of metadata says; later ones add to it.
    ///
    /// # Errors
    /// With the words of Go's YAML library.
    pub fn read(&mut self, document: &Value) -> Result<(), String> {
        self.fill(document)
            .map_err(|why| format!("error unmarshaling JSON: while decoding JSON: json: {why}"))
    }
}

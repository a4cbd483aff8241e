//! A packed chart: a tar archive, compressed. It comes from anybody: no path leads out of it, and its size is bounded.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use opsdrill_objects::yaml::to_yaml;
use opsdrill_sprig::functions::paths;

use super::files::{FILE_BYTES_MAX, without_mark};
use super::{Chart, File, ignore};
use crate::release::json;
use crate::yaml;

/// The largest chart, unpacked, in bytes.
pub const CHART_BYTES_MAX: usize = 100 << 20;

const BLOCK: usize = 512;

impl Chart {
    /// A chart from its archive.
    ///
    /// # Errors
    /// With Helm's words.
    pub fn from_archive(bytes: &[u8]) -> Result<Self, String> {
        Self::from_files(files(bytes)?)
    }
}

/// The files of an archive, by paths inside of its folder.
///
/// # Errors
/// With Helm's words.
pub fn files(bytes: &[u8]) -> Result<Vec<File>, String> {
    if bytes.len() < 10 {
        return Err(if bytes.is_empty() { "EOF" } else { "unexpected EOF" }.to_owned());
    }
    if !bytes.starts_with(b"\x1f\x8b") {
        return Err("gzip: invalid header".to_owned());
    }
    let mut unpacked = Vec::new();
    let most = CHART_BYTES_MAX + (1 << 20);
    let mut reader = MultiGzDecoder::new(bytes).take(most as u64);
    reader.read_to_end(&mut unpacked).map_err(|_| "gzip: invalid checksum".to_owned())?;
    if unpacked.len() >= most {
        return Err(too_large());
    }
    let mut files = Vec::new();
    let mut entries = Entries { bytes: &unpacked, place: 0, long_name: None };
    let mut sum = 0;
    while let Some(entry) = entries.next()? {
        if let Some(name) = checked_name(&entry.name)? {
            sum += entry.bytes.len();
            if sum > CHART_BYTES_MAX {
                return Err(too_large());
            }
            if entry.bytes.len() > FILE_BYTES_MAX {
                return Err(format!(
                    "decompressed chart file {} is larger than the maximum file size {FILE_BYTES_MAX}",
                    opsdrill_template::print::quote(&entry.name)
                ));
            }
            files.push(without_mark(File::new(name, entry.bytes)));
        }
    }
    if files.is_empty() {
        return Err("no files in chart archive".to_owned());
    }
    Ok(files)
}

/// The name of the chart that files of an archive are, which is that of the folder they are unpacked into.
///
/// # Errors
/// With Helm's words, when there is no such name or it leads elsewhere.
pub fn name_of(files: &[File]) -> Result<String, String> {
    let mut metadata = super::Metadata::default();
    if let Some(file) = files.iter().find(|it| it.name == "Chart.yaml") {
        yaml::document(&file.text())
            .and_then(|it| metadata.fill(&it))
            .map_err(|why| format!("cannot load Chart.yaml: {why}"))?;
    }
    let name = metadata.name;
    let shown = opsdrill_template::print::quote(&name);
    match name.as_str() {
        "" => Err("chart name not specified".to_owned()),
        "." | ".." => Err(format!("chart name {shown} is not allowed")),
        name if paths::base_of(name) != name => {
            Err(format!("chart name {shown} must not contain path separators"))
        }
        _ => Ok(name),
    }
}

/// The files of a folder that belong to its chart.
///
/// # Errors
/// With Helm's words, when `.helmignore` has no patterns.
pub fn kept(files: Vec<File>) -> Result<Vec<File>, String> {
    let rules = files.iter().find(|it| it.name == ignore::FILE).map(File::text);
    let rules = ignore::Rules::parse(&rules.unwrap_or_default())?;
    Ok(files.into_iter().filter(|it| !rules.ignores(&it.name)).collect())
}

/// What the archive of a chart is called.
pub fn file_name(chart: &Chart) -> String {
    format!("{}-{}.tgz", chart.metadata.name, chart.metadata.version)
}

/// Packs a chart, made of files of a folder, as it is now: its metadata may differ from what `Chart.yaml` said. Answers
/// what the archive is called, and its bytes.
///
/// # Errors
/// With Helm's words.
pub fn saved(chart: &Chart, own: Vec<File>, seconds: i64) -> Result<(String, Vec<u8>), String> {
    let document = serde_json::from_str(&json::metadata_text(&chart.metadata));
    let document: serde_json::Value = document.expect("it was written as JSON");
    let name = &chart.metadata.name;
    let mut files = vec![(format!("{name}/Chart.yaml"), to_yaml(&document).into_bytes())];
    let rest = own.into_iter().filter(|it| it.name != "Chart.yaml").collect();
    files.extend(kept(rest)?.into_iter().map(|it| (format!("{name}/{}", it.name), it.bytes)));
    Ok((file_name(chart), packed(&files, seconds)?))
}

/// The most letters of a name that a header has room for.
const NAME_MAX: usize = 100;

/// Packs files, by their paths in the archive.
///
/// # Errors
/// When a path is longer than an archive of this form can hold.
pub fn packed(files: &[(String, Vec<u8>)], seconds: i64) -> Result<Vec<u8>, String> {
    let mut archive = Vec::new();
    for (name, bytes) in files {
        archive.extend(header(name, bytes.len(), seconds)?);
        archive.extend(bytes);
        archive.resize(archive.len().next_multiple_of(BLOCK), 0);
    }
    archive.resize(archive.len() + 2 * BLOCK, 0);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&archive).and_then(|()| encoder.finish()).map_err(|why| why.to_string())
}

fn header(name: &str, size: usize, seconds: i64) -> Result<[u8; BLOCK], String> {
    let too_long = || format!("archive/tar: cannot encode header: name too long: {name}");
    let (prefix, rest) = if name.len() <= NAME_MAX {
        ("", name)
    } else {
        let mut places = name.match_indices('/').map(|it| it.0);
        let place = places.rfind(|it| *it < 155).ok_or_else(too_long)?;
        (&name[..place], &name[place + 1..])
    };
    if rest.len() > NAME_MAX {
        return Err(too_long());
    }
    let mut header = [0; BLOCK];
    let mut put = |place: usize, text: &str| {
        header[place..place + text.len()].copy_from_slice(text.as_bytes());
    };
    put(0, rest);
    put(100, "0000644\0");
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, &format!("{size:011o}\0"));
    put(136, &format!("{:011o}\0", seconds.max(0)));
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\x0000");
    put(345, prefix);
    let sum: u32 = header.iter().map(|it| u32::from(*it)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Ok(header)
}

fn too_large() -> String {
    format!("decompressed chart is larger than the maximum size {CHART_BYTES_MAX}")
}

/// The path inside of the archive's folder; `None` for a folder.
fn checked_name(name: &str) -> Result<Option<String>, String> {
    if name.ends_with('/') {
        return Ok(None);
    }
    let delimiter = if name.contains('\\') { '\\' } else { '/' };
    let (first, rest) = name.split_once(delimiter).unwrap_or((name, ""));
    let rest = rest.replace(delimiter, "/");
    if rest.starts_with('/') {
        return Err("chart illegally contains absolute paths".to_owned());
    }
    let cleaned = paths::cleaned(&rest);
    if cleaned == "." {
        if first == "Chart.yaml" {
            return Err("chart yaml not in base directory".to_owned());
        }
        let shown = opsdrill_template::print::quote(name);
        return Err(format!(
            "chart illegally contains content outside the base directory: {shown}"
        ));
    }
    if cleaned.starts_with("..") {
        return Err("chart illegally references parent directory".to_owned());
    }
    if matches!(cleaned.as_bytes(), [drive, b':', b'/', ..] if drive.is_ascii_alphabetic()) {
        return Err("chart contains illegally named files".to_owned());
    }
    Ok(Some(cleaned))
}

struct Entry {
    name: String,
    bytes: Vec<u8>,
}

/// The entries of a tar archive.
struct Entries<'a> {
    bytes: &'a [u8],
    place: usize,
    /// A name that an entry before has given.
    long_name: Option<String>,
}

fn broken() -> String {
    "archive/tar: invalid tar header".to_owned()
}

impl Entries<'_> {
    /// The next file; links and the like count as empty ones, as in Helm.
    fn next(&mut self) -> Result<Option<Entry>, String> {
        loop {
            let Some(header) = self.bytes.get(self.place..self.place + BLOCK) else {
                return if self.place == self.bytes.len() {
                    Ok(None)
                } else {
                    Err("unexpected EOF".to_owned())
                };
            };
            if header.iter().all(|it| *it == 0) {
                return Ok(None);
            }
            if !has_right_sum(header) {
                return Err(broken());
            }
            let kind = header[156];
            let size = if matches!(kind, b'1'..=b'6') { 0 } else { number(&header[124..136])? };
            let start = self.place + BLOCK;
            let end = start.checked_add(size).ok_or_else(broken)?;
            let content = self.bytes.get(start..end).ok_or("unexpected EOF")?;
            self.place = start + size.div_ceil(BLOCK) * BLOCK;
            match kind {
                b'L' => self.long_name = Some(text(content)),
                b'x' => self.long_name = extended_name(content).or(self.long_name.take()),
                b'g' | b'K' => {}
                b'5' => self.long_name = None,
                _ => {
                    let name = self.long_name.take().unwrap_or_else(|| name_in(header));
                    return Ok(Some(Entry { name, bytes: content.to_vec() }));
                }
            }
        }
    }
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|it| *it == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

fn number(digits: &[u8]) -> Result<usize, String> {
    let digits = text(digits);
    let digits = digits.trim();
    if digits.is_empty() { Ok(0) } else { usize::from_str_radix(digits, 8).map_err(|_| broken()) }
}

fn name_in(header: &[u8]) -> String {
    let name = text(&header[..100]);
    let prefix =
        if &header[257..262] == b"ustar" { text(&header[345..500]) } else { String::new() };
    if prefix.is_empty() { name } else { format!("{prefix}/{name}") }
}

fn has_right_sum(header: &[u8]) -> bool {
    let sum: u32 = header
        .iter()
        .enumerate()
        .map(
            |(place, byte)| {
                if (148..156).contains(&place) { u32::from(b' ') } else { u32::from(*byte) }
            },
        )
        .sum();
    number(&header[148..156]).is_ok_and(|it| it == sum as usize)
}

/// The path among the records of an extended header: `27 path=…`.
fn extended_name(content: &[u8]) -> Option<String> {
    let mut rest = content;
    while !rest.is_empty() {
        let space = rest.iter().position(|it| *it == b' ')?;
        let length: usize = text(&rest[..space]).parse().ok()?;
        let record = rest.get(space + 1..length.checked_sub(1)?)?;
        if let Some(path) = record.strip_prefix(b"path=") {
            return Some(text(path));
        }
        rest = rest.get(length..)?;
    }
    None
}

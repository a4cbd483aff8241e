//! The command lines of the differential test, as `tests/differential/*.md` hold them.
//!
//! A fenced block marked `console` holds lines: `$ ` begins one, `> ` continues it. `console fresh` starts with two new
//! clusters. `$ skip 30s` lets simulated time pass on both. A remark before a line says how its two outputs may differ:
//!
//! - `# differs: REASON`: they do, and are meant to; it fails when they agree
//! - `# differs: open: REASON`: they do and should not; it fails when they agree, so that the remark goes
//! - `# times: REASON`: all dates are taken as equal
//! - `# order: REASON`: the lines may come in any order
//!
//! Everything outside of such blocks is prose.

/// What may differ between the two outputs of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Remark {
    /// Everything, and something must.
    Differs(String),
    /// Dates.
    Times,
    /// The order of its lines.
    Order,
}

/// A command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Where it stands in its file, from 1.
    pub(crate) number: usize,
    /// What is typed.
    pub(crate) text: String,
    /// Whether it is the first one on new clusters.
    pub(crate) fresh: bool,
    /// How its outputs may differ.
    pub(crate) remarks: Vec<Remark>,
}

impl Line {
    /// The seconds that it lets pass, if that is all it does.
    pub(crate) fn skip_seconds(&self) -> Option<u64> {
        let span = self.text.strip_prefix("skip ")?;
        Some(span.strip_suffix('s').and_then(|it| it.parse().ok()).expect("`skip 30s`"))
    }

    /// Why its outputs differ, if they are to.
    pub(crate) fn expected_difference(&self) -> Option<&str> {
        self.remarks.iter().find_map(|it| match it {
            Remark::Differs(reason) => Some(reason.as_str()),
            Remark::Times | Remark::Order => None,
        })
    }
}

/// Reads the lines of a file.
pub(crate) fn read(markdown: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let (mut in_block, mut fresh) = (false, true);
    let mut remarks = Vec::new();
    for (index, text) in markdown.lines().enumerate() {
        let number = index + 1;
        if let Some(fence) = text.strip_prefix("```") {
            in_block = !in_block;
            fresh |= in_block && fence == "console fresh";
        } else if !in_block || text.is_empty() {
        } else if let Some(command) = text.strip_prefix("$ ") {
            let remarks = std::mem::take(&mut remarks);
            let fresh = std::mem::take(&mut fresh);
            lines.push(Line { number, text: command.to_owned(), fresh, remarks });
        } else if let Some(more) = text.strip_prefix('>') {
            let command = &mut lines.last_mut().expect("it continues a line").text;
            command.push('\n');
            command.push_str(more.strip_prefix(' ').unwrap_or(more));
        } else if let Some(reason) = text.strip_prefix("# differs: ") {
            remarks.push(Remark::Differs(reason.to_owned()));
        } else if text.starts_with("# times: ") {
            remarks.push(Remark::Times);
        } else if text.starts_with("# order: ") {
            remarks.push(Remark::Order);
        } else {
            panic!("line {number}: {text:?} is neither a line nor a remark");
        }
    }
    assert!(!in_block && remarks.is_empty(), "the file ends too early");
    lines
}

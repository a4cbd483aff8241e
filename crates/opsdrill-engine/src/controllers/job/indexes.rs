//! The indexes of an Indexed Job, as a status shows them: `0-2,5`.

use std::collections::BTreeSet;

use opsdrill_objects::Object;

/// The annotation and label with a pod's index.
pub(super) const INDEX: &str = "batch.kubernetes.io/job-completion-index";

/// The most indexes that are read from a status: what a Job may have (`maxParallelismForIndexedJob` lies below).
const INDEXES_MAX: i32 = 100_000;

/// A pod's index.
pub(super) fn of(pod: &Object) -> Option<i32> {
    pod.meta.annotation(INDEX)?.parse().ok()
}

/// Reads indexes; what is none is left out.
pub(super) fn read(text: &str) -> BTreeSet<i32> {
    let ranges = text.split(',').filter_map(|it| {
        let (first, last) = it.split_once('-').unwrap_or((it, it));
        Some(first.parse::<i32>().ok()?..=last.parse::<i32>().ok()?.min(INDEXES_MAX))
    });
    ranges.flatten().collect()
}

/// Shows indexes: two that follow each other with a comma, three and more with a hyphen.
pub(super) fn shown(indexes: &BTreeSet<i32>) -> String {
    let mut ranges: Vec<(i32, i32)> = Vec::new();
    for index in indexes {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *index => *last = *index,
            _ => ranges.push((*index, *index)),
        }
    }
    let shown = ranges.into_iter().map(|(first, last)| match last - first {
        0 => first.to_string(),
        1 => format!("{first},{last}"),
        _ => format!("{first}-{last}"),
    });
    shown.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_are_read_as_they_are_shown() {
        let indexes = BTreeSet::from([0, 1, 2, 4, 6, 7]);
        assert_eq!(shown(&indexes), "0-2,4,6,7");
        assert_eq!(read("0-2,4,6,7"), indexes);
        assert_eq!(read("x,3-"), BTreeSet::new());
    }
}

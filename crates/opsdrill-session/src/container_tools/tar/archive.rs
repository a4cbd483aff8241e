//! The tar format: POSIX ustar, as far as files and folders go.

/// The size of a block.
const BLOCK: usize = 512;
/// The most bytes of a member's name in its header.
const NAME_BYTES: usize = 100;
/// The most bytes of what may stand before it.
const PREFIX_BYTES: usize = 155;

/// What a member is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    File(Vec<u8>),
    Folder,
    /// A link or a device.
    Other,
}

/// A member of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    /// Its name, without a slash at its end.
    pub(super) name: String,
    /// When it was changed, Unix seconds.
    pub(super) modified: i64,
    pub(super) content: Content,
}

/// Why an archive cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArchiveError {
    /// It ends too early.
    Cut,
    /// It is none.
    NoArchive,
}

/// Writes an archive.
pub(super) fn write(members: &[Member]) -> Vec<u8> {
    let mut archive = Vec::new();
    for member in members {
        let (name, bytes, kind): (String, &[u8], u8) = match &member.content {
            Content::File(bytes) => (member.name.clone(), bytes, b'0'),
            _ => (format!("{}/", member.name), &[], b'5'),
        };
        let Some((prefix, name)) = split(&name) else {
            // GNU tar puts a name that is too long into a member of its own before the real one.
            let whole = format!("{name}\0").into_bytes();
            archive.extend(header(("", "././@LongLink"), whole.len(), 0, b'L'));
            put(&mut archive, &whole);
            let cut: String = name.chars().take(NAME_BYTES / 4).collect();
            archive.extend(header(("", &cut), bytes.len(), member.modified, kind));
            put(&mut archive, bytes);
            continue;
        };
        archive.extend(header((prefix, name), bytes.len(), member.modified, kind));
        put(&mut archive, bytes);
    }
    archive.extend([0; 2 * BLOCK]);
    archive
}

fn put(archive: &mut Vec<u8>, bytes: &[u8]) {
    archive.extend(bytes);
    archive.resize(archive.len().next_multiple_of(BLOCK), 0);
}

/// A name as the two fields hold it; `None` if it does not fit.
fn split(name: &str) -> Option<(&str, &str)> {
    if name.len() <= NAME_BYTES {
        return Some(("", name));
    }
    let fits = |at: &usize| *at <= PREFIX_BYTES && name.len() - at - 1 <= NAME_BYTES;
    let at = name.match_indices('/').map(|it| it.0).find(|it| fits(it))?;
    Some((&name[..at], &name[at + 1..])).filter(|it| !it.1.is_empty())
}

fn header((prefix, name): (&str, &str), size: usize, modified: i64, kind: u8) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut set = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    set(0, name.as_bytes());
    set(100, if kind == b'5' { b"0000755\0" } else { b"0000644\0" });
    set(108, b"0000000\0");
    set(116, b"0000000\0");
    set(124, format!("{size:011o}\0").as_bytes());
    set(136, format!("{:011o}\0", modified.max(0)).as_bytes());
    set(148, b"        ");
    set(156, &[kind]);
    set(257, b"ustar\x0000");
    set(265, b"root");
    set(297, b"root");
    set(345, prefix.as_bytes());
    let sum: u32 = block.iter().map(|it| u32::from(*it)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// Reads an archive.
///
/// # Errors
/// Where it is cut, or what is none.
pub(super) fn read(archive: &[u8]) -> Result<Vec<Member>, ArchiveError> {
    let mut members = Vec::new();
    let mut rest = archive;
    let mut long_name = None;
    loop {
        let Some((block, after)) = rest.split_at_checked(BLOCK) else {
            // An archive whose end blocks are missing is whole if a member ends where it does.
            return if rest.is_empty() { Ok(members) } else { Err(ArchiveError::Cut) };
        };
        if block.iter().all(|it| *it == 0) {
            return Ok(members);
        }
        if !sum_is_right(block) {
            return Err(ArchiveError::NoArchive);
        }
        let size = number(&block[124..136]).ok_or(ArchiveError::NoArchive)?;
        let size = usize::try_from(size).map_err(|_| ArchiveError::Cut)?;
        let (bytes, after) = after.split_at_checked(size).ok_or(ArchiveError::Cut)?;
        rest = after.get(size.next_multiple_of(BLOCK) - size..).unwrap_or_default();
        let kind = block[156];
        match kind {
            b'L' => long_name = Some(text(bytes)),
            b'x' => long_name = path_record(bytes).or(long_name),
            b'g' => {}
            _ => {
                let name = long_name.take().unwrap_or_else(|| name_of(block));
                let content = match kind {
                    b'0' | 0 if !name.ends_with('/') => Content::File(bytes.to_vec()),
                    b'0' | 0 | b'5' => Content::Folder,
                    _ => Content::Other,
                };
                let modified = number(&block[136..148]).unwrap_or_default().cast_signed();
                let name = name.trim_end_matches('/').to_owned();
                members.push(Member { name, modified, content });
            }
        }
    }
}

fn name_of(block: &[u8]) -> String {
    let (name, prefix) = (text(&block[..100]), text(&block[345..500]));
    let is_posix = block[257..263] == *b"ustar\0" && !prefix.is_empty();
    if is_posix { format!("{prefix}/{name}") } else { name }
}

/// The text up to the first zero.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|it| *it == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

/// The `path` of an extended header: records `LENGTH KEY=VALUE\n`.
fn path_record(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut rest = &*text;
    while let Some((length, _)) = rest.split_once(' ') {
        let record = rest.get(..length.parse().ok()?)?;
        rest = &rest[record.len()..];
        if let Some(path) = record[length.len() + 1..].strip_prefix("path=") {
            return Some(path.trim_end_matches('\n').to_owned());
        }
        if record.is_empty() {
            return None;
        }
    }
    None
}

fn number(field: &[u8]) -> Option<u64> {
    let text = text(field);
    let digits = text.trim_matches(' ');
    if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, 8).ok() }
}

fn sum_is_right(block: &[u8]) -> bool {
    let in_field = |place: usize| (148..156).contains(&place);
    let value = |(place, it): (usize, &u8)| if in_field(place) { 32 } else { u64::from(*it) };
    let sum: u64 = block.iter().enumerate().map(value).sum();
    number(&block[148..156]) == Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, content: Content) -> Member {
        Member { name: name.to_owned(), modified: 1_772_442_000, content }
    }

    #[test]
    fn what_was_written_is_read() {
        let deep = format!("{}/file", "d".repeat(120));
        let endless = "e".repeat(150);
        let members = [
            member("etc", Content::Folder),
            member("etc/hosts", Content::File(b"127.0.0.1\tlocalhost\n".to_vec())),
            member("empty", Content::File(Vec::new())),
            member(&deep, Content::File(vec![0, 255, 7])),
            member(&endless, Content::File(vec![1; 1024])),
        ];
        assert_eq!(read(&write(&members)).unwrap(), members);
    }

    #[test]
    fn what_is_cut_or_none_is_refused() {
        let whole = write(&[member("a", Content::File(vec![1; 600]))]);
        assert_eq!(read(&whole[..700]), Err(ArchiveError::Cut));
        assert_eq!(read(&[b'x'; 1024]), Err(ArchiveError::NoArchive));
        assert_eq!(read(b""), Ok(Vec::new()));
        let mut huge = whole.clone();
        huge[124..136].copy_from_slice(b"77777777777\0");
        assert!(read(&huge).is_err());
    }
}

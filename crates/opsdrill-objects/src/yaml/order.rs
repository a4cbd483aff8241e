//! How Go's `yaml.v2` sorts keys: letters after everything else, numbers within keys by value.

/// Whether key `a` stands before key `b`.
pub(super) fn is_before(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(index) = a.iter().zip(&b).position(|(a, b)| a != b) else {
        return a.len() < b.len();
    };
    match (a[index].is_alphabetic(), b[index].is_alphabetic()) {
        (true, true) => a[index] < b[index],
        (false, false) => {
            let leading = leading_digit(&a[..index], a[index] == '0' || b[index] == '0');
            let (a_value, a_end) = number(&a, index, leading);
            let (b_value, b_end) = number(&b, index, leading);
            (a_value, a_end, a[index]) < (b_value, b_end, b[index])
        }
        (_, b_is_letter) => b_is_letter,
    }
}

/// One if a zero that differs is not a leading zero of its number.
fn leading_digit(before: &[char], is_zero: bool) -> i64 {
    let digits = before.iter().rev().take_while(|it| it.is_ascii_digit());
    i64::from(is_zero && digits.into_iter().any(|it| *it != '0'))
}

fn number(text: &[char], start: usize, leading: i64) -> (i64, usize) {
    let digits = text[start..].iter().map_while(|it| it.to_digit(10));
    digits.fold((leading, start), |(value, end), digit| {
        (value.wrapping_mul(10).wrapping_add(i64::from(digit)), end + 1)
    })
}

/// Keys in that order. The comparison is not promised to be a total order, so that a standard sort,
/// which may panic then, is not used.
pub(super) fn sorted<'a>(keys: impl Iterator<Item = &'a String>) -> Vec<&'a String> {
    let mut sorted: Vec<&String> = Vec::new();
    for key in keys {
        let index = sorted.partition_point(|it| is_before(it, key));
        sorted.insert(index, key);
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_as_yaml_v2() {
        let keys = ["f:b", "f:", ".", "a10", "a2", "A", "a", "app.io/x", "app", "1", "10", "9"];
        let keys: Vec<String> = keys.map(str::to_owned).to_vec();
        let expected = [".", "1", "9", "10", "A", "a", "a2", "a10", "app", "app.io/x", "f:", "f:b"];
        assert_eq!(sorted(keys.iter()), expected);
    }
}

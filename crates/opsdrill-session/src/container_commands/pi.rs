//! Digits of pi, for the Job that every tutorial shows.

/// Digits that are computed beyond those that are shown.
const GUARD: usize = 10;
/// What a limb holds.
const BASE: u64 = 1_000_000_000;
/// Decimal digits of a limb.
const LIMB_DIGITS: usize = 9;

/// `3.14159…` with so many digits in all, the last one rounded.
///
/// Machin: π = 16·arctan(1/5) − 4·arctan(1/239), in whole numbers of so many limbs.
pub(super) fn digits(count: usize) -> String {
    let limbs = (count + GUARD) / LIMB_DIGITS + 2;
    let mut sum = vec![0_i64; limbs];
    add_arctan(&mut sum, 5, 16);
    add_arctan(&mut sum, 239, -4);
    carry(&mut sum);
    let mut text = sum[0].to_string();
    for limb in &sum[1..] {
        text += &format!("{limb:09}");
    }
    let mut kept: Vec<u8> = text.bytes().map(|it| it - b'0').take(count).collect();
    if text.as_bytes().get(count).is_some_and(|it| *it >= b'5') {
        let nines = kept.iter().rev().take_while(|it| **it == 9).count();
        let last = kept.len() - nines;
        kept[last..].fill(0);
        kept[last - 1] += 1;
    }
    let text: String = kept.iter().map(|it| char::from(it + b'0')).collect();
    if count == 1 { text } else { format!("{}.{}", &text[..1], &text[1..]) }
}

/// Adds `factor · arctan(1 / x)`.
fn add_arctan(sum: &mut [i64], x: u64, factor: i64) {
    let mut power = vec![0_u64; sum.len()];
    power[0] = factor.unsigned_abs();
    divide(&mut power, x);
    let mut odd = 1;
    let mut sign = factor.signum();
    while power.iter().any(|it| *it != 0) {
        let mut term = power.clone();
        divide(&mut term, odd);
        for (digit, part) in sum.iter_mut().zip(&term) {
            *digit += sign * part.cast_signed();
        }
        divide(&mut power, x * x);
        odd += 2;
        sign = -sign;
    }
}

fn divide(number: &mut [u64], by: u64) {
    let mut rest = 0;
    for limb in number {
        let whole = rest * BASE + *limb;
        *limb = whole / by;
        rest = whole % by;
    }
}

fn carry(sum: &mut [i64]) {
    let base = BASE.cast_signed();
    for place in (1..sum.len()).rev() {
        let over = sum[place].div_euclid(base);
        sum[place] -= over * base;
        sum[place - 1] += over;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_are_those_of_pi() {
        assert_eq!(digits(1), "3");
        assert_eq!(digits(5), "3.1416");
        assert_eq!(digits(31), "3.141592653589793238462643383280");
        // The six nines from the 762nd decimal on.
        assert!(digits(772).ends_with("9999998373"), "{}", digits(772));
        assert_eq!(digits(768).len(), 769);
    }
}

//! Go's `sort.Sort`, which keeps no order among equals but is the same each time: a pattern-defeating quicksort. Lists that
//! are equal by what they are sorted by come out as from the real kubectl only if every swap is the same.

/// Up to so many items are sorted by insertion.
const INSERTION_MAX: usize = 12;
/// From so many items on the pivot is the median of three medians.
const NINTHER_MIN: usize = 50;
/// How often a nearly sorted range is mended before it is partitioned after all.
const MENDS_MAX: usize = 5;
/// Shorter ranges are not mended.
const MENDED_MIN: usize = 50;
/// The comparisons of a choice of pivot that may find their items in the wrong order.
const INVERSIONS_MAX: usize = 12;

/// Sorts as Go does; `less` says whether the first belongs before the second and may contradict itself.
pub(in crate::kubectl) fn sort<T>(items: &mut [T], less: impl Fn(&T, &T) -> bool) {
    let limit = bits(items.len());
    let end = items.len();
    Sort { items, less }.range(0, end, limit);
}

/// How many bits a number has.
fn bits(number: usize) -> u32 {
    usize::BITS - number.leading_zeros()
}

/// What the choice of a pivot has seen of the order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hint {
    Unknown,
    Increasing,
    Decreasing,
}

struct Sort<'a, T, F> {
    items: &'a mut [T],
    less: F,
}

impl<T, F: Fn(&T, &T) -> bool> Sort<'_, T, F> {
    fn less(&self, one: usize, other: usize) -> bool {
        (self.less)(&self.items[one], &self.items[other])
    }

    fn range(&mut self, mut begin: usize, mut end: usize, mut limit: u32) {
        let (mut balanced, mut partitioned) = (true, true);
        loop {
            let length = end - begin;
            if length <= INSERTION_MAX {
                return self.insert(begin, end);
            }
            if limit == 0 {
                return self.heap(begin, end);
            }
            if !balanced {
                self.scatter(begin, end);
                limit -= 1;
            }
            let (mut pivot, mut hint) = self.choose_pivot(begin, end);
            if hint == Hint::Decreasing {
                self.items[begin..end].reverse();
                pivot = (end - 1) - (pivot - begin);
                hint = Hint::Increasing;
            }
            if balanced && partitioned && hint == Hint::Increasing && self.mend(begin, end) {
                return;
            }
            if begin > 0 && !self.less(begin - 1, pivot) {
                begin = self.partition_equal(begin, end, pivot);
                continue;
            }
            let (middle, was_partitioned) = self.partition(begin, end, pivot);
            partitioned = was_partitioned;
            let (left, right) = (middle - begin, end - middle);
            balanced = left.min(right) >= length / 8;
            if left < right {
                self.range(begin, middle, limit);
                begin = middle + 1;
            } else {
                self.range(middle + 1, end, limit);
                end = middle;
            }
        }
    }

    fn insert(&mut self, begin: usize, end: usize) {
        for place in begin + 1..end {
            let mut at = place;
            while at > begin && self.less(at, at - 1) {
                self.items.swap(at, at - 1);
                at -= 1;
            }
        }
    }

    fn heap(&mut self, begin: usize, end: usize) {
        let length = end - begin;
        for root in (0..=(length - 1) / 2).rev() {
            self.sift_down(root, length, begin);
        }
        for last in (0..length).rev() {
            self.items.swap(begin, begin + last);
            self.sift_down(0, last, begin);
        }
    }

    fn sift_down(&mut self, mut root: usize, end: usize, first: usize) {
        loop {
            let mut child = 2 * root + 1;
            if child >= end {
                return;
            }
            if child + 1 < end && self.less(first + child, first + child + 1) {
                child += 1;
            }
            if !self.less(first + root, first + child) {
                return;
            }
            self.items.swap(first + root, first + child);
            root = child;
        }
    }

    /// Breaks patterns that made a partition lopsided.
    fn scatter(&mut self, begin: usize, end: usize) {
        let length = end - begin;
        let mut random = length as u64;
        let mask = (1_u64 << bits(length)) - 1;
        let place = begin + (length / 4) * 2;
        for step in 0..3 {
            random ^= random << 13;
            random ^= random >> 17;
            random ^= random << 5;
            let mut other = (random & mask) as usize;
            if other >= length {
                other -= length;
            }
            self.items.swap(place - 1 + step, begin + other);
        }
    }

    fn choose_pivot(&self, begin: usize, end: usize) -> (usize, Hint) {
        let quarter = (end - begin) / 4;
        let mut places = [1, 2, 3].map(|it| begin + quarter * it);
        let mut inversions = 0;
        if end - begin >= NINTHER_MIN {
            places = places.map(|it| self.median([it - 1, it, it + 1], &mut inversions));
        }
        let pivot = self.median(places, &mut inversions);
        let hint = match inversions {
            0 => Hint::Increasing,
            INVERSIONS_MAX => Hint::Decreasing,
            _ => Hint::Unknown,
        };
        (pivot, hint)
    }

    fn median(&self, [a, b, c]: [usize; 3], inversions: &mut usize) -> usize {
        let mut ordered = |one, other| {
            if self.less(other, one) {
                *inversions += 1;
                (other, one)
            } else {
                (one, other)
            }
        };
        let (a, b) = ordered(a, b);
        let (b, _) = ordered(b, c);
        ordered(a, b).1
    }

    /// Sorts a range that is nearly in order; `false` if it is not.
    fn mend(&mut self, begin: usize, end: usize) -> bool {
        let mut place = begin + 1;
        for _ in 0..MENDS_MAX {
            while place < end && !self.less(place, place - 1) {
                place += 1;
            }
            if place == end {
                return true;
            }
            if end - begin < MENDED_MIN {
                return false;
            }
            self.items.swap(place, place - 1);
            if place - begin >= 2 {
                let mut at = place - 1;
                while at >= 1 && self.less(at, at - 1) {
                    self.items.swap(at, at - 1);
                    at -= 1;
                }
            }
            if end - place >= 2 {
                let mut at = place + 1;
                while at < end && self.less(at, at - 1) {
                    self.items.swap(at, at - 1);
                    at += 1;
                }
            }
        }
        false
    }

    /// Puts what is less than the pivot before it; answers where it is then, and whether nothing had to move.
    fn partition(&mut self, begin: usize, end: usize, pivot: usize) -> (usize, bool) {
        self.items.swap(begin, pivot);
        let (mut low, mut high) = (begin + 1, end - 1);
        let mut moved = false;
        loop {
            while low <= high && self.less(low, begin) {
                low += 1;
            }
            while low <= high && !self.less(high, begin) {
                high -= 1;
            }
            if low > high {
                break;
            }
            self.items.swap(low, high);
            moved = true;
            low += 1;
            high -= 1;
        }
        self.items.swap(high, begin);
        (high, !moved)
    }

    /// Puts what equals the pivot before what is greater; answers where the greater begins.
    fn partition_equal(&mut self, begin: usize, end: usize, pivot: usize) -> usize {
        self.items.swap(begin, pivot);
        let (mut low, mut high) = (begin + 1, end - 1);
        loop {
            while low <= high && !self.less(begin, low) {
                low += 1;
            }
            while low <= high && self.less(begin, high) {
                high -= 1;
            }
            if low > high {
                return low;
            }
            self.items.swap(low, high);
            low += 1;
            high -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look like chance.
    fn numbers(count: usize, below: u64) -> Vec<u64> {
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % below
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn everything_comes_into_order() {
        for count in [0, 1, 2, 12, 13, 49, 50, 51, 500, 3000] {
            for below in [1, 2, 10, 1_000_000] {
                for patterned in [false, true] {
                    let mut items = numbers(count, below);
                    if patterned {
                        items.sort_unstable_by(|one, other| other.cmp(one));
                    }
                    let mut expected = items.clone();
                    expected.sort_unstable();
                    sort(&mut items, |one, other| one < other);
                    assert_eq!(items, expected, "{count} below {below}");
                }
            }
        }
    }

    #[test]
    fn equals_come_in_the_order_of_the_real_tool() {
        // As kubectl 1.32.3 has sorted 31 objects of which the fourth was made later.
        let mut items: Vec<(u8, u8)> = (0..31).map(|it| (u8::from(it == 3), it)).collect();
        sort(&mut items, |one, other| one.0 < other.0);
        let order: Vec<u8> = items.iter().map(|it| it.1).collect();
        let mut expected: Vec<u8> = (0..31).collect();
        for (place, index) in
            [(0, 14), (1, 30), (2, 0), (3, 15), (14, 2), (15, 16), (16, 1), (30, 3)]
        {
            expected[place] = index;
        }
        assert_eq!(order, expected);
    }

    #[test]
    fn up_to_twelve_equals_keep_their_order() {
        let mut items: Vec<(u8, u8)> = (0..12).map(|it| (it % 3, it)).collect();
        let mut stable = items.clone();
        stable.sort_by_key(|it| it.0);
        sort(&mut items, |one, other| one.0 < other.0);
        assert_eq!(items, stable);
    }
}

//! The bits of a number, from words of one width into words of another. Programs use it with `u128`; tests, with symbolic bits.

/// Up to 128 bits.
pub(crate) trait Bits: Clone {
    const NONE: Self;

    /// These bits, of which there are `count`, and above them those of another.
    fn joined(self, count: u32, other: Self) -> Self;

    /// The lowest `count` bits, and those above them.
    fn split(self, count: u32) -> (Self, Self);
}

/// Words of `to` bits, of the number that words of `from` bits are. Both are least significant first, and of at most 64 bits.
pub(crate) struct Regrouped<B, I> {
    words: I,
    from: u32,
    to: u32,
    /// Bits that do not fill a word yet, fewer than `to` before, and fewer than `to + from` after another word has joined them.
    pending: B,
    count: u32,
}

impl<B: Bits, I: Iterator<Item = B>> Regrouped<B, I> {
    #[inline(always)]
    pub(crate) fn new(words: I, from: u32, to: u32) -> Self {
        Self { words, from, to, pending: B::NONE, count: 0 }
    }

    /// The next word, filled up with zeros after the last bit.
    #[inline(always)]
    pub(crate) fn next_word(&mut self) -> B {
        while self.count < self.to {
            let Some(word) = self.words.next() else { break };
            self.pending = self.pending.clone().joined(self.count, word);
            self.count = self.count.wrapping_add(self.from);
        }
        let (word, rest) = self.pending.clone().split(self.to);
        self.pending = rest;
        self.count = self.count.saturating_sub(self.to);
        word
    }
}

impl Bits for u128 {
    const NONE: Self = 0;

    #[inline(always)]
    fn joined(self, count: u32, other: Self) -> Self {
        self | other.wrapping_shl(count)
    }

    #[inline(always)]
    fn split(self, count: u32) -> (Self, Self) {
        let rest = self.wrapping_shr(count);
        (self ^ rest.wrapping_shl(count), rest)
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use num_bigint::BigUint;

    use super::*;
    use crate::signature::proved::prover::faults::{plant_faults, planted, restart};

    /// Each bit is one of an input, by its place in the number, or zero.
    type Symbolic = Vec<Option<u32>>;

    impl Bits for Symbolic {
        const NONE: Self = Self::new();

        fn joined(mut self, count: u32, other: Self) -> Self {
            let count = count as usize;
            assert!(self[self.len().min(count)..].iter().all(Option::is_none), "a bit is not there for another");
            self.resize(count, None);
            self.extend(other);
            assert!(self.len() <= 128, "more than 128 bits");
            self
        }

        fn split(mut self, count: u32) -> (Self, Self) {
            let rest = self.split_off(self.len().min(count as usize));
            (self, rest)
        }
    }

    /// Bits whose operations have one planted fault.
    #[derive(Clone)]
    struct Faulty<B>(B);

    impl<B: Bits> Bits for Faulty<B> {
        const NONE: Self = Self(B::NONE);

        /// Without the other, without these, or one place higher.
        fn joined(self, count: u32, other: Self) -> Self {
            Self(match planted() {
                Some(0) => self.0,
                Some(1) => B::NONE.joined(count, other.0),
                Some(_) => self.0.joined(count.wrapping_add(1), other.0),
                None => self.0.joined(count, other.0),
            })
        }

        /// One bit less, nothing above, or nothing below.
        fn split(self, count: u32) -> (Self, Self) {
            let (low, high) = match planted() {
                Some(0) => self.0.split(count.wrapping_sub(1)),
                Some(1) => (self.0.split(count).0, B::NONE),
                Some(_) => (B::NONE, self.0.split(count).1),
                None => self.0.split(count),
            };
            (Self(low), Self(high))
        }
    }

    /// The number of words, of this many bits, before and after.
    type Widths = [(usize, u32); 2];

    fn run<B: Bits>(words: impl Iterator<Item = B>, [(_, from), (length, to)]: Widths) -> Vec<B> {
        restart();
        let mut regrouped = Regrouped::new(words.map(Faulty), from, to);
        (0..length).map(|_| regrouped.next_word().0).collect()
    }

    /// Whether the words afterwards are proved to be the number, modulo what fits in them, and whether they are for some numbers.
    fn regrouping(widths @ [(count, from), (length, to)]: Widths) -> [bool; 2] {
        let bits = u32::try_from(count).unwrap() * from;
        let proof = || {
            let words = (0..bits).map(Some).collect::<Symbolic>();
            let result = run(words.chunks(from as usize).map(Vec::from), widths);
            let is_number = |(index, word): (usize, &Symbolic)| {
                let first = u32::try_from(index).unwrap() * to;
                let place = |at: u32| Some(first + at).filter(|place| *place < bits);
                (0..to).all(|at| word.get(at as usize).copied().flatten() == place(at)) && word.len() <= to as usize
            };
            result.iter().enumerate().all(is_number)
        };
        let is_right = |number: &BigUint| {
            let words = (0..count).map(|index| low(&(number >> (index * from as usize)), from));
            let words = run(words, widths).into_iter().enumerate();
            let result =
                words.fold(BigUint::ZERO, |sum, (index, word)| sum + (BigUint::from(word) << (index * to as usize)));
            let room = BigUint::from(1_u8) << (length * to as usize);
            result == number % room
        };
        let one = BigUint::from(1_u8);
        let numbers =
            [(&one << bits) - &one, (&one << bits) / 3_u8, (&one << bits) / 7_u8 + &one, one.clone(), BigUint::ZERO];
        [std::panic::catch_unwind(proof).unwrap_or(false), numbers.iter().all(is_right)]
    }

    fn low(number: &BigUint, bits: u32) -> u128 {
        (number % (BigUint::from(1_u8) << bits)).try_into().unwrap()
    }

    #[test]
    fn every_bit_of_a_number_stays_in_its_place() {
        // Numbers of 256, 384 and 521 bits, in words and limbs.
        for (words, limbs) in [(4, 5), (5, 5), (6, 7), (7, 7), (9, 9)] {
            plant_faults("words as limbs", || regrouping([(words, 64), (limbs, 62)]));
            plant_faults("limbs as words", || regrouping([(limbs, 62), (words, 64)]));
        }
    }
}

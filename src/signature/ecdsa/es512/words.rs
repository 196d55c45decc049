//! The words of an element in a table. They are the same on every machine: the limbs that an element has where words have 64 bits.

/// The limbs of an element, and their form in a table.
pub(super) trait Limbs: Sized {
    /// Reads [`WORDS`] words. Bits that a limb has no room for do not matter.
    fn read(words: &[u64]) -> Option<Self>;

    /// Writes [`WORDS`] words.
    fn write(&self, words: &mut [u64]) -> Option<()>;
}

/// The number of words.
pub(super) const WORDS: usize = 9;

/// The bits in each word, which are those of a limb of 64 bits.
pub(super) const WIDE: [u32; WORDS] = [58, 58, 58, 58, 58, 58, 58, 58, 57];

/// The bits in each limb of 32 bits. There are as many in total.
pub(super) const NARROW: [u32; 19] = [28, 27, 28, 27, 28, 27, 27, 28, 27, 28, 27, 28, 27, 27, 28, 27, 28, 27, 27];

impl Limbs for [u64; WORDS] {
    #[inline(always)]
    fn read(words: &[u64]) -> Option<Self> {
        words.first_chunk().copied()
    }

    fn write(&self, words: &mut [u64]) -> Option<()> {
        *words.first_chunk_mut()? = *self;
        Some(())
    }
}

impl Limbs for [u32; NARROW.len()] {
    fn read(words: &[u64]) -> Option<Self> {
        let mut words = words.get(..WORDS)?.iter().zip(WIDE);
        let mut limbs = [0; NARROW.len()];
        // Bits of earlier words that belong to the next limbs, and their number.
        let (mut bits, mut count) = (0_u64, 0_u32);
        for (limb, width) in limbs.iter_mut().zip(NARROW) {
            let mut low = bits;
            if count < width {
                let (word, word_width) = words.next()?;
                let missing = width.wrapping_sub(count);
                low |= word.wrapping_shl(count);
                bits = (word & ones(word_width)).wrapping_shr(missing);
                count = word_width.wrapping_sub(missing);
            } else {
                bits = bits.wrapping_shr(width);
                count = count.wrapping_sub(width);
            }
            *limb = u32::try_from(low & ones(width)).ok()?;
        }
        Some(limbs)
    }

    fn write(&self, words: &mut [u64]) -> Option<()> {
        let mut places = words.get_mut(..WORDS)?.iter_mut().zip(WIDE);
        let (mut place, mut place_width) = places.next()?;
        let (mut bits, mut count) = (0_u64, 0_u32);
        for (limb, width) in self.iter().copied().map(u64::from).zip(NARROW) {
            // The bits of the limb that the word has no room for are shifted out here, and are the first of the next word.
            bits |= limb.wrapping_shl(count);
            count = count.wrapping_add(width);
            if count >= place_width {
                *place = bits & ones(place_width);
                count = count.wrapping_sub(place_width);
                bits = limb.wrapping_shr(width.wrapping_sub(count));
                let Some(next) = places.next() else { break };
                (place, place_width) = next;
            }
        }
        Some(())
    }
}

/// This number of bits, from 1 to 64, all of them set.
const fn ones(width: u32) -> u64 {
    u64::MAX.wrapping_shr(u64::BITS.wrapping_sub(width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_limbs_have_as_many_bits() {
        assert_eq!(WIDE.iter().sum::<u32>(), 521);
        assert_eq!(NARROW.iter().sum::<u32>(), 521);
    }

    #[test]
    fn each_bit_of_the_words_is_a_bit_of_the_limbs() {
        let (mut limb, mut of_limb) = (0, 0);
        for (word, width) in WIDE.into_iter().enumerate() {
            for bit in 0..width {
                let mut words = [0; WORDS];
                words[word] = 1 << bit;
                let mut expected = [0; NARROW.len()];
                expected[limb] = 1 << of_limb;
                assert_eq!(<[u32; NARROW.len()]>::read(&words), Some(expected), "bit {bit} of word {word}");
                let mut written = [u64::MAX; WORDS];
                expected.write(&mut written).unwrap();
                assert_eq!(written, words, "bit {of_limb} of limb {limb}");
                (limb, of_limb) = if of_limb + 1 == NARROW[limb] { (limb + 1, 0) } else { (limb, of_limb + 1) };
            }
        }
    }

    #[test]
    fn bits_without_room_do_not_matter() {
        let limbs: [u32; NARROW.len()] = core::array::from_fn(|at| u32::MAX >> (32 - NARROW[at]));
        assert_eq!(<[u32; NARROW.len()]>::read(&[u64::MAX; WORDS]), Some(limbs));
    }

    #[test]
    fn missing_words_are_noticed() {
        assert_eq!(<[u32; NARROW.len()]>::read(&[0; WORDS - 1]), None);
        assert_eq!([0_u32; NARROW.len()].write(&mut [0; WORDS - 1]), None);
    }
}

//! The limbs of an element, in the words of a table.

/// A limb of either word size, in the words of a table.
pub(in crate::signature::ecdsa) trait Limb: Copy + Default {
    /// The number of limbs in a word.
    const PER_WORD: usize;

    fn load<const LENGTH: usize>(words: &[u64]) -> Option<[Self; LENGTH]>;
    fn store<const LENGTH: usize>(limbs: &[Self; LENGTH], words: &mut [u64]) -> Option<()>;
}

impl Limb for u64 {
    const PER_WORD: usize = 1;

    fn load<const LENGTH: usize>(words: &[u64]) -> Option<[Self; LENGTH]> {
        words.first_chunk().copied()
    }

    fn store<const LENGTH: usize>(limbs: &[Self; LENGTH], words: &mut [u64]) -> Option<()> {
        *words.first_chunk_mut()? = *limbs;
        Some(())
    }
}

impl Limb for u32 {
    const PER_WORD: usize = 2;

    fn load<const LENGTH: usize>(words: &[u64]) -> Option<[Self; LENGTH]> {
        let words = words.get(..LENGTH.div_ceil(2))?;
        let mut limbs = [0; LENGTH];
        for (limbs, word) in limbs.chunks_mut(2).zip(words) {
            let [a, b, c, d, e, f, g, h] = word.to_le_bytes();
            let pair = [Self::from_le_bytes([a, b, c, d]), Self::from_le_bytes([e, f, g, h])];
            limbs.iter_mut().zip(pair).for_each(|(limb, half)| *limb = half);
        }
        Some(limbs)
    }

    fn store<const LENGTH: usize>(limbs: &[Self; LENGTH], words: &mut [u64]) -> Option<()> {
        let words = words.get_mut(..LENGTH.div_ceil(2))?;
        for (word, limbs) in words.iter_mut().zip(limbs.chunks(2)) {
            *word = limbs.iter().rev().fold(0, |high, limb| high << 32 | u64::from(*limb));
        }
        Some(())
    }
}

//! Verification with a table of constants of the key: in blocks where words have 64 bits, otherwise in limbs.

#[cfg(any(test, not(target_pointer_width = "64")))]
use crypto_bigint::Uint;
use crypto_bigint::{Limb, U256, U2048, U3072, U4096, Word};

#[cfg(any(test, target_pointer_width = "64"))]
use super::blocks::{Block, Modulus, Number};
#[cfg(any(test, target_pointer_width = "64"))]
use super::octets::read_octets;
#[cfg(any(test, not(target_pointer_width = "64")))]
use super::primitive;
use super::{
    Hash, Message, RsaKey,
    inverse::wide_inverse,
    montgomery,
    octets::{Octets, by_width, integer, write_octets},
    pkcs1_v15, pss,
};
use crate::Error;

impl RsaKey {
    /// The length of the longest table in words.
    pub const TABLE_LEN_MAX: usize = table_len(U4096::BYTES);

    /// The length of this key's table in words: 36, 52 or 68.
    pub fn table_len(&self) -> usize {
        table_len(by_width(self.modulus.len(), [U2048::BYTES, U3072::BYTES, U4096::BYTES]))
    }

    /// Fills the front of `table` with this key's constants.
    ///
    /// This takes a fraction of a verification. The table is position-independent, and the same on every machine.
    ///
    /// # Errors
    /// [`Error::TableTooSmall`] if `table` has fewer than [`Self::table_len`] words.
    pub fn prepare(&self, table: &mut [u64]) -> Result<(), Error> {
        let table = table.get_mut(..self.table_len()).ok_or(Error::TableTooSmall)?;
        let widths: [Fill; 3] = [fill::<{ U2048::LIMBS }>, fill::<{ U3072::LIMBS }>, fill::<{ U4096::LIMBS }>];
        by_width(self.modulus.len(), widths)(&self.modulus, table).ok_or(Error::KeyModulusEven)
    }

    /// Verifies `signature` over `message`, with the verdict of [`Self::verify_pkcs1_v15`], in less time for
    /// an exponent with few set bits, such as 65537.
    ///
    /// `table` must have been filled by [`Self::prepare`], for this key.
    ///
    /// # Errors
    /// Those of [`Self::verify_pkcs1_v15`], and [`Error::TableTooSmall`] if `table` has fewer than [`Self::table_len`] words.
    #[inline(never)]
    pub fn verify_pkcs1_v15_prepared(
        &self,
        table: &[u64],
        hash: Hash,
        message: &Message<'_>,
        signature: &[u8],
    ) -> Result<(), Error> {
        self.verify_prepared(table, signature, &mut |encoded| pkcs1_v15::verify(encoded, hash, &message.digest(hash)))
    }

    /// Verifies `signature` over `message`, with the verdict of [`Self::verify_pss`], in less time for
    /// an exponent with few set bits, such as 65537.
    ///
    /// `table` must have been filled by [`Self::prepare`], for this key.
    ///
    /// # Errors
    /// Those of [`Self::verify_pss`], and [`Error::TableTooSmall`] if `table` has fewer than [`Self::table_len`] words.
    #[inline(never)]
    pub fn verify_pss_prepared(
        &self,
        table: &[u64],
        hash: Hash,
        message: &Message<'_>,
        signature: &[u8],
    ) -> Result<(), Error> {
        self.verify_prepared(table, signature, &mut |encoded| pss::verify(encoded, hash, &message.digest(hash)))
    }

    /// Recovers the encoded message, like [`primitive::recover`](super::primitive::recover), and returns the verdict of `verify`
    /// on it.
    fn verify_prepared(&self, table: &[u64], signature: &[u8], verify: Verify<'_>) -> Result<(), Error> {
        let table = table.get(..self.table_len()).ok_or(Error::TableTooSmall)?;
        if signature.len() != self.modulus.len() {
            return Err(Error::SignatureLength);
        }
        // The signature must be below the modulus. Both have the same length, with the most significant octet first.
        if signature >= self.modulus.as_slice() {
            return Err(Error::SignatureInvalid);
        }
        by_width(self.modulus.len(), VERIFY_IN)(self, table, signature, verify)
    }
}

/// −1/n modulo 2²⁵⁶, followed by R² mod n.
const fn table_len(modulus_len: usize) -> usize {
    INVERSE_LEN.saturating_add(modulus_len / 8)
}

const INVERSE_LEN: usize = U256::BYTES / 8;

type Fill = fn(modulus: &[u8], table: &mut [u64]) -> Option<()>;

/// Fills a table of exactly its length.
fn fill<const LIMBS: usize>(modulus: &[u8], table: &mut [u64]) -> Option<()> {
    let modulus = montgomery::Modulus::new(integer::<LIMBS>(modulus))?;
    let negated_inverse = wide_inverse(&modulus.value().resize()).wrapping_neg();
    let (for_inverse, for_square) = table.split_at_mut_checked(INVERSE_LEN)?;
    store(negated_inverse.as_words(), for_inverse);
    store(modulus.square_of_radix().as_words(), for_square);
    Some(())
}

/// Verifies an encoded message.
type Verify<'verify> = &'verify mut dyn FnMut(&mut [u8]) -> Result<(), Error>;

type VerifyIn = fn(key: &RsaKey, table: &[u64], signature: &[u8], verify: Verify<'_>) -> Result<(), Error>;

#[cfg(target_pointer_width = "64")]
const VERIFY_IN: [VerifyIn; 3] = IN_BLOCKS;
#[cfg(not(target_pointer_width = "64"))]
const VERIFY_IN: [VerifyIn; 3] = IN_LIMBS;

#[cfg(any(test, target_pointer_width = "64"))]
const IN_BLOCKS: [VerifyIn; 3] = [
    verify_in_blocks::<{ U2048::LIMBS / 4 }>,
    verify_in_blocks::<{ U3072::LIMBS / 4 }>,
    verify_in_blocks::<{ U4096::LIMBS / 4 }>,
];
#[cfg(any(test, not(target_pointer_width = "64")))]
const IN_LIMBS: [VerifyIn; 3] =
    [verify_in_limbs::<{ U2048::LIMBS }>, verify_in_limbs::<{ U3072::LIMBS }>, verify_in_limbs::<{ U4096::LIMBS }>];

#[cfg(any(test, target_pointer_width = "64"))]
fn verify_in_blocks<const N: usize>(
    key: &RsaKey,
    table: &[u64],
    signature: &[u8],
    verify: Verify<'_>,
) -> Result<(), Error> {
    let mut power = [[0; 4]; N];
    raise(signature, key.exponent, &key.modulus, table, &mut power).ok_or(Error::SignatureInvalid)?;
    verify_octets(power.as_flattened(), key.modulus.len(), verify)
}

/// For words of 32 bits, where blocks take more instructions than limbs: as with the plain key, but with R² from the table, which
/// takes as long as a quarter of the power.
#[cfg(any(test, not(target_pointer_width = "64")))]
fn verify_in_limbs<const LIMBS: usize>(
    key: &RsaKey,
    table: &[u64],
    signature: &[u8],
    verify: Verify<'_>,
) -> Result<(), Error> {
    let power = raise_in_limbs::<LIMBS>(key, table, signature).ok_or(Error::SignatureInvalid)?;
    verify_octets(power.as_words(), key.modulus.len(), verify)
}

// Not inlined, so that its numbers are off the stack afterwards.
#[cfg(any(test, not(target_pointer_width = "64")))]
#[inline(never)]
fn raise_in_limbs<const LIMBS: usize>(key: &RsaKey, table: &[u64], signature: &[u8]) -> Option<Uint<LIMBS>> {
    let modulus = montgomery::Modulus::new(integer::<LIMBS>(&key.modulus))?;
    let mut square_of_radix = Uint::ZERO;
    load(table.get(INVERSE_LEN..)?, square_of_radix.as_mut_words());
    Some(primitive::raise(&integer(signature), key.exponent, &modulus, &square_of_radix))
}

/// Verifies the encoded message that a number below the modulus is.
// Not inlined, so that the octets take no stack while the number is computed.
#[inline(never)]
fn verify_octets(number: &[Word], length: usize, verify: Verify<'_>) -> Result<(), Error> {
    let mut encoded = Octets::new();
    write_octets(number, length, &mut encoded).ok_or(Error::SignatureInvalid)?;
    verify(&mut encoded)
}

/// Raises a number below the modulus to an exponent that is odd and greater than 1, in blocks: from the exponent's second-highest bit
/// down. Each multiplication reads the base anew, which saves its memory.
// Not inlined, so that its numbers are off the stack afterwards.
#[cfg(any(test, target_pointer_width = "64"))]
#[inline(never)]
fn raise<const N: usize>(
    base: &[u8],
    exponent: u32,
    modulus: &[u8],
    table: &[u64],
    power: &mut Number<N>,
) -> Option<()> {
    let (inverse, square_of_radix) = table.split_at_checked(INVERSE_LEN)?;
    let (mut negated_inverse, mut value, mut multiple) = ([0; 4], [[0; 4]; N], [[0; 4]; N]);
    load(inverse, &mut negated_inverse);
    read_octets(modulus, value.as_flattened_mut());

    let modulus = Modulus::new(&value, &negated_inverse, &mut multiple);
    let base = || {
        base.rchunks(size_of::<Block>()).map(|octets| {
            let mut block = [0; 4];
            read_octets(octets, &mut block);
            block
        })
    };
    let square_of_radix = || {
        square_of_radix.chunks(size_of::<Block>() / 8).map(|words| {
            let mut block = [0; 4];
            load(words, &mut block);
            block
        })
    };
    for (place, block) in power.iter_mut().zip(square_of_radix()) {
        *place = block;
    }
    modulus.multiply(power, base());
    for bit in (1..exponent.checked_ilog2().unwrap_or(0)).rev() {
        modulus.square(power);
        if exponent.wrapping_shr(bit) & 1 == 1 {
            // The base is not in Montgomery form, so the product has to be brought back into it.
            modulus.multiply(power, base());
            modulus.multiply(power, square_of_radix());
        }
    }
    modulus.square(power);
    // This converts the power from Montgomery form, too.
    modulus.multiply(power, base());
    modulus.reduce(power);
    Some(())
}

/// Writes a number's words into words of 64 bits.
fn store(number: &[Word], table: &mut [u64]) {
    for (place, words) in table.iter_mut().zip(number.chunks(WORDS_OF_64_BITS)) {
        let mut octets = [0; 8];
        for (octet, own) in octets.iter_mut().zip(words.iter().flat_map(|word| word.to_le_bytes())) {
            *octet = own;
        }
        *place = u64::from_le_bytes(octets);
    }
}

/// Reads a number's words from words of 64 bits: all of them, or the least significant.
fn load(table: &[u64], number: &mut [Word]) {
    for (places, word) in number.chunks_mut(WORDS_OF_64_BITS).zip(table) {
        for (place, octets) in places.iter_mut().zip(word.to_le_bytes().as_chunks().0) {
            *place = Word::from_le_bytes(*octets);
        }
    }
}

/// 1, or 2 where words have 32 bits.
const WORDS_OF_64_BITS: usize = 8 / Limb::BYTES;

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigUint;
    use proptest::prelude::*;
    use std::vec::Vec;

    /// Octets with the longest carries: runs that are all ones, all zeros, or nearly so.
    fn octets_with_runs(length: usize) -> impl Strategy<Value = Vec<u8>> {
        let word = prop_oneof![
            Just(0),
            Just(u64::MAX),
            Just(1),
            Just(u64::MAX - 1),
            Just(1 << 63),
            Just(u64::from(u32::MAX)),
            any::<u64>()
        ];
        prop::collection::vec(word, length.div_ceil(8)).prop_map(move |words| {
            let octets: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
            octets[octets.len() - length..].to_vec()
        })
    }

    /// The prepared power, in blocks and in limbs.
    fn power(key: &RsaKey, table: &[u64], signature: &[u8]) -> Result<Octets, Error> {
        let mut power = Octets::new();
        key.verify_prepared(table, signature, &mut |octets| {
            power = Octets::from_slice(octets).unwrap();
            Ok(())
        })?;
        for widths in [IN_BLOCKS, IN_LIMBS] {
            by_width(key.modulus.len(), widths)(key, table, signature, &mut |octets| {
                assert_eq!(power, *octets);
                Ok(())
            })?;
        }
        Ok(power)
    }

    /// Checks the prepared power against the plain one and num-bigint's.
    fn agree(modulus: &[u8], exponent: u32, signature: &[u8]) {
        let (mut modulus, mut signature) = (modulus.to_vec(), signature.to_vec());
        *modulus.last_mut().unwrap() |= 1;
        modulus[0] |= 0x80;
        signature[0] &= 0x7f;
        let key = RsaKey::new(&modulus, &exponent.to_be_bytes()[usize::from(exponent < 1 << 24)..]).unwrap();
        let mut table = vec![0; key.table_len()];
        key.prepare(&mut table).unwrap();

        let power = power(&key, &table, &signature).unwrap();
        let mut plain = Octets::new();
        super::super::primitive::recover(&modulus, exponent, &signature, &mut plain).unwrap();
        assert_eq!(power, plain);
        let n = BigUint::from_bytes_be(&modulus);
        let expected = BigUint::from_bytes_be(&signature).modpow(&exponent.into(), &n).to_bytes_be();
        assert_eq!(power[..power.len() - expected.len()], vec![0; power.len() - expected.len()]);
        assert_eq!(power[power.len() - expected.len()..], expected);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 25, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn powers_of_2048_to_4096_bits(modulus in octets_with_runs(512), signature in octets_with_runs(512)) {
            for length in [256, 257, 384, 512] {
                agree(&modulus[..length], 65_537, &signature[..length]);
            }
        }

        #[test]
        fn every_bit_of_the_exponent_matters(signature in octets_with_runs(256), exponent in 0x1_0001..=u32::MAX) {
            agree(&[0xa5; 256], exponent | 1, &signature);
        }
    }

    #[test]
    fn the_edges_of_the_range() {
        for length in [256, 257, 384, 511, 512] {
            // The odd power of −1 is −1, those of 0 and 1 are 0 and 1, and the modulus is out of range.
            let modulus = vec![0xff; length];
            let key = RsaKey::new(&modulus, &[1, 0, 1]).unwrap();
            let mut table = vec![0; key.table_len()];
            key.prepare(&mut table).unwrap();
            let recover = |signature: &[u8]| power(&key, &table, signature);
            let with_lowest = |others: u8, lowest: u8| {
                let mut number = vec![others; length];
                number[length - 1] = lowest;
                number
            };
            for fixed in [with_lowest(0xff, 0xfe), with_lowest(0, 0), with_lowest(0, 1)] {
                assert_eq!(recover(&fixed).unwrap(), fixed[..], "{length}");
            }
            assert_eq!(recover(&modulus), Err(Error::SignatureInvalid));
            agree(&modulus, 65_537, &with_lowest(0xff, 0xfe));
        }
    }
}

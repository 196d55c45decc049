//! P-256 and P-384 by this crate's arithmetic, which tests prove correct, in Montgomery form.

use super::{Field, limb::Limb};
use crate::signature::{
    integer::Integer,
    proved::{self, Prime},
};

/// Makes a field of a prime. `$words` makes limbs of the prime's constants.
macro_rules! proved_field {
    ($(#[$attribute:meta])* $field:ident: [$limb:ty; $limbs:literal] by $words:ident, $bytes:literal bytes, as $integer:ty) => {
        $(#[$attribute])*
        #[derive(Clone, Copy)]
        #[allow(unreachable_pub, reason = "here, the field of other machines is for tests alone")]
        pub struct $field([$limb; $limbs]);

        impl $field {
            const PRIME: [$limb; $limbs] = $words(proved::$field::PRIME);

            #[inline(always)]
            fn product_of_limbs(one: &[$limb; $limbs], other: &[$limb; $limbs]) -> [$limb; $limbs] {
                Self(*one).product(&Self(*other)).0
            }
        }

        impl Field for $field {
            type Limbs = $integer;

            const WORDS: usize = usize::div_ceil($limbs, <$limb as Limb>::PER_WORD);
            const ZERO: Self = Self([0; $limbs]);
            const ONE: Self = Self($words(proved::$field::COMPLEMENT));

            #[cfg_attr(target_pointer_width = "64", inline(always))]
            #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
            fn product(&self, other: &Self) -> Self {
                Self(proved::$field::product(&self.0, &other.0))
            }

            #[cfg(target_pointer_width = "64")]
            #[inline(always)]
            fn square(&self) -> Self {
                Self(proved::$field::square(&self.0))
            }

            // It has no code of its own, since it would be no faster.
            #[cfg(not(target_pointer_width = "64"))]
            #[inline(always)]
            fn square(&self) -> Self {
                self.product(self)
            }

            #[cfg_attr(target_pointer_width = "64", inline)]
            #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
            fn sum(&self, other: &Self) -> Self {
                Self(proved::$field::sum(&self.0, &other.0))
            }

            #[cfg_attr(target_pointer_width = "64", inline)]
            #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
            fn difference(&self, other: &Self) -> Self {
                Self(proved::$field::difference(&self.0, &other.0))
            }

            #[inline]
            fn negated(&self) -> Self {
                Self::ZERO.difference(self)
            }

            /// Zero has two forms, 0 and p. The lowest word nearly always decides.
            #[inline(always)]
            fn is_zero(&self) -> bool {
                self.0 == Self::ZERO.0 || self.0 == Self::PRIME
            }

            fn from_integer(number: &Integer<Self::Limbs>) -> Self {
                let bytes: [u8; $bytes] = number.to_le_bytes();
                let mut words = [0; $bytes / 8];
                words.iter_mut().zip(bytes.as_chunks().0).for_each(|(word, bytes)| *word = u64::from_le_bytes(*bytes));
                let plain = Self::load(&words).unwrap_or(Self::ZERO);
                Self(proved::$field::to_montgomery(&plain.0, Self::product_of_limbs))
            }

            fn to_integer(&self) -> Integer<Self::Limbs> {
                let plain = proved::$field::from_montgomery(&self.0, Self::product_of_limbs);
                let mut words = [0; $bytes / 8];
                let mut bytes = [0; $bytes];
                // There are as many words as this needs.
                let _ = <$limb>::store(&plain, &mut words);
                bytes.as_chunks_mut().0.iter_mut().zip(words).for_each(|(bytes, word)| *bytes = word.to_le_bytes());
                Integer::from_le_bytes(&bytes)
            }

            #[inline(always)]
            fn load(words: &[u64]) -> Option<Self> {
                Some(Self(<$limb>::load(words)?))
            }

            fn store(&self, words: &mut [u64]) -> Option<()> {
                <$limb>::store(&proved::$field::reduced(&self.0), words)
            }
        }
    };
}

// Each field has a version for either word size. The tests run both.
#[cfg(any(test, target_pointer_width = "64"))]
proved_field! {
    /// Modulo 2²⁵⁶ − 2²²⁴ + 2¹⁹² + 2⁹⁶ − 1.
    P256Of64Bits: [u64; 4] by whole, 32 bytes, as [i64; 5]
}

#[cfg(any(test, feature = "internals", not(target_pointer_width = "64")))]
proved_field! {
    /// Modulo 2²⁵⁶ − 2²²⁴ + 2¹⁹² + 2⁹⁶ − 1.
    P256Of32Bits: [u32; 8] by halves, 32 bytes, as [i64; 5]
}

#[cfg(any(test, target_pointer_width = "64"))]
proved_field! {
    /// Modulo 2³⁸⁴ − 2¹²⁸ − 2⁹⁶ + 2³² − 1.
    P384Of64Bits: [u64; 6] by whole, 48 bytes, as [i64; 7]
}

/// Constants of 64 bits, as limbs.
#[cfg(any(test, target_pointer_width = "64"))]
const fn whole<const LENGTH: usize>(words: [u64; LENGTH]) -> [u64; LENGTH] {
    words
}

/// Constants of 32 bits, as limbs.
#[cfg(any(test, feature = "internals", not(target_pointer_width = "64")))]
const fn halves<const LENGTH: usize>(words: [u64; LENGTH]) -> [u32; LENGTH] {
    let mut limbs = [0; LENGTH];
    let (mut places, mut words): (&mut [u32], &[u64]) = (&mut limbs, &words);
    while let ([place, more @ ..], [word, further @ ..]) = (places, words) {
        let [a, b, c, d, ..] = word.to_le_bytes();
        *place = u32::from_le_bytes([a, b, c, d]);
        (places, words) = (more, further);
    }
    limbs
}

//! P-521, in limbs with bits to spare.

use super::words::{self, Limbs as _};
use crate::signature::{ecdsa::field::Field, integer::Integer};

/// Makes a field of a version of fiat-crypto in unsaturated limbs. The prime is one less than a power of two, and so are its
/// limbs.
macro_rules! unsaturated_field {
    (
        $(#[$attribute:meta])* $field:ident of $integer:ty, $bytes:literal bytes, [$limb:ty; $limbs:literal] of $fiat:ident:
        widths $widths:expr;
        $tight:ident $loose:ident $product:ident $square:ident $sum:ident $difference:ident $negated:ident
        $carry:ident $relax:ident $from_bytes:ident $to_bytes:ident
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy)]
        #[allow(unreachable_pub, reason = "here, the field of other machines is for tests alone")]
        pub struct $field(fiat_crypto::$fiat::$tight);

        impl $field {
            /// The output of the function.
            #[inline(always)]
            fn of(function: impl FnOnce(&mut fiat_crypto::$fiat::$tight)) -> Self {
                let mut result = Self::ZERO;
                function(&mut result.0);
                result
            }

            /// The output of the function, carried.
            #[inline(always)]
            fn carried(function: impl FnOnce(&mut fiat_crypto::$fiat::$loose)) -> Self {
                let mut loose = fiat_crypto::$fiat::$loose([0; $limbs]);
                function(&mut loose);
                Self::of(|result| fiat_crypto::$fiat::$carry(result, &loose))
            }

            #[inline(always)]
            fn relaxed(&self) -> fiat_crypto::$fiat::$loose {
                let mut loose = fiat_crypto::$fiat::$loose([0; $limbs]);
                fiat_crypto::$fiat::$relax(&mut loose, &self.0);
                loose
            }

            fn to_bytes(self) -> [u8; $bytes] {
                let mut bytes = [0; $bytes];
                fiat_crypto::$fiat::$to_bytes(&mut bytes, &self.0);
                bytes
            }

            /// The limbs of the prime: all bits of a limb set. A tight limb is at most one more.
            const PRIME: [$limb; $limbs] = {
                let mut limbs = [<$limb>::MAX; $limbs];
                let (mut rest, mut widths): (&mut [$limb], &[u32]) = (&mut limbs, &$widths);
                while let ([limb, more @ ..], [width, further @ ..]) = (rest, widths) {
                    *limb >>= <$limb>::BITS.wrapping_sub(*width);
                    (rest, widths) = (more, further);
                }
                limbs
            };
        }

        impl Field for $field {
            type Limbs = $integer;

            const WORDS: usize = words::WORDS;
            const ZERO: Self = Self(fiat_crypto::$fiat::$tight([0; $limbs]));
            const ONE: Self = {
                let mut one = Self::ZERO;
                let mut bytes = [0; $bytes];
                let [lowest, ..] = &mut bytes;
                *lowest = 1;
                fiat_crypto::$fiat::$from_bytes(&mut one.0, &bytes);
                one
            };

            // None of these is inlined: each has several elements on the stack, which point formulas would have side by side.

            #[inline(never)]
            fn product(&self, other: &Self) -> Self {
                Self::of(|result| fiat_crypto::$fiat::$product(result, &self.relaxed(), &other.relaxed()))
            }

            #[inline(never)]
            fn square(&self) -> Self {
                Self::of(|result| fiat_crypto::$fiat::$square(result, &self.relaxed()))
            }

            #[inline(never)]
            fn sum(&self, other: &Self) -> Self {
                Self::carried(|result| fiat_crypto::$fiat::$sum(result, &self.0, &other.0))
            }

            #[inline(never)]
            fn difference(&self, other: &Self) -> Self {
                Self::carried(|result| fiat_crypto::$fiat::$difference(result, &self.0, &other.0))
            }

            #[inline(never)]
            fn negated(&self) -> Self {
                Self::carried(|result| fiat_crypto::$fiat::$negated(result, &self.0))
            }

            /// A number has more than one form in tight limbs: zero can also be the prime, but no other multiple of it,
            /// since tight limbs stay below twice the prime. Modulo the weight of the second limb, these are 0 and −1, so
            /// the least significant limb nearly always decides.
            #[inline(always)]
            fn is_zero(&self) -> bool {
                let [lowest, ..] = self.0.0;
                let [mask, ..] = Self::PRIME;
                let low = lowest & mask;
                (low == 0 || low == mask) && self.to_bytes().iter().all(|byte| *byte == 0)
            }

            fn from_integer(number: &Integer<Self::Limbs>) -> Self {
                Self::of(|result| fiat_crypto::$fiat::$from_bytes(result, &number.to_le_bytes()))
            }

            fn to_integer(&self) -> Integer<Self::Limbs> {
                Integer::from_le_bytes(&self.to_bytes())
            }

            #[inline(always)]
            fn load(words: &[u64]) -> Option<Self> {
                let mut limbs: [$limb; $limbs] = words::Limbs::read(words)?;
                limbs.iter_mut().zip(Self::PRIME).for_each(|(limb, mask)| *limb &= mask);
                Some(Self(fiat_crypto::$fiat::$tight(limbs)))
            }

            fn store(&self, words: &mut [u64]) -> Option<()> {
                // A tight limb may equal the power of two. In the number below the prime that is written, no limb does.
                let canonical = Self::of(|result| fiat_crypto::$fiat::$from_bytes(result, &self.to_bytes()));
                canonical.0.0.write(words)
            }
        }
    };
}

/// Makes the field of P-521.
macro_rules! p521_field {
    ($(#[$attribute:meta])* $field:ident: [$limb:ty; $limbs:literal] of $fiat:ident; widths $widths:expr) => {
        unsaturated_field! {
            $(#[$attribute])* $field of [i64; 9], 66 bytes, [$limb; $limbs] of $fiat: widths $widths;
            fiat_p521_tight_field_element fiat_p521_loose_field_element
            fiat_p521_carry_mul fiat_p521_carry_square fiat_p521_add fiat_p521_sub fiat_p521_opp
            fiat_p521_carry fiat_p521_relax fiat_p521_from_bytes fiat_p521_to_bytes
        }
    };
}

#[cfg(any(test, target_pointer_width = "64"))]
p521_field! {
    /// Modulo 2⁵²¹ − 1.
    P521Of64Bits: [u64; 9] of p521_64; widths words::WIDE
}

#[cfg(any(test, not(target_pointer_width = "64")))]
p521_field! {
    /// Modulo 2⁵²¹ − 1.
    P521Of32Bits: [u32; 19] of p521_32; widths words::NARROW
}

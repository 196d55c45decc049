//! P-384 by fiat-crypto, in Montgomery form and in 32-bit limbs of full width.

use crate::signature::{
    ecdsa::field::{Field, limb::Limb},
    integer::Integer,
};

/// Makes a field of a version of fiat-crypto in Montgomery form.
macro_rules! montgomery_field {
    (
        $(#[$attribute:meta])* $field:ident of $integer:ty, $bytes:literal bytes, [$limb:ty; $limbs:literal] of $fiat:ident:
        $element:ident $plain:ident $product:ident $square:ident $sum:ident $difference:ident $negated:ident
        $one:ident $to_montgomery:ident $from_montgomery:ident $from_bytes:ident $to_bytes:ident
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy)]
        #[allow(unreachable_pub, reason = "here, the field of other machines is for tests alone")]
        pub struct $field(fiat_crypto::$fiat::$element);

        impl $field {
            /// The output of the function.
            #[inline(always)]
            fn of(function: impl FnOnce(&mut fiat_crypto::$fiat::$element)) -> Self {
                let mut result = Self::ZERO;
                function(&mut result.0);
                result
            }
        }

        impl Field for $field {
            type Limbs = $integer;

            const WORDS: usize = usize::div_ceil($limbs, <$limb as Limb>::PER_WORD);
            const ZERO: Self = Self(fiat_crypto::$fiat::$element([0; $limbs]));
            const ONE: Self = {
                let mut one = Self::ZERO;
                fiat_crypto::$fiat::$one(&mut one.0);
                one
            };

            #[inline(never)]
            fn product(&self, other: &Self) -> Self {
                Self::of(|result| fiat_crypto::$fiat::$product(result, &self.0, &other.0))
            }

            #[inline(never)]
            fn square(&self) -> Self {
                Self::of(|result| fiat_crypto::$fiat::$square(result, &self.0))
            }

            #[inline]
            fn sum(&self, other: &Self) -> Self {
                Self::of(|result| fiat_crypto::$fiat::$sum(result, &self.0, &other.0))
            }

            #[inline]
            fn difference(&self, other: &Self) -> Self {
                Self::of(|result| fiat_crypto::$fiat::$difference(result, &self.0, &other.0))
            }

            #[inline]
            fn negated(&self) -> Self {
                Self::of(|result| fiat_crypto::$fiat::$negated(result, &self.0))
            }

            #[inline(always)]
            fn is_zero(&self) -> bool {
                self.0.0.iter().fold(0, |bits, limb| bits | limb) == 0
            }

            fn from_integer(number: &Integer<Self::Limbs>) -> Self {
                let mut plain = fiat_crypto::$fiat::$plain([0; $limbs]);
                fiat_crypto::$fiat::$from_bytes(&mut plain.0, &number.to_le_bytes());
                Self::of(|result| fiat_crypto::$fiat::$to_montgomery(result, &plain))
            }

            fn to_integer(&self) -> Integer<Self::Limbs> {
                let mut plain = fiat_crypto::$fiat::$plain([0; $limbs]);
                fiat_crypto::$fiat::$from_montgomery(&mut plain, &self.0);
                let mut bytes = [0; $bytes];
                fiat_crypto::$fiat::$to_bytes(&mut bytes, &plain.0);
                Integer::from_le_bytes(&bytes)
            }

            #[inline(always)]
            fn load(words: &[u64]) -> Option<Self> {
                Some(Self(fiat_crypto::$fiat::$element(<$limb>::load(words)?)))
            }

            fn store(&self, words: &mut [u64]) -> Option<()> {
                <$limb>::store(&self.0.0, words)
            }
        }
    };
}

/// Makes the field of P-384.
macro_rules! p384_field {
    ($(#[$attribute:meta])* $field:ident: [$limb:ty; $limbs:literal] of $fiat:ident) => {
        montgomery_field! {
            $(#[$attribute])* $field of [i64; 7], 48 bytes, [$limb; $limbs] of $fiat:
            fiat_p384_montgomery_domain_field_element fiat_p384_non_montgomery_domain_field_element
            fiat_p384_mul fiat_p384_square fiat_p384_add fiat_p384_sub fiat_p384_opp fiat_p384_set_one
            fiat_p384_to_montgomery fiat_p384_from_montgomery fiat_p384_from_bytes fiat_p384_to_bytes
        }
    };
}

p384_field! {
    /// Modulo 2³⁸⁴ − 2¹²⁸ − 2⁹⁶ + 2³² − 1.
    P384Of32Bits: [u32; 12] of p384_32
}

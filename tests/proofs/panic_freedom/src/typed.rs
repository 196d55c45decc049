//! Types that claims are read into. Together they use all of serde's data model.

use core::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{EnumAccess, IgnoredAny, MapAccess, SeqAccess, VariantAccess, Visitor},
};

use crate::seen;

/// What a resource server could use, without numbers: the reader of floats in `core` has panics.
#[derive(Deserialize)]
#[allow(dead_code)]
pub(crate) struct Texts<'scratch> {
    org: &'scratch str,
    digest: Option<&'scratch [u8]>,
    flags: [bool; 2],
    letter: char,
    wrapped: Wrapper<Option<()>>,
    kind: Kind<&'scratch str>,
    kinds: Option<(Kind<bool>, Pair<bool>)>,
    rest: IgnoredAny,
}

/// The same with numbers.
#[derive(Deserialize)]
#[allow(dead_code)]
pub(crate) struct Numbers<'scratch> {
    org: &'scratch str,
    level: Option<u64>,
    numbers: (i8, u16, i32, i64, u128, i128, f32, f64),
    wrapped: Wrapper<u8>,
    kind: Kind<f64>,
    pair: Pair<i16>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Wrapper<T>(T);

#[derive(Deserialize)]
#[allow(dead_code)]
struct Pair<T>(T, bool);

#[derive(Deserialize)]
#[allow(dead_code)]
enum Kind<T> {
    Unit,
    Newtype(T),
    Tuple(T, T),
    Struct { a: Option<T> },
}

/// Accepts any value, but no nested objects or arrays.
pub(crate) struct Anything;

impl<'de> Deserialize<'de> for Anything {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Anything {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("anything")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self, A::Error> {
        while let Some(element) = elements.next_element::<Scalar>()? {
            seen(element.0);
        }
        Ok(self)
    }

    /// Calls the methods in an order that no real visitor uses.
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        seen(members.next_value::<Scalar>().is_ok());
        while let Some(name) = members.next_key::<&str>()? {
            seen(name);
            seen(members.next_value::<Scalar>().is_ok());
            seen(members.next_value::<Kind<u8>>().is_ok());
        }
        Ok(self)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Self, A::Error> {
        let (name, content) = data.variant::<&str>()?;
        seen(name);
        content.unit_variant().map(|()| self)
    }
}

struct Scalar(f64);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a scalar")
    }

    fn visit_f64<E>(self, number: f64) -> Result<Scalar, E> {
        Ok(Scalar(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
        seen(number);
        Ok(Scalar(0.0))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
        seen(number);
        Ok(Scalar(0.0))
    }

    fn visit_str<E>(self, string: &str) -> Result<Scalar, E> {
        seen(string);
        Ok(Scalar(0.0))
    }
}

/// A type that reads the names of an object as keys of these types, one after the other.
macro_rules! keys {
    ($(#[$attribute:meta])* $name:ident: $($key:ty),*) => {
        $(#[$attribute])*
        pub(crate) struct $name;

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_map(Self)
            }
        }

        impl<'de> Visitor<'de> for $name {
            type Value = Self;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
                $(seen(members.next_entry::<$key, IgnoredAny>()?);)*
                Ok(self)
            }
        }
    };
}

keys! {
    /// Keys read from strings.
    TextKeys: &str, &[u8], char, bool, Option<Wrapper<&str>>, Kind<bool>, ()
}

keys! {
    /// Keys read from numbers.
    NumberKeys: i8, u64, i128, u128, f32, f64, Option<Wrapper<u8>>
}

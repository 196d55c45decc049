//! Types that claims are read into: together they ask for everything that serde's data model has.

use core::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{EnumAccess, IgnoredAny, MapAccess, SeqAccess, VariantAccess, Visitor},
};

use crate::seen;

/// As a resource server may have it.
#[derive(Deserialize)]
#[allow(dead_code)]
pub(crate) struct Claims<'scratch> {
    org: &'scratch str,
    digest: Option<&'scratch [u8]>,
    level: Option<u64>,
    flags: [bool; 2],
    numbers: (i8, u16, i32, i64, u128, i128, f32, f64),
    letter: char,
    wrapped: Wrapper<Option<()>>,
    kind: Kind<'scratch>,
    kinds: Option<(Kind<'scratch>, Pair)>,
    address: core::net::Ipv4Addr,
    rest: IgnoredAny,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Wrapper<T>(T);

#[derive(Deserialize)]
#[allow(dead_code)]
struct Pair(u8, bool);

#[derive(Deserialize)]
#[allow(dead_code)]
enum Kind<'scratch> {
    Unit,
    Newtype(&'scratch str),
    Tuple(u8, f64),
    Struct { a: Option<i16> },
}

/// Takes any value, but none inside others.
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

    /// In no order that makes sense.
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        seen(members.next_value::<Scalar>().is_ok());
        while let Some(name) = members.next_key::<&str>()? {
            seen(name);
            seen(members.next_value::<Scalar>().is_ok());
            seen(members.next_value::<Kind>().is_ok());
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

/// An object of objects, each with names that are read as keys of another type.
pub(crate) struct Keys;

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self)
    }
}

impl<'de> Visitor<'de> for Keys {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        seen(members.next_entry::<&str, IgnoredAny>()?.map(|(name, _)| name));
        seen(members.next_entry::<&[u8], IgnoredAny>()?.map(|(name, _)| name));
        seen(members.next_entry::<char, IgnoredAny>()?.map(|(name, _)| name));
        seen(members.next_entry::<bool, IgnoredAny>()?.map(|(name, _)| name));
        seen(members.next_entry::<i8, IgnoredAny>()?.map(|(name, _)| name));
        seen(members.next_entry::<u64, IgnoredAny>()?.map(|(name, _)| name));
        seen(members.next_entry::<i128, IgnoredAny>()?.map(|(name, _)| name));
        seen(members.next_entry::<u128, IgnoredAny>()?.map(|(name, _)| name));
        seen(members.next_entry::<f32, IgnoredAny>()?.map(|(name, _)| name));
        seen(members.next_entry::<f64, IgnoredAny>()?.map(|(name, _)| name));
        seen(members.next_entry::<Option<Wrapper<u8>>, IgnoredAny>()?.is_some());
        seen(members.next_entry::<Kind, IgnoredAny>()?.is_some());
        seen(members.next_entry::<(), IgnoredAny>()?.is_some());
        Ok(self)
    }
}

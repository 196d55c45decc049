//! A hostile type: its `Deserialize` calls the deserializer in an arbitrary order.

use std::{cell::RefCell, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor},
};

/// Reads a value with a script of calls. This must terminate, with a value or an error.
pub(crate) fn read(value: &str, script: Vec<u8>) {
    SCRIPT.set(script);
    let _ = super::read::<Hostile>(value);
}

thread_local! {
    /// What a [`Hostile`] does next. It stops when nothing is left.
    static SCRIPT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

fn next_step() -> Option<u8> {
    SCRIPT.with_borrow_mut(Vec::pop)
}

/// A type that makes the calls of its script, whether they make sense or not, and ignores most errors.
#[derive(Debug)]
pub(crate) struct Hostile;

impl<'de> Deserialize<'de> for Hostile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match next_step().map(|step| step % 32) {
            Some(0) => deserializer.deserialize_bool(Hostile),
            Some(1) => deserializer.deserialize_u8(Hostile),
            Some(2) => deserializer.deserialize_i64(Hostile),
            Some(3) => deserializer.deserialize_i128(Hostile),
            Some(4) => deserializer.deserialize_u128(Hostile),
            Some(5) => deserializer.deserialize_f32(Hostile),
            Some(6) => deserializer.deserialize_f64(Hostile),
            Some(7) => deserializer.deserialize_char(Hostile),
            Some(8) => deserializer.deserialize_str(Hostile),
            Some(9) => deserializer.deserialize_string(Hostile),
            Some(10) => deserializer.deserialize_bytes(Hostile),
            Some(11) => deserializer.deserialize_byte_buf(Hostile),
            Some(12) => deserializer.deserialize_option(Hostile),
            Some(13) => deserializer.deserialize_unit(Hostile),
            Some(14) => deserializer.deserialize_unit_struct("", Hostile),
            Some(15) => deserializer.deserialize_newtype_struct("", Hostile),
            Some(16) => deserializer.deserialize_seq(Hostile),
            Some(17) => deserializer.deserialize_tuple(0, Hostile),
            Some(18) => deserializer.deserialize_tuple_struct("", usize::MAX, Hostile),
            Some(19) => deserializer.deserialize_map(Hostile),
            Some(20) => deserializer.deserialize_struct("", &["a"], Hostile),
            Some(21 | 22) => deserializer.deserialize_enum("", &["A"], Hostile),
            Some(23) => deserializer.deserialize_identifier(Hostile),
            Some(24) => deserializer.deserialize_ignored_any(Hostile),
            Some(25) => Ok(Hostile),
            _ => deserializer.deserialize_any(Hostile),
        }
    }
}

impl<'de> Visitor<'de> for Hostile {
    type Value = Self;
    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("anything")
    }
    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }
    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self, A::Error> {
        while let Some(step) = next_step().filter(|step| *step < 200) {
            match step % 4 {
                0 if elements.next_element::<u8>().is_err() => {}
                1 => {
                    let _ = elements.next_element::<Self>()?;
                }
                _ => {
                    let _ = elements.next_element::<Self>();
                }
            }
        }
        Ok(self)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        while let Some(step) = next_step().filter(|step| *step < 200) {
            match step % 6 {
                0 => {
                    let _ = members.next_value::<u8>();
                }
                1 => {
                    let _ = members.next_value::<Self>();
                }
                2 => {
                    let _ = members.next_key::<String>();
                }
                3 => {
                    let _ = members.next_entry::<Self, Self>()?;
                }
                _ => {
                    let _ = members.next_key::<Self>();
                }
            }
        }
        Ok(self)
    }
    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Self, A::Error> {
        let (_, content) = match next_step().unwrap_or(0) % 4 {
            0 => return Ok(self),
            1 => (Self, data.variant::<u8>()?.1),
            _ => data.variant::<Self>()?,
        };
        match next_step().unwrap_or(0) % 5 {
            0 => content.unit_variant().map(|()| self),
            1 => content.newtype_variant::<Self>(),
            2 => content.tuple_variant(7, self),
            3 => content.struct_variant(&["a"], self),
            _ => Ok(self),
        }
    }
}

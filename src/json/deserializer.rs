//! Deserializes a value into the caller's type, with serde.
//!
//! It behaves like serde_json. Each part of the text is passed on as an independent view, so a type that reads its part
//! incorrectly or not at all does not affect the parts around it. Every call of a type, in any order, returns a value
//! or [`Mismatch`].
//!
//! More than 400 lines, since serde's traits refer to each other: a reader of values creates readers of elements,
//! members and variants, and each of these creates readers of values. Two files would import each other.

use core::fmt;

use serde::{
    Deserialize,
    de::{self, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor},
    forward_to_deserialize_any,
};

use super::{
    Number,
    cursor::{Container, Cursor, Item},
};
use crate::limits;

/// Deserializes a value as a `T`.
pub(crate) fn deserialize<'json, T: Deserialize<'json>>(item: Item<'json>) -> Result<T, Mismatch> {
    T::deserialize(Reader::new(item))
}

/// The value does not fit the type. serde's message is dropped, since storing it would require an allocator.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mismatch;

impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the value does not fit the type")
    }
}

impl de::StdError for Mismatch {}

impl de::Error for Mismatch {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Reads one value.
#[derive(Clone, Copy)]
struct Reader<'json> {
    item: Item<'json>,
    wrappers_left: usize,
}

impl<'json> Reader<'json> {
    const fn new(item: Item<'json>) -> Self {
        Self { item, wrappers_left: limits::TYPE_WRAPPERS }
    }

    /// A reader of the same value for the type inside a wrapper.
    fn unwrapped(self) -> Result<Self, Mismatch> {
        Ok(Self { wrappers_left: one_less(self.wrappers_left)?, ..self })
    }

    fn visit_number<V: Visitor<'json>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let Item::Number(number) = self.item else { return Err(Mismatch) };
        visit_number(number, visitor)
    }

    fn visit_string<V: Visitor<'json>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let Item::String(string) = self.item else { return Err(Mismatch) };
        visit_string(string, visitor)
    }

    fn visit_array<V: Visitor<'json>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let Item::Array(array) = self.item else { return Err(Mismatch) };
        visit_array(array, visitor)
    }
}

/// Methods that all call `$read`.
macro_rules! read_by {
    ($read:ident: $($method:ident)*) => {$(
        fn $method<V: Visitor<'json>>(self, visitor: V) -> Result<V::Value, Mismatch> {
            self.$read(visitor)
        }
    )*};
}

impl<'json> Deserializer<'json> for Reader<'json> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'json>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.item {
            Item::Null => visitor.visit_unit(),
            Item::Boolean(boolean) => visitor.visit_bool(boolean),
            Item::Number(number) => visit_number(number, visitor),
            Item::String(string) => visit_string(string, visitor),
            Item::Array(array) => visit_array(array, visitor),
            Item::Object(object) => visit_object(object, visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'json>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let Item::Boolean(boolean) = self.item else { return Err(Mismatch) };
        visitor.visit_bool(boolean)
    }

    read_by! {
        visit_number:
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_f64
    }

    read_by! { visit_string: deserialize_char deserialize_str deserialize_string deserialize_identifier }

    read_by! { visit_array: deserialize_seq }

    read_by! { deserialize_bytes: deserialize_byte_buf }

    fn deserialize_i128<V: Visitor<'json>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let Item::Number(number) = self.item else { return Err(Mismatch) };
        visitor.visit_i128(number.as_str().parse().map_err(|_| Mismatch)?)
    }

    fn deserialize_u128<V: Visitor<'json>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let Item::Number(number) = self.item else { return Err(Mismatch) };
        visitor.visit_u128(number.as_str().parse().map_err(|_| Mismatch)?)
    }

    /// Parses the number as an `f32`, since rounding via `f64` would round twice.
    fn deserialize_f32<V: Visitor<'json>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let Item::Number(number) = self.item else { return Err(Mismatch) };
        if is_whole(number) {
            return visit_number(number, visitor);
        }
        let single: f32 = number.as_str().parse().map_err(|_| Mismatch)?;
        if single.is_finite() { visitor.visit_f64(single.into()) } else { Err(Mismatch) }
    }

    fn deserialize_bytes<V: Visitor<'json>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.item {
            Item::String(string) if must_be_escaped(string) => visitor.visit_bytes(string.as_bytes()),
            Item::String(string) => visitor.visit_borrowed_bytes(string.as_bytes()),
            _ => self.visit_array(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'json>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.item {
            Item::Null => visitor.visit_none(),
            _ => visitor.visit_some(self.unwrapped()?),
        }
    }

    fn deserialize_unit<V: Visitor<'json>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let Item::Null = self.item else { return Err(Mismatch) };
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'json>>(self, _: &'static str, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'json>>(self, _: &'static str, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self.unwrapped()?)
    }

    fn deserialize_tuple<V: Visitor<'json>>(self, _: usize, visitor: V) -> Result<V::Value, Mismatch> {
        self.visit_array(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'json>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.visit_array(visitor)
    }

    fn deserialize_map<V: Visitor<'json>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let Item::Object(object) = self.item else { return Err(Mismatch) };
        visit_object(object, visitor)
    }

    /// Reads an object, or an array of the fields in order.
    fn deserialize_struct<V: Visitor<'json>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match self.item {
            Item::Object(object) => visit_object(object, visitor),
            _ => self.visit_array(visitor),
        }
    }

    /// A unit variant is the string of its name. Any other variant is an object with one member: its name and content.
    fn deserialize_enum<V: Visitor<'json>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let (name, content) = match self.item {
            Item::String(name) => (name, None),
            Item::Object(object) => {
                let mut members = object.inside();
                let (name, content) = members.next_member().ok_or(Mismatch)?;
                if members.next_member().is_some() {
                    return Err(Mismatch);
                }
                (name, Some(content))
            }
            _ => return Err(Mismatch),
        };
        let name = Self { item: Item::String(name), ..self }.unwrapped()?;
        visitor.visit_enum(Variant { name, content })
    }

    fn deserialize_ignored_any<V: Visitor<'json>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_unit()
    }
}

/// Reads the name of a member as the key of a map. Numbers and booleans are parsed from the string.
#[derive(Clone, Copy)]
struct MapKey<'json> {
    name: &'json str,
    wrappers_left: usize,
}

impl<'json> MapKey<'json> {
    fn unwrapped(self) -> Result<Self, Mismatch> {
        Ok(Self { wrappers_left: one_less(self.wrappers_left)?, ..self })
    }

    fn as_string(self) -> Reader<'json> {
        Reader { item: Item::String(self.name), wrappers_left: self.wrappers_left }
    }

    fn as_number(self) -> Result<Reader<'json>, Mismatch> {
        let number = Number::read(self.name).map_err(|_| Mismatch)?;
        Ok(Reader { item: Item::Number(number), wrappers_left: self.wrappers_left })
    }
}

/// Methods that parse a number from a name.
macro_rules! read_numbers_in_names {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'json>>(self, visitor: V) -> Result<V::Value, Mismatch> {
            self.as_number()?.$method(visitor)
        }
    )*};
}

impl<'json> Deserializer<'json> for MapKey<'json> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'json>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visit_string(self.name, visitor)
    }

    read_numbers_in_names! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    fn deserialize_bool<V: Visitor<'json>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.name {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(Mismatch),
        }
    }

    fn deserialize_bytes<V: Visitor<'json>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.as_string().deserialize_bytes(visitor)
    }

    read_by! { deserialize_bytes: deserialize_byte_buf }

    fn deserialize_option<V: Visitor<'json>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_some(self.unwrapped()?)
    }

    fn deserialize_newtype_struct<V: Visitor<'json>>(self, _: &'static str, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self.unwrapped()?)
    }

    fn deserialize_enum<V: Visitor<'json>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.as_string().deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        <V: Visitor<'json>>
        char str string unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// The elements of an array.
struct Elements<'json> {
    cursor: Cursor<'json>,
}

impl<'json> SeqAccess<'json> for Elements<'json> {
    type Error = Mismatch;

    fn next_element_seed<T: DeserializeSeed<'json>>(&mut self, seed: T) -> Result<Option<T::Value>, Mismatch> {
        self.cursor.next_element().map(|item| seed.deserialize(Reader::new(item))).transpose()
    }
}

/// The members of an object.
struct Members<'json> {
    cursor: Cursor<'json>,
    /// The value of the last name that was read, until it is read itself.
    value: Option<Item<'json>>,
}

impl<'json> MapAccess<'json> for Members<'json> {
    type Error = Mismatch;

    /// Fails if the value of the last name has not been read, and skips that value. Every call thus advances in the
    /// text, so a type that ignores errors cannot loop forever.
    fn next_key_seed<K: DeserializeSeed<'json>>(&mut self, seed: K) -> Result<Option<K::Value>, Mismatch> {
        if self.value.take().is_some() {
            return Err(Mismatch);
        }
        let Some((name, value)) = self.cursor.next_member() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(MapKey { name, wrappers_left: limits::TYPE_WRAPPERS }).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'json>>(&mut self, seed: V) -> Result<V::Value, Mismatch> {
        seed.deserialize(Reader::new(self.value.take().ok_or(Mismatch)?))
    }
}

/// A variant of an enum.
struct Variant<'json> {
    name: Reader<'json>,
    /// Absent if the variant is only a name.
    content: Option<Item<'json>>,
}

impl<'json> Variant<'json> {
    fn content(self) -> Result<Reader<'json>, Mismatch> {
        self.content.map(Reader::new).ok_or(Mismatch)
    }
}

impl<'json> EnumAccess<'json> for Variant<'json> {
    type Error = Mismatch;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'json>>(self, seed: V) -> Result<(V::Value, Self), Mismatch> {
        Ok((seed.deserialize(self.name)?, self))
    }
}

impl<'json> VariantAccess<'json> for Variant<'json> {
    type Error = Mismatch;

    /// Accepts only the name, or the name with null.
    fn unit_variant(self) -> Result<(), Mismatch> {
        match self.content {
            None | Some(Item::Null) => Ok(()),
            _ => Err(Mismatch),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'json>>(self, seed: T) -> Result<T::Value, Mismatch> {
        seed.deserialize(self.content()?)
    }

    fn tuple_variant<V: Visitor<'json>>(self, _: usize, visitor: V) -> Result<V::Value, Mismatch> {
        self.content()?.visit_array(visitor)
    }

    fn struct_variant<V: Visitor<'json>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.content()?.deserialize_struct("", fields, visitor)
    }
}

/// Visits a number as the first of `u64`, `i64` and `f64` that can represent it. An `f64` is the nearest one; infinity
/// fails.
fn visit_number<'json, V: Visitor<'json>>(number: Number<'json>, visitor: V) -> Result<V::Value, Mismatch> {
    let number = number.as_str();
    if let Ok(natural) = number.parse::<u64>() {
        return visitor.visit_u64(natural);
    }
    match number.parse::<i64>() {
        Ok(negative) if negative != 0 => return visitor.visit_i64(negative),
        _ => {}
    }
    let double: f64 = number.parse().map_err(|_| Mismatch)?;
    if double.is_finite() { visitor.visit_f64(double) } else { Err(Mismatch) }
}

/// Returns whether [`visit_number`] visits a `u64` or an `i64`. -0 is an `f64`, since integers have no negative zero.
fn is_whole(number: Number<'_>) -> bool {
    let number = number.as_str();
    number.parse::<u64>().is_ok() || number.parse::<i64>().is_ok_and(|negative| negative != 0)
}

/// Visits a string as borrowed, unless every JSON text of it needs escapes. Whether a `&str` fits thus depends only on
/// the string, and not on what its issuer chose to escape.
fn visit_string<'json, V: Visitor<'json>>(string: &'json str, visitor: V) -> Result<V::Value, Mismatch> {
    if must_be_escaped(string) { visitor.visit_str(string) } else { visitor.visit_borrowed_str(string) }
}

/// Returns whether a JSON text of the string needs escapes (RFC 8259 §7).
fn must_be_escaped(string: &str) -> bool {
    string.bytes().any(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f))
}

/// Visits an array. Fails if the type does not read all elements.
fn visit_array<'json, V: Visitor<'json>>(array: Container<'json>, visitor: V) -> Result<V::Value, Mismatch> {
    let mut elements = Elements { cursor: array.inside() };
    let value = visitor.visit_seq(&mut elements)?;
    if elements.cursor.next_element().is_none() { Ok(value) } else { Err(Mismatch) }
}

/// Visits an object. Fails if the type does not read all members.
fn visit_object<'json, V: Visitor<'json>>(object: Container<'json>, visitor: V) -> Result<V::Value, Mismatch> {
    let mut members = Members { cursor: object.inside(), value: None };
    let value = visitor.visit_map(&mut members)?;
    if members.value.is_none() && members.cursor.next_member().is_none() { Ok(value) } else { Err(Mismatch) }
}

fn one_less(wrappers_left: usize) -> Result<usize, Mismatch> {
    wrappers_left.checked_sub(1).ok_or(Mismatch)
}

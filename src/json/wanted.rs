//! The members that a reader looks for, collected while the text is checked.

use super::{Text, Value, name::hash_plain};

/// A name that a reader looks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name {
    text: &'static str,
    hash: u32,
}

impl Name {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self { text, hash: hash_plain(text.as_bytes()) }
    }
}

/// Collects the members of the outermost object that a reader looks for, while its text is checked.
pub(super) struct Wanted<'json, 'list> {
    names: &'list [Name],
    values: &'list mut [Option<Value<'json>>],
    /// The index of the current member's name.
    current: Option<usize>,
}

impl<'json, 'list> Wanted<'json, 'list> {
    /// Looks for members with these names, and puts the value of each into the place with the same index.
    pub(super) const fn new(names: &'list [Name], values: &'list mut [Option<Value<'json>>]) -> Self {
        Self { names, values, current: None }
    }

    /// A member of the outermost object begins. `name` returns its name.
    pub(super) fn begin(&mut self, hash: u32, name: impl Fn() -> Text<'json>) {
        self.current = self.names.iter().position(|wanted| wanted.hash == hash && name().is(wanted.text));
    }

    /// This member ends. `value` returns its value, and is called if the member is wanted.
    pub(super) fn end(&mut self, value: impl FnOnce() -> Option<Value<'json>>) {
        if let Some(place) = self.current.take().and_then(|index| self.values.get_mut(index)) {
            *place = value();
        }
    }
}

//! Entries of a request's dynamic metadata.

use crate::{abi::Pair, host::Request};

/// A value of dynamic metadata.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'call> {
    Text(&'call str),
    Number(f64),
    Boolean(bool),
}

impl Request<'_> {
    /// Sets entries of the request's dynamic metadata.
    pub(crate) fn set_metadata<'call>(
        &self,
        namespace: &str,
        entries: impl IntoIterator<Item = (&'call str, Value<'call>)>,
    ) {
        let mut texts = Texts::default();
        for (key, value) in entries {
            match value {
                Value::Text(text) => {
                    if texts.is_full() {
                        self.set_metadata_texts(namespace, texts.as_slice());
                        texts = Texts::default();
                    }
                    texts.push((key, text).into());
                }
                Value::Number(number) => self.set_metadata_number(namespace, key, number),
                Value::Boolean(boolean) => self.set_metadata_bool(namespace, key, boolean),
            }
        }
        self.set_metadata_texts(namespace, texts.as_slice());
    }
}

/// Some entries with texts, without an allocation.
#[derive(Default)]
struct Texts<'call> {
    pairs: [Pair<'call>; 16],
    len: usize,
}

impl<'call> Texts<'call> {
    const fn is_full(&self) -> bool {
        self.len == self.pairs.len()
    }

    /// Adds a pair. Does nothing if it is full.
    fn push(&mut self, pair: Pair<'call>) {
        if let Some(place) = self.pairs.get_mut(self.len) {
            *place = pair;
            self.len += 1;
        }
    }

    fn as_slice(&self) -> &[Pair<'call>] {
        self.pairs.get(..self.len).unwrap_or_default()
    }
}

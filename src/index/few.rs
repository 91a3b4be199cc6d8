//! Values of a table's entry: one nearly always, and that one without a list of its own.

/// At least one value.
#[derive(Debug)]
pub(super) enum Few<V> {
    One(V),
    Many(Vec<V>),
}

impl<V: Clone> Few<V> {
    /// Adds a value.
    pub(super) fn push(&mut self, value: V) {
        match self {
            Few::One(first) => *self = Few::Many(vec![first.clone(), value]),
            Few::Many(all) => all.push(value),
        }
    }

    /// All values, in the order in which they were added.
    pub(super) fn as_slice(&self) -> &[V] {
        match self {
            Few::One(value) => std::slice::from_ref(value),
            Few::Many(all) => all,
        }
    }
}

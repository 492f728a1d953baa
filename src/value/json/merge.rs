//! JSON_MERGE_PRESERVE and JSON_MERGE_PATCH.

use super::{Json, Object};

impl Json {
    /// Both: arrays one after the other, objects with the values of a common key merged, anything else as
    /// an array of one.
    pub fn merge_preserve(self, other: Self) -> Self {
        match (self, other) {
            (Self::Object(mut members), Self::Object(others)) => {
                for (key, value) in others {
                    let merged = match members.remove(&key) {
                        Some(own) => own.merge_preserve(value),
                        None => value,
                    };
                    members.insert(&key, merged);
                }
                Self::Object(members)
            }
            (own, other) => {
                let mut items = own.into_items();
                items.extend(other.into_items());
                Self::Array(items)
            }
        }
    }

    fn into_items(self) -> Vec<Self> {
        match self {
            Self::Array(items) => items,
            other => vec![other],
        }
    }

    /// `other` with what only this value has: members of `other` replace this one's, `null` removes them
    /// (RFC 7396).
    pub fn merge_patch(self, other: Self) -> Self {
        let Self::Object(patch) = other else { return other };
        let mut members = match self {
            Self::Object(members) => members,
            _ => Object::new(),
        };
        for (key, value) in patch {
            let own = members.remove(&key).unwrap_or(Self::Null);
            if !matches!(value, Self::Null) {
                members.insert(&key, own.merge_patch(value));
            }
        }
        Self::Object(members)
    }
}

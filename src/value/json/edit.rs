//! Changing a value at a path: JSON_SET, JSON_INSERT, JSON_REPLACE, JSON_REMOVE and the array functions.
//!
//! The paths here have no wildcards: the caller refuses those that do (3149).

use super::path::{Index, Leg, Path};
use super::{Json, Object};

/// What happens to what is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// It is replaced, or made if its parent exists.
    Set,
    /// It is made if it is missing.
    Insert,
    /// It is replaced if it exists.
    Replace,
}

impl Json {
    /// JSON_SET, JSON_INSERT or JSON_REPLACE.
    pub fn edit(&mut self, path: &Path, value: Self, edit: Edit) {
        let Some((last, parents)) = path.legs().split_last() else {
            if edit != Edit::Insert {
                *self = value;
            }
            return;
        };
        let Some(parent) = find_mut(self, parents) else { return };
        match last {
            Leg::Member(key) => edit_member(parent, key, value, edit),
            Leg::Cell(index) => edit_cell(parent, *index, value, edit),
            _ => {}
        }
    }

    /// JSON_REMOVE: takes what is at the path out. Nothing happens for `$` (an error, 3153, in SQL).
    pub fn remove(&mut self, path: &Path) {
        let Some((last, parents)) = path.legs().split_last() else { return };
        match (find_mut(self, parents), last) {
            (Some(Self::Object(members)), Leg::Member(key)) => {
                members.remove(key);
            }
            (Some(Self::Array(items)), Leg::Cell(index)) => {
                if let Some(at) = index.resolve(items.len()).filter(|at| *at < items.len()) {
                    items.remove(at);
                }
            }
            _ => {}
        }
    }

    /// JSON_ARRAY_APPEND: adds a value to the array at the path; what is no array becomes one.
    pub fn array_append(&mut self, path: &Path, value: Self) {
        match find_mut(self, path.legs()) {
            Some(Self::Array(items)) => items.push(value),
            Some(other) => wrap(other, value, false),
            None => {}
        }
    }

    /// JSON_ARRAY_INSERT: puts a value before the cell at the path, or last if there is none. A path that
    /// does not end in a cell (3165 in SQL) changes nothing.
    pub fn array_insert(&mut self, path: &Path, value: Self) {
        let Some((Leg::Cell(index), parents)) = path.legs().split_last() else { return };
        if let Some(Self::Array(items)) = find_mut(self, parents) {
            let at = index.resolve(items.len()).unwrap_or(0).min(items.len());
            items.insert(at, value);
        }
    }
}

/// What is at a path without wildcards.
fn find_mut<'a>(root: &'a mut Json, legs: &[Leg]) -> Option<&'a mut Json> {
    legs.iter().try_fold(root, |value, leg| match (value, leg) {
        (Json::Object(members), Leg::Member(key)) => members.get_mut(key),
        (Json::Array(items), Leg::Cell(index)) => {
            let at = index.resolve(items.len())?;
            items.get_mut(at)
        }
        (value, Leg::Cell(index)) => (index.resolve(1)? == 0).then_some(value),
        _ => None,
    })
}

fn edit_member(parent: &mut Json, key: &str, value: Json, edit: Edit) {
    let Json::Object(members) = parent else { return };
    let wanted =
        if members.get(key).is_some() { edit != Edit::Insert } else { edit != Edit::Replace };
    if wanted {
        Object::insert(members, key, value);
    }
}

fn edit_cell(parent: &mut Json, index: Index, value: Json, edit: Edit) {
    let Json::Array(items) = parent else { return edit_only_cell(parent, index, value, edit) };
    let at = index.resolve(items.len());
    match at.and_then(|at| items.get_mut(at)) {
        Some(item) if edit != Edit::Insert => *item = value,
        None if edit != Edit::Replace => {
            let at = at.unwrap_or(0).min(items.len());
            items.insert(at, value);
        }
        _ => {}
    }
}

/// The same where the parent is no array, and so is its own only cell.
fn edit_only_cell(parent: &mut Json, index: Index, value: Json, edit: Edit) {
    match index.resolve(1) {
        Some(0) if edit != Edit::Insert => *parent = value,
        Some(0) => {}
        at if edit != Edit::Replace => wrap(parent, value, at.is_none()),
        _ => {}
    }
}

/// Makes an array of a value and a further one, which comes `first` or last.
fn wrap(value: &mut Json, further: Json, first: bool) {
    let own = std::mem::replace(value, Json::Null);
    *value = Json::Array(if first { vec![further, own] } else { vec![own, further] });
}

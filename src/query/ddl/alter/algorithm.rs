//! How MySQL would carry out an ALTER TABLE: at once, in place, or by making every row anew. Here rows are made anew
//! where they change and only there; but clients see the difference: a copy counts its rows, has another error
//! for NULLs, and a statement that asks for less than is needed is refused.

use super::super::{Scene, errors};
use super::draft::{Draft, Source};
use crate::engine::catalog::{ColumnDef, DefaultValue, IndexKind, TableDef};
use crate::sql::statement::ast::{AlterAction, AlterTable, TableOption};
use crate::value::SqlError;
use crate::value::types::ColumnType;

/// How much of the table is touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    /// The definition only.
    Instant,
    /// Also indexes, or rows where they are.
    InPlace,
    /// Every row is made anew, for this reason.
    Copy(Why),
}

/// Why rows have to be copied, as far as messages tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// They do not.
    Unsaid,
    /// Values of another type.
    ColumnType,
    /// No primary key takes the place of the one that goes.
    NoPrimary,
    /// Rows must be asked for their parents.
    ForeignKey,
}

/// What the statement needs.
pub fn needed(scene: &Scene<'_>, alter: &AlterTable, old: &TableDef, draft: &Draft) -> Work {
    if old.temporary || alter.algorithm == Some("COPY") {
        return Work::Copy(Why::Unsaid);
    }
    let columns = draft.table.columns.iter().zip(&draft.sources).enumerate();
    let shown = columns.filter(|(_, (column, _))| !column.hidden);
    let of_columns = shown.map(|(at, (column, source))| of_column(old, at, column, *source));
    let of_actions = alter.actions.iter().map(|action| of_action(scene, action));
    let checks = if draft.checks_changed { Work::Copy(Why::Unsaid) } else { Work::Instant };
    let mut work = of_columns.chain(of_actions).fold(checks, most);
    if old.primary().is_some() && draft.table.primary().is_none() {
        work = most(work, Work::Copy(Why::NoPrimary));
    }
    work
}

/// The larger of two; of two copies the one whose reason is said.
fn most(one: Work, other: Work) -> Work {
    if other > one { other } else { one }
}

fn of_column(old: &TableDef, at: usize, column: &ColumnDef, source: Source) -> Work {
    let before = match source {
        Source::Old(place) => old.columns.get(place).map(|before| (place, before)),
        Source::New => None,
    };
    let Some((place, before)) = before else { return of_new_column(column) };
    if before.auto_increment != column.auto_increment || before.generated != column.generated {
        return Work::Copy(Why::ColumnType);
    }
    let moved = if place == at { Work::Instant } else { Work::InPlace };
    let nullable = if before.nullable == column.nullable { Work::Instant } else { Work::InPlace };
    most(of_type(&before.ty, &column.ty), most(moved, nullable))
}

fn of_new_column(column: &ColumnDef) -> Work {
    let stored = column.generated.as_ref().is_some_and(|generated| generated.stored);
    let computed = match &column.default {
        Some(DefaultValue::Expression(sql)) => !sql.starts_with("CURRENT_TIMESTAMP"),
        _ => false,
    };
    match () {
        () if stored || computed => Work::Copy(Why::Unsaid),
        () if column.auto_increment => Work::InPlace,
        () => Work::Instant,
    }
}

fn of_type(old: &ColumnType, new: &ColumnType) -> Work {
    if old == new {
        return Work::Instant;
    }
    match (old, new) {
        (
            ColumnType::Char { varying: true, length: from, collation: a },
            ColumnType::Char { varying: true, length: to, collation: b },
        ) if a == b && to >= from => {
            // The length of a value takes one byte or two.
            let bytes =
                |length: &u32| u64::from(*length) * u64::from(a.collation().charset.max_len);
            match (bytes(from) > 255) == (bytes(to) > 255) {
                true => Work::InPlace,
                false => Work::Copy(Why::ColumnType),
            }
        }
        (
            ColumnType::Binary { varying: true, length: from },
            ColumnType::Binary { varying: true, length: to },
        ) if to >= from && (*from > 255) == (*to > 255) => Work::InPlace,
        (
            ColumnType::Enum { members: from, collation: a },
            ColumnType::Enum { members: to, collation: b },
        ) if a == b && to.starts_with(from) && (from.len() > 255) == (to.len() > 255) => {
            Work::Instant
        }
        (
            ColumnType::Set { members: from, collation: a },
            ColumnType::Set { members: to, collation: b },
        ) if a == b && to.starts_with(from) && set_bytes(from.len()) == set_bytes(to.len()) => {
            Work::Instant
        }
        (
            ColumnType::Integer { size: a, unsigned: b, .. },
            ColumnType::Integer { size: c, unsigned: d, .. },
        ) if a == c && b == d => Work::Instant,
        _ => Work::Copy(Why::ColumnType),
    }
}

fn set_bytes(members: usize) -> usize {
    match members.div_ceil(8) {
        bytes @ 0..=4 => bytes,
        _ => 8,
    }
}

fn of_action(scene: &Scene<'_>, action: &AlterAction) -> Work {
    match action {
        AlterAction::AddForeignKey(_) => of_foreign_key(scene),
        AlterAction::AddColumn { column, .. } if column.references.is_some() => {
            of_foreign_key(scene)
        }
        AlterAction::OrderBy(_) => Work::Copy(Why::Unsaid),
        AlterAction::AddIndex(_)
        | AlterAction::DropIndex(_)
        | AlterAction::DropPrimaryKey
        | AlterAction::Force
        | AlterAction::Option(
            TableOption::Engine(_)
            | TableOption::Comment(_)
            | TableOption::RowFormat(_)
            | TableOption::AutoIncrement(_)
            | TableOption::Other(..),
        ) => Work::InPlace,
        _ => Work::Instant,
    }
}

fn of_foreign_key(scene: &Scene<'_>) -> Work {
    match scene.context.foreign_key_checks {
        true => Work::Copy(Why::ForeignKey),
        false => Work::InPlace,
    }
}

/// Refuses a statement that asks for less than is needed.
///
/// # Errors
/// 1221, 1845, 1846.
pub fn check(alter: &AlterTable, work: Work) -> Result<(), SqlError> {
    let locks = alter.lock.filter(|lock| *lock != "DEFAULT");
    match (alter.algorithm, locks) {
        (Some("INSTANT"), Some(_)) => {
            let what = "ALGORITHM=INSTANT and LOCK=NONE/SHARED/EXCLUSIVE";
            Err(SqlError::new(1221, b"HY000", format!("Incorrect usage of {what}")))
        }
        (Some("INSTANT"), _) if work != Work::Instant => Err(match work {
            Work::Copy(Why::ColumnType) => errors::algorithm_reason(
                "ALGORITHM=INSTANT",
                "Need to rebuild the table to change column type",
                "ALGORITHM=COPY/INPLACE",
            ),
            _ => errors::algorithm("ALGORITHM=INSTANT", "ALGORITHM=COPY/INPLACE"),
        }),
        (Some("INPLACE"), _) => match work {
            Work::Copy(why) => Err(not_in_place(why)),
            _ => Ok(()),
        },
        (_, Some("NONE")) if matches!(work, Work::Copy(_)) => Err(errors::algorithm_reason(
            "LOCK=NONE",
            "COPY algorithm requires a lock",
            "LOCK=SHARED",
        )),
        _ => Ok(()),
    }
}

fn not_in_place(why: Why) -> SqlError {
    let (what, other) = ("ALGORITHM=INPLACE", "ALGORITHM=COPY");
    let reason = match why {
        Why::Unsaid => return errors::algorithm(what, other),
        Why::ColumnType => "Cannot change column type INPLACE",
        Why::NoPrimary => {
            "Dropping a primary key is not allowed without also adding a new primary key"
        }
        Why::ForeignKey => "Adding foreign keys needs foreign_key_checks=OFF",
    };
    errors::algorithm_reason(what, reason, other)
}

/// Warns that rows keep the order of their key, whatever ORDER BY says.
pub fn note_order(scene: &mut Scene<'_>, alter: &AlterTable, table: &TableDef) {
    let orders = alter.actions.iter().any(|action| matches!(action, AlterAction::OrderBy(_)));
    let whole = |index: &&crate::engine::catalog::IndexDef| {
        let column = |at: usize| table.columns.get(at).is_some_and(|column| !column.nullable);
        index.kind != IndexKind::Plain
            && index.parts.iter().all(|part| part.prefix.is_none() && column(part.column))
    };
    if orders && table.indexes.iter().any(|index| whole(&index)) {
        let text = "ORDER BY ignored as there is a user-defined clustered index in the table '%'";
        scene.warn(1105, &text.replace('%', &table.name));
    }
}

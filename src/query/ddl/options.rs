//! Table options.

use super::{Scene, errors, names};
use crate::engine::catalog::TableDef;
use crate::query::session::SqlMode;
use crate::sql::statement::ast::TableOption;
use crate::value::SqlError;
use crate::value::warning::Warning;

/// Characters of the longest comment of a table.
const MAX_COMMENT_CHARS: usize = 2048;
/// Engines that MySQL has and that InnoDB stands in for here.
const OTHER_ENGINES: [&str; 7] =
    ["myisam", "memory", "heap", "csv", "archive", "blackhole", "mrg_myisam"];

/// Applies the options; those of character sets have been looked at before.
///
/// # Errors
/// 1286, 1628.
pub fn apply(
    scene: &mut Scene<'_>,
    table: &mut TableDef,
    options: &[TableOption],
) -> Result<(), SqlError> {
    options.iter().try_for_each(|option| apply_one(scene, table, option))
}

fn apply_one(
    scene: &mut Scene<'_>,
    table: &mut TableDef,
    option: &TableOption,
) -> Result<(), SqlError> {
    match option {
        TableOption::Engine(name) => engine(scene, table, name)?,
        TableOption::AutoIncrement(next) => table.first_auto_increment = *next,
        TableOption::Comment(text) => {
            if text.chars().count() > MAX_COMMENT_CHARS {
                return Err(errors::table_comment_too_long(&table.name));
            }
            table.comment = names::comment(Some(text));
        }
        TableOption::RowFormat(format) => {
            table.options.insert("ROW_FORMAT".to_owned(), format.clone());
        }
        TableOption::Other(name, value) => {
            table.options.insert(name.clone(), value.clone());
        }
        TableOption::Charset(_) | TableOption::Collate(_) => {}
    }
    Ok(())
}

/// 1286 for an engine that nobody knows, before anything else is looked at.
///
/// # Errors
/// 1286.
pub fn check_engine(scene: &Scene<'_>, options: &[TableOption]) -> Result<(), SqlError> {
    let strict = scene.context.sql_mode.has(SqlMode::NO_ENGINE_SUBSTITUTION);
    options.iter().try_for_each(|option| match option {
        TableOption::Engine(name) if strict && !is_known(name) => Err(errors::unknown_engine(name)),
        _ => Ok(()),
    })
}

fn is_known(name: &str) -> bool {
    name.eq_ignore_ascii_case("innodb")
        || OTHER_ENGINES.iter().any(|other| name.eq_ignore_ascii_case(other))
}

fn engine(scene: &mut Scene<'_>, table: &TableDef, name: &str) -> Result<(), SqlError> {
    if name.eq_ignore_ascii_case("innodb") {
        return Ok(());
    }
    if !is_known(name) {
        let error = errors::unknown_engine(name);
        if scene.context.sql_mode.has(SqlMode::NO_ENGINE_SUBSTITUTION) {
            return Err(error);
        }
        scene.notes.push(Warning::new(error.code, error.message));
    }
    scene.warn(1266, &format!("Using storage engine InnoDB for table '{}'", table.name));
    Ok(())
}

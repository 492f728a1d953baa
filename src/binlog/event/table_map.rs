//! The table that rows belong to: names, column types, and the metadata that says all about them.

use std::sync::Arc;

use super::super::bytes::{
    EventError, Reader, bit, put_bits, put_bits_from_high, put_packed, put_packed_bytes, put_uint,
};
use super::super::row::{BINARY, Coded, Layout, MAX_COLUMNS, Members, text};
use super::{EventWriter, Origin, code};
use crate::value::types::{CollationId, ColumnType};

/// Bits of BIT columns are told exactly (`TM_BIT_LEN_EXACT_F`).
const BIT_LENGTHS_ARE_EXACT: u16 = 1;

/// Codes of the optional metadata, as MySQL numbers them.
mod optional {
    pub const SIGNEDNESS: u8 = 1;
    pub const DEFAULT_CHARSET: u8 = 2;
    pub const COLUMN_CHARSET: u8 = 3;
    pub const COLUMN_NAME: u8 = 4;
    pub const SET_NAMES: u8 = 5;
    pub const ENUM_NAMES: u8 = 6;
    pub const SIMPLE_PRIMARY_KEY: u8 = 8;
    pub const PRIMARY_KEY_WITH_PREFIX: u8 = 9;
    pub const MEMBER_DEFAULT_CHARSET: u8 = 10;
    pub const MEMBER_COLUMN_CHARSET: u8 = 11;
    pub const VISIBILITY: u8 = 12;
}

/// A column of a table that is logged.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnInfo {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: ColumnType,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Whether `SELECT *` shows it.
    pub visible: bool,
}

/// A table of our own as its events need it; made once for each version of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedTable {
    /// The body of its table map.
    map: Vec<u8>,
    /// How its rows are written.
    layouts: Arc<[Layout]>,
    id: u64,
}

impl LoggedTable {
    /// Prepares a table. `id` tells tables apart within a file (48 bits); `primary` are the primary key's
    /// columns with their prefix in characters, 0 for the whole column.
    ///
    /// Columns that are not logged (the hidden ones of functional indexes) come last in rows and are left
    /// out here. A table of more than [`MAX_COLUMNS`] is refused.
    pub fn new(
        id: u64,
        schema: &str,
        name: &str,
        columns: &[ColumnInfo],
        primary: &[(usize, u32)],
    ) -> Result<Self, EventError> {
        let sizes = [schema.len(), name.len()].iter().all(|len| *len <= 255);
        if !sizes || columns.len() > MAX_COLUMNS {
            return Err(EventError::Malformed("a table is too large for the log"));
        }
        let layouts =
            columns.iter().map(|column| Layout::of(&column.ty)).collect::<Result<_, _>>()?;
        let mut map = Vec::new();
        put_uint(&mut map, id, 6);
        put_uint(&mut map, u64::from(BIT_LENGTHS_ARE_EXACT), 2);
        for name in [schema, name] {
            map.push(name.len() as u8);
            map.extend_from_slice(name.as_bytes());
            map.push(0);
        }
        put_types(&mut map, columns)?;
        put_optional(&mut map, columns, primary)?;
        Ok(Self { map, layouts, id: id & 0xffff_ffff_ffff })
    }

    /// How its rows are written.
    pub fn layouts(&self) -> &[Layout] {
        &self.layouts
    }

    /// Its number in table maps and row events.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Appends its table map.
    pub(in super::super) fn put(
        &self,
        out: &mut Vec<u8>,
        origin: Origin,
    ) -> Result<(), EventError> {
        let mut event = EventWriter::begin(out);
        event.body().extend_from_slice(&self.map);
        event.end(code::TABLE_MAP, origin, 0)
    }
}

/// Column count, type codes, metadata and which columns may be NULL.
fn put_types(out: &mut Vec<u8>, columns: &[ColumnInfo]) -> Result<(), EventError> {
    let coded =
        columns.iter().map(|column| Coded::of(&column.ty)).collect::<Result<Vec<_>, _>>()?;
    put_packed(out, columns.len() as u64);
    out.extend(coded.iter().map(|column| column.code));
    let metadata: Vec<u8> = coded.iter().flat_map(|column| column.bytes()).copied().collect();
    put_packed_bytes(out, &metadata);
    put_bits(out, columns.iter().map(|column| column.nullable));
    Ok(())
}

/// What MySQL adds with `binlog_row_metadata=FULL`, in its order.
fn put_optional(
    out: &mut Vec<u8>,
    columns: &[ColumnInfo],
    primary: &[(usize, u32)],
) -> Result<(), EventError> {
    put_field(out, optional::SIGNEDNESS, |out| {
        put_bits_from_high(out, columns.iter().filter_map(|column| unsigned(&column.ty)));
    });
    let strings: Vec<u16> =
        columns.iter().filter_map(|column| string_charset(&column.ty)).collect();
    put_charsets(out, &strings, optional::DEFAULT_CHARSET, optional::COLUMN_CHARSET);
    put_field(out, optional::COLUMN_NAME, |out| {
        columns.iter().for_each(|column| put_packed_bytes(out, column.name.as_bytes()));
    });
    let named = |column: &ColumnInfo| named_members(&column.ty).map(|(_, _, charset)| charset.0);
    let members: Vec<u16> = columns.iter().filter_map(named).collect();
    put_charsets(out, &members, optional::MEMBER_DEFAULT_CHARSET, optional::MEMBER_COLUMN_CHARSET);
    put_members(out, optional::SET_NAMES, columns)?;
    put_members(out, optional::ENUM_NAMES, columns)?;
    put_primary(out, primary);
    put_field(out, optional::VISIBILITY, |out| {
        put_bits_from_high(out, columns.iter().map(|column| column.visible));
    });
    Ok(())
}

/// Appends a field, unless `write` leaves it empty.
fn put_field(out: &mut Vec<u8>, key: u8, write: impl FnOnce(&mut Vec<u8>)) {
    let mut field = Vec::new();
    write(&mut field);
    if !field.is_empty() {
        out.push(key);
        put_packed_bytes(out, &field);
    }
}

/// Whether a numeric column holds no values below zero; nothing for others. YEAR counts as one.
fn unsigned(ty: &ColumnType) -> Option<bool> {
    match ty {
        ColumnType::Integer { unsigned, .. }
        | ColumnType::Decimal { unsigned, .. }
        | ColumnType::Float { unsigned, .. } => Some(*unsigned),
        ColumnType::Year => Some(true),
        _ => None,
    }
}

/// The collation of a string column, also a binary one.
fn string_charset(ty: &ColumnType) -> Option<u16> {
    match ty {
        ColumnType::Char { collation, .. } | ColumnType::Text { collation, .. } => {
            Some(collation.0)
        }
        ColumnType::Binary { .. } | ColumnType::Blob(_) => Some(BINARY.0),
        _ => None,
    }
}

/// The kind of list that an ENUM's or SET's names are in, the names, their collation.
fn named_members(ty: &ColumnType) -> Option<(u8, &Members, CollationId)> {
    match ty {
        ColumnType::Set { members, collation } => Some((optional::SET_NAMES, members, *collation)),
        ColumnType::Enum { members, collation } => {
            Some((optional::ENUM_NAMES, members, *collation))
        }
        _ => None,
    }
}

/// Collations as the most frequent one with exceptions, or one by one where that is shorter.
fn put_charsets(out: &mut Vec<u8>, charsets: &[u16], default_key: u8, column_key: u8) {
    let count = |id: &u16| charsets.iter().filter(|other| *other == id).count();
    let Some(default) = charsets.iter().copied().max_by_key(count) else { return };
    let exceptions = charsets.len() - count(&default);
    if 2 * exceptions >= charsets.len() {
        return put_field(out, column_key, |out| {
            charsets.iter().for_each(|id| put_packed(out, u64::from(*id)));
        });
    }
    put_field(out, default_key, |out| {
        put_packed(out, u64::from(default));
        for (at, id) in charsets.iter().enumerate().filter(|(_, id)| **id != default) {
            put_packed(out, at as u64);
            put_packed(out, u64::from(*id));
        }
    });
}

fn put_members(out: &mut Vec<u8>, key: u8, columns: &[ColumnInfo]) -> Result<(), EventError> {
    let mut field = Vec::new();
    let all = columns.iter().filter_map(|column| named_members(&column.ty));
    for (_, members, collation) in all.filter(|(kind, ..)| *kind == key) {
        put_packed(&mut field, members.len() as u64);
        for name in members.iter() {
            let mut encoded = Vec::new();
            text::encode(name, collation, &mut encoded)?;
            put_packed_bytes(&mut field, &encoded);
        }
    }
    put_field(out, key, |out| out.append(&mut field));
    Ok(())
}

fn put_primary(out: &mut Vec<u8>, primary: &[(usize, u32)]) {
    let with_prefix = primary.iter().any(|(_, prefix)| *prefix > 0);
    let key =
        if with_prefix { optional::PRIMARY_KEY_WITH_PREFIX } else { optional::SIMPLE_PRIMARY_KEY };
    put_field(out, key, |out| {
        for (column, prefix) in primary {
            put_packed(out, *column as u64);
            if with_prefix {
                put_packed(out, u64::from(*prefix));
            }
        }
    });
}

/// A column as a table map of any server tells of it.
#[derive(Debug, Clone, PartialEq)]
pub struct MapColumn {
    /// Type code and metadata.
    pub coded: Coded,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Its name, where told.
    pub name: Option<String>,
    /// Of a number, where told: never below zero.
    pub unsigned: Option<bool>,
    /// Of a string, ENUM or SET, where told.
    pub collation: Option<CollationId>,
    /// Of an ENUM or SET, where told.
    pub members: Option<Members>,
}

/// A table map that is read from the log.
#[derive(Debug, Clone, PartialEq)]
pub struct TableMap {
    /// The number that the row events after it use.
    pub id: u64,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<MapColumn>,
    /// The primary key's columns with their prefix (0: whole), where told.
    pub primary: Vec<(usize, u32)>,
}

impl TableMap {
    /// Reads the body of a table map.
    pub fn parse(body: &[u8]) -> Result<Self, EventError> {
        let mut from = Reader::new(body, "a table map");
        let id = from.uint(6)?;
        from.u16()?;
        let (schema, name) = (table_name(&mut from)?, table_name(&mut from)?);
        let count = from.count(MAX_COLUMNS)?;
        let codes = from.bytes(count)?;
        let mut metadata = Reader::new(from.packed_bytes()?, "a column's metadata");
        let nullable = from.bytes(count.div_ceil(8))?;
        let mut columns = Vec::with_capacity(count);
        for (at, code) in codes.iter().enumerate() {
            let coded = Coded::read(*code, &mut metadata)?;
            let nullable = bit(nullable, at);
            let (name, unsigned, collation, members) = (None, None, None, None);
            columns.push(MapColumn { coded, nullable, name, unsigned, collation, members });
        }
        let mut map = Self { id, schema, name, columns, primary: Vec::new() };
        while !from.is_empty() {
            let key = from.u8()?;
            map.understand(key, Reader::new(from.packed_bytes()?, "a table's metadata"))?;
        }
        Ok(map)
    }

    /// How the rows lie, as far as the map alone tells.
    pub fn layouts(&self) -> Result<Vec<Layout>, EventError> {
        self.columns.iter().map(MapColumn::layout).collect()
    }

    /// How the rows lie of a table whose columns have these types.
    pub fn layouts_as(&self, types: &[ColumnType]) -> Result<Vec<Layout>, EventError> {
        let mut layouts = self.layouts()?;
        for (layout, ty) in layouts.iter_mut().zip(types) {
            *layout = layout.clone().understood_as(ty);
        }
        Ok(layouts)
    }

    fn understand(&mut self, key: u8, mut field: Reader<'_>) -> Result<(), EventError> {
        match key {
            optional::SIGNEDNESS => {
                let numeric = self.columns.iter_mut().filter(|column| column.coded.is_numeric());
                for (at, column) in numeric.enumerate() {
                    // the first column is the highest bit
                    column.unsigned = Some(bit(field.rest(), at ^ 7));
                }
            }
            optional::DEFAULT_CHARSET => default_charset(&mut field, self.strings())?,
            optional::COLUMN_CHARSET => column_charsets(&mut field, self.strings())?,
            optional::MEMBER_DEFAULT_CHARSET => default_charset(&mut field, self.member_columns())?,
            optional::MEMBER_COLUMN_CHARSET => column_charsets(&mut field, self.member_columns())?,
            optional::COLUMN_NAME => {
                for column in &mut self.columns {
                    let name = field.packed_bytes()?;
                    column.name = Some(String::from_utf8_lossy(name).into_owned());
                }
            }
            optional::SET_NAMES => self.member_names(&mut field, Coded::is_set)?,
            optional::ENUM_NAMES => self.member_names(&mut field, Coded::is_enum)?,
            optional::SIMPLE_PRIMARY_KEY => self.primary_key(&mut field, false)?,
            optional::PRIMARY_KEY_WITH_PREFIX => self.primary_key(&mut field, true)?,
            _ => {}
        }
        Ok(())
    }

    fn strings(&mut self) -> impl Iterator<Item = &mut MapColumn> {
        self.columns.iter_mut().filter(|column| column.coded.is_string())
    }

    fn member_columns(&mut self) -> impl Iterator<Item = &mut MapColumn> {
        self.columns.iter_mut().filter(|column| column.coded.is_enum() || column.coded.is_set())
    }

    fn member_names(
        &mut self,
        field: &mut Reader<'_>,
        is_kind: fn(&Coded) -> bool,
    ) -> Result<(), EventError> {
        for column in self.columns.iter_mut().filter(|column| is_kind(&column.coded)) {
            let collation = column.collation.unwrap_or(BINARY);
            let count = field.count(field.rest().len())?;
            let names = (0..count).map(|_| member_name(field.packed_bytes()?, collation));
            column.members = Some(names.collect::<Result<Vec<_>, _>>()?.into());
        }
        Ok(())
    }

    fn primary_key(&mut self, field: &mut Reader<'_>, with_prefix: bool) -> Result<(), EventError> {
        while !field.is_empty() {
            let column = field.count(self.columns.len().saturating_sub(1))?;
            let prefix = if with_prefix { field.packed()? } else { 0 };
            self.primary.push((column, prefix.min(u64::from(u32::MAX)) as u32));
        }
        Ok(())
    }
}

impl MapColumn {
    fn layout(&self) -> Result<Layout, EventError> {
        Layout::of_coded(self.coded, self.unsigned, self.collation, self.members.clone())
    }
}

/// A name after its length, and a NUL.
fn table_name(from: &mut Reader<'_>) -> Result<String, EventError> {
    let name = from.short_bytes()?;
    from.u8()?;
    Ok(String::from_utf8_lossy(name).into_owned())
}

/// A member's name; one in a character set that is not ours keeps its bytes as far as they are text.
fn member_name(bytes: &[u8], collation: CollationId) -> Result<Box<str>, EventError> {
    let name = text::decode(bytes, collation);
    Ok(name.unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned()).into())
}

fn collation(from: &mut Reader<'_>) -> Result<CollationId, EventError> {
    from.count(usize::from(u16::MAX)).map(|id| CollationId(id as u16))
}

fn default_charset<'a>(
    field: &mut Reader<'_>,
    columns: impl Iterator<Item = &'a mut MapColumn>,
) -> Result<(), EventError> {
    let default = collation(field)?;
    let mut columns: Vec<_> = columns.collect();
    columns.iter_mut().for_each(|column| column.collation = Some(default));
    while !field.is_empty() {
        let at = field.count(MAX_COLUMNS)?;
        let exception = collation(field)?;
        if let Some(column) = columns.get_mut(at) {
            column.collation = Some(exception);
        }
    }
    Ok(())
}

fn column_charsets<'a>(
    field: &mut Reader<'_>,
    columns: impl Iterator<Item = &'a mut MapColumn>,
) -> Result<(), EventError> {
    for column in columns {
        column.collation = Some(collation(field)?);
    }
    Ok(())
}

//! Definitions in a checkpoint.

use std::sync::Arc;

use super::{Damaged, Input, Stored, stored_struct, stored_tags};
use crate::engine::catalog::{
    Catalog, CheckDef, ColumnDef, DefaultValue, ForeignKeyAction, ForeignKeyDef, Generated,
    IndexDef, IndexKind, IndexPart, SchemaDef, TableDef, TableName, ViewDef,
};
use crate::store::TableId;
use crate::value::types::CollationId;

stored_struct!(TableName { schema, name });
stored_struct!(Generated { sql, stored });
stored_struct!(IndexPart { column, prefix, descending });
stored_struct!(IndexDef { name, kind, parts, comment, visible });
stored_struct!(CheckDef { name, sql, enforced });
stored_struct!(ForeignKeyDef { name, columns, parent, parent_columns, on_delete, on_update });
stored_tags!(IndexKind { 1 = Primary, 2 = Unique, 3 = Plain });
stored_tags!(ForeignKeyAction {
    1 = NoAction,
    2 = Restrict,
    3 = Cascade,
    4 = SetNull,
    5 = SetDefault,
});
stored_struct!(ColumnDef {
    name,
    ty,
    collation_given,
    nullable,
    default,
    no_default,
    on_update_now,
    generated,
    auto_increment,
    comment,
    invisible,
    hidden,
});
stored_struct!(ViewDef {
    schema,
    name,
    sql,
    columns,
    definer,
    invoker,
    algorithm,
    check_option,
    collation,
    sql_mode,
});

impl Stored for DefaultValue {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Value(value) => {
                out.push(1);
                value.put(out);
            }
            Self::Expression(sql) => {
                out.push(2);
                sql.put(out);
            }
        }
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        match input.byte()? {
            1 => Stored::take(input).map(Self::Value),
            2 => Stored::take(input).map(Self::Expression),
            _ => Err(input.damaged("a kind of default")),
        }
    }
}

impl Stored for TableDef {
    fn put(&self, out: &mut Vec<u8>) {
        self.id.0.put(out);
        self.full_name().put(out);
        self.columns.put(out);
        self.indexes.put(out);
        self.foreign_keys.put(out);
        self.checks.put(out);
        self.collation.put(out);
        self.engine.put(out);
        self.comment.put(out);
        self.options.put(out);
        self.first_auto_increment.put(out);
        self.created.put(out);
        self.version.put(out);
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        let id = TableId(Stored::take(input)?);
        let TableName { schema, name } = TableName::take(input)?;
        let mut table = Self::new(&schema, &name, CollationId(0));
        table.columns = Stored::take(input)?;
        table.indexes = Stored::take(input)?;
        table.foreign_keys = Stored::take(input)?;
        table.checks = Stored::take(input)?;
        table.collation = Stored::take(input)?;
        table.engine = Stored::take(input)?;
        table.comment = Stored::take(input)?;
        table.options = Stored::take(input)?;
        table.first_auto_increment = Stored::take(input)?;
        table.created = Stored::take(input)?;
        table.version = Stored::take(input)?;
        table.finish(id).map_err(|_| input.damaged("an index over columns that exist"))?;
        Ok(table)
    }
}

impl Stored for SchemaDef {
    fn put(&self, out: &mut Vec<u8>) {
        self.name.put(out);
        self.collation.put(out);
        super::put_number(self.tables().count() as u64, out);
        self.tables().for_each(|table| table.put(out));
        super::put_number(self.views().count() as u64, out);
        self.views().for_each(|view| view.put(out));
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        let name: Arc<str> = Stored::take(input)?;
        let mut schema = Self::new(&name, Stored::take(input)?);
        for table in Vec::<TableDef>::take(input)? {
            schema.put_table(Arc::new(table));
        }
        for view in Vec::<ViewDef>::take(input)? {
            schema.put_view(Arc::new(view));
        }
        Ok(schema)
    }
}

impl Stored for Catalog {
    fn put(&self, out: &mut Vec<u8>) {
        self.version().put(out);
        super::put_number(self.schemas().count() as u64, out);
        self.schemas().for_each(|schema| schema.put(out));
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        let version = Stored::take(input)?;
        let mut catalog = Self::default();
        for schema in Vec::<SchemaDef>::take(input)? {
            catalog.put_schema(schema);
        }
        catalog.set_version(version);
        Ok(catalog)
    }
}

//! A row read by column names, of which servers and versions have different ones.

use mysql_async::{Row, Value};

/// A row with its columns' names.
pub struct Fields(Row);

impl Fields {
    /// Takes a row.
    pub fn new(row: Row) -> Self {
        Self(row)
    }

    /// The text of the first column that has one of these names (case does not matter); `None`
    /// for NULL and for a column that is not there.
    pub fn text(&self, names: &[&str]) -> Option<String> {
        self.bytes(names).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// As [`Fields::text`], the bytes as they came.
    pub fn bytes(&self, names: &[&str]) -> Option<&[u8]> {
        let columns = self.0.columns_ref();
        let named = |column: &mysql_async::Column| {
            names.iter().any(|name| column.name_ref().eq_ignore_ascii_case(name.as_bytes()))
        };
        match self.0.as_ref(columns.iter().position(named)?)? {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// As [`Fields::text`], read as a number.
    pub fn number<T: std::str::FromStr>(&self, names: &[&str]) -> Option<T> {
        self.text(names)?.trim().parse().ok()
    }

    /// Whether a switch is on: anything but nothing, `0`, `OFF`, `N` and `NO`. (MariaDB 12's
    /// `read_only` has more values than two.)
    pub fn switch(&self, names: &[&str]) -> bool {
        let text = self.text(names).unwrap_or_default();
        !["", "0", "off", "n", "no", "false"].iter().any(|off| text.eq_ignore_ascii_case(off))
    }
}

//! The one type of values that come from several expressions: CASE, COALESCE, UNION, VALUES, LEAST; and
//! the conversions that bring them there.

use super::numbers::{decimal_size, integer_type, number_class};
use super::{Expr, ExprKind, ExprType, NumberClass, aggregate_collations};
use crate::value::types::{BlobSize, ColumnType, IntegerSize};
use crate::value::{SqlError, Value};

/// The type that holds values of all these.
///
/// # Errors
/// 1267 and its kin.
pub fn merge_types(types: &[&ExprType]) -> Result<ExprType, SqlError> {
    merge_types_named(types, "case")
}

/// The same, with the operation's name for errors.
///
/// # Errors
/// 1267 and its kin.
pub fn merge_types_named(types: &[&ExprType], operation: &str) -> Result<ExprType, SqlError> {
    let nullable = types.iter().any(|ty| ty.nullable);
    let known: Vec<&ExprType> =
        types.iter().copied().filter(|ty| ty.ty != ColumnType::Null).collect();
    let Some(first) = known.first() else { return Ok(ExprType::null()) };
    if known.iter().all(|ty| ty.ty == first.ty) && !matches!(first.ty, ColumnType::Integer { .. }) {
        let (_, coercibility) = aggregate_collations(&known, operation)?;
        return Ok((*first).clone().with_nullable(nullable).with_coercibility(coercibility));
    }
    if known.iter().all(|ty| ty.ty == ColumnType::Json) {
        return Ok(ExprType::new(ColumnType::Json, nullable));
    }
    if known.iter().all(|ty| ty.is_temporal()) {
        return Ok(merge_temporal(&known, nullable));
    }
    if known.iter().all(|ty| is_plain_number(ty)) {
        return Ok(merge_numbers(&known, nullable));
    }
    merge_strings(&known, nullable, operation)
}

fn is_plain_number(ty: &ExprType) -> bool {
    !ty.is_string() && !ty.is_temporal() && ty.ty != ColumnType::Json
}

fn merge_temporal(types: &[&ExprType], nullable: bool) -> ExprType {
    let fsp = types.iter().map(|ty| ty.decimals()).max().unwrap_or(0);
    let all = |test: fn(&ColumnType) -> bool| types.iter().all(|ty| test(&ty.ty));
    let ty = if all(|ty| matches!(ty, ColumnType::Time(_))) {
        ColumnType::Time(fsp)
    } else if all(|ty| matches!(ty, ColumnType::Timestamp(_))) {
        ColumnType::Timestamp(fsp)
    } else {
        ColumnType::DateTime(fsp)
    };
    ExprType::new(ty, nullable)
}

fn merge_numbers(types: &[&ExprType], nullable: bool) -> ExprType {
    let has = |class| types.iter().any(|ty| number_class(ty) == class);
    if has(NumberClass::Double) {
        return merge_floats(types, nullable);
    }
    if has(NumberClass::Decimal) || mixes_big_signs(types) {
        let sizes = types.iter().map(|ty| decimal_size(ty));
        let (whole, scale) = sizes.fold((0, 0), |(whole, scale), (precision, own)| {
            (whole.max(precision - own), scale.max(own))
        });
        return ExprType::decimal(whole + scale, scale, nullable);
    }
    integer_type(types, nullable)
}

/// BIGINT UNSIGNED and something signed fit only a DECIMAL.
fn mixes_big_signs(types: &[&ExprType]) -> bool {
    use crate::value::types::IntegerSize::Big;
    let big_unsigned = |ty: &&ExprType| {
        ty.is_unsigned()
            && matches!(ty.ty, ColumnType::Integer { size: Big, .. } | ColumnType::Bit(_))
    };
    types.iter().any(big_unsigned) && types.iter().any(|ty| !ty.is_unsigned())
}

fn merge_floats(types: &[&ExprType], nullable: bool) -> ExprType {
    // A FLOAT holds whole numbers of up to three bytes.
    let fits_float = |ty: &ColumnType| match ty {
        ColumnType::Float { double: false, .. } | ColumnType::Year => true,
        ColumnType::Integer { size, .. } => {
            matches!(size, IntegerSize::Tiny | IntegerSize::Small | IntegerSize::Medium)
        }
        _ => false,
    };
    let all_float = types.iter().all(|ty| fits_float(&ty.ty));
    let mut merged = ExprType::double(nullable);
    if all_float {
        merged.ty =
            ColumnType::Float { double: false, unsigned: false, digits: None, zerofill: false };
    }
    merged
}

fn merge_strings(
    types: &[&ExprType],
    nullable: bool,
    operation: &str,
) -> Result<ExprType, SqlError> {
    let with_bits: Vec<ExprType> = types.iter().map(|ty| bits_as_bytes(ty)).collect();
    let with_bits: Vec<&ExprType> = with_bits.iter().collect();
    let (collation, coercibility) = aggregate_collations(&with_bits, operation)?;
    let collation = match with_bits.iter().any(|ty| ty.is_string()) {
        true => collation,
        // Numbers and dates that meet are text in the connection's character set.
        false => super::types::DEFAULT_COLLATION,
    };
    let length = types.iter().map(|ty| ty.char_length()).max().unwrap_or(0);
    let mut merged = ExprType::text(length, collation, nullable);
    if let (true, Ok(length)) = (is_fixed(types), u32::try_from(length)) {
        merged.ty = match collation == super::types::BINARY {
            true => ColumnType::Binary { varying: false, length },
            false => ColumnType::Char { varying: false, length, collation },
        };
    }
    if let Some(size) = blob_size(types) {
        merged.ty = match collation == super::types::BINARY {
            true => ColumnType::Blob(size),
            false => ColumnType::Text { size, collation },
        };
    }
    Ok(merged.with_coercibility(coercibility))
}

/// A BIT among texts is a binary string.
fn bits_as_bytes(ty: &ExprType) -> ExprType {
    match ty.ty {
        ColumnType::Bit(_) => ExprType::bytes(ty.char_length(), ty.nullable),
        _ => ty.clone(),
    }
}

/// Whether CHAR or BINARY columns meet only what has no varying length itself.
fn is_fixed(types: &[&ExprType]) -> bool {
    let fixed = |ty: &ColumnType| {
        matches!(
            ty,
            ColumnType::Char { varying: false, .. } | ColumnType::Binary { varying: false, .. }
        )
    };
    let varying = |ty: &ColumnType| {
        matches!(
            ty,
            ColumnType::Char { varying: true, .. } | ColumnType::Binary { varying: true, .. }
        )
    };
    types.iter().any(|ty| fixed(&ty.ty)) && !types.iter().any(|ty| varying(&ty.ty))
}

/// The largest TEXT or BLOB among them.
fn blob_size(types: &[&ExprType]) -> Option<BlobSize> {
    let size = |ty: &&ExprType| match ty.ty {
        ColumnType::Text { size, .. } | ColumnType::Blob(size) => Some(size),
        ColumnType::Json => Some(BlobSize::Long),
        _ => None,
    };
    types.iter().filter_map(size).max_by_key(|size| size.bytes())
}

impl Expr {
    /// A branch of IF or CASE with values of that type: those keep their own digits where the type is DECIMAL.
    pub fn branch(self, to: &ExprType) -> Self {
        match (&self.ty.ty, &to.ty) {
            (ColumnType::Integer { .. }, ColumnType::Decimal { .. }) => self,
            _ => self.coerced(to),
        }
    }

    /// A column of a UNION with values of its type: filled up, with all digits, and bits as numbers.
    pub fn settled(self, to: &ExprType) -> Self {
        let nullable = self.ty.nullable;
        let is_branch = matches!(self.kind, ExprKind::If(_) | ExprKind::Case { .. });
        match (&self.ty.ty, &to.ty) {
            (ColumnType::Decimal { .. }, ColumnType::Decimal { .. }) if is_branch => {
                Self::new(ExprKind::Coerce(Box::new(self)), to.clone().with_nullable(nullable))
            }
            (ColumnType::Bit(_), _) if to.is_string() => {
                self.coerced(&ExprType::big_integer(true, nullable)).settled(to)
            }
            (from, ColumnType::Binary { varying: false, .. }) if *from != to.ty => {
                Self::new(ExprKind::Cast(Box::new(self)), to.clone().with_nullable(nullable))
            }
            _ => self.coerced(to),
        }
    }

    /// The expression with values of that type; itself where nothing has to change.
    pub fn coerced(self, to: &ExprType) -> Self {
        if self.is_null_literal() || !needs_coercion(&self.ty, to) {
            return self;
        }
        let ty = to.clone().with_nullable(self.ty.nullable);
        Self::new(ExprKind::Coerce(Box::new(self)), ty)
    }
}

fn needs_coercion(from: &ExprType, to: &ExprType) -> bool {
    use ColumnType::{Binary, Blob, Char, Integer, Text};
    match (&from.ty, &to.ty) {
        (from, to) if from == to => false,
        (Char { .. } | Text { .. }, Char { .. } | Text { .. }) => false,
        (Binary { .. } | Blob(_), Binary { .. } | Blob(_)) => false,
        (Integer { .. }, Integer { .. }) => from.is_unsigned() != to.is_unsigned(),
        (
            ColumnType::DateTime(a) | ColumnType::Timestamp(a),
            ColumnType::DateTime(b) | ColumnType::Timestamp(b),
        ) => a > b,
        (ColumnType::Null, _) => false,
        _ => true,
    }
}

/// Two sides of which at least one is temporal, as values that compare: both DATETIME, or both TIME, or
/// both DATE.
pub(super) fn temporal_sides(left: Expr, right: Expr) -> (Expr, Expr) {
    let ty = match (left.ty.is_temporal(), right.ty.is_temporal()) {
        (true, true) => merge_temporal(&[&left.ty, &right.ty], true),
        (true, false) => meeting_text(&left.ty),
        _ => meeting_text(&right.ty),
    };
    (temporal_side(left, &ty), temporal_side(right, &ty))
}

/// What text becomes that meets this type: a DATE column and text are compared as DATETIME.
fn meeting_text(ty: &ExprType) -> ExprType {
    let ty = match ty.ty {
        ColumnType::Time(_) => ColumnType::Time(6),
        _ => ColumnType::DateTime(6),
    };
    ExprType::new(ty, true)
}

/// A side as a moment with a date, where others have one.
pub fn moment_side(side: Expr) -> Expr {
    temporal_side(side, &ExprType::new(ColumnType::DateTime(6), true))
}

fn temporal_side(side: Expr, ty: &ExprType) -> Expr {
    let same = matches!(
        (&side.ty.ty, &ty.ty),
        (ColumnType::Time(_), ColumnType::Time(_))
            | (ColumnType::Date, ColumnType::DateTime(_) | ColumnType::Date)
            | (
                ColumnType::DateTime(_) | ColumnType::Timestamp(_),
                ColumnType::DateTime(_) | ColumnType::Timestamp(_),
            )
    );
    if same || side.is_null_literal() {
        return side;
    }
    let is_text = side.ty.is_string();
    let side = Box::new(side);
    Expr::new(if is_text { ExprKind::Moment(side) } else { ExprKind::Coerce(side) }, ty.clone())
}

/// A side of a comparison as JSON: text becomes a JSON string, not a document.
pub(super) fn json_side(side: Expr) -> Expr {
    if side.ty.ty == ColumnType::Json || side.is_null_literal() {
        return side;
    }
    if let ExprKind::Literal(Value::Null) = side.kind {
        return side;
    }
    let nullable = side.ty.nullable;
    Expr::new(ExprKind::Coerce(Box::new(side)), ExprType::new(ColumnType::Json, nullable))
}

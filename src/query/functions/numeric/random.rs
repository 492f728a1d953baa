//! RAND: MySQL's generator, so that a seed gives the same numbers as there.
//!
//! Two seeds below 2^30 - 1 step by `s1 = 3·s1 + s2`, `s2 = s1 + s2 + 33` (modulo 2^30 - 1); a number is
//! `s1` divided by the modulus. `RAND(n)` starts from `n`, once for each call that stands in a statement.

use std::collections::HashMap;

use super::super::args::Args;
use super::super::build::pure;
use super::super::types::{Typed, any_nullable};
use super::super::{Arity, Call, Function, TypeContext};
use crate::query::expr::ExprType;
use crate::query::{EvalContext, Interrupt};
use crate::value::Value;

pub(in super::super) const FUNCTIONS: &[Function] =
    &[pure("rand", Arity::between(0, 1), rand_type, rand).handles_nulls().volatile()];

/// The modulus.
const MODULUS: u32 = 0x3FFF_FFFF;

/// The state of the generator.
#[derive(Debug, Clone, Copy)]
pub struct Generator {
    first: u64,
    second: u64,
}

impl Generator {
    /// As `SET rand_seed1, rand_seed2` start it.
    pub fn new(first: u32, second: u32) -> Self {
        let modulus = u64::from(MODULUS);
        Self { first: u64::from(first) % modulus, second: u64::from(second) % modulus }
    }

    /// As `RAND(seed)` starts it.
    pub fn seeded(seed: u32) -> Self {
        let first = seed.wrapping_mul(0x10001).wrapping_add(55_555_555);
        Self::new(first, seed.wrapping_mul(0x1000_0001))
    }

    /// The next number, from 0 to below 1.
    pub fn next_number(&mut self) -> f64 {
        let modulus = u64::from(MODULUS);
        self.first = (self.first * 3 + self.second) % modulus;
        self.second = (self.first + self.second + 33) % modulus;
        self.first as f64 / modulus as f64
    }
}

fn rand_type(args: &[ExprType], _: &TypeContext<'_>) -> Typed {
    Ok(ExprType::double(any_nullable(args)))
}

/// The generators of a statement, by the place of their call, with the seed that started them.
#[derive(Debug, Default)]
pub struct Generators(HashMap<usize, (u32, Generator)>);

impl Generators {
    /// The next number of a call: the same seed again goes on with its sequence, another starts anew.
    fn next_number(&mut self, place: usize, seed: u32) -> f64 {
        let start = || (seed, Generator::seeded(seed));
        let entry = self.0.entry(place).or_insert_with(start);
        if entry.0 != seed {
            *entry = start();
        }
        entry.1.next_number()
    }
}

fn rand(ctx: &mut EvalContext<'_>, values: &[Value], call: &Call<'_>) -> Result<Value, Interrupt> {
    if values.is_empty() {
        return Ok(Value::Double(unseeded()));
    }
    let mut args = Args::new(ctx, values, call);
    let seed = if args.is_null(0) { 0 } else { args.int(0) as u32 };
    let place = std::ptr::from_ref(call.result) as usize;
    Ok(Value::Double(args.ctx.functions.random.next_number(place, seed)))
}

/// A number of 53 random bits.
fn unseeded() -> f64 {
    let mut bytes = [0; 8];
    // Without the machine's random source there is only this number; nothing secret hangs on it.
    if aws_lc_rs::rand::fill(&mut bytes).is_err() {
        return 0.5;
    }
    (u64::from_le_bytes(bytes) >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::Generator;

    /// As a MySQL server answered `SELECT RAND(3) FROM` three rows.
    #[test]
    fn seeds_give_mysqls_numbers() {
        let mut generator = Generator::seeded(3);
        let numbers: Vec<_> = (0..3).map(|_| generator.next_number()).collect();
        assert_eq!(numbers, [0.9057697559760601, 0.37307905813034536, 0.14808605345719125]);
    }
}

//! What a row costs in the store: found, written under a live snapshot, scanned, locked; and how that grows
//! with the table.
//!
//! `cargo bench --bench store`

use std::hint::black_box;
use std::sync::Arc;

use anabranch::store::locks::{LockTable, Mode, OwnerId, Request, Resource};
use anabranch::store::{
    Direction, Edge, IndexNo, Key, KeyPart, KeyRange, KeyShape, Table, TableId, TableShape, Tables,
    View, WriteSet, apply,
};
use anabranch::value::types::{ColumnType, IntegerSize};
use anabranch::value::{Row, Value};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const TABLE: TableId = TableId(1);
const SIZES: [i64; 3] = [10_000, 100_000, 1_000_000];
/// Rows of one scan.
const SCANNED: i64 = 1_000;
/// Rows of one transaction.
const WRITTEN: i64 = 100;

fn shape() -> Arc<TableShape> {
    let integer = ColumnType::Integer {
        size: IntegerSize::Big,
        unsigned: false,
        width: None,
        zerofill: false,
    };
    let key = |column, unique| KeyShape {
        parts: vec![KeyPart { column, prefix: None, descending: false }],
        unique,
    };
    Arc::new(TableShape {
        id: TABLE,
        columns: vec![integer.clone(), integer.clone(), integer.clone(), integer].into(),
        primary: Some(key(0, true)),
        secondary: vec![key(1, false)],
    })
}

fn row(id: i64, other: i64) -> Row {
    let text: Arc<str> = "68487932199-96439406143-93774651418-41631865787".into();
    Row::new(vec![Value::Int(id), Value::Int(other), Value::Int(0), Value::Text(text)])
}

/// A permutation without a pattern that a cache would like.
fn scatter(at: i64, size: i64) -> i64 {
    (at.wrapping_mul(7_368_787)).rem_euclid(size)
}

fn key(id: i64) -> Key {
    shape().search_key(IndexNo::ROWS, &[Value::Int(id)])
}

fn tables(size: i64) -> Tables {
    // Every other number is free, to insert at.
    let rows = (0..size).map(|at| (key(at * 2), row(at * 2, scatter(at, size))));
    let mut tables = Tables::default();
    tables.insert(Table::build(shape(), rows).expect("no duplicates"));
    tables
}

fn inserts(tables: &Tables, first: i64, rows: i64, size: i64) -> WriteSet {
    let mut writes = WriteSet::new();
    let table = tables.get(TABLE).expect("the table");
    for at in first..first + rows {
        writes.insert(table, row(scatter(at, size) * 2 + 1, at));
    }
    writes
}

fn reads(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read");
    for size in SIZES {
        let tables = tables(size);
        let view = View::new(&tables, None);
        let keys: Vec<Key> = (0..100_000).map(|at| key(scatter(at, size) * 2)).collect();
        let mut next = keys.iter().cycle();
        group.bench_function(BenchmarkId::new("get", size), |bencher| {
            bencher.iter(|| black_box(view.get(TABLE, next.next().expect("a cycle"))));
        });
        let writes = inserts(&tables, 0, WRITTEN, size);
        let merged = View::new(&tables, Some(writes.overlay()));
        group.throughput(Throughput::Elements(SCANNED as u64));
        let range = KeyRange::between(
            Edge::Including(key(size / 2)),
            Edge::Excluding(key(size / 2 + SCANNED * 2)),
        );
        let ways = [
            ("scan_rows", view, IndexNo::ROWS, range),
            ("scan_index", view, IndexNo(1), KeyRange::all()),
            ("scan_index_merged", merged, IndexNo(1), KeyRange::all()),
        ];
        for (name, view, index, range) in ways {
            group.bench_function(BenchmarkId::new(name, size), |bencher| {
                bencher.iter(|| {
                    let rows = view.scan(TABLE, index, &range, Direction::Forward);
                    rows.take(SCANNED as usize).map(|found| found.row.values().len()).sum::<usize>()
                });
            });
        }
        group.bench_function(BenchmarkId::new("scan_keys", size), |bencher| {
            bencher.iter(|| {
                let all = KeyRange::all();
                let keys = view.scan_keys(TABLE, IndexNo(1), &all, Direction::Backward);
                keys.take(SCANNED as usize).map(|found| found.columns().len()).sum::<usize>()
            });
        });
    }
    group.finish();
}

fn writes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("write");
    for size in SIZES {
        let snapshot = tables(size);
        for rows in [1, WRITTEN] {
            let mut first = 0;
            group.throughput(Throughput::Elements(rows as u64));
            let id = BenchmarkId::new(format!("publish_{rows}_under_snapshot"), size);
            group.bench_function(id, |bencher| {
                let prepare = || {
                    first += rows;
                    inserts(&snapshot, first, rows, size)
                };
                bencher.iter_batched(
                    prepare,
                    |writes| apply(&snapshot, &writes),
                    BatchSize::SmallInput,
                );
            });
        }
        let table = snapshot.get(TABLE).expect("the table");
        group.throughput(Throughput::Elements(WRITTEN as u64));
        group.bench_function(BenchmarkId::new("write_set_100_updates", size), |bencher| {
            bencher.iter(|| {
                let mut writes = WriteSet::new();
                for at in 0..WRITTEN {
                    let id = scatter(at, size) * 2;
                    let before = row(id, at);
                    let _mark = writes.mark();
                    writes.update(table, &key(id), before, row(id, at));
                }
                writes
            });
        });
    }
    group.finish();
}

fn locks(criterion: &mut Criterion) {
    let table = LockTable::default();
    let owner = OwnerId(1);
    let request = Request::new(owner, Mode::Exclusive, 0);
    let of = |id| Resource::Row { table: TABLE, index: IndexNo::ROWS, key: key(id) };
    let mut group = criterion.benchmark_group("lock");
    let one = of(7);
    group.bench_function("row_and_unlock", |bencher| {
        bencher.iter(|| {
            let _ = black_box(table.lock(one.clone(), &request));
            table.unlock_all(owner);
        });
    });
    let definition = Resource::Metadata { schema: "db".into(), table: "t".into() };
    let reading = Request::new(owner, Mode::Read, 0);
    group.bench_function("definition_and_unlock", |bencher| {
        bencher.iter(|| {
            let _ = black_box(table.lock(definition.clone(), &reading));
            table.unlock_all(owner);
        });
    });
    let many: Vec<Resource> = (0..1000).map(|at| of(scatter(at, 100_000))).collect();
    group.throughput(Throughput::Elements(1000));
    group.bench_function("1000_rows_and_unlock", |bencher| {
        bencher.iter(|| {
            for resource in &many {
                let _ = black_box(table.lock(resource.clone(), &request));
            }
            table.unlock_all(owner);
        });
    });
    group.finish();
}

criterion_group!(store_benches, reads, writes, locks);
criterion_main!(store_benches);

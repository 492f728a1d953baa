//! How long things take, to be run by hand: `cargo test --release engine::tests::speed -- --ignored --nocapture`.
//! `ROWS` sets how many rows.

use std::sync::Arc;
use std::time::Instant;

use super::fixture::{SCHEMA, TestDdl, begin, commit, insert, prepare, row, using};
use crate::disk::{Disk, RealDisk};
use crate::engine::{Engine, EngineOptions, SyncPolicy, Use};
use crate::value::{Row, Value};

fn sysbench_row(id: i64) -> Row {
    let text: String = (0..170).map(|at| char::from(b'0' + ((id + at) % 10) as u8)).collect();
    Row::new(vec![
        Value::Int(id),
        Value::Int(id * 7_919 % 1_000_003),
        Value::Int(id),
        Value::Text(text.into()),
    ])
}

fn report(what: &str, since: Instant) {
    eprintln!("{what:<28} {:>8.0} ms", since.elapsed().as_secs_f64() * 1_000.0);
}

#[test]
#[ignore = "takes long; says how long"]
fn recovery() {
    let rows: i64 = std::env::var("ROWS").map_or(100_000, |rows| rows.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::open(folder.path()).unwrap());
    let options = EngineOptions {
        sync: SyncPolicy::Never,
        memory_bytes: 8 << 30,
        checkpoint_log_bytes: u64::MAX,
        ..EngineOptions::default()
    };
    let open = || Engine::open(disk.clone(), options.clone(), &TestDdl, &mut |_| {}).unwrap();
    let engine = open();
    prepare(&engine, &["schema", "wide t", "numbers n"]);
    let since = Instant::now();
    for batch in 0..rows / 1_000 {
        let mut transaction = begin(&engine);
        let table = using(&mut transaction, "t", Use::Write);
        for id in batch * 1_000..(batch + 1) * 1_000 {
            transaction.insert(&table, sysbench_row(id)).unwrap();
        }
        commit(&engine, transaction).unwrap();
    }
    report("insert", since);
    for id in 0..2_000 {
        let since = Instant::now();
        let mut transaction = begin(&engine);
        insert(&mut transaction, "n", &[id, id]);
        commit(&engine, transaction).unwrap();
        if id == 1_999 {
            eprintln!(
                "one small commit             {:>8.1} us",
                since.elapsed().as_secs_f64() * 1e6
            );
        }
    }
    drop(engine);
    let since = Instant::now();
    let engine = open();
    report("open from the log", since);
    let since = Instant::now();
    engine.checkpoint().unwrap();
    report("checkpoint", since);
    drop(engine);
    let since = Instant::now();
    let engine = open();
    report("open from the checkpoint", since);
    let table = engine.database().catalog.table(SCHEMA, "t").unwrap().id;
    let tables = engine.database().tables.clone();
    let table = tables.get(table).unwrap();
    assert_eq!(table.len() as i64, rows);
    eprintln!("{} MiB", table.bytes() >> 20);
    let key = table.shape().row_key(&row(&[5, 0, 0, 0])).unwrap();
    assert!(table.get(&key).is_some());
}

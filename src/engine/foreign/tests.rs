//! Transactions of another server on an engine in memory: what fits is carried out, what does not is refused
//! with MySQL's numbers, and positions outlive a restart.

use std::sync::Arc;

use super::{Created, Foreign, Lane, Replicated};
use crate::binlog::event::Event;
use crate::disk::FaultyDisk;
use crate::engine::tests::fixture::{
    TestDdl, begin, commit, ddl, fill, insert, open, prepare, published,
};
use crate::engine::{CommitOptions, DdlStatement, Engine, Interrupt};
use crate::gtid::Gtid;
use crate::value::SqlError;

const UUID: &str = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

fn gtid(number: u64) -> Gtid {
    format!("{UUID}:{number}").parse().unwrap()
}

/// Carries out the last transaction of a source, without committing it.
fn carry_out(source: &Engine, replica: &Engine) -> Result<Foreign, SqlError> {
    let log = source.log().unwrap();
    let last = log.transactions_after(&Default::default()).unwrap().last().unwrap().unwrap();
    let mut foreign = Foreign::begin(replica);
    for event in last.events() {
        let (_, event) = event.unwrap();
        match event {
            Event::TableMap(map) => drop(foreign.map(&map).map_err(Interrupt::into_error)?),
            Event::Rows(rows) => {
                for step in foreign.steps(&rows)? {
                    foreign.change(&step, &TestDdl).map_err(Interrupt::into_error)?;
                }
            }
            _ => {}
        }
    }
    Ok(foreign)
}

fn land(replica: &Engine, foreign: Foreign, number: u64) {
    let options = CommitOptions { gtid: Some(gtid(number)), ..CommitOptions::default() };
    replica.commit(foreign.into_transaction(), options).wait().unwrap();
}

fn pair(kind: &str) -> (Arc<Engine>, Arc<Engine>) {
    let (source, replica) = (open(&FaultyDisk::new(1)), open(&FaultyDisk::new(2)));
    let table = format!("{kind} t");
    [&source, &replica].iter().for_each(|engine| prepare(engine, &["schema", &table]));
    (source, replica)
}

#[test]
fn rows_arrive_and_keep_their_names() {
    for kind in ["numbers", "keyless"] {
        let (source, replica) = pair(kind);
        let rows: [&[i64]; 3] = [&[1, 10], &[2, 20], &[2, 20]];
        fill(&source, "t", &rows[..if kind == "keyless" { 3 } else { 2 }]);
        land(&replica, carry_out(&source, &replica).unwrap(), 7);
        assert_eq!(published(&replica, "t"), published(&source, "t"));
        assert!(replica.database().executed.contains(&gtid(7)));
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let (source, replica) = pair("numbers");
    fill(&source, "t", &[&[1, 10]]);
    fill(&replica, "t", &[&[1, 10]]);
    assert_eq!(carry_out(&source, &replica).err().unwrap().code, 1062);
    let mut change = begin(&source);
    let table = change.use_table("test", "t", crate::engine::Use::Write).unwrap();
    let key = table.shape.row_key(&crate::engine::tests::fixture::row(&[1, 10])).unwrap();
    change.delete(&table, &key).unwrap();
    commit(&source, change).unwrap();
    let mut other = begin(&replica);
    let table = other.use_table("test", "t", crate::engine::Use::Write).unwrap();
    other.update(&table, &key, crate::engine::tests::fixture::row(&[1, 11])).unwrap();
    commit(&replica, other).unwrap();
    let differs = carry_out(&source, &replica).err().unwrap();
    assert_eq!(differs.code, 1032);
    assert!(differs.message.contains("other values"), "{}", differs.message);
    ddl(&replica, "truncate t").unwrap();
    assert_eq!(carry_out(&source, &replica).err().unwrap().code, 1032);
    ddl(&replica, "widen t").unwrap();
    assert_eq!(carry_out(&source, &replica).err().unwrap().code, 1535);
    ddl(&replica, "drop t").unwrap();
    assert_eq!(carry_out(&source, &replica).err().unwrap().code, 1146);
}

fn with_position(position: &str) -> CommitOptions {
    let position = Some(position.into());
    let replicated = Replicated { server_id: 9, position, ..Replicated::default() };
    CommitOptions { replicated: Some(Box::new(replicated)), ..CommitOptions::default() }
}

#[test]
fn positions_are_kept_with_data() {
    let disk = FaultyDisk::new(3);
    let engine = open(&disk);
    prepare(&engine, &["schema", "numbers t"]);
    let mut transaction = begin(&engine);
    insert(&mut transaction, "t", &[1, 1]);
    engine.commit(transaction, with_position("e 100 0-1-1 f")).wait().unwrap();
    let position =
        |engine: &Engine| engine.database().source_position.as_deref().map(str::to_owned);
    assert_eq!(position(&engine).as_deref(), Some("e 100 0-1-1 f"));
    drop(engine);
    let engine = open(&disk.restart());
    assert_eq!(position(&engine).as_deref(), Some("e 100 0-1-1 f"), "from the log");
    engine.commit(begin(&engine), with_position("e 200 0-1-2 f")).wait().unwrap();
    engine.checkpoint().unwrap();
    drop(engine);
    let engine = open(&disk.restart());
    assert_eq!(position(&engine).as_deref(), Some("e 200 0-1-2 f"), "from a checkpoint");
}

#[test]
fn nothing_overtakes_what_failed() {
    let engine = open(&FaultyDisk::new(4));
    prepare(&engine, &["schema", "numbers t"]);
    let lane = Arc::new(Lane::default());
    let in_lane = || {
        let replicated = Replicated { lane: Some(lane.clone()), ..Replicated::default() };
        CommitOptions { replicated: Some(Box::new(replicated)), ..CommitOptions::default() }
    };
    engine.commit(begin(&engine), in_lane()).wait().unwrap();
    lane.set_broken();
    assert_eq!(engine.commit(begin(&engine), in_lane()).wait().unwrap_err().code, 1105);
    engine.commit(begin(&engine), CommitOptions::default()).wait().unwrap();
}

#[test]
fn a_table_comes_with_its_rows_or_not_at_all() {
    let (source, disk) = (open(&FaultyDisk::new(6)), FaultyDisk::new(7));
    prepare(&source, &["schema", "numbers t"]);
    fill(&source, "t", &[&[1, 10], &[2, 20]]);
    let replica = open(&disk);
    prepare(&replica, &["schema"]);
    let statement = DdlStatement { sql: "numbers t".into(), ..DdlStatement::default() };
    let changes = crate::engine::DdlReplay::changes(&TestDdl, &statement, &replica.database());
    let (mut transaction, changes) = (begin(&replica), changes.unwrap());
    transaction.lock_for(&changes).map_err(Interrupt::into_error).unwrap();
    let mut created = Created::new(&replica, transaction, statement, changes).unwrap();
    let log = source.log().unwrap();
    let last = log.transactions_after(&Default::default()).unwrap().last().unwrap().unwrap();
    for event in last.events() {
        match event.unwrap().1 {
            Event::TableMap(map) => created.map(&map).unwrap(),
            Event::Rows(rows) => created.rows(&replica, &rows, &TestDdl).unwrap(),
            _ => {}
        }
    }
    assert!(replica.database().catalog.table("test", "t").is_none(), "not before its rows");
    let mut options = with_position("e 400 - f");
    options.gtid = Some(gtid(9));
    let before = replica.database().executed.count();
    replica.commit_ready(created.into_commit(options).unwrap()).wait().unwrap();
    let same = |replica: &Engine| {
        assert_eq!(published(replica, "t"), published(&source, "t"));
        assert_eq!(replica.database().executed.count(), before + 1);
        assert!(replica.database().executed.contains(&gtid(9)));
        assert_eq!(replica.database().source_position.as_deref(), Some("e 400 - f"));
    };
    same(&replica);
    drop(replica);
    same(&open(&disk.restart()));
}

#[test]
fn a_definition_carries_its_position() {
    let disk = FaultyDisk::new(5);
    let engine = open(&disk);
    prepare(&engine, &["schema"]);
    let statement = DdlStatement { sql: "numbers t".into(), ..DdlStatement::default() };
    let changes = crate::engine::DdlReplay::changes(&TestDdl, &statement, &engine.database());
    let mut transaction = begin(&engine);
    let changes = changes.unwrap();
    transaction.lock_for(&changes).map_err(Interrupt::into_error).unwrap();
    let options = with_position("e 300 - f");
    engine.ddl_as(transaction, statement, changes, options).wait().unwrap();
    assert_eq!(engine.database().source_position.as_deref(), Some("e 300 - f"));
}

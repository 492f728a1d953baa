//! A transaction over a table against a plain map: random changes of its own and of others, marks and
//! rollbacks, and after each every scan of both views.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::*;
use super::{key_shape, numbers, row, shape};

const TABLE: TableId = TableId(1);
/// By the second column; several rows may have the same.
const PLAIN: IndexNo = IndexNo(1);
/// By the third column, and the second behind it.
const UNIQUE: IndexNo = IndexNo(2);

type Rest = (Option<i64>, Option<i64>);
type Rows = BTreeMap<i64, Rest>;

#[derive(Debug, Clone)]
enum Action {
    /// Inserts, or updates what is there.
    Put(i64, Rest),
    /// Gives a row another primary key.
    Move(i64, i64),
    Delete(i64),
    Mark,
    /// To that mark, counted from the last.
    Rollback(usize),
    /// Another transaction does so and commits, unless the row is locked.
    OtherPut(i64, Rest),
    OtherDelete(i64),
    Commit,
}

fn rest() -> impl Strategy<Value = Rest> {
    (prop::option::of(0i64..4), prop::option::of(0i64..6))
}

fn action() -> impl Strategy<Value = Action> {
    let id = || 0i64..10;
    prop_oneof![
        6 => (id(), rest()).prop_map(|(id, rest)| Action::Put(id, rest)),
        1 => (id(), id()).prop_map(|(from, to)| Action::Move(from, to)),
        2 => id().prop_map(Action::Delete),
        2 => Just(Action::Mark),
        2 => (0usize..3).prop_map(Action::Rollback),
        3 => (id(), rest()).prop_map(|(id, rest)| Action::OtherPut(id, rest)),
        1 => id().prop_map(Action::OtherDelete),
        1 => Just(Action::Commit),
    ]
}

struct World {
    snapshot: Tables,
    latest: Tables,
    writes: WriteSet,
    snapshot_rows: Rows,
    latest_rows: Rows,
    touched: BTreeMap<i64, Option<Rest>>,
    /// What was ever touched: locks outlast a rollback to a mark.
    locked: BTreeSet<i64>,
    /// What it has put there since it began: unique keys are locked, too.
    claimed: BTreeSet<(i64, Rest)>,
    /// With what it looked like then.
    marks: Vec<(Mark, usize, BTreeMap<i64, Option<Rest>>)>,
}

fn whole(id: i64, rest: Rest) -> Vec<Option<i64>> {
    vec![Some(id), rest.0, rest.1]
}

fn over(rows: &Rows, touched: &BTreeMap<i64, Option<Rest>>) -> Rows {
    let mut rows = rows.clone();
    for (id, rest) in touched {
        match rest {
            Some(rest) => drop(rows.insert(*id, *rest)),
            None => drop(rows.remove(id)),
        }
    }
    rows
}

/// Whether a row other than `except` has the unique key of `rest`.
fn has_twin(rows: &Rows, rest: Rest, except: i64) -> bool {
    let (Some(_), Some(_)) = rest else { return false };
    rows.iter().any(|(id, other)| *id != except && *other == rest)
}

impl World {
    fn new() -> Self {
        let secondary = vec![key_shape(&[1], false), key_shape(&[2, 1], true)];
        let mut tables = Tables::default();
        tables.insert(Table::new(shape(3, Some(key_shape(&[0], true)), secondary)));
        Self {
            snapshot: tables.clone(),
            latest: tables,
            writes: WriteSet::new(),
            snapshot_rows: Rows::new(),
            latest_rows: Rows::new(),
            touched: BTreeMap::new(),
            locked: BTreeSet::new(),
            claimed: BTreeSet::new(),
            marks: Vec::new(),
        }
    }

    fn table(&self) -> Table {
        self.latest.get(TABLE).map(|table| (**table).clone()).expect("the table")
    }

    fn key(&self, id: i64) -> Key {
        self.table().shape().search_key(IndexNo::ROWS, row(&[Some(id)]).values())
    }

    fn current(&self) -> View<'_> {
        View::new(&self.latest, Some(self.writes.overlay()))
    }

    fn current_rows(&self) -> Rows {
        over(&self.latest_rows, &self.touched)
    }

    fn run(&mut self, action: &Action) {
        self.act(action);
        self.locked.extend(self.touched.keys());
        self.claimed.extend(self.touched.iter().filter_map(|(id, rest)| Some((*id, (*rest)?))));
    }

    fn act(&mut self, action: &Action) {
        match action {
            Action::Put(id, rest) => self.put(*id, *rest),
            Action::Move(from, to) => self.move_row(*from, *to),
            Action::Delete(id) => self.delete(*id),
            Action::Mark => {
                let bytes = self.writes.bytes();
                self.marks.push((self.writes.mark(), bytes, self.touched.clone()));
            }
            Action::Rollback(back) => self.rollback(*back),
            Action::OtherPut(id, rest) => self.other(*id, Some(*rest)),
            Action::OtherDelete(id) => self.other(*id, None),
            Action::Commit => self.commit(),
        }
    }

    fn put(&mut self, id: i64, rest: Rest) {
        let (table, key, after) = (self.table(), self.key(id), row(&whole(id, rest)));
        let rows = self.current_rows();
        let before = self.current().get(TABLE, &key).cloned();
        assert_eq!(before.is_some(), rows.contains_key(&id));
        let itself = before.as_ref().map(|_| &key);
        let duplicate = self.current().duplicate(&table, &key, &after, itself);
        assert_eq!(duplicate.is_some(), has_twin(&rows, rest, id), "{duplicate:?}");
        if duplicate.is_some() {
            return;
        }
        match before {
            Some(before) => drop(self.writes.update(&table, &key, before, after)),
            None => drop(self.writes.insert(&table, after)),
        }
        self.touched.insert(id, Some(rest));
    }

    fn move_row(&mut self, from: i64, to: i64) {
        let rows = self.current_rows();
        let (Some(rest), false) = (rows.get(&from), rows.contains_key(&to)) else { return };
        let (table, key) = (self.table(), self.key(from));
        let before = self.current().get(TABLE, &key).cloned().expect("the row");
        let moved = self.writes.update(&table, &key, before, row(&whole(to, *rest)));
        assert_eq!(moved, self.key(to));
        self.touched.insert(from, None);
        self.touched.insert(to, Some(*rest));
    }

    fn delete(&mut self, id: i64) {
        let (table, key) = (self.table(), self.key(id));
        if let Some(before) = self.current().get(TABLE, &key).cloned() {
            self.writes.delete(&table, &key, before);
            self.touched.insert(id, None);
        }
    }

    fn rollback(&mut self, back: usize) {
        let Some(at) = self.marks.len().checked_sub(back + 1) else { return };
        let (mark, bytes, touched) = self.marks[at].clone();
        self.writes.rollback_to(&mark);
        assert_eq!(self.writes.bytes(), bytes);
        self.touched = touched;
        self.marks.truncate(at + 1);
    }

    /// Another transaction: what this one has touched since it began, rolled back or not, is locked.
    fn other(&mut self, id: i64, rest: Option<Rest>) {
        let claimed = |rest| {
            self.claimed
                .iter()
                .any(|(other, put)| has_twin(&Rows::from([(*other, *put)]), rest, id))
        };
        if self.locked.contains(&id)
            || rest.is_some_and(|rest| claimed(rest) || has_twin(&self.current_rows(), rest, id))
        {
            return;
        }
        if rest.is_some_and(|rest| has_twin(&self.latest_rows, rest, id)) {
            return;
        }
        let (table, key) = (self.table(), self.key(id));
        let mut writes = WriteSet::new();
        match (table.get(&key).cloned(), rest) {
            (Some(before), Some(rest)) => {
                drop(writes.update(&table, &key, before, row(&whole(id, rest))))
            }
            (Some(before), None) => writes.delete(&table, &key, before),
            (None, Some(rest)) => drop(writes.insert(&table, row(&whole(id, rest)))),
            (None, None) => {}
        }
        self.latest = apply(&self.latest, &writes);
        match rest {
            Some(rest) => drop(self.latest_rows.insert(id, rest)),
            None => drop(self.latest_rows.remove(&id)),
        }
    }

    fn commit(&mut self) {
        let mut replica = self.latest_rows.clone();
        for change in self.writes.changes() {
            replay(&mut replica, change);
        }
        self.latest = apply(&self.latest, &self.writes);
        self.latest_rows = self.current_rows();
        assert_eq!(replica, self.latest_rows);
        self.snapshot = self.latest.clone();
        self.snapshot_rows = self.latest_rows.clone();
        (self.writes, self.touched) = (WriteSet::new(), BTreeMap::new());
        self.marks.clear();
        self.locked.clear();
        self.claimed.clear();
        self.check_table();
    }

    /// The table is what it would be if its rows had just been put in.
    fn check_table(&self) {
        let table = self.table();
        let rows =
            self.latest_rows.iter().map(|(id, rest)| (self.key(*id), row(&whole(*id, *rest))));
        let built = Table::build(table.shape().clone(), rows).expect("no duplicates");
        assert_eq!(table.len(), self.latest_rows.len());
        assert_eq!(table.bytes(), built.bytes());
        assert_eq!(self.latest.bytes(), table.bytes());
        assert_eq!(table.indexes, built.indexes);
    }

    fn check(&self) {
        let snapshot = View::new(&self.snapshot, Some(self.writes.overlay()));
        check_view(&snapshot, &over(&self.snapshot_rows, &self.touched));
        check_view(&self.current(), &self.current_rows());
    }
}

/// What a replica makes of a change.
fn replay(rows: &mut Rows, change: &Change) {
    let id = |row| numbers(row)[0].expect("a primary key");
    if let Some(before) = &change.before {
        let removed = rows.remove(&id(before)).expect("a row to change");
        assert_eq!(whole(id(before), removed), numbers(before));
    }
    if let Some(after) = &change.after {
        let values = numbers(after);
        assert!(rows.insert(id(after), (values[1], values[2])).is_none());
    }
}

fn check_view(view: &View<'_>, rows: &Rows) {
    let by_id: Vec<_> = rows.iter().map(|(id, rest)| whole(*id, *rest)).collect();
    let mut by_plain = by_id.clone();
    by_plain.sort_by_key(|row| (row[1], row[0]));
    let mut by_unique = by_id.clone();
    by_unique.sort_by_key(|row| (row[2], row[1], row[0]));
    check_scans(view, IndexNo::ROWS, 0, &by_id);
    check_scans(view, PLAIN, 1, &by_plain);
    check_scans(view, UNIQUE, 2, &by_unique);
}

/// Scans of the whole index and of what is from 2 to below 5 in its first column, both ways.
fn check_scans(view: &View<'_>, index: IndexNo, column: usize, sorted: &[Vec<Option<i64>>]) {
    let table = view.table(TABLE).expect("the table");
    let edge = |number| table.shape().search_key(index, row(&[Some(number)]).values());
    let part = KeyRange::between(Edge::Including(edge(2)), Edge::Excluding(edge(5)));
    check_both_ways(view, index, &KeyRange::all(), sorted);
    let inside =
        |row: &&Vec<Option<i64>>| row[column].is_some_and(|number| (2..5).contains(&number));
    let inside: Vec<_> = sorted.iter().filter(inside).cloned().collect();
    check_both_ways(view, index, &part, &inside);
}

fn check_both_ways(view: &View<'_>, index: IndexNo, range: &KeyRange, sorted: &[Vec<Option<i64>>]) {
    let mut expected = sorted.to_vec();
    for direction in [Direction::Forward, Direction::Backward] {
        let found: Vec<_> = view.scan(TABLE, index, range, direction).collect();
        let rows: Vec<_> = found.iter().map(|found| numbers(found.row)).collect();
        assert_eq!(rows, expected, "{index:?} {direction:?} {range}");
        let keys: Vec<_> =
            view.scan_keys(TABLE, index, range, direction).map(|found| found.row_key()).collect();
        assert!(keys.iter().eq(found.iter().map(|found| &found.row_key)));
        if let Some(first) = found.first() {
            let rest = range.clone().after(first.key, direction);
            assert_eq!(view.scan(TABLE, index, &rest, direction).count(), found.len() - 1);
        }
        expected.reverse();
    }
}

proptest! {
    #[test]
    fn views_are_the_model(actions in prop::collection::vec(action(), 0..60)) {
        let mut world = World::new();
        for action in &actions {
            world.run(action);
            world.check();
        }
        world.commit();
    }
}

//! Classifying a known shape allocates nothing. A test binary of its own, because it counts allocations.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use std::sync::Arc;

use anabranch::proxy::route::rules::{Asked, Rule, RuleSet, When};
use anabranch::sql::{Classifier, LexMode, TableName};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// Counts what this thread allocates.
struct Counting;

// SAFETY: every call is passed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn a_known_shape_costs_no_allocation() {
    let mut classifier = Classifier::new(1000, 1 << 20);
    let mode = LexMode::default();
    let list = vec!["'some text'"; 500].join(", ");
    let statements = [
        "SELECT c FROM sbtest1 WHERE id=5023".to_owned(),
        "INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y')".to_owned(),
        "SELECT /* hint */ my_fn(@a), `b` FROM t -- end".to_owned(),
        "SELECT 'not closed".to_owned(),
        format!("SELECT * FROM t WHERE a IN ({list})"),
    ];
    for sql in &statements {
        classifier.classify(sql.as_bytes(), mode);
    }
    let before = ALLOCATIONS.with(Cell::get);
    for sql in &statements {
        classifier.classify(sql.as_bytes(), mode);
    }
    assert_eq!(ALLOCATIONS.with(Cell::get) - before, 0);
}

#[test]
fn rules_that_do_not_fit_cost_no_allocation() {
    let rule = |when| Arc::new(Rule { name: "rule".into(), when, ..Rule::default() });
    let rules = Arc::new(RuleSet::new(
        1,
        vec![
            rule(When { users: ["else".into()].into(), ..When::default() }),
            rule(When {
                tables: TableName::parse("orders").into_iter().collect(),
                ..When::default()
            }),
            rule(When { schemas: ["old".into()].into(), ..When::default() }),
        ],
    ));
    let mut classifier = Classifier::new(1000, 1 << 20).with_marker(rules.clone());
    let user = rules.of_user("app");
    let mut ask = |sql: &[u8]| {
        let class = classifier.classify(sql, LexMode::default());
        let asked = Asked { marks: &class.marks, user, schema: Some("shop"), text: Some(sql) };
        rules.find(&asked).is_some()
    };
    let sql = b"SELECT c FROM sbtest1 WHERE id=5023";
    ask(sql);
    let before = ALLOCATIONS.with(Cell::get);
    assert!(!ask(sql));
    assert_eq!(ALLOCATIONS.with(Cell::get) - before, 0);
}

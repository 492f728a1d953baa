//! Classifying a known shape allocates nothing. A test binary of its own, because it counts allocations.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use anabranch::sql::{Classifier, LexMode};

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

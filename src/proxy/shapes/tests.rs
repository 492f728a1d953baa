//! Counting, bounds, texts, and answers of several workers.

use std::sync::Arc;

use super::recorder::MAX_ENTRIES;
use super::*;
use crate::proxy::route::Reason;
use crate::sql::{Cause, Classifier, LexMode, StatementClass};

const READ: Taken = Taken { primary: false, reason: Reason::Statement(Cause::Select) };

fn told(recorder: &mut Recorder, classifier: &Classifier) -> Vec<(String, u64)> {
    recorder.look_up(classifier.shapes());
    let shapes = Shapes::of(recorder.shapes()).shapes;
    shapes.into_iter().map(|shape| (shape.shape, shape.count)).collect()
}

#[test]
fn shapes_are_counted_without_literals() {
    let (mut recorder, mut classifier) = (Recorder::default(), Classifier::new(100, 1 << 20));
    let context = recorder.context("app", Some("shop"));
    for id in 0..5 {
        let sql = format!("SELECT * FROM t WHERE secret = 'x{id}'");
        let class = classifier.classify(sql.as_bytes(), LexMode::default());
        recorder.note(&class, context, READ);
    }
    let class = classifier.classify(b"SELECT 1", LexMode::default());
    recorder.note(&class, context, Taken { primary: true, reason: Reason::NoReplica });
    recorder.note(&class, context, READ);
    recorder.look_up(classifier.shapes());
    let shapes = Shapes::of(recorder.shapes()).shapes;
    let first = &shapes[0];
    assert_eq!((first.shape.as_str(), first.count), ("select * from t where secret = ''", 5));
    assert_eq!((first.user.as_str(), first.schema.as_deref()), ("app", Some("shop")));
    assert_eq!((first.class.as_str(), first.target.as_str()), ("read", "replica"));
    assert_eq!(shapes.len(), 3, "two targets of one shape are two: {shapes:?}");
    assert!(!serde_json::to_string(&shapes).expect("JSON").contains("x1"));
}

#[test]
fn contexts_are_told_apart_and_bounded() {
    let mut recorder = Recorder::default();
    let one = recorder.context("app", None);
    assert_ne!(recorder.context("app", Some("a")), one);
    assert_eq!(recorder.context("app", None), one);
    for number in 0..1000 {
        recorder.context(&format!("user{number}"), None);
    }
    let over = recorder.context("one more", None);
    assert_eq!(recorder.context("and another", None), over);
    assert_ne!(recorder.context("user17", None), over);
}

#[test]
fn it_is_bounded_and_keeps_what_comes_often() {
    let (mut recorder, mut classifier) = (Recorder::default(), Classifier::new(10_000, 1 << 24));
    let context = recorder.context("app", None);
    let hot = classifier.classify(b"SELECT hot", LexMode::default());
    for number in 0..5 * MAX_ENTRIES {
        let sql = format!("SELECT c{number}");
        let class = classifier.classify(sql.as_bytes(), LexMode::default());
        recorder.note(&class, context, READ);
        recorder.note(&hot, context, READ);
        assert!(recorder.len() <= MAX_ENTRIES);
    }
    let shapes = told(&mut recorder, &classifier);
    assert_eq!(shapes.len(), MAX_ENTRIES);
    assert_eq!(shapes[0], ("select hot".to_owned(), 5 * MAX_ENTRIES as u64));
}

#[test]
fn classes_of_no_shape_are_not_counted() {
    let mut recorder = Recorder::default();
    let context = recorder.context("app", None);
    let class = Arc::new(StatementClass::write(Cause::PreparedText));
    recorder.note(&class, context, READ);
    assert!(recorder.is_empty());
}

#[test]
fn long_texts_are_cut() {
    let (mut recorder, mut classifier) = (Recorder::default(), Classifier::new(100, 1 << 20));
    let context = recorder.context("app", None);
    let sql = format!("SELECT {}", vec!["abc"; 1000].join(", "));
    let class = classifier.classify(sql.as_bytes(), LexMode::default());
    recorder.note(&class, context, READ);
    recorder.look_up(classifier.shapes());
    let shape = &recorder.shapes()[0];
    assert!(shape.cut && shape.shape.len() == MAX_SHAPE_BYTES);
}

#[tokio::test]
async fn a_board_adds_up_what_workers_answer() {
    let board = Arc::new(Board::new(2));
    let workers = [3, 4].map(|count| {
        let board = board.clone();
        tokio::spawn(async move {
            let mut questions = board.questions();
            for _ in 0..2 {
                questions.changed().await.expect("a question");
                let round = *questions.borrow_and_update();
                let shape = Shape {
                    shape: "select 1".to_owned(),
                    cut: false,
                    sql_mode: String::new(),
                    user: "app".to_owned(),
                    schema: None,
                    class: "read".to_owned(),
                    target: "replica".to_owned(),
                    reason: "select".to_owned(),
                    count,
                };
                board.answer(round, vec![shape]);
            }
        })
    });
    tokio::task::yield_now().await;
    for _ in 0..2 {
        let shapes = board.ask().await.shapes;
        assert_eq!(shapes.iter().map(|shape| shape.count).collect::<Vec<_>>(), [7]);
    }
    for worker in workers {
        worker.await.expect("it ends");
    }
}

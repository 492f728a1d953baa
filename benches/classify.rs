//! Nanoseconds to classify statements whose shape is known: the same text again (`cached`) and other
//! values each time (`other_values`); and one whose shape is new.
//!
//! `cargo bench --bench classify`

use std::hint::black_box;

use anabranch::sql::{Classifier, LexMode, classify};
use criterion::{Criterion, criterion_group, criterion_main};

/// How many texts of one shape take turns.
const TEXTS: usize = 1_009;

/// A name, and a statement in which `{n}` stands for a number that differs from text to text.
const STATEMENTS: &[(&str, &str)] = &[
    ("point_select", "SELECT c FROM sbtest1 WHERE id={n}"),
    ("range_sum", "SELECT SUM(k) FROM sbtest1 WHERE id BETWEEN {n} AND {n}"),
    ("update", "UPDATE sbtest1 SET k=k+1 WHERE id={n}"),
    (
        "insert",
        "INSERT INTO sbtest1 (id, k, c, pad) VALUES ({n}, {n}, '68487932199-96439406143-{n}-41631865787', '63188288836-{n}')",
    ),
    (
        "orm_select",
        "SELECT `auth_user`.`id`, `auth_user`.`password`, `auth_user`.`last_login`, `auth_user`.`username` FROM `auth_user` WHERE `auth_user`.`id` = {n} LIMIT 21",
    ),
    (
        "wordpress",
        "SELECT SQL_CALC_FOUND_ROWS wp_posts.ID FROM wp_posts WHERE 1=1 AND wp_posts.post_type = 'post' AND (wp_posts.post_status = 'publish') ORDER BY wp_posts.post_date DESC LIMIT {n}, 10",
    ),
    (
        "hibernate",
        "select u1_0.id,u1_0.created_at,u1_0.email,u1_0.enabled,u1_0.name,r1_0.user_id,r1_1.id,r1_1.name from users u1_0 left join users_roles r1_0 on u1_0.id=r1_0.user_id left join roles r1_1 on r1_1.id=r1_0.role_id where u1_0.email='someone{n}@example.com'",
    ),
    ("begin", "BEGIN"),
];

/// The statement with numbers of one to four digits.
fn texts(template: &str) -> Vec<String> {
    (0..TEXTS).map(|n| template.replace("{n}", &(n * 7).to_string())).collect()
}

fn benches(criterion: &mut Criterion) {
    let mut cached = criterion.benchmark_group("cached");
    for (name, template) in STATEMENTS {
        let mut classifier = Classifier::new(10_000, 16 << 20);
        let text = template.replace("{n}", "5023");
        cached.bench_function(*name, |bencher| {
            bencher.iter(|| classifier.classify(black_box(text.as_bytes()), LexMode::default()));
        });
    }
    cached.finish();
    let mut other_values = criterion.benchmark_group("other_values");
    for (name, template) in STATEMENTS {
        let mut classifier = Classifier::new(10_000, 16 << 20);
        let texts = texts(template);
        let mut turn = texts.iter().cycle();
        other_values.bench_function(*name, |bencher| {
            bencher.iter(|| {
                let text = turn.next().map_or("", String::as_str);
                classifier.classify(black_box(text.as_bytes()), LexMode::default())
            });
        });
    }
    other_values.finish();
    criterion.bench_function("new_shape/orm_select", |bencher| {
        bencher.iter(|| classify(black_box(STATEMENTS[4].1.as_bytes()), LexMode::default()));
    });
}

criterion_group!(classify_benches, benches);
criterion_main!(classify_benches);

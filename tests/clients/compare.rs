//! Two transcripts side by side: equal, or the first differences with the section that they are in.
// Each test binary uses a part of it.
#![allow(dead_code)]

/// How many differing places are shown; the rest is in the files.
const SHOWN: usize = 25;
/// How far apart two transcripts may drift before lines are matched up again.
const WINDOW: usize = 60;

/// Panics with a readable account of the differences when the two texts are not the same.
pub fn assert_same(name: &str, direct: &str, proxied: &str) {
    let differences = differences(direct, proxied);
    if differences.is_empty() {
        return;
    }
    let shown = differences.iter().take(SHOWN).map(|d| format!("{d}\n")).collect::<String>();
    panic!(
        "{name}: {} differences between direct (-) and through the proxy (+); all of it is in target/e2e/{name}/\n{shown}",
        differences.len()
    );
}

/// Each run of differing lines as text, with the transcript's section that it is in.
fn differences(direct: &str, proxied: &str) -> Vec<String> {
    let (left, right): (Vec<&str>, Vec<&str>) =
        (direct.lines().collect(), proxied.lines().collect());
    let (mut found, mut section, mut context) = (Vec::new(), "", "");
    let (mut i, mut j) = (0, 0);
    while i < left.len() || j < right.len() {
        if i < left.len() && j < right.len() && left[i] == right[j] {
            if left[i].starts_with("## ") {
                section = left[i];
            }
            context = left[i];
            (i, j) = (i + 1, j + 1);
            continue;
        }
        let (next_i, next_j) = meet_again(&left, &right, i, j);
        let mut text =
            format!("in \"{}\", after: {}", section.trim_start_matches("## "), shortened(context));
        left[i..next_i].iter().for_each(|line| text += &format!("\n  - {}", shortened(line)));
        right[j..next_j].iter().for_each(|line| text += &format!("\n  + {}", shortened(line)));
        found.push(text);
        (i, j) = (next_i, next_j);
    }
    found
}

/// The lines of both texts that have no counterpart in the other, but for empty ones: `-` stands before the left one's, `+` before the
/// right one's.
pub fn differing_lines(left: &str, right: &str) -> Vec<String> {
    let (left, right): (Vec<&str>, Vec<&str>) = (left.lines().collect(), right.lines().collect());
    let (mut found, mut i, mut j) = (Vec::new(), 0, 0);
    while i < left.len() || j < right.len() {
        if i < left.len() && j < right.len() && left[i] == right[j] {
            (i, j) = (i + 1, j + 1);
            continue;
        }
        let (next_i, next_j) = meet_again(&left, &right, i, j);
        let told =
            |sign: char| move |line: &&str| (!line.is_empty()).then(|| format!("{sign}{line}"));
        found.extend(left[i..next_i].iter().filter_map(told('-')));
        found.extend(right[j..next_j].iter().filter_map(told('+')));
        (i, j) = (next_i, next_j);
    }
    found
}

/// The nearest place behind `i` and `j` where the two texts have the same line again.
fn meet_again(left: &[&str], right: &[&str], i: usize, j: usize) -> (usize, usize) {
    for distance in 1..WINDOW * 2 {
        for step in 0..=distance.min(WINDOW) {
            let (a, b) = (i + step, j + distance - step);
            if a < left.len() && b < right.len() && left[a] == right[b] && !left[a].is_empty() {
                return (a, b);
            }
        }
    }
    (left.len(), right.len())
}

fn shortened(line: &str) -> String {
    const WIDTH: usize = 400;
    line.chars().take(WIDTH).collect()
}

#[test]
fn differences_name_their_section() {
    let found = differences("## a\n1\n2\n3\n## b\n4", "## a\n1\n3\n## b\n5");
    assert_eq!(found, ["in \"a\", after: 1\n  - 2", "in \"b\", after: ## b\n  - 4\n  + 5"]);
    assert!(differences("x\ny", "x\ny").is_empty());
    assert_eq!(differing_lines("1\n2\n3", "1\n3\n4"), ["-2", "+4"]);
}

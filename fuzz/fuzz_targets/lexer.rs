//! Any bytes as SQL, in any lexing mode: nothing panics, tokens cover the text in order up to its end, and the
//! cache gives the class that a fresh look gives (a class that depended on what was cached before would be a
//! misrouted statement).
//!
//! Input: one byte for the mode, then the statement. The mode of a space is the default one, so a seed is a
//! text file with SQL behind a space.
#![no_main]

use anabranch::sql::{
    Classifier, LexCharset, LexMode, Lexer, TokenKind, classify, fingerprint, parse_deallocate,
    parse_execute, parse_kill, parse_prepare,
};
use libfuzzer_sys::fuzz_target;

const CHARSETS: [&str; 8] =
    ["utf8mb4", "latin1", "gbk", "gb18030", "big5", "sjis", "cp932", "no_such_charset"];

fuzz_target!(|data: &[u8]| {
    let Some((&selector, sql)) = data.split_first() else { return };
    let mode = mode_of(selector);
    check_tokens(sql, mode);
    check_shape(sql, mode);
    check_class(sql, mode);
    check_details(sql, mode);
    let _ = anabranch::sql::with_connection_id(sql, mode, 7);
});

fn mode_of(selector: u8) -> LexMode {
    LexMode {
        ansi_quotes: selector & 1 != 0,
        no_backslash_escapes: selector & 2 != 0,
        ignore_space: selector & 0x20 != 0,
        charset: LexCharset::from_name(CHARSETS[usize::from(selector >> 2) % CHARSETS.len()]),
    }
}

/// A text that ends too early ends in an empty `Unknown`; every other token has bytes.
fn check_tokens(sql: &[u8], mode: LexMode) {
    let mut lexer = Lexer::new(sql, mode);
    let mut covered = 0;
    for token in lexer.by_ref() {
        assert!(
            token.start >= covered,
            "{token:?} begins before the end of the one before it, {covered}"
        );
        let has_bytes = token.end > token.start || token.kind == TokenKind::Unknown;
        assert!(
            has_bytes && token.start <= token.end && token.end <= sql.len(),
            "{token:?} of {}",
            sql.len()
        );
        covered = token.end;
    }
    assert_eq!(lexer.position(), sql.len(), "the whole text is consumed");
    assert!(lexer.next().is_none(), "an ended lexer stays ended");
}

fn check_shape(sql: &[u8], mode: LexMode) {
    let (mut first, mut again) = (Vec::new(), b"left over".to_vec());
    let results = (fingerprint(sql, mode, &mut first), fingerprint(sql, mode, &mut again));
    assert_eq!(results.0, results.1);
    if results.0.is_ok() {
        assert_eq!(first, again, "a shape depends on the text alone");
    }
}

fn check_class(sql: &[u8], mode: LexMode) {
    let fresh = classify(sql, mode);
    let mut classifier = Classifier::new(16, 64 * 1024);
    assert_eq!(*classifier.classify(sql, mode), fresh, "on a miss");
    assert_eq!(*classifier.classify(sql, mode), fresh, "on a hit");
    classifier.remember_write(sql, mode);
    let _ = classifier.classify(sql, mode);
}

fn check_details(sql: &[u8], mode: LexMode) {
    if let Some(kill) = parse_kill(sql, mode) {
        let digits = sql.get(kill.id_range).expect("the id stands inside the statement");
        if let Some(id) = kill.id {
            let text = std::str::from_utf8(digits).expect("digits are ASCII");
            assert_eq!(text.parse(), Ok(id));
        }
    }
    let _ = parse_prepare(sql, mode);
    let _ = parse_execute(sql, mode);
    let _ = parse_deallocate(sql, mode);
}

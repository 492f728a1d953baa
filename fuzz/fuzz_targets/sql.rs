//! Any text as SQL: reading, binding, planning and running it against a small database with every type of
//! column ends without a panic, in bounded time and memory, and what it gives can be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/sql_noise/database.rs"]
mod database;

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        database::run_text(text);
    }
});

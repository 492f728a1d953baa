//! Golden scripts of SHOW and of what tools ask information_schema: see `ddl/tests.rs` for the runner; and
//! what an account sees that may not see everything.

use crate::query::ddl::tests::run_folder;

#[test]
fn golden_scripts() {
    run_folder("src/query/show/testscripts");
}

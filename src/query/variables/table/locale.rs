//! Character sets, collations, locales and time.
//!
//! Facts: the reference manual's "Server System Variables", and what a default server shows.

use super::super::variable::{Variable, charset, collation, int, locale, real, text, zone};

pub(super) const ROWS: &[Variable] = &[
    charset("character_set_client", "utf8mb4").both().acts(),
    charset("character_set_connection", "utf8mb4").both().acts(),
    charset("character_set_database", "utf8mb4").both().acts(),
    charset("character_set_filesystem", "binary").both(),
    charset("character_set_results", "utf8mb4").nullable().both().acts(),
    charset("character_set_server", "utf8mb4").both().acts(),
    text("character_set_system", "utf8mb3").read_only(),
    text("character_sets_dir", "/usr/share/mysql/charsets/").read_only(),
    collation("collation_connection", "utf8mb4_0900_ai_ci").both().acts(),
    collation("collation_database", "utf8mb4_0900_ai_ci").both().acts(),
    collation("collation_server", "utf8mb4_0900_ai_ci").both().acts(),
    collation("default_collation_for_utf8mb4", "utf8mb4_0900_ai_ci").both().acts(),
    int("default_week_format", 0, 0, 7).both().acts(),
    locale("lc_messages", "en_US").both(),
    text("lc_messages_dir", "/usr/share/mysql/").read_only(),
    locale("lc_time_names", "en_US").both().acts(),
    text("system_time_zone", "UTC").read_only(),
    zone("time_zone", "SYSTEM").both().hint().acts(),
    real("timestamp", 0.0, 0.0, 2147483647.0).session().hint().acts(),
];

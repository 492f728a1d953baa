//! The columns of SHOW REPLICAS and SHOW REPLICA STATUS, in the words of before and after MySQL 8.0.22.

use super::rows::{Column, result_column};
use crate::query::ResultColumn;

/// The columns as a statement in old words (`SHOW SLAVE STATUS`) or new ones names them.
pub fn in_words(columns: &[Column], old: bool) -> Vec<ResultColumn> {
    let mut columns: Vec<ResultColumn> = columns.iter().map(result_column).collect();
    if old {
        for column in &mut columns {
            column.name = old_name(&column.name).into();
        }
    }
    columns
}

/// `Source` was `Master` and `Replica` was `Slave`; three names changed a capital letter, too.
fn old_name(name: &str) -> String {
    match name {
        "Server_Id" => "Server_id".to_owned(),
        "Source_Id" => "Master_id".to_owned(),
        "Get_Source_public_key" => "Get_master_public_key".to_owned(),
        _ => {
            let words = name.split('_').map(|word| match word {
                "Source" => "Master",
                "Replica" => "Slave",
                _ => word,
            });
            words.collect::<Vec<_>>().join("_")
        }
    }
}

/// SHOW REPLICAS.
pub const REPLICAS: [Column; 5] = [
    Column::Int("Server_Id"),
    Column::Text("Host", 255),
    Column::Int("Port"),
    Column::Int("Source_Id"),
    Column::Text("Replica_UUID", 36),
];

/// SHOW REPLICA STATUS.
pub const REPLICA_STATUS: [Column; 60] = [
    Column::Text("Replica_IO_State", 14),
    Column::Text("Source_Host", 255),
    Column::Text("Source_User", 97),
    Column::Int("Source_Port"),
    Column::Int("Connect_Retry"),
    Column::Text("Source_Log_File", 512),
    Column::Number("Read_Source_Log_Pos"),
    Column::Text("Relay_Log_File", 512),
    Column::Number("Relay_Log_Pos"),
    Column::Text("Relay_Source_Log_File", 512),
    Column::Text("Replica_IO_Running", 3),
    Column::Text("Replica_SQL_Running", 3),
    Column::Text("Replicate_Do_DB", 20),
    Column::Text("Replicate_Ignore_DB", 20),
    Column::Text("Replicate_Do_Table", 20),
    Column::Text("Replicate_Ignore_Table", 23),
    Column::Text("Replicate_Wild_Do_Table", 24),
    Column::Text("Replicate_Wild_Ignore_Table", 28),
    Column::Int("Last_Errno"),
    Column::Text("Last_Error", 20),
    Column::Int("Skip_Counter"),
    Column::Number("Exec_Source_Log_Pos"),
    Column::Number("Relay_Log_Space"),
    Column::Text("Until_Condition", 18),
    Column::Text("Until_Log_File", 512),
    Column::Number("Until_Log_Pos"),
    Column::Text("Source_SSL_Allowed", 7),
    Column::Text("Source_SSL_CA_File", 512),
    Column::Text("Source_SSL_CA_Path", 512),
    Column::Text("Source_SSL_Cert", 512),
    Column::Text("Source_SSL_Cipher", 512),
    Column::Text("Source_SSL_Key", 512),
    Column::MaybeNumber("Seconds_Behind_Source"),
    Column::Text("Source_SSL_Verify_Server_Cert", 3),
    Column::Int("Last_IO_Errno"),
    Column::Text("Last_IO_Error", 20),
    Column::Int("Last_SQL_Errno"),
    Column::Text("Last_SQL_Error", 20),
    Column::Text("Replicate_Ignore_Server_Ids", 512),
    Column::Int("Source_Server_Id"),
    Column::Text("Source_UUID", 36),
    Column::Text("Source_Info_File", 1024),
    Column::Int("SQL_Delay"),
    Column::MaybeNumber("SQL_Remaining_Delay"),
    Column::Text("Replica_SQL_Running_State", 20),
    Column::Number("Source_Retry_Count"),
    Column::Text("Source_Bind", 255),
    Column::Text("Last_IO_Error_Timestamp", 20),
    Column::Text("Last_SQL_Error_Timestamp", 20),
    Column::Text("Source_SSL_Crl", 512),
    Column::Text("Source_SSL_Crlpath", 512),
    Column::Text("Retrieved_Gtid_Set", 20),
    Column::Text("Executed_Gtid_Set", 41),
    Column::Int("Auto_Position"),
    Column::Text("Replicate_Rewrite_DB", 24),
    Column::Text("Channel_Name", 64),
    Column::Text("Source_TLS_Version", 512),
    Column::Text("Source_public_key_path", 512),
    Column::Int("Get_Source_public_key"),
    Column::Text("Network_Namespace", 64),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_words_for_sources_and_replicas_only() {
        for (new, old) in [
            ("Seconds_Behind_Source", "Seconds_Behind_Master"),
            ("Replica_SQL_Running_State", "Slave_SQL_Running_State"),
            ("Replicate_Do_DB", "Replicate_Do_DB"),
            ("Relay_Source_Log_File", "Relay_Master_Log_File"),
            ("Get_Source_public_key", "Get_master_public_key"),
        ] {
            assert_eq!(old_name(new), old);
        }
    }
}

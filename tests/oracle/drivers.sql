-- What drivers, connection pools and tools send by themselves when they connect.
-- @schema traps
-- @read
SELECT 1
/* ping */ SELECT 1
SELECT 'x'
SELECT 1 FROM DUAL
SELECT 1+1 AS result
SELECT USER()
SELECT CURRENT_USER()
SELECT DATABASE() AS db_name
SELECT SCHEMA()
SELECT NOW()
SELECT CURRENT_TIMESTAMP
SELECT UNIX_TIMESTAMP()
SHOW DATABASES
SHOW FULL TABLES FROM `traps`
SHOW CREATE TABLE `t`
SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'traps' LIMIT 1
SELECT * FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'traps' AND TABLE_NAME = 't' LIMIT 1
show full columns from `traps`.`t`
show index from `traps`.`t`
SELECT A.REFERENCED_TABLE_SCHEMA PKTABLE_CAT, A.COLUMN_NAME FKCOLUMN_NAME FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE A JOIN INFORMATION_SCHEMA.TABLE_CONSTRAINTS B USING (TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME) WHERE B.CONSTRAINT_TYPE = 'FOREIGN KEY'
SELECT SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA
SHOW FUNCTION STATUS WHERE Db = 'traps'
SHOW PROCEDURE STATUS
SHOW TRIGGERS LIKE 't'
SELECT /*!40001 SQL_NO_CACHE */ * FROM `traps`.`t`
SELECT /*!40001 SQL_NO_CACHE */ `id`, `a` FROM `t` WHERE 1 ORDER BY `id`
select column_name, extra, generation_expression, data_type from information_schema.columns where table_schema=database() and table_name='t' order by ordinal_position
SELECT COUNT(*) as n FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA='traps' AND TABLE_NAME='t' AND extra LIKE '%GENERATED%'
SELECT COALESCE(LOWER(CONV(BIT_XOR(CAST(CRC32(CONCAT_WS('#', `id`, `a`, `b`)) AS UNSIGNED)), 10, 16)), 0) AS crc, COUNT(*) AS cnt FROM `traps`.`t`
SELECT CONSTRAINT_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = 'traps'
SELECT DISTINCT TABLESPACE_NAME FROM INFORMATION_SCHEMA.PARTITIONS WHERE TABLE_SCHEMA = 'traps'
SELECT * FROM `t` LIMIT 0
SELECT * FROM `t` WHERE 0 = 1
SELECT version() as version
-- @any
SELECT VERSION()
SELECT @@version
select @@version_comment limit 1
SELECT @@version_comment, @@version
SELECT @@max_allowed_packet,@@system_time_zone,@@time_zone,@@auto_increment_increment
SELECT @@max_allowed_packet, @@wait_timeout, @@socket
SELECT @@transaction_isolation
SELECT @@tx_isolation
SELECT @@sql_mode
SELECT @@session.sql_mode
SELECT @@lower_case_table_names
SELECT @@default_storage_engine
SELECT @@collation_database
SELECT @@character_set_server
/* mysql-connector-j-9.4.0 (Revision: abc) */SELECT  @@session.auto_increment_increment AS auto_increment_increment, @@character_set_client AS character_set_client, @@character_set_connection AS character_set_connection, @@character_set_results AS character_set_results, @@character_set_server AS character_set_server, @@collation_server AS collation_server, @@collation_connection AS collation_connection, @@init_connect AS init_connect, @@interactive_timeout AS interactive_timeout, @@license AS license, @@lower_case_table_names AS lower_case_table_names, @@max_allowed_packet AS max_allowed_packet, @@net_write_timeout AS net_write_timeout, @@performance_schema AS performance_schema, @@sql_mode AS sql_mode, @@system_time_zone AS system_time_zone, @@time_zone AS time_zone, @@tx_isolation AS transaction_isolation, @@wait_timeout AS wait_timeout
SET NAMES utf8mb4
SET NAMES 'utf8mb4' COLLATE 'utf8mb4_general_ci'
SET AUTOCOMMIT = 0
SET @@session.autocommit = OFF
set autocommit=1, sql_mode = concat(@@sql_mode,',STRICT_TRANS_TABLES')
SET character_set_results = NULL
SET sql_mode=(SELECT CONCAT(@@sql_mode, ',PIPES_AS_CONCAT,NO_ENGINE_SUBSTITUTION')),time_zone='+00:00',NAMES utf8mb4;
SET NAMES utf8mb4, @@SESSION.sql_mode = CONCAT(CONCAT(@@sql_mode, ',STRICT_ALL_TABLES'), ',NO_AUTO_VALUE_ON_ZERO'), @@SESSION.sql_auto_is_null = 0, @@SESSION.wait_timeout = 2147483
SET time_zone = '+00:00'
SET lock_wait_timeout=2
SET SESSION wait_timeout=10000
/*!40101 SET NAMES utf8 */
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */
/*!50108 SET @@binlog_format := 'STATEMENT'*/
SET @@SQL_QUOTE_SHOW_CREATE = 1/*!40101, @@SQL_MODE='NO_AUTO_VALUE_ON_ZERO'*/
START TRANSACTION /*!40108 WITH CONSISTENT SNAPSHOT */
SHOW VARIABLES LIKE 'wait\_timeout'
SHOW GLOBAL VARIABLES
SHOW VARIABLES LIKE 'version%'
SHOW ENGINES
SHOW COLLATION
SELECT @@query_response_time_stats
SELECT @@tokudb_version
SELECT BINLOG_GTID_POS('binlog.000001', 4)
SELECT LOGFILE_GROUP_NAME, FILE_NAME FROM INFORMATION_SCHEMA.FILES WHERE FILE_TYPE = 'UNDO LOG'
-- @local
SELECT @@server_id
SELECT @@GLOBAL.SERVER_ID
SELECT @@global.hostname, @@global.port
select @@global.log_bin, @@global.binlog_format
select connection_id()
SHOW GLOBAL STATUS LIKE 'Uptime'
SHOW STATUS LIKE 'binlog_snapshot_%'
SHOW STATUS LIKE 'Ssl_cipher'
SHOW GLOBAL VARIABLES LIKE 'gtid_binlog_pos'
SHOW SLAVE HOSTS
SHOW MASTER STATUS
SHOW ALL SLAVES STATUS
SELECT @source_binlog_checksum
SELECT @@gtid_binlog_pos
SHOW WARNINGS
select * from information_schema.innodb_cmp
select * from information_schema.innodb_cmpmem
SELECT CONCAT(@@hostname, @@port)
select @@global.hostname, ifnull(@@global.report_host,''), @@global.server_id, @@global.version, @@global.version_comment, @@global.read_only, @@global.binlog_format, @@global.log_bin, @@global.log_slave_updates
-- @write
SET @@GLOBAL.read_only = 0
FLUSH /*!40101 LOCAL */ TABLES
FLUSH TABLES WITH READ LOCK
LOCK TABLES `t` READ /*!32311 LOCAL */
LOCK TABLES `t` WRITE, `u` WRITE
/*!40000 ALTER TABLE `t` DISABLE KEYS */
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER `x` BEFORE INSERT ON `t` FOR EACH ROW SET NEW.a = 1 */
/*!50001 DROP VIEW IF EXISTS `v_x`*/
CREATE DATABASE /*!32312 IF NOT EXISTS*/ `x` /*!40100 DEFAULT CHARACTER SET utf8mb4 */
DROP TABLE IF EXISTS `x`
REPLACE INTO log (id, note) SELECT 1, COALESCE(LOWER(CONV(BIT_XOR(CAST(CRC32(id) AS UNSIGNED)), 10, 16)), 0) FROM t
UPDATE `traps`.`log` SET note = '2026-11-21T20:00:00.001' WHERE id = 1
INSERT INTO `t` VALUES (100,1,'a','2024-01-01 00:00:00','{}'),(101,2,'b','2024-01-01 00:00:00','{}')
RESET SLAVE /*!50603 all */
KILL 12
KILL QUERY 12
{ call p_reads() }
SELECT GET_LOCK('gh-ost.12.lock', 0)
SELECT /*!40001 SQL_NO_CACHE */ * FROM `t` FOR UPDATE
SELECT /*rows in chunk*/ id FROM `t` WHERE id > 0 LOCK IN SHARE MODE

#!/usr/bin/env bash
# The mariadb command-line client (libmariadb, C), mariadb-admin and mariadb-dump.
# Prints a transcript without anything that varies; errors go to standard output too, with their codes.
set -u
exec 2>&1
cd "$DB_SCRATCH"
export LC_ALL=C.UTF-8

# as USER PASSWORD OPTIONS...: the client, with column names and types of rows kept apart by tabs
as() {
    local user=$1 password=$2
    shift 2
    stdbuf -oL mariadb --no-defaults --protocol=tcp -h"$DB_HOST" -P"$DB_PORT" -u"$user" --password="$password" --connect-timeout=20 "$@"
}
app() { as app "$DB_PASSWORD" --skip-ssl --default-character-set=utf8mb4 "$@" "$DB_SCHEMA"; }
section() { printf '\n## %s\n' "$1"; }
# error messages name the endpoint in a few places
tidy() { sed -e "s/:$DB_PORT/:PORT/g" -e "s/($DB_PORT)/(PORT)/g" -e "s/port: $DB_PORT/port: PORT/g"; }
# each "show" is a session of its own, which may read on a replica that has not yet what an earlier one wrote:
# so it begins when the replicas have caught up with the primary (DB_SERVERS: the primary's port, then theirs)
server() { mariadb --no-defaults --protocol=tcp -h127.0.0.1 -P"$1" -uapp --password="$DB_PASSWORD" --skip-ssl -BN -e "$2"; }
caught_up() {
    local primary=${DB_SERVERS%% *} gtid port
    gtid=$(server "$primary" "SELECT @@gtid_binlog_pos")
    for port in ${DB_SERVERS#"$primary"}; do server "$port" "SELECT MASTER_GTID_WAIT('$gtid', 60)" >/dev/null; done
}
show() { caught_up; echo "> $1"; app -t -vv --show-warnings -e "$1" | sed -E -e 's/ \([0-9.]+ sec\)//' -e 's/^(Query OK.*|[0-9]+ rows? in set.*), [0-9.]+ sec$/\1/'; }
who="SELECT DATABASE(), CURRENT_USER(), USER()"

section "signing in"
for options in --skip-ssl --ssl "--ssl-ca=$DB_CA --ssl-verify-server-cert"; do
    echo "${options%%=*}"
    # shellcheck disable=SC2086
    as app "$DB_PASSWORD" $options "$DB_SCHEMA" -e "$who"
    as app wrong $options "$DB_SCHEMA" -e "$who"
    as reader "$DB_PASSWORD" $options "$DB_SCHEMA" -e "$who"
    as app "$DB_PASSWORD" $options test_nowhere -e "$who"
    as app "$DB_PASSWORD" $options -e "$who"
done 2>&1 | tidy
if [ "$DB_SCENARIO" = auth ]; then
    printf '\n## end\n'
    exit 0
fi
for options in --skip-ssl "--ssl-ca=$DB_CA"; do
    # shellcheck disable=SC2086
    { as nobody x $options "$DB_SCHEMA" -e "$who"; as nopass "" $options "$DB_SCHEMA" -e "$who"
      as secure "$DB_PASSWORD" $options "$DB_SCHEMA" -e "$who"; as reader "$DB_PASSWORD" $options mysql -e "$who"; } 2>&1 | tidy
done
as app "$DB_PASSWORD" --ssl "$DB_SCHEMA" -e "SHOW STATUS LIKE 'Ssl_version'" | wc -l
as app "$DB_PASSWORD" --skip-ssl --compress "$DB_SCHEMA" -e "SELECT 'compression asked for', LENGTH(REPEAT('x', 100000))"

section "statements"
app -e "CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(20) NOT NULL, d DECIMAL(10,2), t DATETIME(3), b BLOB, KEY (v))"
while IFS= read -r statement; do show "$statement"; done <<'SQL'
INSERT INTO t (v, d, t, b) VALUES ('one', 1.5, '2024-02-29 01:02:03.456', x'00ff'), ('zwölf 😀', NULL, NULL, NULL)
SELECT * FROM t ORDER BY id
SELECT * FROM t WHERE id > 100
UPDATE t SET d = 2 WHERE id = 1
UPDATE t SET d = 2 WHERE id = 1
INSERT INTO t (id, v) VALUES (1, 'dup')
INSERT INTO t (v) VALUES (NULL)
SELEC 1
SELECT * FROM nowhere
SELECT nothing FROM t
SELECT 1/0, CAST('12x' AS INT)
DROP TABLE IF EXISTS nowhere
SHOW CREATE TABLE t
SHOW COLUMNS FROM t
DESCRIBE t
EXPLAIN SELECT * FROM t WHERE id = 1
HELP 'select'
SELECT /*! 1 + */ 1, /*M! 2 + */ 2
SELECT 1; SELECT 2; SELECT * FROM nowhere; SELECT 3
BEGIN; INSERT INTO t (v) VALUES ('gone'); SELECT COUNT(*) FROM t; ROLLBACK; SELECT COUNT(*) FROM t
START TRANSACTION READ ONLY; SELECT COUNT(*) FROM t; INSERT INTO t (v) VALUES ('x'); COMMIT
SET autocommit = 0; INSERT INTO t (v) VALUES ('lost'); SELECT LAST_INSERT_ID(), ROW_COUNT()
SELECT COUNT(*) FROM t
SET @a = 5; SELECT @a; SELECT @a
CREATE TEMPORARY TABLE tt SELECT 1 AS a; SELECT * FROM tt; DROP TEMPORARY TABLE tt
USE information_schema; SELECT DATABASE(); USE test_nowhere
KILL 4294967290
CHECK TABLE t
ANALYZE TABLE nowhere
TRUNCATE TABLE t
SQL
app --force -e "SELECT 1; SELEC 2; SELECT 3"
app --column-type-info -e "SELECT id, v AS alias, d, t, b, NULL, 'x', 1.5 FROM t WHERE 1 = 0"
app --delimiter='//' -e "CREATE PROCEDURE p(OUT o INT) BEGIN SELECT 1 AS a; SELECT 2 AS b; SET o = 3; END// CALL p(@o)// SELECT @o//"
app --xml -e "SELECT 1 AS a, NULL AS b"
app --vertical -e "SELECT 1 AS a, 'two' AS b"
app --init-command="SET @i = 7" -e "SELECT @i"
app --quick -BN -e "SELECT seq, MD5(seq) FROM seq_1_to_200000" | md5sum
app --binary-as-hex --default-character-set=latin1 -e "SELECT 'x', @@character_set_client"
app --abort-source-on-error < <(echo "SELECT 'from a pipe';"; echo "USE $DB_SCHEMA"; echo "SELECT DATABASE();")
# an interactive session reads all names first: COM_FIELD_LIST for each table
printf 'SELECT 1;\nstatus\nSELECT @x;\n' | script -qec "mariadb --no-defaults -h$DB_HOST -P$DB_PORT -uapp -p$DB_PASSWORD --skip-ssl --auto-rehash --prompt='> ' $DB_SCHEMA" /dev/null |
    grep -aE 'Current (database|user)|characterset|^\| |Protocol version|^ERROR' | tr -d '\r'

section "files"
seq 1 30000 | sed 's/$/\tname/' >cli.tsv
app --local-infile=1 -vv -e "CREATE TABLE loaded (id INT PRIMARY KEY, v VARCHAR(10)); LOAD DATA LOCAL INFILE 'cli.tsv' INTO TABLE loaded; SELECT COUNT(*), SUM(id) FROM loaded" | sed -E 's/ \([0-9.]+ sec\)//'
app --local-infile=1 -e "LOAD DATA LOCAL INFILE 'absent.tsv' INTO TABLE loaded"
app --local-infile=0 -e "LOAD DATA LOCAL INFILE 'cli.tsv' INTO TABLE loaded"
{ printf 'CREATE TABLE large (b LONGBLOB); INSERT INTO large VALUES (x'"'"; head -c 20000000 /dev/zero | od -An -v -tx1 | tr -d ' \n'; printf "'); SELECT LENGTH(b), MD5(b) FROM large;"; } | app --max-allowed-packet=1G
app --max-allowed-packet=1G -BN -e "SELECT b FROM large FOR UPDATE" | md5sum
app -e "DROP TABLE large"

section "cancel"
# "status" prints the connection's id as the handshake gave it, which is the one that KILL must know
: >sleeping.txt
printf 'status\nWITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT COUNT(*) FROM n a, n b, n c, n d WHERE a.i * b.i * c.i * d.i = -1 FOR UPDATE;\nSELECT 5 AS usable;\n' | app -n --force >sleeping.txt &
for _ in $(seq 200); do
    id=$(awk '/^Connection id:/ { print $3 }' sleeping.txt)
    sleeps=$(app -BN -e "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'WITH RECURSIVE n%' AND db = '$DB_SCHEMA' FOR UPDATE")
    [ -n "$id" ] && [ "$sleeps" = 1 ] && break
    sleep 0.05
done
app -e "KILL QUERY $id"
wait
grep -aE -A1 '^(ERROR|COUNT|usable)' sleeping.txt

section "other programs"
admin() { mariadb-admin --no-defaults --skip-ssl -h"$DB_HOST" -P"$DB_PORT" -uapp --password="$DB_PASSWORD" "$@" 2>&1; }
admin ping
admin status | sed 's/[0-9.]\+/N/g'
admin kill 4294967290
admin shutdown
admin refresh
admin version | grep -cE 'Server version|Protocol version'
caught_up
mariadb-dump --no-defaults --skip-ssl -h"$DB_HOST" -P"$DB_PORT" -uapp --password="$DB_PASSWORD" --single-transaction --routines --skip-dump-date --skip-comments --no-tablespaces "$DB_SCHEMA" | md5sum
printf '\n## end\n'

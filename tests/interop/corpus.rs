//! What is written at one end, and the checksums that are compared at both.

/// Rows of 200 KB in the big transaction.
pub fn big_rows() -> usize {
    let megabytes = std::env::var("ANABRANCH_INTEROP_MB").ok();
    megabytes.map_or(8, |text| text.parse().expect("ANABRANCH_INTEROP_MB")) * 5
}

/// Columns of the widest table.
const WIDE: usize = 500;

/// Every table that is compared.
pub const TABLES: [&str; 8] =
    ["numbers", "times", "texts", "bytes", "wide", "keyless", "moved", "big"];

const NUMBERS: &str = "
    CREATE TABLE numbers (id INT PRIMARY KEY AUTO_INCREMENT, a TINYINT, b TINYINT UNSIGNED, c SMALLINT,
        d SMALLINT UNSIGNED, e MEDIUMINT, f MEDIUMINT UNSIGNED, g INT, h INT UNSIGNED, i BIGINT, j BIGINT UNSIGNED,
        k DECIMAL(65,30), l DECIMAL(1,0), m DECIMAL(10,10), n DECIMAL(30,9) UNSIGNED, o FLOAT, p DOUBLE, q BIT(1),
        r BIT(64), s YEAR, t BOOL);
    INSERT INTO numbers () VALUES ();
    INSERT INTO numbers VALUES (NULL, -128, 255, -32768, 65535, -8388608, 16777215, -2147483648, 4294967295,
        -9223372036854775808, 18446744073709551615, -99999999999999999999999999999999999.999999999999999999999999999999,
        -9, 0.9999999999, 123456789012345678901.123456789, -1.5, 2.25e100, b'1',
        b'1000000000000000000000000000000000000000000000000000000000000001', 1901, TRUE);
    INSERT INTO numbers VALUES (NULL, 127, 0, 32767, 0, 8388607, 0, 2147483647, 0, 9223372036854775807, 0,
        0.000000000000000000000000000001, 0, -0.0000000001, 0, 0, -0.5, b'0', b'0', 2155, FALSE);
    UPDATE numbers SET k = k + 1, j = j - 1, r = NULL WHERE id = 2;
    UPDATE numbers SET a = 1, q = b'1', l = 5 WHERE id = 1;
    DELETE FROM numbers WHERE id = 3;";

const TIMES: &str = "
    CREATE TABLE times (id INT PRIMARY KEY, d DATE, t0 TIME, t1 TIME(1), t2 TIME(2), t3 TIME(3), t4 TIME(4), t5 TIME(5),
        t6 TIME(6), a0 DATETIME, a1 DATETIME(1), a2 DATETIME(2), a3 DATETIME(3), a4 DATETIME(4), a5 DATETIME(5),
        a6 DATETIME(6), s0 TIMESTAMP NULL, s1 TIMESTAMP(1) NULL, s2 TIMESTAMP(2) NULL, s3 TIMESTAMP(3) NULL,
        s4 TIMESTAMP(4) NULL, s5 TIMESTAMP(5) NULL, s6 TIMESTAMP(6) NULL);
    INSERT INTO times VALUES (1, '1000-01-01', '-838:59:59', '-00:00:00.1', '-00:00:00.01', '-838:59:58.999',
        '-00:00:00.0001', '00:00:00.00001', '838:59:58.999999', '1000-01-01 00:00:00', '9999-12-31 23:59:59.9',
        '2024-02-29 12:00:00.01', '2024-02-29 12:00:00.001', '2024-02-29 12:00:00.0001', '2024-02-29 12:00:00.00001',
        '2024-02-29 12:34:56.789012', '1970-01-01 00:00:01', '2001-09-09 01:46:40.5', '2038-01-19 03:14:07.25',
        '2020-02-29 23:59:59.125', '2020-02-29 23:59:59.0625', '2020-02-29 23:59:59.03125',
        '2020-02-29 23:59:59.999999');
    INSERT INTO times (id) VALUES (2);
    INSERT INTO times (id, d, t6) VALUES (3, '9999-12-31', '00:00:00'), (4, '2000-02-29', '-00:00:00.000001');
    UPDATE times SET a6 = a6 - INTERVAL 1 MICROSECOND, t3 = NULL WHERE id = 1;
    UPDATE times SET s6 = '2024-02-29 00:00:00.000001' WHERE id = 2;";

/// `{json}` is what a server calls JSON that the other end can take.
const TEXTS: &str = r#"
    CREATE TABLE texts (id INT PRIMARY KEY, c CHAR(255), v VARCHAR(16000), l VARCHAR(20) CHARACTER SET latin1,
        b CHAR(10) COLLATE utf8mb4_bin, t TINYTEXT, x TEXT, m MEDIUMTEXT, g LONGTEXT, e ENUM('a','b','ß'),
        w ENUM({members}), s SET('x','y','z'), y SET({bits}), j {json}) DEFAULT CHARSET utf8mb4;
    INSERT INTO texts VALUES (1, REPEAT('☃', 255), REPEAT('ä', 16000), 'café', 'Bin', REPEAT('t', 255),
        REPEAT('x', 65535), REPEAT('m', 300000), REPEAT('😀', 500000), 'ß', 'm299', 'x,z', 'b0,b63',
        '{"a": [1, 2.5, "x", {"b": [true, false, null]}], "é": "☃", "n": -9223372036854775808}');
    INSERT INTO texts (id) VALUES (2);
    INSERT INTO texts VALUES (3, '', '', '', '', '', '', '', '', 'a', 'm0', '', '', '[]');
    INSERT INTO texts (id, c, j) VALUES (4, 'trail  ', '"text"'), (5, '\\ '' " \n', '12345678901234567890');
    UPDATE texts SET v = 'short', g = NULL, j = '{"k": "new"}' WHERE id = 1;
    UPDATE texts SET x = REPEAT('☃', 20000), y = 'b31,b32', w = 'm255' WHERE id = 2;"#;

const BYTES: &str = "
    CREATE TABLE bytes (id INT PRIMARY KEY, f BINARY(255), v VARBINARY(60000), t TINYBLOB, b BLOB, m MEDIUMBLOB,
        l LONGBLOB);
    INSERT INTO bytes VALUES (1, x'0102', REPEAT(x'00ff', 30000), x'00', REPEAT(x'27', 65535), REPEAT(x'5c00', 150000),
        REPEAT(x'0001020304050607', 1500000));
    INSERT INTO bytes (id) VALUES (2);
    INSERT INTO bytes VALUES (3, '', '', '', '', '', '');
    UPDATE bytes SET l = NULL, t = x'ff00ff' WHERE id = 1;
    UPDATE bytes SET f = x'00', m = REPEAT('z', 70000) WHERE id = 2;";

const DEFINITIONS: &str = "
    CREATE TABLE keyless (a INT, b VARCHAR(20));
    INSERT INTO keyless VALUES (1, 'x'), (1, 'x'), (2, NULL), (NULL, NULL);
    DELETE FROM keyless WHERE a = 1 LIMIT 1;
    UPDATE keyless SET b = 'two' WHERE a = 2;
    ALTER TABLE numbers ADD COLUMN more VARCHAR(10) DEFAULT 'new' AFTER b, ADD UNIQUE KEY (g);
    INSERT INTO numbers (id, g, more) VALUES (50, 50, 'late');
    ALTER TABLE numbers DROP COLUMN t;
    INSERT INTO numbers (id, g) VALUES (51, 51);
    BEGIN; UPDATE numbers SET g = -50 WHERE id = 50; UPDATE numbers SET g = 50 WHERE id = 51;
    SAVEPOINT a; DELETE FROM numbers; ROLLBACK TO a; COMMIT;
    CREATE TABLE copied (PRIMARY KEY (id)) AS SELECT id, d FROM times;
    RENAME TABLE copied TO moved;
    CREATE TABLE gone (n INT PRIMARY KEY); INSERT INTO gone VALUES (1); TRUNCATE TABLE gone; DROP TABLE gone;";

fn list(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect::<Vec<_>>().join(", ")
}

fn wide() -> String {
    let columns = list(WIDE - 1, |at| match at % 4 {
        0 => format!("c{at} INT"),
        1 => format!("c{at} VARCHAR(8)"),
        2 => format!("c{at} DECIMAL(9,3)"),
        _ => format!("c{at} DATETIME(3)"),
    });
    let values = |row: usize| {
        list(WIDE - 1, |at| match (at + row) % 7 {
            0 => "NULL".to_owned(),
            _ => match at % 4 {
                0 => format!("{}", at * row),
                1 => format!("'v{at}'"),
                2 => format!("{at}.125"),
                _ => format!("'2024-02-29 00:00:{:02}.5'", at % 60),
            },
        })
    };
    format!(
        "CREATE TABLE wide (id INT PRIMARY KEY, {columns});
         INSERT INTO wide VALUES (1, {}), (2, {}), (3, {});
         UPDATE wide SET c0 = 77, c498 = NULL WHERE id = 2; DELETE FROM wide WHERE id = 3;",
        values(1),
        values(2),
        values(3)
    )
}

/// Everything but the big transaction, for the schema that is in use.
pub fn statements(json: &str) -> String {
    let texts = TEXTS
        .replace("{json}", json)
        .replace("{members}", &list(300, |at| format!("'m{at}'")))
        .replace("{bits}", &list(64, |at| format!("'b{at}'")));
    let big = "CREATE TABLE big (id INT PRIMARY KEY, v LONGTEXT);";
    [NUMBERS, TIMES, &texts, BYTES, &wide(), DEFINITIONS, big].join("\n")
}

/// One transaction of many megabytes. Servers bound recursion by a variable that the caller sets.
pub fn big_transaction() -> String {
    let rows = big_rows();
    format!(
        "INSERT INTO big WITH RECURSIVE s AS (SELECT 1 n UNION ALL SELECT n + 1 FROM s WHERE n < {rows})
         SELECT n, REPEAT(SHA2(n, 256), 3125) FROM s;
         UPDATE big SET v = 'other' WHERE id = 2;"
    )
}

/// A question for the columns of a table with their types.
pub fn columns_of(table: &str) -> String {
    format!(
        "SELECT column_name, data_type FROM information_schema.columns
         WHERE table_schema = 'interop' AND table_name = '{table}' ORDER BY ordinal_position"
    )
}

/// A question for the number of rows, and for each column how many values it has and the sum of their checksums.
/// `columns` is the answer to [`columns_of`].
pub fn checksum_of(table: &str, columns: &str) -> String {
    let sums = columns.lines().map(|line| {
        let (name, ty) = line.split_once('\t').expect("name and type");
        let text = if ty == "bit" { format!("HEX({name})") } else { format!("CONCAT({name})") };
        format!("COUNT({name}), SUM(CRC32({text}))")
    });
    let sums = sums.collect::<Vec<_>>().join(", ");
    format!("SELECT '{table}', COUNT(*), {sums} FROM interop.{table}")
}

-- What a dump must carry, as MySQL and the bundled server spell it: every column type at its bounds, generated columns,
-- views that use each other, foreign keys that point forward and at their own table, NULLs, bytes, 4-byte characters.
-- Collations are such that MariaDB knows them.
CREATE TABLE kinds (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  c_tiny TINYINT, c_utiny TINYINT UNSIGNED, c_bool BOOLEAN, c_small SMALLINT, c_usmall SMALLINT UNSIGNED ZEROFILL, c_medium MEDIUMINT, c_umedium MEDIUMINT UNSIGNED,
  c_int INT, c_uint INT UNSIGNED, c_big BIGINT, c_ubig BIGINT UNSIGNED, c_dec DECIMAL(30,10), c_dec65 DECIMAL(65,30), c_float FLOAT, c_double DOUBLE, c_double2 DOUBLE(10,3),
  c_bit1 BIT(1), c_bit10 BIT(10), c_bit64 BIT(64), c_date DATE, c_time TIME, c_time6 TIME(6), c_dt DATETIME, c_dt6 DATETIME(6), c_ts TIMESTAMP NULL, c_ts3 TIMESTAMP(3) NULL, c_year YEAR,
  c_char CHAR(10), c_charb CHAR(4) COLLATE utf8mb4_bin, c_vc VARCHAR(100), c_vcl VARCHAR(100) CHARACTER SET latin1, c_vc3 VARCHAR(100) CHARACTER SET utf8mb3, c_ascii VARCHAR(20) CHARACTER SET ascii,
  c_binary BINARY(4), c_varbinary VARBINARY(300), c_tt TINYTEXT, c_text TEXT, c_mt MEDIUMTEXT, c_lt LONGTEXT, c_textl TEXT CHARACTER SET latin1,
  c_tb TINYBLOB, c_blob BLOB, c_mb MEDIUMBLOB, c_lb LONGBLOB, c_enum ENUM('a','b','ü','it''s'), c_set SET('x','y','z w'), c_json JSON
) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO kinds VALUES
 (1,-128,0,0,-32768,0,-8388608,0,-2147483648,0,-9223372036854775808,0,-12345678901234567890.0123456789,-1,-1.5,-1e300,-2500.125,b'0',b'0',b'0','1000-01-01','-838:59:59','00:00:00.000001','1000-01-01 00:00:00','1000-01-01 00:00:00.000001','1970-01-01 00:00:01','1970-01-01 00:00:01.001',1901,'','','','','','','','','','','','','','','','','','a','','[]'),
 (2,127,255,1,32767,65535,8388607,16777215,2147483647,4294967295,9223372036854775807,18446744073709551615,99999999999999999999.9999999999,12345678901234567890123456789012345.123456789012345678901234567891,3.4e38,1.7976931348623157e308,9999999.999,b'1',b'1111111111',18446744073709551615,'9999-12-31','838:59:59','-12:34:56.789012','9999-12-31 23:59:59','9999-12-31 23:59:59.999999','2038-01-19 03:14:07','2024-02-29 12:00:00.123',2155,'chär 😀','äÖ','vär 😀 ''\\ " \n\r\t\0 %_ \Z','grüß','grüß €','asc',x'00ff275c',x'00010203040506070809',REPEAT('t',255),CONCAT('😀',REPEAT('t', 400)),'mt','lt','grüß',x'00',x'0001',x'000102',x'00010203','ü','x,z w','{"b": [1, 2.5, null, true], "a": "ü 😀", "t": "quo\\"te\\n"}'),
 (3,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO kinds (id, c_varbinary, c_blob, c_lt, c_float, c_double, c_enum) VALUES
 (4, UNHEX(CONCAT('00','0a','0d','1a','22','27','5c','25','5f','7f','80','ff')), UNHEX(REPEAT('00ff275c0a', 2000)), REPEAT('äß😀''', 5000), 0.1, 0.1, 'it''s'), (10, x'', x'', '', 16777216, 1e-300, NULL);
CREATE TABLE parent (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, code VARCHAR(10) NOT NULL DEFAULT 'x''y', note VARCHAR(50) DEFAULT NULL COMMENT 'a ''note'' 😀', born DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
  made TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, price DECIMAL(8,2) NOT NULL DEFAULT '1.50', bits BIT(4) DEFAULT b'101', kind ENUM('p','q') NOT NULL DEFAULT 'q', tags SET('a','b') DEFAULT 'a,b', worth INT DEFAULT (1 + 2), label VARCHAR(20) DEFAULT (CONCAT('l', 'bl')),
  PRIMARY KEY (id), UNIQUE KEY code (code), KEY several (note(10), price DESC), CONSTRAINT positive CHECK (price >= 0)
) AUTO_INCREMENT=50 COMMENT='the ''parents''' CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO parent (id, code, note, born, made, price) VALUES (1,'one',NULL,'2024-01-01 00:00:00.000001','2024-01-01 00:00:00',0),(7,'seven','😀 note','2024-02-29 23:59:59.999999','2024-02-29 00:00:00',99.99),(8, '', '', '2024-01-01', '2024-01-01', 1);
CREATE TABLE child (
  a INT NOT NULL, b BIGINT UNSIGNED NOT NULL, parent_id BIGINT UNSIGNED DEFAULT NULL, code VARCHAR(10) DEFAULT NULL,
  twice INT GENERATED ALWAYS AS (a * 2) STORED, thrice BIGINT AS (a * 3) VIRTUAL, named VARCHAR(40) AS (CONCAT('n/', a)) STORED,
  PRIMARY KEY (b, a), KEY by_twice (twice),
  CONSTRAINT to_parent FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE,
  CONSTRAINT to_code FOREIGN KEY (code) REFERENCES parent (code) ON DELETE SET NULL ON UPDATE CASCADE
) CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO child (a, b, parent_id, code) VALUES (1, 1, 1, 'one'), (2, 1, 7, NULL), (3, 18446744073709551615, NULL, 'seven');
CREATE TABLE a_first (id INT PRIMARY KEY, child_a INT, child_b BIGINT UNSIGNED, CONSTRAINT to_child FOREIGN KEY (child_b, child_a) REFERENCES child (b, a)) CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO a_first VALUES (1, 1, 1), (2, NULL, NULL);
CREATE TABLE tree (id INT PRIMARY KEY, up INT, CONSTRAINT to_up FOREIGN KEY (up) REFERENCES tree (id)) CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO tree VALUES (2, NULL), (1, 2), (3, 1);
CREATE TABLE keyless (a INT, `odd ``name``` VARCHAR(10), UNIQUE KEY (a)) CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO keyless VALUES (1, 'x'), (NULL, 'y'), (NULL, 'y');
CREATE TABLE `order by` (`select` INT PRIMARY KEY, `from` VARCHAR(10) NOT NULL) CHARSET=latin1;
INSERT INTO `order by` VALUES (1, 'äöü'), (0, 'zero'), (-1, '');
CREATE TABLE nothing (id INT PRIMARY KEY) CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE many (id INT PRIMARY KEY, v VARCHAR(40)) CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO many WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i, CONCAT('row ', i, ' 😀') FROM n;
CREATE VIEW z_both AS SELECT p.code AS code, c.a AS a, c.thrice AS thrice FROM parent p JOIN child c ON c.parent_id = p.id;
CREATE VIEW a_over AS SELECT code, COUNT(*) AS n, SUM(a) AS total FROM z_both GROUP BY code;
CREATE OR REPLACE ALGORITHM=MERGE SQL SECURITY INVOKER VIEW picky AS SELECT id, c_vc FROM kinds WHERE id > 1 WITH CASCADED CHECK OPTION;

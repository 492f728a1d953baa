-- What a dump of a MariaDB carries that the bundled server has too, in MariaDB's spelling.
CREATE TABLE kinds (
  id INT(11) NOT NULL AUTO_INCREMENT, c_tiny TINYINT(4), c_ubig BIGINT(20) UNSIGNED DEFAULT NULL, c_small SMALLINT(5) UNSIGNED ZEROFILL, c_dec DECIMAL(65,30), c_float FLOAT, c_double DOUBLE, c_bit BIT(10) DEFAULT b'101',
  c_date DATE, c_time TIME(6), c_dt DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6), c_ts TIMESTAMP(3) NULL, c_auto TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP() ON UPDATE CURRENT_TIMESTAMP(), c_year YEAR(4),
  c_char CHAR(10), c_vc VARCHAR(100) DEFAULT 'it''s', c_vcl VARCHAR(100) CHARACTER SET latin1, c_vc3 VARCHAR(50) CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci, c_bin VARCHAR(20) COLLATE utf8mb4_bin,
  c_uni VARCHAR(20) COLLATE utf8mb4_unicode_ci, c_binary BINARY(4), c_varbinary VARBINARY(300), c_text MEDIUMTEXT, c_blob LONGBLOB DEFAULT NULL, c_enum ENUM('a','ü','it''s') NOT NULL DEFAULT 'ü', c_set SET('x','y z') DEFAULT 'x,y z',
  c_json JSON, c_expr INT DEFAULT (1 + 2), PRIMARY KEY (id), KEY by_text (c_text(20)), KEY odd (c_vc, c_tiny)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='it''s';
INSERT INTO kinds VALUES
 (1,-128,18446744073709551615,7,-1.5,3.4e38,-1.7976931348623157e308,b'1111111111','1000-01-01','-838:59:59','9999-12-31 23:59:59.999999','2024-02-29 12:00:00.123','2024-01-01 00:00:00',2155,'chär 😀','vär 😀 ''\\ " \n\r\t\0 %_ \Z','grüß €','grüß','Bin','uni',x'00ff275c',x'000a0d1a22275c255f7f80ff','text','\0\n','it''s','y z','{"b": [1, 2.5, null, true], "a": "ü 😀"}',5),
 (2,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'2024-01-01 00:00:00',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'a',NULL,NULL,NULL);
INSERT INTO kinds (id, c_auto, c_dt, c_blob, c_text, c_float, c_set) VALUES (30, '2024-01-01', '2024-01-01', UNHEX(REPEAT('00ff275c0a', 3000)), REPEAT('äß😀''', 5000), 0.1, '');
CREATE TABLE parent (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, code VARCHAR(10) NOT NULL, price DECIMAL(8,2) NOT NULL CHECK (price >= 0), UNIQUE KEY code (code), CONSTRAINT cheap CHECK (price < 1000 OR code = 'dear')) CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO parent VALUES (1, 'one', 1), (7, 'dear', 2000.5);
CREATE TABLE child (
  a INT NOT NULL, b BIGINT NOT NULL, parent_id BIGINT UNSIGNED, twice INT GENERATED ALWAYS AS (a * 2) STORED, thrice BIGINT AS (a * 3) VIRTUAL, named VARCHAR(40) AS (CONCAT('n/', a)) PERSISTENT,
  PRIMARY KEY (b, a), KEY by_twice (twice), CONSTRAINT to_parent FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE ON UPDATE CASCADE
) CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO child (a, b, parent_id) VALUES (1, 1, 1), (2, -9223372036854775808, NULL);
CREATE TABLE a_first (id INT PRIMARY KEY, child_a INT, child_b BIGINT, FOREIGN KEY (child_b, child_a) REFERENCES child (b, a)) CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO a_first VALUES (1, 1, 1), (2, NULL, NULL);
CREATE TABLE `order by` (`select` INT PRIMARY KEY, `from` VARCHAR(10) NOT NULL) CHARSET=latin1;
INSERT INTO `order by` VALUES (1, 'äöü'), (0, 'zero'), (-1, '');
CREATE TABLE keyless (a INT, `odd ``name``` VARCHAR(10), UNIQUE KEY (a)) CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO keyless VALUES (1, 'x'), (NULL, 'y'), (NULL, 'y');
CREATE TABLE many (id INT PRIMARY KEY, v VARCHAR(40)) CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO many SELECT seq, CONCAT('row ', seq, ' 😀') FROM seq_1_to_5000;
CREATE VIEW z_both AS SELECT p.code AS code, c.a AS a, c.thrice AS thrice FROM parent p JOIN child c ON c.parent_id = p.id;
CREATE VIEW a_over AS SELECT code, COUNT(*) AS n, SUM(a) AS total FROM z_both GROUP BY code;

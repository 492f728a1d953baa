-- The shape of sysbench's oltp tables, with a few rows.
CREATE TABLE sbtest1 (id INT NOT NULL AUTO_INCREMENT, k INT NOT NULL DEFAULT 0, c CHAR(120) NOT NULL DEFAULT '', pad CHAR(60) NOT NULL DEFAULT '', PRIMARY KEY (id), KEY k_1 (k)) /*! ENGINE = innodb */;
CREATE TABLE sbtest2 LIKE sbtest1;
INSERT INTO sbtest1 (k, c, pad) SELECT seq * 7, CONCAT('c', seq), CONCAT('pad', seq) FROM seq_1_to_40;
INSERT INTO sbtest2 (k, c, pad) SELECT seq * 5, CONCAT('c', seq), CONCAT('pad', seq) FROM seq_1_to_40;

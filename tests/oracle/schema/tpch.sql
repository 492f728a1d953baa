-- A decision-support schema in the style of TPC-H.
CREATE TABLE region (r_regionkey INT PRIMARY KEY, r_name CHAR(25), r_comment VARCHAR(152));
CREATE TABLE nation (n_nationkey INT PRIMARY KEY, n_name CHAR(25), n_regionkey INT, n_comment VARCHAR(152));
CREATE TABLE supplier (s_suppkey INT PRIMARY KEY, s_name CHAR(25), s_address VARCHAR(40), s_nationkey INT, s_phone CHAR(15), s_acctbal DECIMAL(15,2), s_comment VARCHAR(101));
CREATE TABLE part (p_partkey INT PRIMARY KEY, p_name VARCHAR(55), p_mfgr CHAR(25), p_brand CHAR(10), p_type VARCHAR(25), p_size INT, p_container CHAR(10), p_retailprice DECIMAL(15,2), p_comment VARCHAR(23));
CREATE TABLE partsupp (ps_partkey INT, ps_suppkey INT, ps_availqty INT, ps_supplycost DECIMAL(15,2), ps_comment VARCHAR(199), PRIMARY KEY (ps_partkey, ps_suppkey));
CREATE TABLE customer (c_custkey INT PRIMARY KEY, c_name VARCHAR(25), c_address VARCHAR(40), c_nationkey INT, c_phone CHAR(15), c_acctbal DECIMAL(15,2), c_mktsegment CHAR(10), c_comment VARCHAR(117));
CREATE TABLE orders (o_orderkey INT PRIMARY KEY, o_custkey INT, o_orderstatus CHAR(1), o_totalprice DECIMAL(15,2), o_orderdate DATE, o_orderpriority CHAR(15), o_clerk CHAR(15), o_shippriority INT, o_comment VARCHAR(79));
CREATE TABLE lineitem (l_orderkey INT, l_partkey INT, l_suppkey INT, l_linenumber INT, l_quantity DECIMAL(15,2), l_extendedprice DECIMAL(15,2), l_discount DECIMAL(15,2), l_tax DECIMAL(15,2), l_returnflag CHAR(1), l_linestatus CHAR(1), l_shipdate DATE, l_commitdate DATE, l_receiptdate DATE, l_shipinstruct CHAR(25), l_shipmode CHAR(10), l_comment VARCHAR(44), PRIMARY KEY (l_orderkey, l_linenumber));
INSERT INTO region VALUES (0,'AFRICA',''),(1,'AMERICA',''),(2,'ASIA',''),(3,'EUROPE','');
INSERT INTO nation VALUES (0,'ALGERIA',0,''),(1,'BRAZIL',1,''),(2,'CHINA',2,''),(3,'FRANCE',3,''),(4,'GERMANY',3,'');
INSERT INTO supplier SELECT seq, CONCAT('s', seq), 'addr', seq % 5, '13-555', 10 * seq, '' FROM seq_1_to_10;
INSERT INTO part SELECT seq, 'green metallic', 'm1', 'Brand#13', 'PROMO BRASS', seq, 'MED BOX', 900, '' FROM seq_1_to_10;
INSERT INTO partsupp SELECT seq, seq, 100, 12.5, '' FROM seq_1_to_10;
INSERT INTO customer SELECT seq, CONCAT('c', seq), 'addr', seq % 5, '13-555', 100 - seq, 'BUILDING', '' FROM seq_1_to_10;
INSERT INTO orders SELECT seq, seq, 'F', 1000, '1995-03-01', '1-URGENT', 'clerk', 0, '' FROM seq_1_to_10;
INSERT INTO lineitem SELECT seq, seq, seq, 1, 17, 1000, 0.05, 0.02, 'R', 'F', '1995-03-20', '1995-03-21', '1995-03-22', 'NONE', 'AIR', '' FROM seq_1_to_10;

-- Analytic queries in the style of TPC-H, written for this schema.
-- @read
SELECT l_returnflag, l_linestatus, SUM(l_quantity) AS sum_qty, SUM(l_extendedprice * (1 - l_discount)) AS sum_disc, AVG(l_discount) AS avg_disc, COUNT(*) AS n FROM lineitem WHERE l_shipdate <= DATE '1998-12-01' - INTERVAL 90 DAY GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus
SELECT s_acctbal, s_name, n_name, p_partkey FROM part, supplier, partsupp, nation, region WHERE p_partkey = ps_partkey AND s_suppkey = ps_suppkey AND p_size = 5 AND p_type LIKE '%BRASS' AND s_nationkey = n_nationkey AND n_regionkey = r_regionkey AND r_name = 'EUROPE' AND ps_supplycost = (SELECT MIN(ps_supplycost) FROM partsupp, supplier WHERE p_partkey = ps_partkey AND s_suppkey = ps_suppkey) ORDER BY s_acctbal DESC LIMIT 100
SELECT l_orderkey, SUM(l_extendedprice * (1 - l_discount)) AS revenue, o_orderdate, o_shippriority FROM customer, orders, lineitem WHERE c_mktsegment = 'BUILDING' AND c_custkey = o_custkey AND l_orderkey = o_orderkey AND o_orderdate < '1995-03-15' AND l_shipdate > '1995-03-15' GROUP BY l_orderkey, o_orderdate, o_shippriority ORDER BY revenue DESC, o_orderdate LIMIT 10
SELECT o_orderpriority, COUNT(*) AS order_count FROM orders WHERE o_orderdate >= '1995-01-01' AND o_orderdate < '1995-01-01' + INTERVAL '3' MONTH AND EXISTS (SELECT * FROM lineitem WHERE l_orderkey = o_orderkey AND l_commitdate < l_receiptdate) GROUP BY o_orderpriority ORDER BY o_orderpriority
SELECT n_name, SUM(l_extendedprice * (1 - l_discount)) AS revenue FROM customer JOIN orders ON c_custkey = o_custkey JOIN lineitem ON l_orderkey = o_orderkey JOIN supplier ON l_suppkey = s_suppkey AND c_nationkey = s_nationkey JOIN nation ON s_nationkey = n_nationkey JOIN region ON n_regionkey = r_regionkey WHERE r_name = 'EUROPE' GROUP BY n_name ORDER BY revenue DESC
SELECT SUM(l_extendedprice * l_discount) AS revenue FROM lineitem WHERE l_shipdate >= DATE '1994-01-01' AND l_discount BETWEEN 0.06 - 0.01 AND 0.06 + 0.01 AND l_quantity < 24
SELECT supp_nation, cust_nation, l_year, SUM(volume) FROM (SELECT n1.n_name AS supp_nation, n2.n_name AS cust_nation, EXTRACT(YEAR FROM l_shipdate) AS l_year, l_extendedprice * (1 - l_discount) AS volume FROM supplier, lineitem, orders, customer, nation n1, nation n2 WHERE s_suppkey = l_suppkey AND o_orderkey = l_orderkey AND c_custkey = o_custkey AND s_nationkey = n1.n_nationkey AND c_nationkey = n2.n_nationkey) AS shipping GROUP BY supp_nation, cust_nation, l_year ORDER BY 1, 2, 3
SELECT o_year, SUM(CASE WHEN nation = 'BRAZIL' THEN volume ELSE 0 END) / SUM(volume) AS mkt_share FROM (SELECT EXTRACT(YEAR FROM o_orderdate) AS o_year, l_extendedprice AS volume, n_name AS nation FROM lineitem INNER JOIN orders ON o_orderkey = l_orderkey INNER JOIN supplier ON s_suppkey = l_suppkey INNER JOIN nation ON n_nationkey = s_nationkey) all_nations GROUP BY o_year ORDER BY o_year
SELECT nation, o_year, SUM(amount) AS profit FROM (SELECT n_name AS nation, YEAR(o_orderdate) AS o_year, l_extendedprice - ps_supplycost * l_quantity AS amount FROM part, supplier, lineitem, partsupp, orders, nation WHERE s_suppkey = l_suppkey AND ps_suppkey = l_suppkey AND ps_partkey = l_partkey AND p_partkey = l_partkey AND o_orderkey = l_orderkey AND s_nationkey = n_nationkey AND p_name LIKE '%green%') AS profit GROUP BY nation, o_year ORDER BY nation, o_year DESC
SELECT c_custkey, c_name, SUM(l_extendedprice) AS revenue FROM customer, orders, lineitem WHERE c_custkey = o_custkey AND l_orderkey = o_orderkey AND l_returnflag = 'R' GROUP BY c_custkey, c_name ORDER BY revenue DESC LIMIT 20 OFFSET 0
SELECT ps_partkey, SUM(ps_supplycost * ps_availqty) AS value FROM partsupp, supplier WHERE ps_suppkey = s_suppkey GROUP BY ps_partkey HAVING SUM(ps_supplycost * ps_availqty) > (SELECT SUM(ps_supplycost * ps_availqty) * 0.0001 FROM partsupp) ORDER BY value DESC
SELECT l_shipmode, SUM(CASE WHEN o_orderpriority = '1-URGENT' OR o_orderpriority = '2-HIGH' THEN 1 ELSE 0 END) AS high, SUM(IF(o_orderpriority NOT IN ('1-URGENT','2-HIGH'), 1, 0)) AS low FROM orders, lineitem WHERE o_orderkey = l_orderkey AND l_shipmode IN ('MAIL', 'AIR') GROUP BY l_shipmode
SELECT c_count, COUNT(*) AS custdist FROM (SELECT c_custkey, COUNT(o_orderkey) AS c_count FROM customer LEFT OUTER JOIN orders ON c_custkey = o_custkey AND o_comment NOT LIKE '%special%requests%' GROUP BY c_custkey) AS c_orders GROUP BY c_count ORDER BY custdist DESC, c_count DESC
SELECT 100.00 * SUM(CASE WHEN p_type LIKE 'PROMO%' THEN l_extendedprice * (1 - l_discount) ELSE 0 END) / SUM(l_extendedprice * (1 - l_discount)) AS promo FROM lineitem, part WHERE l_partkey = p_partkey
WITH revenue (supplier_no, total) AS (SELECT l_suppkey, SUM(l_extendedprice * (1 - l_discount)) FROM lineitem GROUP BY l_suppkey) SELECT s_suppkey, s_name, total FROM supplier, revenue WHERE s_suppkey = supplier_no AND total = (SELECT MAX(total) FROM revenue) ORDER BY s_suppkey
SELECT p_brand, p_type, p_size, COUNT(DISTINCT ps_suppkey) AS supplier_cnt FROM partsupp, part WHERE p_partkey = ps_partkey AND p_brand <> 'Brand#45' AND p_size IN (1, 4, 7, 9) AND ps_suppkey NOT IN (SELECT s_suppkey FROM supplier WHERE s_comment LIKE '%Complaints%') GROUP BY p_brand, p_type, p_size
SELECT SUM(l_extendedprice) / 7.0 AS avg_yearly FROM lineitem, part WHERE p_partkey = l_partkey AND p_container = 'MED BOX' AND l_quantity < (SELECT 0.2 * AVG(l_quantity) FROM lineitem WHERE l_partkey = p_partkey)
SELECT c_name, o_orderkey, SUM(l_quantity) FROM customer, orders, lineitem WHERE o_orderkey IN (SELECT l_orderkey FROM lineitem GROUP BY l_orderkey HAVING SUM(l_quantity) > 10) AND c_custkey = o_custkey AND o_orderkey = l_orderkey GROUP BY c_name, o_orderkey
SELECT s_name FROM supplier WHERE s_suppkey IN (SELECT ps_suppkey FROM partsupp WHERE ps_partkey IN (SELECT p_partkey FROM part WHERE p_name LIKE 'green%') AND ps_availqty > (SELECT 0.5 * SUM(l_quantity) FROM lineitem WHERE l_partkey = ps_partkey))
SELECT s_name, COUNT(*) AS numwait FROM supplier, lineitem l1, orders WHERE s_suppkey = l1.l_suppkey AND o_orderkey = l1.l_orderkey AND EXISTS (SELECT * FROM lineitem l2 WHERE l2.l_orderkey = l1.l_orderkey AND l2.l_suppkey <> l1.l_suppkey) AND NOT EXISTS (SELECT 1 FROM lineitem l3 WHERE l3.l_orderkey = l1.l_orderkey) GROUP BY s_name
SELECT cntrycode, COUNT(*) AS numcust, SUM(c_acctbal) FROM (SELECT SUBSTRING(c_phone FROM 1 FOR 2) AS cntrycode, c_acctbal FROM customer WHERE SUBSTRING(c_phone, 1, 2) IN ('13','31') AND c_acctbal > (SELECT AVG(c_acctbal) FROM customer WHERE c_acctbal > 0.00)) AS custsale GROUP BY cntrycode
SELECT n_name, r_name, SUM(c_acctbal) FROM customer JOIN nation ON c_nationkey = n_nationkey JOIN region ON n_regionkey = r_regionkey GROUP BY r_name, n_name WITH ROLLUP
SELECT o_custkey, o_totalprice, RANK() OVER (PARTITION BY o_orderstatus ORDER BY o_totalprice DESC) AS rnk, SUM(o_totalprice) OVER (ORDER BY o_orderdate ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS running FROM orders
SELECT DISTINCT p_brand, FIRST_VALUE(p_name) OVER w AS first_name, NTILE(4) OVER w FROM part WINDOW w AS (PARTITION BY p_brand ORDER BY p_size)
WITH RECURSIVE months (d) AS (SELECT DATE '1995-01-01' UNION ALL SELECT d + INTERVAL 1 MONTH FROM months WHERE d < '1995-12-01') SELECT m.d, COUNT(o.o_orderkey) FROM months m LEFT JOIN orders o ON o.o_orderdate >= m.d AND o.o_orderdate < m.d + INTERVAL 1 MONTH GROUP BY m.d
SELECT STD(l_quantity), STDDEV_SAMP(l_quantity), VAR_POP(l_discount), BIT_XOR(l_orderkey), GROUP_CONCAT(DISTINCT l_shipmode ORDER BY l_shipmode SEPARATOR '|') FROM lineitem
SELECT MEDIAN(l_quantity) OVER (PARTITION BY l_shipmode), PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY l_quantity) OVER (PARTITION BY l_shipmode) FROM lineitem
(SELECT c_custkey FROM customer) EXCEPT (SELECT o_custkey FROM orders) ORDER BY 1
SELECT c_nationkey FROM customer INTERSECT SELECT s_nationkey FROM supplier
SELECT SQL_BIG_RESULT o_clerk, COUNT(*) FROM orders GROUP BY o_clerk
SELECT HIGH_PRIORITY SQL_SMALL_RESULT SQL_BUFFER_RESULT o_clerk FROM orders GROUP BY o_clerk
SELECT * FROM orders PROCEDURE ANALYSE(10, 2000)
SELECT * FROM lineitem WHERE (l_orderkey, l_linenumber) IN ((1,1),(2,1),(3,1))
SELECT * FROM nation NATURAL JOIN region LIMIT 3
SELECT * FROM nation n RIGHT JOIN region r ON n.n_regionkey = r.r_regionkey
SELECT * FROM nation LEFT JOIN (region CROSS JOIN supplier) ON n_regionkey = r_regionkey AND s_nationkey = n_nationkey
-- @write
CREATE VIEW revenue0 (supplier_no, total_revenue) AS SELECT l_suppkey, SUM(l_extendedprice * (1 - l_discount)) FROM lineitem GROUP BY l_suppkey
DROP VIEW revenue0
LOAD DATA LOCAL INFILE 'nation.tbl' INTO TABLE nation FIELDS TERMINATED BY '|'
LOAD DATA INFILE '/tmp/region.tbl' REPLACE INTO TABLE region FIELDS TERMINATED BY '|' LINES TERMINATED BY '\n' (r_regionkey, r_name, @dummy)
INSERT INTO orders SELECT * FROM orders WHERE o_orderkey < 0
DELETE FROM lineitem WHERE l_orderkey BETWEEN 5000 AND 6000
SELECT * FROM orders INTO OUTFILE '/tmp/oracle_orders.csv' FIELDS TERMINATED BY ',' ENCLOSED BY '"'
CREATE TABLE summary AS SELECT o_custkey, COUNT(*) n FROM orders GROUP BY o_custkey
CREATE TEMPORARY TABLE tmp_orders SELECT * FROM orders

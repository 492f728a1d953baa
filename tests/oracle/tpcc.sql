-- An order-entry load in the style of TPC-C's five transactions.
-- @read
SELECT c_discount, c_last, c_credit, w_tax FROM customer, warehouse WHERE w_id = 1 AND c_w_id = w_id AND c_d_id = 1 AND c_id = 7
SELECT i_price, i_name, i_data FROM item WHERE i_id = 3
SELECT count(c_id) FROM customer WHERE c_w_id = 1 AND c_d_id = 1 AND c_last = 'BAR1'
SELECT c_id FROM customer WHERE c_w_id = 1 AND c_d_id = 1 AND c_last = 'BAR1' ORDER BY c_first
SELECT c_balance, c_first, c_middle, c_last FROM customer WHERE c_w_id = 1 AND c_d_id = 1 AND c_id = 3
SELECT c_balance, c_first, c_middle, c_id FROM customer WHERE c_w_id = 1 AND c_d_id = 1 AND c_last = 'BAR2' ORDER BY c_first LIMIT 1
SELECT o_id, o_entry_d, COALESCE(o_carrier_id,0) FROM orders WHERE o_w_id = 1 AND o_d_id = 1 AND o_c_id = 3 AND o_id = (SELECT MAX(o_id) FROM orders WHERE o_w_id = 1 AND o_d_id = 1 AND o_c_id = 3)
SELECT ol_i_id, ol_supply_w_id, ol_quantity, ol_amount, ol_delivery_d FROM order_line WHERE ol_w_id = 1 AND ol_d_id = 1 AND ol_o_id = 12
SELECT d_next_o_id FROM district WHERE d_id = 1 AND d_w_id = 1
SELECT COUNT(DISTINCT (s_i_id)) FROM order_line, stock WHERE ol_w_id = 1 AND ol_d_id = 1 AND ol_o_id < 20 AND ol_o_id >= 20 - 20 AND s_w_id = 1 AND s_i_id = ol_i_id AND s_quantity < 60
SELECT COALESCE(MIN(no_o_id),0) FROM new_orders WHERE no_d_id = 1 AND no_w_id = 1
SELECT SUM(ol_amount) FROM order_line WHERE ol_o_id = 3 AND ol_d_id = 1 AND ol_w_id = 1
SELECT o_c_id FROM orders WHERE o_id = 3 AND o_d_id = 1 AND o_w_id = 1
SELECT w_street, w_city, w_state, w_zip, w_name FROM warehouse WHERE w_id = 1
SELECT d_name FROM district WHERE d_w_id = 1 AND d_id = 2
SELECT c_data FROM customer WHERE c_w_id = 1 AND c_d_id = 1 AND c_id = 1
SELECT sum(d_ytd), d_w_id FROM district GROUP BY d_w_id HAVING sum(d_ytd) > 0
SELECT w.w_id FROM warehouse w WHERE w.w_ytd <> (SELECT SUM(d_ytd) FROM district WHERE d_w_id = w.w_id)
SELECT o_w_id, o_d_id, max(o_id) - min(o_id) + 1 - count(*) AS gap FROM orders GROUP BY o_w_id, o_d_id HAVING gap <> 0
SELECT s_quantity, s_data, s_dist_01 FROM stock WHERE s_i_id = ? AND s_w_id = ?
-- @any
START TRANSACTION READ ONLY
-- @write
SELECT d_next_o_id, d_tax FROM district WHERE d_id = 1 AND d_w_id = 1 FOR UPDATE
SELECT s_quantity, s_data, s_dist_01 FROM stock WHERE s_i_id = 1 AND s_w_id = 1 FOR UPDATE
SELECT c_balance FROM customer WHERE c_w_id = 1 AND c_d_id = 1 AND c_id = 1 FOR UPDATE
SELECT no_o_id FROM new_orders WHERE no_d_id = 1 AND no_w_id = 1 ORDER BY no_o_id LIMIT 1 FOR UPDATE SKIP LOCKED
SELECT no_o_id FROM new_orders WHERE no_d_id = 1 LOCK IN SHARE MODE
UPDATE district SET d_next_o_id = 21 + 1 WHERE d_id = 1 AND d_w_id = 1
INSERT INTO orders (o_id, o_d_id, o_w_id, o_c_id, o_entry_d, o_ol_cnt, o_all_local) VALUES (21, 1, 1, 3, NOW(), 2, 1)
INSERT INTO new_orders (no_o_id, no_d_id, no_w_id) VALUES (21, 1, 1)
UPDATE stock SET s_quantity = 40 WHERE s_i_id = 3 AND s_w_id = 1
INSERT INTO order_line VALUES (21, 1, 1, 1, 3, 1, NULL, 5, 12.5, 'info')
UPDATE warehouse SET w_ytd = w_ytd + 100 WHERE w_id = 1
UPDATE customer SET c_balance = -20, c_data = 'more' WHERE c_w_id = 1 AND c_d_id = 1 AND c_id = 3
INSERT INTO history (h_c_d_id, h_c_w_id, h_c_id, h_d_id, h_w_id, h_date, h_amount, h_data) VALUES (1,1,3,1,1,NOW(),100,'x')
DELETE FROM new_orders WHERE no_o_id = 15 AND no_d_id = 1 AND no_w_id = 1
UPDATE order_line SET ol_delivery_d = NOW() WHERE ol_o_id = 15 AND ol_d_id = 1 AND ol_w_id = 1
UPDATE customer c JOIN orders o ON o.o_c_id = c.c_id SET c.c_balance = c.c_balance + 1 WHERE o.o_id = 15
DELETE o, l FROM orders o INNER JOIN order_line l ON l.ol_o_id = o.o_id WHERE o.o_id = 1
INSERT INTO history SELECT c_id, c_d_id, c_w_id, 1, 1, NOW(), 1, 'x' FROM customer WHERE c_id = 1
CALL neword(1, 1, 1)
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE
SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED
SAVEPOINT before_payment
ROLLBACK TO SAVEPOINT before_payment
RELEASE SAVEPOINT before_payment
COMMIT AND CHAIN
ROLLBACK AND NO CHAIN RELEASE

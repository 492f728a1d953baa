-- An order-entry schema in the style of TPC-C.
CREATE TABLE warehouse (w_id SMALLINT PRIMARY KEY, w_name VARCHAR(10), w_street VARCHAR(20), w_city VARCHAR(20), w_state CHAR(2), w_zip CHAR(9), w_tax DECIMAL(4,4), w_ytd DECIMAL(12,2));
CREATE TABLE district (d_id TINYINT, d_w_id SMALLINT, d_name VARCHAR(10), d_tax DECIMAL(4,4), d_ytd DECIMAL(12,2), d_next_o_id INT, PRIMARY KEY (d_w_id, d_id));
CREATE TABLE customer (c_id INT, c_d_id TINYINT, c_w_id SMALLINT, c_first VARCHAR(16), c_middle CHAR(2), c_last VARCHAR(16), c_phone CHAR(16), c_since DATETIME, c_credit CHAR(2), c_credit_lim DECIMAL(12,2), c_discount DECIMAL(4,4), c_balance DECIMAL(12,2), c_ytd_payment DECIMAL(12,2), c_payment_cnt SMALLINT, c_data TEXT, PRIMARY KEY (c_w_id, c_d_id, c_id), KEY by_name (c_w_id, c_d_id, c_last, c_first));
CREATE TABLE history (h_c_id INT, h_c_d_id TINYINT, h_c_w_id SMALLINT, h_d_id TINYINT, h_w_id SMALLINT, h_date DATETIME, h_amount DECIMAL(6,2), h_data VARCHAR(24));
CREATE TABLE orders (o_id INT, o_d_id TINYINT, o_w_id SMALLINT, o_c_id INT, o_entry_d DATETIME, o_carrier_id TINYINT, o_ol_cnt TINYINT, o_all_local TINYINT, PRIMARY KEY (o_w_id, o_d_id, o_id), KEY by_customer (o_w_id, o_d_id, o_c_id, o_id));
CREATE TABLE new_orders (no_o_id INT, no_d_id TINYINT, no_w_id SMALLINT, PRIMARY KEY (no_w_id, no_d_id, no_o_id));
CREATE TABLE order_line (ol_o_id INT, ol_d_id TINYINT, ol_w_id SMALLINT, ol_number TINYINT, ol_i_id INT, ol_supply_w_id SMALLINT, ol_delivery_d DATETIME, ol_quantity TINYINT, ol_amount DECIMAL(6,2), ol_dist_info CHAR(24), PRIMARY KEY (ol_w_id, ol_d_id, ol_o_id, ol_number));
CREATE TABLE item (i_id INT PRIMARY KEY, i_im_id INT, i_name VARCHAR(24), i_price DECIMAL(5,2), i_data VARCHAR(50));
CREATE TABLE stock (s_i_id INT, s_w_id SMALLINT, s_quantity SMALLINT, s_dist_01 CHAR(24), s_ytd DECIMAL(8,0), s_order_cnt SMALLINT, s_remote_cnt SMALLINT, s_data VARCHAR(50), PRIMARY KEY (s_w_id, s_i_id));
INSERT INTO warehouse VALUES (1,'north','a street','town','AA','00001',0.1,300000),(2,'south','b street','city','BB','00002',0.2,300000);
INSERT INTO district SELECT seq, 1, CONCAT('d', seq), 0.05, 30000, 20 FROM seq_1_to_10;
INSERT INTO customer SELECT seq, 1, 1, CONCAT('f', seq), 'OE', CONCAT('BAR', seq % 3), '555', '2024-01-01', 'GC', 50000, 0.1, -10, 10, 1, 'data' FROM seq_1_to_20;
INSERT INTO orders SELECT seq, 1, 1, seq, '2024-01-02', NULL, 2, 1 FROM seq_1_to_20;
INSERT INTO new_orders SELECT seq, 1, 1 FROM seq_15_to_20;
INSERT INTO order_line SELECT seq, 1, 1, 1, seq, 1, NULL, 5, 12.5, 'info' FROM seq_1_to_20;
INSERT INTO item SELECT seq, seq, CONCAT('item', seq), 9.99, 'ORIGINAL' FROM seq_1_to_20;
INSERT INTO stock SELECT seq, 1, 50, 'dist', 0, 0, 0, 'ORIGINAL' FROM seq_1_to_20;

-- An ORM's schema in the style of Hibernate: sequence tables, joined inheritance, versions.
CREATE TABLE hibernate_sequence (next_val BIGINT);
INSERT INTO hibernate_sequence VALUES (1);
CREATE TABLE customer (id BIGINT PRIMARY KEY, version INT NOT NULL DEFAULT 0, name VARCHAR(255), email VARCHAR(255), created TIMESTAMP(6) NULL, active BIT(1));
CREATE TABLE purchase_order (id BIGINT PRIMARY KEY, version INT NOT NULL DEFAULT 0, customer_id BIGINT, status VARCHAR(20), total DECIMAL(19,2), placed_at DATETIME(6));
CREATE TABLE order_item (id BIGINT PRIMARY KEY, order_id BIGINT, product_id BIGINT, quantity INT, line_no INT);
CREATE TABLE product (id BIGINT PRIMARY KEY, dtype VARCHAR(31), sku VARCHAR(64), price DECIMAL(19,2), pages INT, weight DOUBLE);
CREATE TABLE category (id BIGINT PRIMARY KEY, parent_id BIGINT, title VARCHAR(100));
INSERT INTO customer VALUES (1,0,'First','first@app.example','2024-01-01',1),(2,0,'Second','second@app.example','2024-02-01',1);
INSERT INTO purchase_order SELECT seq, 0, seq % 2 + 1, 'OPEN', seq * 10, '2024-03-01' FROM seq_1_to_10;
INSERT INTO product SELECT seq, 'Book', CONCAT('sku', seq), seq, 100, NULL FROM seq_1_to_5;
INSERT INTO order_item SELECT seq, seq, 1, 2, 0 FROM seq_1_to_10;
INSERT INTO category VALUES (1,NULL,'root'),(2,1,'child'),(3,2,'leaf');
CREATE SEQUENCE order_seq START WITH 1 INCREMENT BY 50 NOCACHE;

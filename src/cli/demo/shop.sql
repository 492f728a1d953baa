-- A small shop: what `anabranch demo` has to show.
DROP DATABASE IF EXISTS shop;
CREATE DATABASE shop;
USE shop;

CREATE TABLE customers (
    id INT UNSIGNED PRIMARY KEY AUTO_INCREMENT,
    name VARCHAR(100) NOT NULL,
    email VARCHAR(200) NOT NULL UNIQUE,
    created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)
);

CREATE TABLE products (
    id INT UNSIGNED PRIMARY KEY AUTO_INCREMENT,
    name VARCHAR(100) NOT NULL,
    price DECIMAL(10,2) NOT NULL CHECK (price >= 0),
    in_stock INT NOT NULL DEFAULT 0,
    KEY (name)
);

CREATE TABLE orders (
    id INT UNSIGNED PRIMARY KEY AUTO_INCREMENT,
    customer_id INT UNSIGNED NOT NULL,
    status ENUM('open', 'paid', 'sent') NOT NULL DEFAULT 'open',
    ordered_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    KEY (status, ordered_at),
    FOREIGN KEY (customer_id) REFERENCES customers (id)
);

CREATE TABLE order_items (
    order_id INT UNSIGNED NOT NULL,
    product_id INT UNSIGNED NOT NULL,
    quantity INT UNSIGNED NOT NULL,
    price DECIMAL(10,2) NOT NULL,
    PRIMARY KEY (order_id, product_id),
    FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE,
    FOREIGN KEY (product_id) REFERENCES products (id)
);

-- Which server answers: statements about a server's own state go to the primary, so this asks a table.
CREATE VIEW this_server AS
SELECT IF(variable_value = '1', 'primary', CONCAT('replica-', CAST(variable_value AS SIGNED) - 1)) AS name
FROM performance_schema.global_variables WHERE variable_name = 'server_id';

CREATE TABLE visits (
    id INT UNSIGNED PRIMARY KEY AUTO_INCREMENT,
    written_by VARCHAR(20) NOT NULL,
    visited_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)
);

INSERT INTO customers (name, email)
WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 500)
SELECT CONCAT(ELT(1 + i % 7, 'Ada', 'Grace', 'Edsger', 'Barbara', 'Donald', 'Frances', 'Ken'), ' ', i),
       CONCAT('customer', i, '@example.com') FROM n;

INSERT INTO products (name, price, in_stock)
WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 60)
SELECT CONCAT(ELT(1 + i % 6, 'Paddle', 'Canoe', 'Rope', 'Tent', 'Lamp', 'Map'), ' No. ', i),
       ROUND(5 + i * 7.35, 2), 20 + i FROM n;

INSERT INTO orders (customer_id, status, ordered_at)
WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900)
SELECT 1 + (i * 37) % 500, 1 + i % 3, '2026-01-01' + INTERVAL i * 97 MINUTE FROM n;

INSERT INTO order_items (order_id, product_id, quantity, price)
SELECT o.id, p.id, 1 + (o.id + p.id) % 4, p.price
FROM orders o JOIN products p ON p.id IN (1 + o.id % 60, 1 + (o.id * 7 + 3) % 60);

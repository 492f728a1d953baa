//! Random queries over a small shop: joins, filters, groups, set operations, subqueries, windows.

use super::{Dice, distinct};

/// The shop: NULLs in every column that may have them, customers without orders, orders without customers.
const SHOP: &[&str] = &[
    "CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(20), city VARCHAR(20), credit DECIMAL(8,2), since DATE, KEY (city))",
    "CREATE TABLE orders (id INT PRIMARY KEY, customer INT, day DATE, total DECIMAL(8,2), state ENUM('new','paid','sent'), KEY (customer), KEY (day, state))",
    "CREATE TABLE items (ord INT, pos INT, item VARCHAR(10), qty INT, price DOUBLE, PRIMARY KEY (ord, pos))",
    "INSERT INTO customers VALUES (1,'Ann','Bonn',100.50,'2020-01-05'),(2,'Bob','Kiel',NULL,'2021-06-01'),(3,'Cyd',NULL,0,NULL),(4,'Dee','Bonn',20,'2022-02-22'),(5,NULL,'Ulm',-5.25,'2020-01-05')",
    "INSERT INTO orders VALUES (10,1,'2023-01-01',30.00,'paid'),(11,1,'2023-01-15',12.50,'new'),(12,2,'2023-02-01',NULL,'sent'),(13,4,'2023-02-14',99.99,'paid'),(14,NULL,'2023-03-01',5,'new'),(15,9,NULL,7.25,NULL)",
    "INSERT INTO items VALUES (10,1,'pen',10,1.5),(10,2,'ink',1,15),(11,1,'pen',5,2.5),(12,1,'cup',NULL,4),(13,1,'lamp',1,99.99),(13,2,'bulb',3,NULL),(14,1,'ink',1,5),(99,1,'ghost',1,0)",
];

const JOINS: &[&str] = &[
    "customers c JOIN orders o ON o.customer = c.id",
    "customers c LEFT JOIN orders o ON o.customer = c.id",
    "customers c RIGHT JOIN orders o ON o.customer = c.id",
    "orders o LEFT JOIN customers c ON o.customer = c.id AND c.city = 'Bonn'",
    "customers c CROSS JOIN orders o",
    "customers c, orders o",
    "customers c JOIN orders o ON c.id < o.customer",
    "(SELECT * FROM customers WHERE id < 4) c LEFT JOIN orders o ON c.id = o.customer",
];
const FILTERS: &[&str] = &[
    "c.id > 1",
    "o.total > 10",
    "c.city = 'Bonn'",
    "o.state = 'paid'",
    "c.name IS NOT NULL",
    "o.day >= '2023-02-01'",
    "c.city IN ('Bonn', 'Ulm', NULL)",
    "o.total IS NULL OR c.credit > 0",
    "c.name LIKE '%e%'",
    "NOT (c.credit < 50)",
    "o.day BETWEEN '2023-01-10' AND '2023-02-28'",
    "c.id % 2 = 0",
    "o.state <> 'sent'",
    "EXISTS (SELECT 1 FROM items l WHERE l.ord = o.id AND l.qty > 1)",
    "o.id NOT IN (SELECT ord FROM items WHERE item = 'pen')",
    "c.id = (SELECT MIN(customer) FROM orders WHERE total > 20)",
    "o.total > ALL (SELECT l.price FROM items l WHERE l.ord = o.id AND l.price IS NOT NULL)",
    "o.total < ANY (SELECT credit FROM customers)",
    "(c.city, c.id) IN (SELECT city, id FROM customers)",
    "c.since < o.day",
];
const OUTPUTS: &[&str] = &[
    "c.id, o.id",
    "c.name, o.total",
    "c.city, o.state, o.id, c.id",
    "c.id + o.id AS s, c.credit * 2",
    "o.day, c.since, DATEDIFF(o.day, c.since)",
    "COALESCE(c.name, 'nobody'), o.total / 3",
    "c.id, (SELECT COUNT(*) FROM items l WHERE l.ord = o.id) AS n",
    "CASE o.state WHEN 'new' THEN 1 WHEN 'paid' THEN 2 END AS st, c.id, o.id",
    "DISTINCT c.city",
    "DISTINCT o.state, c.city",
];
const KEYS: &[&str] =
    &["c.city", "o.state", "c.city, o.state", "YEAR(o.day)", "c.id", "c.credit > 0"];
const SUMS: &[&str] = &[
    "COUNT(*)",
    "COUNT(o.total), SUM(o.total)",
    "AVG(o.total), MIN(o.day)",
    "MAX(c.name), MIN(c.credit)",
    "GROUP_CONCAT(o.id ORDER BY o.id DESC)",
    "SUM(c.credit) / COUNT(*)",
    "COUNT(DISTINCT c.city), COUNT(DISTINCT o.state)",
    "STDDEV_POP(o.total)",
    "SUM(o.total > 10)",
    "BIT_OR(o.id)",
];
const HAVINGS: &[&str] =
    &["COUNT(*) > 1", "SUM(o.total) > 20", "MIN(o.day) IS NOT NULL", "MAX(c.id) < 5"];
const SINGLES: &[&str] = &[
    "SELECT id FROM customers",
    "SELECT customer FROM orders",
    "SELECT ord FROM items",
    "SELECT qty FROM items",
    "SELECT id FROM customers WHERE city = 'Bonn'",
    "SELECT credit FROM customers",
    "SELECT 1",
    "SELECT NULL",
    "SELECT pos FROM items WHERE price > 2",
];
const SETS: &[&str] = &["UNION", "UNION ALL", "EXCEPT", "INTERSECT", "UNION DISTINCT"];
const WINDOWS: &[&str] = &[
    "ROW_NUMBER() OVER (ORDER BY id)",
    "RANK() OVER (ORDER BY state)",
    "DENSE_RANK() OVER (ORDER BY customer DESC)",
    "SUM(total) OVER (ORDER BY id)",
    "SUM(total) OVER (PARTITION BY state)",
    "AVG(total) OVER (PARTITION BY state ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
    "LAG(total) OVER (ORDER BY id)",
    "LEAD(total, 2, -1) OVER (ORDER BY id)",
    "FIRST_VALUE(id) OVER (PARTITION BY customer ORDER BY id)",
    "LAST_VALUE(id) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)",
    "NTILE(4) OVER (ORDER BY id)",
    "COUNT(*) OVER ()",
    "PERCENT_RANK() OVER (ORDER BY id)",
    "CUME_DIST() OVER (ORDER BY state)",
    "NTH_VALUE(id, 2) OVER (ORDER BY id)",
    "MAX(day) OVER (ORDER BY id ROWS 2 PRECEDING)",
];

pub fn queries(dice: &mut Dice) -> Vec<String> {
    let mut all: Vec<String> = SHOP.iter().map(|sql| (*sql).to_owned()).collect();
    all.extend(distinct(130, || rows(dice)));
    all.extend(distinct(90, || groups(dice)));
    all.extend(distinct(40, || set_operation(dice)));
    all.extend(distinct(24, || {
        format!("SELECT id, {} AS w FROM orders ORDER BY id", dice.pick(WINDOWS))
            .replace("AS w", if dice.one_in(2) { "AS w" } else { "AS v" })
    }));
    all
}

fn filter(dice: &mut Dice) -> String {
    let one = dice.pick(FILTERS);
    match dice.below(4) {
        0 => format!("{one} AND {}", dice.pick(FILTERS)),
        1 => format!("{one} OR ({})", dice.pick(FILTERS)),
        _ => one.to_owned(),
    }
}

fn rows(dice: &mut Dice) -> String {
    let (output, join, filter) = (dice.pick(OUTPUTS), dice.pick(JOINS), filter(dice));
    format!("SELECT {output} FROM {join} WHERE {filter}")
}

fn groups(dice: &mut Dice) -> String {
    let (keys, sums, join) = (dice.pick(KEYS), dice.pick(SUMS), dice.pick(JOINS));
    let filter =
        if dice.one_in(2) { format!(" WHERE {}", dice.pick(FILTERS)) } else { String::new() };
    let rollup = if dice.one_in(4) { " WITH ROLLUP" } else { "" };
    let having =
        if dice.one_in(3) { format!(" HAVING {}", dice.pick(HAVINGS)) } else { String::new() };
    format!("SELECT {keys}, {sums} FROM {join}{filter} GROUP BY {keys}{rollup}{having}")
}

fn set_operation(dice: &mut Dice) -> String {
    let mut sql = dice.pick(SINGLES).to_owned();
    for _ in 0..=dice.below(2) {
        sql = format!("{sql} {} {}", dice.pick(SETS), dice.pick(SINGLES));
    }
    sql
}

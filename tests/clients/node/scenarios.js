// What both Node drivers are asked to do. `driver` adapts: connect(options), query, execute, stream, error.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');

const env = process.env;
const base = { host: env.DB_HOST, port: Number(env.DB_PORT), user: 'app', password: env.DB_PASSWORD, database: env.DB_SCHEMA };
const ca = fs.readFileSync(env.DB_CA);
const TLS = { verify: { ca }, on: { rejectUnauthorized: false } };
const md5 = (value) => crypto.createHash('md5').update(value).digest('hex');

// A value as text in which 1, '1', null and bytes differ.
function show(value) {
  return JSON.stringify(value, (key, v) => {
    if (v && v.type === 'Buffer') return v.data.length > 100 ? `bytes(${v.data.length}) ${md5(Buffer.from(v.data))}` : `bytes ${Buffer.from(v.data).toString('hex')}`;
    return typeof v === 'bigint' ? `${v}n` : v;
  });
}

function section(name) { console.log(`\n## ${name}`); }

async function attempt(driver, label, action) {
  try {
    const result = await action();
    console.log(`${label}: ok ${result === undefined ? '' : show(result)}`);
  } catch (error) {
    console.log(`${label}: ${driver.error(error)}`);
  }
}

async function connecting(driver, auth) {
  section(auth ? 'signing in' : 'connect');
  const cases = [['plain', {}], ['plain again', {}], ['tls', { ssl: TLS.on }], ['tls verified', { ssl: TLS.verify }],
    ['without a schema', { database: undefined }], ['another account', { user: 'reader' }],
    ['wrong password', { password: 'wrong' }], ['wrong password over tls', { password: 'wrong', ssl: TLS.verify }],
    ['unknown schema', { database: 'test_nowhere' }]];
  if (!auth) {
    cases.push(['empty password', { user: 'nopass', password: '' }], ['unknown user', { user: 'nobody' }],
      ['tls required, with', { user: 'secure', ssl: TLS.verify }], ['tls required, without', { user: 'secure' }]);
  }
  for (const [label, options] of cases) {
    await attempt(driver, label, async () => {
      const c = await driver.connect({ ...base, ...options });
      const rows = await driver.query(c, 'SELECT DATABASE() db, CURRENT_USER() cu, USER() u');
      await driver.end(c);
      return rows;
    });
  }
}

async function results(driver) {
  section('results');
  const c = await driver.connect(base);
  const show_query = (sql) => attempt(driver, sql, () => driver.query(c, sql));
  await driver.query(c, `CREATE TABLE types (id INT PRIMARY KEY AUTO_INCREMENT, ti TINYINT, bu BIGINT UNSIGNED, f FLOAT, d DOUBLE, de DECIMAL(30,10),
    bt BIT(10), da DATE, dt6 DATETIME(6), tm TIME, y YEAR, vc VARCHAR(100), vb VARBINARY(20), bl BLOB, en ENUM('a','b'), js JSON)`);
  const insert = 'INSERT INTO types (ti,bu,f,d,de,bt,da,dt6,tm,y,vc,vb,bl,en,js) VALUES ';
  await show_query(insert + `(-5,18446744073709551615,1.5,-2e300,123.456,b'1010','2024-02-29','2024-02-29 23:59:59.123456','-12:00:01',2024,'vär 😀',x'00ff',x'0102','b','{"a":1}'),
    (${Array(15).fill('NULL').join(',')})`);
  for (const sql of ['SELECT * FROM types ORDER BY id', 'SELECT * FROM types WHERE id < 0', 'UPDATE types SET ti = 7', 'UPDATE types SET ti = 7',
    'INSERT INTO types (ti) VALUES (1),(2),(3)', 'SELECT LAST_INSERT_ID() a', 'DELETE FROM types WHERE ti = 2', 'INSERT INTO types (id) VALUES (1)', 'SELEC 1',
    'SELECT * FROM nowhere', 'SELECT CAST("x" AS INT) a', 'SHOW WARNINGS', 'CREATE TABLE types (a INT)', "SET @v = 3", 'SELECT @v, @@character_set_client',
    'USE test_nowhere', 'SHOW TABLES']) {
    await show_query(sql);
  }
  console.log('fields', show(await driver.fields(c, "SELECT t.vc AS alias, t.*, COUNT(*) n, 'x' lit FROM types t GROUP BY id")));
  await driver.end(c);
}

async function prepared(driver) {
  section('prepared');
  const c = await driver.connect(base);
  const run = (sql, values) => attempt(driver, `${sql} ${show(values).slice(0, 120)}`, () => driver.execute(c, sql, values));
  await driver.query(c, 'CREATE TABLE prep (id INT PRIMARY KEY, a BIGINT, d DOUBLE, s VARCHAR(50), b LONGBLOB, t DATETIME)');
  const insert = 'INSERT INTO prep VALUES (?, ?, ?, ?, ?, ?)';
  await run(insert, [1, -12, 1.25, 'vär 😀', Buffer.from([0, 255, 39]), '2024-02-29 01:02:03']);
  await run(insert, [2, null, null, null, null, null]);
  await run(insert, [2, null, null, null, null, null]);
  for (let n = 0; n < 3; n++) await run('SELECT * FROM prep WHERE id > ? ORDER BY id', [n]);
  await run('SELECT * FROM types WHERE id < ? ORDER BY id', [3]);
  await run('SELECT * FROM nowhere WHERE a = ?', [1]);
  await run('SELEC ?', [1]);
  await run('UPDATE prep SET a = ? WHERE id = ?', [5, 1]);
  await run('SELECT a FROM prep WHERE id = ? FOR UPDATE', [1]);
  await run('SELECT ? + ?, CONNECTION_ID() > 0', [1, 2]);
  for (const sql of ['BEGIN', 'INSERT INTO prep (id) VALUES (77)', 'SELECT COUNT(*) n FROM prep', 'ROLLBACK', 'SELECT COUNT(*) n FROM prep']) await run(sql, []);
  const blob = Buffer.alloc(20_000_000, 'anabranch\0\xff');
  await run('INSERT INTO prep (id, b) VALUES (?, ?)', [100, blob]);
  await run('SELECT b, MD5(b) m FROM prep WHERE id = ?', [100]);
  await attempt(driver, 'as text', () => driver.query(c, 'SELECT LENGTH(?) n, MD5(?) m', [blob, '😀']));
  await attempt(driver, 'as text', () => driver.query(c, 'SELECT b FROM prep WHERE id = 100'));
  for (let n = 0; n < 200; n++) await driver.execute(c, `SELECT ${n} + ?`, [n]); // more than some caches hold
  await run('SELECT 1 + ?', [1]);
  await driver.end(c);
}

async function transactions(driver) {
  section('transactions');
  const c = await driver.connect(base);
  const other = await driver.connect(base);
  await driver.query(c, 'CREATE TABLE tx (a INT PRIMARY KEY)');
  const look = async (label) => console.log(label, show(await driver.query(c, 'SELECT a FROM tx ORDER BY a')), show(await driver.query(other, 'SELECT a FROM tx ORDER BY a FOR UPDATE SKIP LOCKED')));
  await c.beginTransaction();
  await driver.query(c, 'INSERT INTO tx VALUES (1)');
  await c.rollback();
  await look('rolled back');
  await c.beginTransaction();
  await driver.query(c, 'INSERT INTO tx VALUES (2)');
  await c.commit();
  await look('committed');
  await driver.query(c, 'SET autocommit = 0');
  await driver.query(c, 'INSERT INTO tx VALUES (3)');
  await look('autocommit off');
  await driver.query(c, 'SET autocommit = 1');
  await look('autocommit on');
  await driver.query(c, 'START TRANSACTION READ ONLY');
  await attempt(driver, 'write', () => driver.query(c, 'INSERT INTO tx VALUES (4)'));
  await c.rollback();
  let stale = 0;
  for (let n = 10; n < 210; n++) {
    await driver.query(c, `INSERT INTO tx VALUES (${n})`);
    const rows = await driver.execute(c, 'SELECT COUNT(*) n FROM tx WHERE a = ?', [n]);
    if (Number(rows[0].n) !== 1) stale++;
  }
  console.log('stale reads', stale);
  // many at once on several connections
  const many = await Promise.all(Array.from({ length: 20 }, async (_, i) => {
    const one = await driver.connect(base);
    let sum = 0;
    for (let n = 0; n < 20; n++) sum += Number((await driver.query(one, `SELECT ${n} * ${i} v`))[0].v);
    await driver.end(one);
    return sum;
  }));
  console.log('at once', show(many));
  await driver.end(c);
  await driver.end(other);
}

async function multi(driver) {
  section('several results');
  const c = await driver.connect({ ...base, multipleStatements: true });
  await driver.query(c, 'CREATE TABLE m (a INT PRIMARY KEY)');
  const procedure = "CREATE PROCEDURE p(IN a INT, OUT b INT) BEGIN SELECT a; SELECT a + 1 AS x, 'y'; INSERT INTO m VALUES (a); SET b = a; END";
  await attempt(driver, 'a procedure', () => driver.query(c, procedure));
  for (const sql of ['SELECT 1 a; SELECT 2 b', 'INSERT INTO m VALUES (1); SELECT * FROM m; UPDATE m SET a = 2', 'SELECT 1 a; SELECT * FROM nowhere; SELECT 2',
    'CALL p(5, @b)', 'SELECT @b', 'CALL p(5, @b)', 'SELECT COUNT(*) n FROM m']) {
    await attempt(driver, sql, () => driver.query(c, sql));
  }
  await attempt(driver, 'CALL prepared', () => driver.execute(c, 'CALL p(?, @b)', [9]));
  await driver.end(c);
}

async function streaming(driver) {
  section('stream');
  const c = await driver.connect(base);
  const hash = crypto.createHash('md5');
  let count = 0;
  for await (const row of driver.stream(c, 'SELECT seq, MD5(seq) m FROM seq_1_to_200000')) {
    count++;
    hash.update(show(Object.values(row)));
  }
  console.log(count, hash.digest('hex'));
  await driver.end(c);
}

async function file(driver) {
  section('LOAD DATA LOCAL');
  const name = path.join(env.DB_SCRATCH, 'node.csv');
  fs.writeFileSync(name, Array.from({ length: 20000 }, (_, n) => `${n},näme ${n}\n`).join(''));
  const c = await driver.connect({ ...base, ...driver.localFile(name) });
  await driver.query(c, 'CREATE TABLE loaded (id INT PRIMARY KEY, name VARCHAR(40))');
  await attempt(driver, 'load', () => driver.load(c, `LOAD DATA LOCAL INFILE '${name}' INTO TABLE loaded CHARACTER SET utf8mb4 FIELDS TERMINATED BY ','`, name));
  await attempt(driver, 'loaded', () => driver.query(c, 'SELECT COUNT(*) n, MD5(GROUP_CONCAT(name ORDER BY id)) m FROM loaded WHERE id < 50'));
  await driver.end(c);
}

async function cancel(driver) {
  section('cancel, reset, change of user');
  const victim = await driver.connect(base);
  const killer = await driver.connect(base);
  // a SLEEP that is killed may also end early with 1, so it is not used
  const long = 'WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT COUNT(*) FROM n a, n b, n c, n d WHERE a.i * b.i * c.i * d.i = -1';
  for (const sql of [long, `${long} FOR UPDATE`]) {
    const started = Date.now();
    const ended = attempt(driver, sql, () => driver.query(victim, sql));
    // KILL QUERY that comes before the statement runs does nothing: repeat until it has ended
    let over = false;
    ended.then(() => { over = true; });
    while (!over) {
      await new Promise((done) => setTimeout(done, 50));
      if (!over) await driver.query(killer, `KILL QUERY ${victim.threadId}`);
    }
    console.log(Date.now() - started < 10000 ? 'in time' : 'too late');
  }
  // the last KILL may have come after the end of the statement: it hits at most the next one
  await driver.query(victim, 'DO 1').catch(() => {});
  await attempt(driver, 'usable', () => driver.query(victim, 'SELECT 1 AS one'));
  await driver.query(killer, `KILL ${victim.threadId}`);
  await attempt(driver, 'killed', () => driver.query(victim, 'SELECT 1').catch(() => 'lost'));
  await driver.query(killer, "SET @x = 1, time_zone = '+01:00'");
  await killer.ping();
  await driver.reset(killer);
  await attempt(driver, 'after reset', () => driver.query(killer, "SELECT @x x, @@time_zone = 'SYSTEM' tz, DATABASE() d"));
  // MariaDB's driver does not do this with MySQL
  await attempt(driver, 'change of user', async () => { await killer.changeUser({ user: 'reader', password: env.DB_PASSWORD, database: env.DB_SCHEMA }); });
  await attempt(driver, 'changed', () => driver.query(killer, 'SELECT CURRENT_USER() u, DATABASE() d'));
  await attempt(driver, 'forbidden', () => driver.query(killer, 'CREATE TABLE f (a INT)'));
  await attempt(driver, 'wrong password', () => killer.changeUser({ user: 'app', password: 'wrong' }));
  victim.destroy();
  killer.destroy();
}

async function all(driver) {
  const auth = env.DB_SCENARIO === 'auth';
  await connecting(driver, auth);
  if (!auth) for (const scenario of [results, prepared, transactions, multi, streaming, file, cancel]) await scenario(driver);
  console.log('\n## end');
  process.exit(0);
}

module.exports = { all, show };

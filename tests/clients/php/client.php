<?php
// PHP's mysqli and PDO over mysqlnd.
error_reporting(E_ALL & ~E_DEPRECATED & ~E_WARNING);
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
[$host, $port, $schema, $ca] = [getenv('DB_HOST'), (int) getenv('DB_PORT'), getenv('DB_SCHEMA'), getenv('DB_CA')];
$secret = getenv('DB_PASSWORD');
$auth = getenv('DB_SCENARIO') === 'auth';

function section($name) { echo "\n## $name\n"; }

function show($value) {
    if (is_string($value) && strlen($value) > 200) return 'string(' . strlen($value) . ') ' . md5($value);
    return var_export($value, true);
}

function attempt($label, $action) {
    try {
        $result = $action();
        echo "$label: ok ", $result === null ? '' : (is_array($result) ? implode(' | ', array_map('show', $result)) : show($result)), "\n";
    } catch (mysqli_sql_exception $e) {
        echo "$label: {$e->getCode()} {$e->getSqlState()} {$e->getMessage()}\n";
    } catch (PDOException $e) {
        echo "$label: ", json_encode($e->errorInfo), " {$e->getMessage()}\n";
    }
}

function connect($options = []) {
    global $host, $port, $schema, $secret, $ca;
    $options += ['user' => 'app', 'password' => $secret, 'schema' => $schema, 'tls' => false, 'flags' => 0];
    $c = mysqli_init();
    $c->options(MYSQLI_OPT_LOCAL_INFILE, 1);
    if ($options['tls']) {
        $c->ssl_set(null, null, $ca, null, null);
        $options['flags'] |= MYSQLI_CLIENT_SSL;
    }
    $c->real_connect($host, $options['user'], $options['password'], $options['schema'], $port, null, $options['flags']);
    return $c;
}

// One statement with all its results and what the connection knows afterwards.
function run($c, $sql) {
    attempt(strlen($sql) > 160 ? substr($sql, 0, 160) : $sql, function () use ($c, $sql) {
        $c->multi_query($sql);
        do {
            if ($result = $c->store_result()) rows($result);
            echo "   affected {$c->affected_rows} id {$c->insert_id} warnings {$c->warning_count} info ", show($c->info), "\n";
        } while ($c->more_results() && $c->next_result());
    });
}

function rows($result) {
    foreach ($result->fetch_fields() as $f) {
        echo "   field {$f->db} {$f->table} {$f->orgtable} {$f->name} {$f->orgname} cs {$f->charsetnr} len {$f->length} max {$f->max_length} type {$f->type} flags {$f->flags} dec {$f->decimals}\n";
    }
    while ($row = $result->fetch_row()) echo '   ', implode(' | ', array_map('show', $row)), "\n";
    $result->free();
}

section('connect');
$who = 'SELECT DATABASE(), CURRENT_USER(), USER()';
$cases = ['plain' => [], 'tls' => ['tls' => true], 'no schema' => ['schema' => ''], 'reader' => ['user' => 'reader'], 'wrong password' => ['password' => 'wrong'],
    'wrong password over tls' => ['password' => 'wrong', 'tls' => true], 'unknown schema' => ['schema' => 'test_nowhere']];
if (!$auth) $cases += ['no password' => ['user' => 'nopass', 'password' => ''], 'unknown user' => ['user' => 'nobody'], 'tls required' => ['user' => 'secure'],
    'tls required, given' => ['user' => 'secure', 'tls' => true], 'compressed' => ['flags' => MYSQLI_CLIENT_COMPRESS], 'found rows' => ['flags' => MYSQLI_CLIENT_FOUND_ROWS]];
foreach ($cases as $label => $options) attempt($label, fn() => connect($options)->query($who)->fetch_row());
if ($auth) {
    echo "\n## end\n";
    exit(0);
}

section('statements');
$c = connect();
echo $c->protocol_version, ' ', $c->server_info, ' ', $c->server_version, ' ', $c->character_set_name(), "\n";
foreach (["CREATE TABLE types (id INT PRIMARY KEY AUTO_INCREMENT, ti TINYINT, bu BIGINT UNSIGNED, f FLOAT, d DOUBLE, de DECIMAL(30,10), bt BIT(10), da DATE, dt6 DATETIME(6), tm TIME(3), y YEAR,
        vc VARCHAR(100), vb VARBINARY(20), bl BLOB, en ENUM('a','b'), se SET('x','y'), js JSON, UNIQUE KEY u (ti))",
    "INSERT INTO types VALUES (NULL,-5,18446744073709551615,1.5,-2e300,123.456,b'1010','2024-02-29','2024-02-29 23:59:59.123456','-12:00:01.5',2024,'vär 😀',x'00ff',x'0102','b','x,y','{\"a\":1}'),
        (NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL)",
    'SELECT * FROM types ORDER BY id', 'SELECT t.vc AS alias, COUNT(*), NULL, 1.5, \'x\' FROM types t GROUP BY 1 ORDER BY 1', 'SELECT * FROM types WHERE id > 99', 'UPDATE types SET ti = 7 WHERE id = 1',
    'UPDATE types SET ti = 7 WHERE id = 1', 'INSERT INTO types (ti) VALUES (7)', 'SELEC 1', 'SELECT * FROM nowhere', 'SELECT 1/0', 'SHOW WARNINGS', 'DROP TABLE IF EXISTS nowhere',
    'SELECT 1 AS a; SELECT 2 AS b; UPDATE types SET f = 2; SELECT 3', 'SELECT 1; SELECT * FROM nowhere; SELECT 2', 'ALTER TABLE types ADD COLUMN z INT DEFAULT 3',
    "CREATE PROCEDURE p(IN a INT, OUT b INT) BEGIN SELECT a; SELECT a + 1, 'y'; SET b = a * 2; END", 'CALL p(5, @b)', 'SELECT @b', 'SET @x = 1; SELECT @x', 'SELECT LAST_INSERT_ID()'] as $sql) {
    run($c, $sql);
}
$c->set_charset('latin1');
run($c, "SELECT @@character_set_client, '\xfc', HEX('\xfc')");
attempt('gbk', fn() => $c->set_charset('gbk'));
run($c, "CREATE TABLE gbk_t (v VARCHAR(20)) CHARACTER SET gbk; INSERT INTO gbk_t VALUES ('\xd5\x5c'); SELECT v, '\xd5\x5c' FROM gbk_t WHERE v = '\xd5\x5c'");
echo bin2hex($c->real_escape_string("\xd5'\\")), "\n";
$c->set_charset('utf8mb4');

section('prepared');
$c->query('CREATE TABLE prep (id INT PRIMARY KEY, a BIGINT, d DOUBLE, s VARCHAR(50), b LONGBLOB)');
attempt('insert', function () use ($c) {
    $s = $c->prepare('INSERT INTO prep VALUES (?, ?, ?, ?, ?)');
    foreach ([[1, PHP_INT_MIN, 1.25, 'vär 😀', "\0\xff'"], [2, null, null, null, null]] as $row) {
        $s->bind_param('iidss', ...$row);
        $s->execute();
        echo "   {$s->affected_rows} {$s->insert_id} {$s->param_count}\n";
    }
    $s->execute();
});
foreach (['SELECT * FROM prep WHERE id > ? ORDER BY id', 'SELECT * FROM types WHERE id > ? ORDER BY id', 'SELECT * FROM nowhere WHERE a = ?', 'SELEC ?', 'SELECT ? AS p'] as $sql) {
    attempt($sql, function () use ($c, $sql) {
        $s = $c->prepare($sql);
        $low = 0;
        $s->bind_param('i', $low);
        $s->execute();
        rows($s->get_result());
        $low = 1;
        $s->execute();
        rows($s->get_result());
    });
}
attempt('cursor', function () use ($c) {
    $s = $c->prepare('SELECT seq, MD5(seq) FROM seq_1_to_1000');
    $s->attr_set(MYSQLI_STMT_ATTR_CURSOR_TYPE, MYSQLI_CURSOR_TYPE_READ_ONLY);
    $s->execute();
    $s->bind_result($n, $m);
    for ($all = '', $count = 0; $s->fetch(); $count++) $all .= $n . $m;
    return [$count, md5($all)];
});
$blob = substr(str_repeat(implode('', array_map('chr', range(0, 255))), 80000), 0, 20000000);
echo show($blob), "\n";
attempt('long data', function () use ($c, $blob) {
    $s = $c->prepare('INSERT INTO prep (id, b) VALUES (100, ?)');
    $null = null;
    $s->bind_param('b', $null);
    foreach (str_split($blob, 1000000) as $part) $s->send_long_data(0, $part);
    $s->execute();
});
attempt('20 MB prepared', function () use ($c) {
    $s = $c->prepare('SELECT b, MD5(b) FROM prep WHERE id = ?');
    $id = 100;
    $s->bind_param('i', $id);
    $s->execute();
    return $s->get_result()->fetch_row();
});
attempt('20 MB text', fn() => $c->query("SELECT MD5('" . $c->real_escape_string($blob) . "'), b FROM prep WHERE id = 100")->fetch_row());

section('transactions and commands');
$c->query('CREATE TABLE tx (a INT PRIMARY KEY)');
$c->autocommit(false);
$c->query('INSERT INTO tx VALUES (1)');
$c->rollback();
run($c, 'SELECT COUNT(*) FROM tx');
$c->query('INSERT INTO tx VALUES (2)');
$c->savepoint('s');
$c->query('INSERT INTO tx VALUES (3)');
$c->commit();
$c->autocommit(true);
$c->begin_transaction(MYSQLI_TRANS_START_READ_ONLY);
run($c, 'SELECT * FROM tx ORDER BY a');
run($c, 'INSERT INTO tx VALUES (4)');
$c->commit();
for ($stale = 0, $n = 10; $n < 110; $n++) {
    $c->query("INSERT INTO tx VALUES ($n)");
    if ($c->query("SELECT COUNT(*) FROM tx WHERE a = $n")->fetch_row()[0] != 1) $stale++;
}
echo "stale reads $stale\n";
attempt('select_db', fn() => $c->select_db('test_nowhere'));
attempt('select_db', fn() => $c->select_db('information_schema'));
run($c, 'SELECT DATABASE()');
echo preg_replace('/[0-9.]+/', 'N', $c->stat()), "\n";
attempt('ping', fn() => $c->ping());
attempt('change user', fn() => $c->change_user('reader', $secret, $schema));
run($c, $who);
run($c, 'DELETE FROM tx');
attempt('refresh', fn() => $c->refresh(MYSQLI_REFRESH_TABLES));
attempt('kill nobody', fn() => $c->kill(429496729));
attempt('wrong password', fn() => $c->change_user('app', 'wrong', $schema));

section('streams, files, cancel');
$c = connect();
$result = $c->query('SELECT seq, MD5(seq) FROM seq_1_to_200000', MYSQLI_USE_RESULT);
$hash = hash_init('md5');
for ($count = 0; $row = $result->fetch_row(); $count++) hash_update($hash, implode($row));
echo $count, ' ', hash_final($hash), "\n";
$result->free();
$file = getenv('DB_SCRATCH') . '/php.csv';
file_put_contents($file, implode('', array_map(fn($n) => "$n,näme\n", range(1, 10000))));
run($c, 'CREATE TABLE loaded (a INT PRIMARY KEY, b VARCHAR(10))');
run($c, "LOAD DATA LOCAL INFILE '$file' INTO TABLE loaded CHARACTER SET utf8mb4 FIELDS TERMINATED BY ','");
run($c, 'SELECT COUNT(*), SUM(a) FROM loaded');
$killer = connect();
// (a SLEEP that is killed may also end early with 1, so it is not used)
$long = 'WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT COUNT(*) FROM n a, n b, n c, n d WHERE a.i * b.i * c.i * d.i = -1';
foreach ([$long, "$long FOR UPDATE"] as $sql) {
    $started = microtime(true);
    $c->query($sql, MYSQLI_ASYNC);
    do {
        [$read, $error, $reject] = [[$c], [$c], [$c]];
        $killer->query("KILL QUERY {$c->thread_id}");
        // a KILL that comes before the statement runs does nothing, so it is repeated
    } while (mysqli_poll($read, $error, $reject, 0, 50000) === 0);
    attempt($sql, fn() => $c->reap_async_query()->fetch_row());
    echo microtime(true) - $started < 15 ? "in time\n" : "too late\n";
    try { $c->query('DO 1'); } catch (mysqli_sql_exception $late) { }
    run($c, "SELECT 'usable'");
}

section('PDO');
foreach ([true, false] as $emulated) {
    $p = new PDO("mysql:host=$host;port=$port;dbname=$schema;charset=utf8mb4", 'app', $secret, [PDO::ATTR_EMULATE_PREPARES => $emulated, PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
    echo $emulated ? "emulated\n" : "server side\n";
    $ask = fn($sql, $values) => attempt($sql, function () use ($p, $sql, $values) {
        $s = $p->prepare($sql);
        $s->execute($values);
        for ($i = 0; $i < $s->columnCount(); $i++) echo '   ', json_encode($s->getColumnMeta($i)), "\n";
        while ($s->columnCount() && $row = $s->fetch(PDO::FETCH_NUM)) echo '   ', implode(' | ', array_map('show', $row)), "\n";
        return [$s->rowCount(), $p->lastInsertId()];
    });
    foreach ([['SELECT * FROM types WHERE id > ? ORDER BY id', [0]], ['SELECT ? AS a, :b AS b', []], ['SELECT ? AS a', ["it's"]], ['INSERT INTO tx VALUES (?)', [1000 + $emulated]], ['INSERT INTO tx VALUES (?)', [1000]],
        ['SELECT * FROM nowhere WHERE a = ?', [1]], ['SELECT COUNT(*) FROM tx WHERE a >= ?', [1000]]] as [$sql, $values]) {
        $ask($sql, $values);
    }
    $p->beginTransaction();
    $ask('DELETE FROM tx', []);
    $p->rollBack();
    $ask('SELECT COUNT(*) FROM tx', []);
}
attempt('wrong', fn() => new PDO("mysql:host=$host;port=$port;dbname=$schema", 'app', 'wrong'));
attempt('nowhere', fn() => new PDO("mysql:host=$host;port=$port;dbname=test_nowhere", 'app', $secret));
attempt('tls', fn() => (new PDO("mysql:host=$host;port=$port;dbname=$schema", 'app', $secret, [PDO::MYSQL_ATTR_SSL_CA => $ca]))->query($who)->fetch(PDO::FETCH_NUM));
echo "\n## end\n";

// What a Sequelize application does: models and associations made by sync, migrations through queryInterface,
// rows in and out, transactions. Then the two drivers alone: mysql2 and mariadb.
//
// Runs against the server at DB_HOST and DB_PORT in the schema DB_SCHEMA, which is there and empty. Prints a
// line for each step; the last is `ok`. A step that fails ends the program.

const assert = require('node:assert/strict');
const mariadb = require('mariadb');
const mysql2 = require('mysql2/promise');
const { Sequelize, DataTypes, Op, Transaction, QueryTypes } = require('sequelize');

const at = {
  host: process.env.DB_HOST,
  port: Number(process.env.DB_PORT),
  user: 'root',
  password: process.env.DB_PASSWORD || '',
  database: process.env.DB_SCHEMA,
};
const sequelize = new Sequelize(at.database, at.user, at.password, {
  host: at.host, port: at.port, dialect: 'mysql', logging: false, pool: { max: 3 },
});
const queries = sequelize.getQueryInterface();

const User = sequelize.define('User', {
  name: { type: DataTypes.STRING(50), allowNull: false, unique: true },
  email: { type: DataTypes.STRING, validate: { isEmail: true } },
  age: DataTypes.TINYINT.UNSIGNED,
  balance: { type: DataTypes.DECIMAL(12, 2), defaultValue: '0.00' },
  score: DataTypes.DOUBLE,
  big: DataTypes.BIGINT,
  admin: { type: DataTypes.BOOLEAN, defaultValue: false },
  role: { type: DataTypes.ENUM('reader', 'writer'), defaultValue: 'reader', comment: "the user's role" },
  settings: DataTypes.JSON,
  token: { type: DataTypes.UUID, defaultValue: DataTypes.UUIDV4 },
  born: DataTypes.DATEONLY,
  seen: DataTypes.DATE(6),
  picture: DataTypes.BLOB('medium'),
  about: DataTypes.TEXT('long'),
}, { paranoid: true, indexes: [{ fields: ['email'] }, { fields: ['age', { name: 'score', order: 'DESC' }] }] });
const Post = sequelize.define('Post', {
  title: { type: DataTypes.STRING, allowNull: false },
  likes: { type: DataTypes.INTEGER, defaultValue: 0 },
}, { underscored: true, version: true });
const Tag = sequelize.define('Tag', { word: { type: DataTypes.STRING(30), primaryKey: true } }, { timestamps: false });
const Profile = sequelize.define('Profile', { motto: DataTypes.STRING });

User.hasMany(Post, { as: 'posts', foreignKey: { name: 'authorId', allowNull: false }, onDelete: 'CASCADE' });
Post.belongsTo(User, { as: 'author', foreignKey: 'authorId' });
User.hasOne(Profile);
Profile.belongsTo(User);
Post.belongsToMany(Tag, { through: 'PostTags' });
Tag.belongsToMany(Post, { through: 'PostTags' });

async function refused(code, work) {
  try {
    await work();
  } catch (error) {
    assert.equal((error.original || error.parent || error).errno, code, `${error}`);
    return;
  }
  assert.fail(`error ${code} was expected`);
}

const steps = {
  async sync() {
    await sequelize.authenticate();
    await sequelize.sync({ force: true });
    await sequelize.sync({ force: true });
    await sequelize.sync({ alter: true });
    assert.deepEqual((await queries.showAllTables()).sort(), ['PostTags', 'Profiles', 'Tags', 'Users', 'posts']);
  },

  async rows() {
    const picture = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
    const anna = await User.create({
      name: 'Änna 🐍', email: 'anna@example.org', age: 40, balance: '12.50', score: 0.1, big: '9007199254740993',
      admin: true, role: 'writer', settings: { theme: 'dark', list: [1, null] }, born: '1984-02-29',
      seen: new Date('2024-05-06T07:08:09.123Z'), picture, about: 'x'.repeat(70000),
    });
    const again = await User.findByPk(anna.id);
    assert.equal(again.name, 'Änna 🐍');
    assert.deepEqual([again.balance, again.score, again.big, again.admin, again.role],
      ['12.50', 0.1, '9007199254740993', true, 'writer']);
    assert.deepEqual(again.settings, { theme: 'dark', list: [1, null] });
    assert.deepEqual([again.born, again.seen.toISOString()], ['1984-02-29', '2024-05-06T07:08:09.123Z']);
    assert.ok(picture.equals(again.picture));
    assert.equal(again.about.length, 70000);
    assert.equal(again.token, anna.token);
    await User.bulkCreate([{ name: 'bert', age: 20 }, { name: 'carla', age: 30 }, { name: 'dora' }]);
    const ids = (await User.findAll({ order: ['id'] })).map((user) => user.id);
    assert.deepEqual(ids, [1, 2, 3, 4]);
    await refused(1062, () => User.create({ name: 'bert' }));
    await refused(1452, () => Post.create({ title: 'nobody', authorId: 99 }));
    await refused(1048, () => sequelize.query("UPDATE Users SET name = NULL WHERE id = 1"));
  },

  async associations() {
    const [anna, bert] = await User.findAll({ order: ['id'], limit: 2 });
    const words = await Tag.bulkCreate(['red', 'green', 'blue'].map((word) => ({ word })));
    for (let n = 0; n < 5; n += 1) {
      const post = await anna.createPost({ title: `Post ${n}`, likes: n });
      await post.setTags(words.slice(0, n % 4));
    }
    await bert.createPost({ title: 'Bert', likes: 10 });
    await anna.createProfile({ motto: 'so' });
    const user = await User.findOne({
      where: { id: anna.id },
      include: [{ model: Post, as: 'posts', include: [Tag] }, Profile],
      order: [[{ model: Post, as: 'posts' }, 'likes', 'DESC']],
    });
    assert.deepEqual(user.posts.map((post) => post.Tags.length), [0, 3, 2, 1, 0]);
    assert.equal(user.Profile.motto, 'so');
    const page = await Post.findAndCountAll({
      include: [{ model: Tag, where: { word: 'red' } }, { model: User, as: 'author' }],
      distinct: true, limit: 2, order: [['likes', 'ASC']],
    });
    assert.deepEqual([page.count, page.rows.map((post) => post.title)], [3, ['Post 1', 'Post 2']]);
    assert.equal(await anna.countPosts(), 5);
    const apart = await User.findAll({ include: [{ model: Post, as: 'posts', separate: true }], order: ['id'] });
    assert.deepEqual(apart.map((row) => row.posts.length), [5, 1, 0, 0]);
  },

  async lookups() {
    const names = async (where) => (await User.findAll({ where, order: ['id'] })).map((user) => user.name);
    assert.deepEqual(await names({ name: { [Op.like]: '%r%' } }), ['bert', 'carla', 'dora']);
    assert.deepEqual(await names({ name: { [Op.regexp]: '^[bc]' } }), ['bert', 'carla']);
    assert.deepEqual(await names({ [Op.or]: [{ age: { [Op.between]: [25, 35] } }, { age: null }] }), ['carla', 'dora']);
    assert.deepEqual(await names({ 'settings.theme': 'dark' }), ['Änna 🐍']);
    assert.deepEqual(await names({ '$posts.likes$': 10 }).catch(() => 'no include'), 'no include');
    const likes = await Post.findAll({
      attributes: ['authorId', [sequelize.fn('SUM', sequelize.col('likes')), 'total'], [sequelize.fn('COUNT', '*'), 'n']],
      group: ['authorId'], having: sequelize.where(sequelize.fn('COUNT', '*'), Op.gt, 0), order: ['authorId'], raw: true,
    });
    assert.deepEqual(likes.map((row) => [Number(row.total), Number(row.n)]), [[10, 5], [10, 1]]);
    assert.deepEqual([await Post.max('likes'), await Post.sum('likes'), await User.count()], [10, 20, 4]);
    const raw = await sequelize.query('SELECT :a + ? AS x'.replace('?', ':b'),
      { replacements: { a: 1, b: 2 }, type: QueryTypes.SELECT });
    assert.deepEqual(raw, [{ x: 3 }]);
    const bound = await sequelize.query('SELECT $1 AS a, $2 AS b', { bind: ['x', 7], type: QueryTypes.SELECT });
    assert.deepEqual(bound.map((row) => [row.a, Number(row.b)]), [['x', 7]]);
  },

  async changes() {
    const [count] = await User.update({ age: 21 }, { where: { name: 'bert' } });
    assert.equal(count, 1);
    const post = await Post.findOne({ where: { title: 'Bert' } });
    await post.increment('likes', { by: 5 });
    assert.equal((await post.reload()).likes, 15);
    const [, made] = await Tag.findOrCreate({ where: { word: 'new' } });
    assert.equal(made, true);
    await User.upsert({ name: 'bert', age: 22 });
    assert.equal((await User.findOne({ where: { name: 'bert' } })).age, 22);
    await User.bulkCreate([{ name: 'bert', age: 23 }, { name: 'emil', age: 1 }], { updateOnDuplicate: ['age'] });
    assert.equal((await User.findOne({ where: { name: 'bert' } })).age, 23);
    await User.destroy({ where: { name: 'dora' } });
    assert.deepEqual([await User.count(), await User.count({ paranoid: false })], [4, 5]);
    await User.restore({ where: { name: 'dora' } });
    await User.destroy({ where: { name: 'bert' }, force: true });
    assert.equal(await Post.count({ where: { title: 'Bert' } }), 0);
  },

  async transactions() {
    await sequelize.transaction(async (t) => {
      await Tag.create({ word: 'kept' }, { transaction: t });
      assert.equal(await Tag.count({ where: { word: 'kept' } }), 0);
    });
    await sequelize.transaction(async (t) => {
      await Tag.create({ word: 'gone' }, { transaction: t });
      throw new Error('back');
    }).catch((error) => assert.equal(error.message, 'back'));
    assert.deepEqual([await Tag.count({ where: { word: 'kept' } }), await Tag.count({ where: { word: 'gone' } })], [1, 0]);
    const t = await sequelize.transaction({ isolationLevel: Transaction.ISOLATION_LEVELS.READ_COMMITTED });
    await User.findOne({ where: { name: 'carla' }, lock: t.LOCK.UPDATE, transaction: t });
    await sequelize.transaction((other) => refused(3572, () => sequelize.query(
      "SELECT * FROM Users WHERE name = 'carla' FOR UPDATE NOWAIT", { transaction: other })));
    const free = await sequelize.query('SELECT name FROM Users FOR UPDATE SKIP LOCKED', { type: QueryTypes.SELECT });
    assert.equal(free.some((user) => user.name === 'carla'), false);
    await t.commit();
  },

  async migrations() {
    await queries.createTable('Things', {
      id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
      name: { type: DataTypes.STRING(20), allowNull: false },
      owner: { type: DataTypes.INTEGER, references: { model: 'Users', key: 'id' }, onDelete: 'SET NULL' },
    });
    await queries.addColumn('Things', 'size', { type: DataTypes.FLOAT, allowNull: true, after: 'name' });
    await queries.changeColumn('Things', 'name', { type: DataTypes.STRING(40), defaultValue: 'thing' });
    await queries.renameColumn('Things', 'size', 'weight');
    await queries.addIndex('Things', ['name', 'weight'], { name: 'things_name', unique: true });
    await queries.addConstraint('Things', { fields: ['weight'], type: 'check', name: 'heavy', where: { weight: { [Op.gt]: 0 } } });
    await queries.bulkInsert('Things', [{ name: 'a', weight: 1.5 }, { name: 'b', weight: null }]);
    await refused(3819, () => queries.bulkInsert('Things', [{ name: 'c', weight: -1 }]));
    const columns = await queries.describeTable('Things');
    assert.deepEqual(Object.keys(columns), ['id', 'name', 'weight', 'owner']);
    assert.deepEqual([columns.name.type, columns.name.defaultValue, columns.id.autoIncrement],
      ['VARCHAR(40)', 'thing', true]);
    const indexes = await queries.showIndex('Things');
    assert.deepEqual(indexes.map((index) => [index.name, index.unique, index.fields.map((field) => field.attribute)]),
      [['PRIMARY', true, ['id']], ['things_name', true, ['name', 'weight']], ['owner', false, ['owner']]]);
    const keys = await queries.getForeignKeyReferencesForTable('Things');
    assert.deepEqual(keys.map((key) => [key.columnName, key.referencedTableName]), [['owner', 'Users']]);
    await sequelize.query('ALTER TABLE Things DROP CHECK heavy');
    await queries.removeConstraint('Things', keys[0].constraintName);
    await queries.removeIndex('Things', 'things_name');
    await queries.removeColumn('Things', 'weight');
    await queries.renameTable('Things', 'Objects');
    assert.equal(await queries.tableExists('Objects'), true);
    await queries.dropTable('Objects');
    await sequelize.drop();
    assert.deepEqual(await queries.showAllTables(), []);
  },

  async mysql2Driver() {
    const connection = await mysql2.createConnection({ ...at, multipleStatements: true, supportBigNumbers: true, dateStrings: true });
    await connection.query('CREATE TABLE m (id INT PRIMARY KEY AUTO_INCREMENT, t TIME(3), d DECIMAL(8,3), b BIGINT UNSIGNED, s TEXT, x VARBINARY(9))');
    const [made] = await connection.execute('INSERT INTO m (t, d, b, s, x) VALUES (?, ?, ?, ?, ?)',
      ['-12:34:56.789', '1.5', '18446744073709551615', 'ä', Buffer.from([0, 255])]);
    assert.deepEqual([made.affectedRows, made.insertId], [1, 1]);
    for (const way of ['query', 'execute']) {
      const [[row]] = await connection[way]('SELECT t, d, b, s, x FROM m WHERE id = ?', [1]);
      assert.deepEqual(row, { t: '-12:34:56.789', d: '1.500', b: '18446744073709551615', s: 'ä', x: Buffer.from([0, 255]) });
    }
    const [sets] = await connection.query('SELECT 1 AS a; SELECT 2 AS b; DELETE FROM m');
    assert.deepEqual([sets[0][0].a, sets[1][0].b, sets[2].affectedRows], [1, 2, 1]);
    await refused(1146, () => connection.query('SELECT * FROM missing'));
    await connection.changeUser({ database: at.database });
    await connection.query('DROP TABLE m');
    await connection.end();
  },

  async mariadbDriver() {
    const connection = await mariadb.createConnection(at);
    await connection.query('CREATE TABLE m (id INT PRIMARY KEY AUTO_INCREMENT, s VARCHAR(20))');
    const batch = await connection.batch('INSERT INTO m (s) VALUES (?)', [['a'], ['b'], [null]]);
    assert.equal([].concat(batch).reduce((sum, one) => sum + one.affectedRows, 0), 3);
    assert.deepEqual((await connection.query('SELECT s FROM m ORDER BY id')).map((row) => row.s), ['a', 'b', null]);
    assert.deepEqual((await connection.execute('SELECT s FROM m WHERE id = ?', [2])).map((row) => row.s), ['b']);
    let streamed = 0;
    for await (const row of connection.queryStream('SELECT a.id FROM m a, m b')) streamed += row.id > 0 ? 1 : 0;
    assert.equal(streamed, 9);
    await connection.beginTransaction();
    await connection.query('DELETE FROM m');
    await connection.rollback();
    assert.equal((await connection.query('SELECT COUNT(*) AS n FROM m'))[0].n, 3n);
    await connection.reset();
    await connection.query('DROP TABLE m');
    await connection.end();
  },
};

(async () => {
  for (const [name, step] of Object.entries(steps)) {
    await step();
    console.log(name);
  }
  await sequelize.close();
  console.log('ok');
})().catch((error) => {
  console.error(error);
  process.exit(1);
});

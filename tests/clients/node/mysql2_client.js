// node mysql2, with promises.
'use strict';
const fs = require('fs');
const mysql = require('mysql2/promise');
const { all } = require('./scenarios');

const driver = {
  connect: async (options) => {
    const connection = await mysql.createConnection({ ...options, supportBigNumbers: true, dateStrings: true });
    connection.on('error', () => {});
    return Object.defineProperty(connection, 'threadId', { get: () => connection.connection.threadId });
  },
  query: async (c, sql, values) => (await c.query(sql, values))[0],
  execute: async (c, sql, values) => (await c.execute(sql, values))[0],
  fields: async (c, sql) => (await c.query(sql))[1].map((f) => [f.schema, f.table, f.orgTable, f.name, f.orgName, f.characterSet, f.columnLength, f.columnType, f.flags, f.decimals]),
  stream: (c, sql) => c.connection.query(sql).stream(),
  localFile: () => ({}),
  load: async (c, sql, name) => (await c.query({ sql, infileStreamFactory: () => fs.createReadStream(name) }))[0],
  reset: (c) => (c.reset ? c.reset() : new Promise((done, failed) => c.connection.reset((e) => (e ? failed(e) : done())))),
  end: (c) => c.end(),
  error: (e) => `${e.errno} ${e.code} ${e.sqlState} ${e.sqlMessage || e.message}`,
};

all(driver);

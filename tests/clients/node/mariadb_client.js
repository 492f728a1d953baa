// MariaDB's own Node driver: pipelining, MariaDB's extended capabilities.
'use strict';
const mariadb = require('mariadb');
const { all } = require('./scenarios');

const driver = {
  connect: async (options) => {
    const { ssl, ...rest } = options;
    const connection = await mariadb.createConnection({ ...rest, ssl: ssl || false, dateStrings: true, connectTimeout: 10000, allowPublicKeyRetrieval: true });
    connection.on('error', () => {});
    return connection;
  },
  query: (c, sql, values) => c.query(sql, values),
  execute: (c, sql, values) => c.execute(sql, values),
  fields: async (c, sql) => (await c.query({ sql, metaAsArray: true, rowsAsArray: true }))[1].map((f) => [f.db(), f.schema(), f.table(), f.orgTable(), f.name(), f.orgName(), f.collation.index, f.columnLength, f.columnType, f.flags, f.scale]),
  stream: (c, sql) => c.queryStream(sql),
  localFile: () => ({ permitLocalInfile: true }),
  load: (c, sql) => c.query(sql),
  reset: (c) => c.reset(),
  end: (c) => c.end(),
  // its messages carry the connection's id and the statement; sqlMessage does not
  error: (e) => `${e.errno} ${e.code} ${e.sqlState} ${e.sqlMessage || e.message.replace(/conn(ection)?[:= ]*-?\d+/gi, '')}`,
};

all(driver);

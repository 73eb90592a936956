// summary: Node mysql2 client of the golden captures: client_node.js SCENARIO HOST PORT TRUTH (in a folder with mysql2)
'use strict';
const fs = require('fs');
const mysql = require(require.resolve('mysql2/promise', { paths: [process.env.NODE_MODULES || __dirname] }));

const [, , scenario, host, port, truthPath] = process.argv;
const out = fs.openSync(truthPath, 'w');
// The system's clock in nanoseconds: hrtime from the moment at which the clock's millisecond changes. Written as digits
// without quotes, since JavaScript's numbers have no 64 bits.
function clockOffset() {
  const before = Date.now();
  while (Date.now() === before);
  return BigInt(before + 1) * 1000000n - process.hrtime.bigint();
}
const offset = clockOffset();
const nowNs = () => `${process.hrtime.bigint() + offset}`;

async function line(client, cmd, facts, call) {
  const from = nowNs();
  let more = {};
  try {
    more = (await call()) || {};
  } catch (e) {
    if (!e.errno) throw e;
    more = { ok: false, errno: e.errno, sqlstate: e.sqlState, error: e.sqlMessage };
  }
  const x = JSON.stringify({ client: client(), cmd, ...facts, ...more });
  fs.writeSync(out, `${x.slice(0, -1)},"from_ns":${from},"to_ns":${nowNs()}}\n`);
  return more;
}

function resultFacts(result) {
  const sets = Array.isArray(result) && (Array.isArray(result[0]) || (result[0] && result[0].constructor.name === 'ResultSetHeader'))
    ? result : [result];
  const x = { ok: true, errno: 0, rows: 0, affected_rows: 0, insert_id: 0, result_sets: 0 };
  for (const s of sets) {
    if (Array.isArray(s)) {
      x.rows += s.length;
      x.result_sets++;
    } else {
      x.affected_rows += s.affectedRows;
      x.insert_id = s.insertId || x.insert_id;
    }
  }
  return x;
}

class Client {
  static async open(options) {
    const c = new Client();
    c.prepared = new Set();
    c.ids = [];
    let unknown = 0;
    await line(() => c.client || `?${++unknown}`, 'CONNECT', {}, async () => {
      c.connection = await mysql.createConnection({
        host, port: Number(port), user: 'app', password: 'app_pass', database: 'golden', multipleStatements: true, ...options,
      });
      const stream = c.connection.connection.stream;
      c.client = `${stream.localAddress}:${stream.localPort}`;
      return { ok: true, errno: 0, thread_id: c.connection.threadId, ...(options.compress && { compressed: true }) };
    });
    return c;
  }

  line(cmd, facts, call) {
    return line(() => this.client, cmd, facts, call);
  }

  query(sql) {
    return this.line('QUERY', { sql }, async () => resultFacts((await this.connection.query(sql))[0]));
  }

  // mysql2 prepares a text once a connection and keeps the statement.
  async execute(sql, values, params) {
    if (!this.prepared.has(sql)) {
      this.prepared.add(sql);
      await this.line('STMT_PREPARE', { sql }, async () => {
        this.statement = await this.connection.prepare(sql);
        this.ids.push(this.statement.statement.id);
        return { ok: true, stmt_id: this.statement.statement.id };
      });
    }
    await this.line('STMT_EXECUTE', { sql, params }, async () => resultFacts((await this.connection.execute(sql, values))[0]));
  }

  // The library closes its statements after the change, though the server has forgotten them.
  async changeUser(user, password) {
    await this.line('CHANGE_USER', {}, () =>
      this.connection.changeUser({ user, password, database: 'golden' }).then(() => ({ ok: true, errno: 0, user })));
    for (const stmt_id of this.ids.splice(0)) await this.line('STMT_CLOSE', { stmt_id, earlier: true }, async () => ({}));
    this.prepared.clear();
  }

  async quit() {
    await this.line('QUIT', {}, () => this.connection.end().then(() => ({})));
  }
}

async function basic(options = {}) {
  await Client.open({ password: 'wrong', ...options });
  const c = await Client.open(options);
  await c.query('CREATE TABLE cup (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20), d DOUBLE, t DATETIME(3))');
  await c.query("INSERT INTO cup (name, d) VALUES ('a', 1.5), ('b', NULL)");
  await c.query('SELECT * FROM cup');
  await c.query("SELECT 1; UPDATE cup SET name = 'c' WHERE id = 2; SELECT id FROM cup");
  await c.query('SELECT * FROM nowhere');
  const insert = 'INSERT INTO cup (name, d, t) VALUES (?, ?, ?)';
  await c.execute(insert, ['x', 2.25, null], ['x', 2.25, null]);
  await c.execute(insert, [null, -7, '2024-02-29 01:02:03.500'], [null, -7, '2024-02-29 01:02:03.500']);
  const select = 'SELECT id, name, d FROM cup WHERE id > ?';
  await c.execute(select, [0], [0]);
  await c.execute(select, [3], [3]);
  await c.line('PING', {}, () => c.connection.ping().then(() => ({ ok: true })));
  await c.changeUser('plain', 'plain_pass');
  await c.query('SELECT CURRENT_USER()');
  await c.changeUser('app', 'app_pass');
  await c.query('DROP TABLE cup');
  await c.quit();
}

const scenarios = { basic, zlib: () => basic({ compress: true }) };
scenarios[scenario]().then(() => fs.closeSync(out), (e) => {
  console.error(e);
  process.exit(1);
});

// A server that is frozen, or a network that swallows everything: nothing ends a connection, and nothing answers.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { openSql, SqlError } from '@cairn/engines';
import { realWorld } from '@cairn/world';
import conformanceStore from './conformance-store.ts';
import { asSuperuser, freshDatabase, postgresMissing } from './postgres-server.ts';

const skip = { skip: postgresMissing };
const answerMs = 3_000;

/** Stands between the engine and the server; takes connections and bytes while frozen, and passes nothing on. */
class FreezingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #freezesAt: string | undefined;
  #held: (() => void)[] = [];
  /** Connections that nothing passes any more. */
  readonly #lost = new Set<Socket>();
  isFrozen = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** What `url` reaches, by way of the proxy. It ends with the test. */
  static async before(t: TestContext, url: string): Promise<{ proxy: FreezingProxy; url: string }> {
    const server = createServer({ allowHalfOpen: true });
    const proxy = new FreezingProxy(server);
    const { hostname, port } = new URL(url);
    server.on('connection', (client) => proxy.#pass(client, connect(Number(port), hostname)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => proxy.#end());
    const through = new URL(url);
    through.port = String((server.address() as { port: number }).port);
    through.searchParams.set('query_timeout', String(answerMs));
    return { proxy, url: through.href };
  }

  get connections(): number {
    return this.#sockets.size / 2;
  }

  /** Once something that the engine sends holds this text: that is passed on, and no answer comes. */
  freezeAt(text: string): void {
    this.#freezesAt = text;
  }

  thaw(): void {
    this.isFrozen = false;
    for (const pass of this.#held.splice(0)) pass();
  }

  /** Goes on with new connections only: the server does not even learn that those of before have ended. */
  thawWithLoss(): void {
    for (const socket of this.#sockets) this.#lost.add(socket);
    this.thaw();
  }

  #pass(client: Socket, upstream: Socket): void {
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => {});
      from.on('data', (bytes) => {
        const freezes = from === client && this.#freezesAt !== undefined && bytes.includes(this.#freezesAt);
        this.#whenThawed(to, () => to.write(bytes));
        if (!freezes) return;
        this.#freezesAt = undefined;
        this.isFrozen = true;
      });
      from.on('end', () => this.#whenThawed(to, () => to.end()));
      from.on('close', () => {
        this.#sockets.delete(from);
        this.#whenThawed(to, () => to.destroy());
      });
    }
  }

  #whenThawed(to: Socket, pass: () => void): void {
    const passIfKept = () => {
      if (!this.#lost.has(to)) pass();
    };
    if (this.isFrozen) this.#held.push(passIfKept);
    else passIfKept();
  }

  #end(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

async function openBehind(t: TestContext, options: { poolSizeMax?: number } = {}) {
  const { proxy, url } = await FreezingProxy.before(t, await freshDatabase());
  const sql = await openSql(conformanceStore, { url, world: realWorld(), ...options });
  t.after(() => sql.close());
  return { proxy, sql };
}

async function failureOf(call: Promise<unknown>): Promise<SqlError> {
  const error = await call.then(
    () => assert.fail('it succeeded'),
    (reason: unknown) => reason,
  );
  assert(error instanceof SqlError, String(error));
  return error;
}

test(
  'a server that is frozen is unavailable, for every call, and is used again when it goes on',
  skip,
  async (t) => {
    const { proxy, sql } = await openBehind(t, { poolSizeMax: 4 });
    const add = () => sql.write('add', { name: 'a', amount: 1 });
    assert.equal(await add(), 1);
    proxy.isFrozen = true;
    const calls = [
      add(),
      sql.lookup('counter', { name: 'a' }),
      sql.read('counter', { name: 'a' }),
      ...Array.from({ length: 10 }, add),
    ];
    for (const error of await Promise.all(calls.map(failureOf))) {
      assert.deepEqual([error.code, error.mayHaveHappened], ['unavailable', false], error.message);
    }
    proxy.thaw();
    assert.equal(await add(), 2, 'nothing of what was refused happened');
    assert.equal(await sql.lookup('counter', { name: 'a' }), 2);
  },
);

test('whether a write happened is unknown only when its commit was not answered', skip, async (t) => {
  const { proxy, sql } = await openBehind(t);
  const add = () => sql.write('add', { name: 'a', amount: 1 });
  assert.equal(await add(), 1);
  proxy.freezeAt('commit');
  const error = await failureOf(add());
  assert.deepEqual([error.code, error.mayHaveHappened], ['unavailable', true], error.message);
  proxy.thaw();
  assert.equal(await sql.lookup('counter', { name: 'a' }), 2, 'this one did');
});

test('a transaction whose end was swallowed does not keep its rows', skip, async (t) => {
  const { proxy, sql } = await openBehind(t);
  const add = () => sql.write('add', { name: 'a', amount: 1 });
  proxy.freezeAt('insert into "counter"');
  const error = await failureOf(add());
  assert.deepEqual([error.code, error.mayHaveHappened], ['unavailable', false], error.message);
  proxy.thawWithLoss();
  assert.equal(await add(), 1);
});

test('a statement that nobody waits for any more ends at the server too', skip, async (t) => {
  const url = await freshDatabase();
  const { url: through } = await FreezingProxy.before(t, url);
  const sql = await openSql(conformanceStore, { url: through, world: realWorld() });
  t.after(() => sql.close());
  await asSuperuser(url, async (client) => {
    await client.query("set search_path = conformance; begin; insert into counter values ('a', 1)");
    const error = await failureOf(sql.write('add', { name: 'a', amount: 1 }));
    assert.deepEqual([error.code, error.mayHaveHappened], ['unavailable', false], error.message);
    const waiting = `select 1 from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    const untilMs = performance.now() + answerMs;
    while ((await client.query(waiting)).rowCount! > 0) assert(performance.now() < untilMs, 'it goes on');
    await client.query('rollback');
  });
});

test('closing does not wait for ever for a server that is frozen', skip, async (t) => {
  const { proxy, sql } = await openBehind(t);
  await sql.lookup('counter', { name: 'a' });
  proxy.isFrozen = true;
  await sql.close();
});

test('closing does not wait for ever for what may take its time, and ends it', skip, async (t) => {
  const { proxy, sql } = await openBehind(t);
  proxy.isFrozen = true;
  const failed = failureOf(sql.check());
  await sql.close();
  assert.equal((await failed).code, 'unavailable');
});

test('a time that is no number of milliseconds, or too short to be counted, is refused', async () => {
  for (const timeout of ['0', '-1', '1s', '', '99']) {
    const url = `postgres://127.0.0.1/x?query_timeout=${timeout}`;
    const error = await failureOf(openSql(conformanceStore, { url, world: realWorld() }));
    assert.deepEqual([error.code, /milliseconds/.test(error.message)], ['failed', true], error.message);
  }
});

// The threads of SQLite databases: how many there are, when they end, and what they load.

import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openSql, SqlError } from '@cairn/engines';
import { temporaryDirectory } from '@cairn/testing';
import { type Executor, ExecutorError, realWorld, type World } from '@cairn/world';
import conformanceStore from './conformance-store.ts';

type Watched = {
  readonly world: World;
  readonly opened: string[];
  readonly closed: string[];
  fireTimers(): void;
};

/** The real world, which tells of the executors and has its timers fired by hand. */
function watchedWorld(): Watched {
  const real = realWorld();
  const opened: string[] = [];
  const closed: string[] = [];
  const timers = new Set<() => void>();
  return {
    opened,
    closed,
    fireTimers: () => {
      for (const fire of [...timers]) fire();
    },
    world: {
      ...real,
      clock: {
        ...real.clock,
        setTimer: (_, callback) => {
          timers.add(callback);
          return { cancel: () => void timers.delete(callback) };
        },
      },
      executors: {
        async open<Init, Input, Output>(
          module: URL,
          init: Init,
          options = {},
        ): Promise<Executor<Input, Output>> {
          const name = module.pathname.split('/').at(-1)!;
          const executor = await real.executors.open<Init, Input, Output>(module, init, options);
          opened.push(name);
          return {
            run: (input) => executor.run(input),
            close: async () => {
              await executor.close();
              closed.push(name);
            },
          };
        },
      },
    },
  };
}

async function openHere(t: TestContext, watched: Watched, options: { file?: string; thread?: string } = {}) {
  const { file = join(await temporaryDirectory(t), 'test.sqlite'), ...rest } = options;
  const sql = await openSql(conformanceStore, { url: `file:${file}`, world: watched.world, ...rest });
  t.after(() => sql.close());
  return sql;
}

test('a reading thread is there from the first read until nobody has read for a while', async (t) => {
  const watched = watchedWorld();
  const sql = await openHere(t, watched);
  assert.equal(await sql.lookup('counter', { name: 'a' }), 0);
  assert.deepEqual(watched.opened, ['sqlite-writer.ts']);
  for (let round = 1; round <= 2; round++) {
    assert.equal(await sql.read('counter', { name: 'a' }), 0);
    assert.equal(await sql.read('counter', { name: 'a' }), 0);
    assert.deepEqual(watched.opened.slice(1), Array(round).fill('sqlite-reader.ts'));
    watched.fireTimers();
  }
  await sql.close();
  assert.deepEqual(watched.closed, ['sqlite-reader.ts', 'sqlite-reader.ts', 'sqlite-writer.ts']);
});

test('a read that comes while the thread before it ends gets one of its own', async (t) => {
  const watched = watchedWorld();
  const sql = await openHere(t, watched);
  await sql.read('counter', { name: 'a' });
  watched.fireTimers();
  assert.equal(await sql.read('counter', { name: 'a' }), 0);
});

test('a writer that shares its thread leaves when it is idle, comes back for a write, and tidies up at the end', async (t) => {
  const watched = watchedWorld();
  const file = join(await temporaryDirectory(t), 'test.sqlite');
  const sql = await openHere(t, watched, { file, thread: 'test background' });
  assert.equal(await sql.write('add', { name: 'a', amount: 1 }), 1);
  watched.fireTimers();
  assert.equal(await sql.lookup('counter', { name: 'a' }), 1);
  assert.equal(await sql.write('add', { name: 'a', amount: 1 }), 2);
  assert.deepEqual(watched.opened, ['sqlite-writer.ts', 'sqlite-writer.ts']);
  watched.fireTimers();
  await sql.close();
  assert.deepEqual(watched.closed, Array(3).fill('sqlite-writer.ts'));
  await assert.rejects(stat(`${file}-wal`), { code: 'ENOENT' });
});

test('stores that share a thread each keep what they wrote', async (t) => {
  const watched = watchedWorld();
  const [one, two] = await Promise.all([1, 2].map(() => openHere(t, watched, { thread: 'test shared' })));
  const writes = Array.from({ length: 50 }, (_, index) =>
    (index % 3 === 0 ? one! : two!).write('increment', { name: 'a' }),
  );
  await Promise.all(writes);
  assert.deepEqual(
    await Promise.all([one, two].map((sql) => sql!.lookup('counter', { name: 'a' }))),
    [17, 33],
  );
});

/** The real world, whose threads of that module die when they owe the answer to what they have just done. */
function dyingWorld(moduleName: string): { world: World; die: boolean; opened: number } {
  const real = realWorld();
  const dying = {
    die: false,
    opened: 0,
    world: {
      ...real,
      executors: {
        async open<Init, Input, Output>(
          module: URL,
          init: Init,
          options = {},
        ): Promise<Executor<Input, Output>> {
          const executor = await real.executors.open<Init, Input, Output>(module, init, options);
          if (!module.pathname.endsWith(moduleName)) return executor;
          dying.opened++;
          let dead = false;
          return {
            run: async (input) => {
              const output = await executor.run(input);
              dead ||= dying.die;
              if (dead) throw new ExecutorError('died', { module });
              return output;
            },
            close: () => executor.close(),
          };
        },
      },
    },
  };
  return dying;
}

const unavailable = (error: unknown) => error instanceof SqlError && error.code === 'unavailable';

test('of a write whose thread died before it answered nobody says that it did not happen', async (t) => {
  const dying = dyingWorld('/sqlite-writer.ts');
  const file = join(await temporaryDirectory(t), 'test.sqlite');
  const sql = await openSql(conformanceStore, { url: `file:${file}`, world: dying.world });
  t.after(() => sql.close());
  dying.die = true;
  await assert.rejects(sql.write('add', { name: 'a', amount: 1 }), unavailable);
  assert.equal(await sql.lookup('counter', { name: 'a' }), 1, 'it did');
});

test('a writing thread that died is followed by another', async (t) => {
  const dying = dyingWorld('/sqlite-writer.ts');
  const file = join(await temporaryDirectory(t), 'test.sqlite');
  const sql = await openSql(conformanceStore, { url: `file:${file}`, world: dying.world });
  t.after(() => sql.close());
  dying.die = true;
  const lost = [1, 2, 3].map((amount) => sql.write('add', { name: 'a', amount }));
  for (const { status } of await Promise.allSettled(lost)) assert.equal(status, 'rejected');
  dying.die = false;
  await Promise.all([1, 2].map((amount) => sql.write('add', { name: 'b', amount })));
  assert.equal(await sql.lookup('counter', { name: 'b' }), 3);
  assert.equal(dying.opened, 2, 'by one');
});

test('a reading thread that died is followed by another', async (t) => {
  const dying = dyingWorld('/sqlite-reader.ts');
  const file = join(await temporaryDirectory(t), 'test.sqlite');
  const sql = await openSql(conformanceStore, { url: `file:${file}`, world: dying.world });
  t.after(() => sql.close());
  dying.die = true;
  await assert.rejects(sql.read('counter', { name: 'a' }), unavailable);
  dying.die = false;
  assert.equal(await sql.read('counter', { name: 'a' }), 0);
  assert.equal(dying.opened, 2);
});

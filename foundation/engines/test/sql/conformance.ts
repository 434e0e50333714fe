// The sql port's promises as tests, run against every engine. A caller cannot tell which engine it has: here is where
// that is made true. Each test gets an empty database, which it may open several times over.

import assert, { AssertionError } from 'node:assert/strict';
import { test } from 'node:test';
import { type Sql, SqlError, type Store } from '@cairn/engines';
import type { TestContext } from '@cairn/testing';
import brokenStore from './broken-store.ts';
import conformanceStore from './conformance-store.ts';
import upgradedStore from './upgraded-store.ts';

export type ConformanceEngine = {
  readonly name: string;
  /** Why it cannot be tested here, naming the missing program. */
  readonly skip?: string | false;
  /** Runs the scenario on a fresh database, in the engine's kind of time, and closes what it opened. */
  run(test: TestContext, scenario: Scenario): Promise<void>;
};
export type OpenStore = <S extends Store>(store: S) => Promise<Sql<S>>;
type Scenario = (open: OpenStore) => Promise<void>;

export function sqlConformance(engine: ConformanceEngine): void {
  const promise = (name: string, scenario: Scenario) =>
    test(`${engine.name}: ${name}`, { skip: engine.skip ?? false }, (t) => engine.run(t, scenario));

  promise('text of any kind comes back as it was', async (open) => {
    const sql = await open(conformanceStore);
    const texts = [
      '',
      ' ',
      'a',
      'it\'s "quoted" \\ %_',
      'naïve',
      '漢字',
      '👩‍👩‍👧‍👦',
      '\u{10FFFF}',
      '\uE000',
      '\u0001\n\r\t',
      'x'.repeat(100_000),
    ];
    for (const [index, text] of texts.entries()) {
      await sql.write('insert', { key: `${index}`, text, integer: null, blob: null });
      const item = await sql.lookup('item', { key: `${index}` });
      assert.equal(item?.text, text);
    }
  });

  promise('text sorts by its UTF-8 bytes, which UTF-16 does not', async (open) => {
    const sql = await open(conformanceStore);
    const keys = ['Z', 'a', 'b', 'ä', '\uE000', '\uFFFD', '\u{10000}', '😀', '\u{10FFFF}'];
    assert.notDeepEqual([...keys].sort(), keys, 'the sample tells the orders apart');
    for (const key of keys.toReversed()) await sql.write('insertIfAbsent', { key });
    assert.deepEqual(await sql.read('keys', { after: '', limit: 100 }), keys);
    assert.deepEqual(await sql.read('keys', { after: '\uE000', limit: 2 }), ['\uFFFD', '\u{10000}']);
  });

  promise('integers are exact up to 2^53 - 1, both ways from zero', async (open) => {
    const sql = await open(conformanceStore);
    const integers = [0, 1, -1, 2 ** 31, -(2 ** 31) - 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    for (const integer of integers) {
      const key = `${integer}`;
      await sql.write('insert', { key, text: null, integer, blob: null });
      assert.equal((await sql.lookup('item', { key }))?.integer, integer);
    }
  });

  promise('an integer that a number cannot hold is an error, not another integer', async (open) => {
    const sql = await open(conformanceStore);
    await sql.write('add', { name: 'big', amount: Number.MAX_SAFE_INTEGER });
    await assert.rejects(sql.write('add', { name: 'big', amount: 1 }), isSqlError('failed'));
    assert.equal(await sql.lookup('counter', { name: 'big' }), Number.MAX_SAFE_INTEGER);
  });

  promise('blobs come back byte for byte as plain Uint8Array, the empty one too', async (open) => {
    const sql = await open(conformanceStore);
    const all = Uint8Array.from({ length: 256 }, (_, index) => index);
    const blobs = [new Uint8Array(0), all, all.subarray(7, 11), new Uint8Array(300_000).fill(7)];
    for (const [index, blob] of blobs.entries()) {
      await sql.write('insert', { key: `${index}`, text: null, integer: null, blob });
      for (const method of ['read', 'lookup'] as const) {
        const item = await sql[method]('item', { key: `${index}` });
        assert.deepEqual(item?.blob, new Uint8Array(blob));
      }
    }
  });

  promise('nulls stay nulls, and rows are plain data', async (open) => {
    const sql = await open(conformanceStore);
    const item = { key: 'a', text: null, integer: null, blob: null };
    await sql.write('insert', item);
    assert.deepEqual(await sql.lookup('item', { key: 'a' }), item);
    assert.deepEqual(await sql.read('item', { key: 'a' }), item);
    assert.equal(await sql.lookup('item', { key: 'b' }), undefined);
    assert.deepEqual(structuredClone(await sql.lookup('item', { key: 'a' })), item);
  });

  promise('arithmetic and aggregates are those of integers', async (open) => {
    const sql = await open(conformanceStore);
    await sql.write('insert', { key: 'a', text: null, integer: 40, blob: null });
    await sql.write('insert', { key: 'b', text: null, integer: 2, blob: null });
    assert.deepEqual(await sql.read('aggregate', {}), { count: 2, sum: 42, quotient: 3, any: 1 });
  });

  promise('like tells upper case from lower case', async (open) => {
    const sql = await open(conformanceStore);
    for (const key of ['abc', 'ABC', 'abd']) await sql.write('insertIfAbsent', { key });
    assert.deepEqual(await sql.read('like', { pattern: 'ab%' }), ['abc', 'abd']);
  });

  promise('changes are counted', async (open) => {
    const sql = await open(conformanceStore);
    assert.equal(await sql.write('insertIfAbsent', { key: 'a' }), 1);
    assert.equal(await sql.write('insertIfAbsent', { key: 'a' }), 0);
    assert.equal(await sql.write('insertIfAbsent', { key: 'b' }), 1);
    assert.equal(await sql.write('renumber', { integer: 5 }), 2);
    assert.equal(await sql.write('renumber', { integer: 5 }), 2);
    assert.equal(await sql.write('delete', { key: 'a' }), 1);
    assert.equal(await sql.write('delete', { key: 'a' }), 0);
  });

  promise('many rows are one statement, and each is what it was', async (open) => {
    const sql = await open(conformanceStore);
    const texts = ['', null, '"\\\u0001\n\u2028', '漢字👩‍👩‍👧‍👦\u{10FFFF}', '[1]', 'null', '12'];
    const integers = [0, null, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    const items = Array.from({ length: 1_000 }, (_, index) => ({
      ...{ key: `${index}".é`, text: texts[index % texts.length]! },
      integer: integers[index % integers.length]!,
    }));
    await sql.write('insert', { ...items[0]!, text: 'before', blob: null });
    assert.equal(await sql.write('upsertMany', { items }), items.length);
    for (const item of items.slice(0, 35))
      assert.deepEqual(await sql.lookup('item', item), { ...item, blob: null });
    assert.equal(await sql.write('upsertMany', { items: [] }), 0);
    const keys = [...items.slice(1).map(({ key }) => key), 'nothing'];
    assert.equal(await sql.write('deleteMany', { keys }), items.length - 1);
    assert.deepEqual(await sql.read('keys', { after: '', limit: 10 }), [items[0]!.key]);
  });

  promise('an upsert returns the row that it left', async (open) => {
    const sql = await open(conformanceStore);
    assert.equal(await sql.write('add', { name: 'a', amount: 2 }), 2);
    assert.equal(await sql.write('add', { name: 'a', amount: 40 }), 42);
  });

  promise('200 concurrent increments that read before they write make exactly 200', async (open) => {
    const sql = await open(conformanceStore);
    const results = await Promise.all(
      Array.from({ length: 200 }, () => sql.write('increment', { name: 'a' })),
    );
    assert.deepEqual(new Set(results), new Set(Array.from({ length: 200 }, (_, index) => index + 1)));
    assert.equal(await sql.lookup('counter', { name: 'a' }), 200);
  });

  promise('two writers that each look at what the other changes do not both win', async (open) => {
    const sql = await open(conformanceStore);
    for (let round = 0; round < 10; round++) {
      const [left, right] = [`left ${round}`, `right ${round}`];
      await sql.write('add', { name: left, amount: 1 });
      await sql.write('add', { name: right, amount: 1 });
      const taken = await Promise.all([
        sql.write('takeIfTwo', { name: left, other: right }),
        sql.write('takeIfTwo', { name: right, other: left }),
      ]);
      assert.deepEqual(taken.toSorted(), [false, true], `round ${round}`);
    }
  });

  promise('a reading procedure sees one state however many statements it runs', async (open) => {
    const sql = await open(conformanceStore);
    await sql.write('add', { name: 'a', amount: 100 });
    const moves = Array.from({ length: 30 }, () => sql.write('move', { from: 'a', to: 'b' }));
    const reads = Array.from({ length: 30 }, async (_, index) => {
      await moves[index];
      const method = index % 2 === 0 ? 'read' : 'lookup';
      return sql[method]('counters', { names: ['a', 'b'] });
    });
    for (const [a, b] of await Promise.all(reads)) assert.equal(a! + b!, 100);
    await Promise.all(moves);
  });

  promise("a procedure that throws takes back its own changes and nobody else's", async (open) => {
    const sql = await open(conformanceStore);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, (_, index) =>
        index % 3 === 1
          ? sql.write('incrementAndThrow', { name: 'a' })
          : sql.write('increment', { name: 'a' }),
      ),
    );
    const rejected = outcomes.filter((outcome) => outcome.status === 'rejected');
    assert.equal(rejected.length, 20);
    for (const { reason } of rejected) assert(isSqlError('failed')(reason));
    assert.equal(await sql.lookup('counter', { name: 'a' }), 40);
  });

  promise('the error of a procedure says what was attempted, and keeps its cause', async (open) => {
    const sql = await open(conformanceStore);
    await assert.rejects(sql.write('incrementAndThrow', { name: 'a' }), {
      name: 'SqlError',
      code: 'failed',
      message:
        'could not run the write "incrementAndThrow": the transaction failed (this write always throws, at a)',
    });
    for (const method of ['read', 'lookup'] as const) {
      await assert.rejects(sql[method]('throws', {}), (error: SqlError) => {
        assert.equal(
          error.message,
          `could not run the ${method} "throws": the transaction failed (this read always throws)`,
        );
        assert(error.cause instanceof Error);
        assert.match(error.cause.stack ?? '', /conformance-store/);
        return true;
      });
    }
    assert.equal(await sql.lookup('counter', { name: 'a' }), 0, 'the engine works on');
  });

  promise('a violated unique constraint fails the procedure as a whole', async (open) => {
    const sql = await open(conformanceStore);
    const item = { key: 'a', text: null, integer: null, blob: null };
    await assert.rejects(sql.write('insertTwice', item), isSqlError('failed'));
    assert.equal(await sql.lookup('item', { key: 'a' }), undefined);
    assert.equal(await sql.write('insert', item), 1);
    await assert.rejects(sql.write('insert', item), isSqlError('failed'));
  });

  promise('a reading procedure cannot write', async (open) => {
    const sql = await open(conformanceStore);
    for (const method of ['read', 'lookup', 'read', 'lookup'] as const) {
      await assert.rejects(sql[method]('writes', { key: 'a' }), isSqlError('failed'));
      assert.equal(await sql[method]('item', { key: 'a' }), undefined);
    }
    assert.equal(await sql.write('insertIfAbsent', { key: 'a' }), 1);
  });

  promise('every acknowledged write is seen by the read and the lookup that follow', async (open) => {
    const sql = await open(conformanceStore);
    for (let value = 1; value <= 30; value++) {
      await sql.write('add', { name: 'a', amount: 1 });
      const method = value % 2 === 0 ? 'read' : 'lookup';
      assert.equal(await sql[method]('counter', { name: 'a' }), value);
    }
  });

  promise(
    "parameters that are missing, extra or of another type are a programmer's mistake",
    async (open) => {
      const sql = await open(conformanceStore);
      const wrong: Record<string, unknown>[] = [
        { name: 'a' },
        { name: 'a', value: 1, more: 1 },
        { name: 'a', value: '1' },
        { name: 'a', value: null },
        { name: 'a', value: 1.5 },
        { name: 'a', value: 2 ** 53 },
        { name: 'nul \0 inside', value: 1 },
        { name: 'half a pair \ud800', value: 1 },
        { name: undefined, value: 1 },
        { name: new Uint8Array(1), value: 1 },
      ];
      for (const parameters of wrong) {
        await assert.rejects(
          sql.write('putCounterWith', parameters as never),
          (error) => error instanceof AssertionError,
        );
      }
      assert.equal(await sql.lookup('counter', { name: 'a' }), 0);
      assert.equal(await sql.write('putCounterWith', { name: 'a', value: 1 } as never), 1);
    },
  );

  promise("a procedure that the store does not have is a programmer's mistake", async (open) => {
    const sql = await open(conformanceStore);
    const names = ['no such procedure', 'constructor'];
    for (const name of names) {
      await assert.rejects(sql.write(name as 'add', {} as never), (error) => error instanceof AssertionError);
      await assert.rejects(
        sql.read(name as 'counter', {} as never),
        (error) => error instanceof AssertionError,
      );
      await assert.rejects(
        sql.lookup(name as 'counter', {} as never),
        (error) => error instanceof AssertionError,
      );
    }
    await assert.rejects(
      sql.read('add' as 'counter', { name: 'a' }),
      (error) => error instanceof AssertionError,
    );
  });

  promise('input and output are plain data of any depth', async (open) => {
    const sql = await open(conformanceStore);
    const value = { list: [1, 'two', null, undefined, { bytes: Uint8Array.of(1, 2, 3) }], empty: {} };
    assert.deepEqual(await sql.read('echo', { value }), value);
    assert.deepEqual(await sql.lookup('echo', { value }), value);
  });

  promise(
    'a database that is opened again has what was written, and migrates no second time',
    async (open) => {
      const first = await open(conformanceStore);
      await first.write('add', { name: 'a', amount: 1 });
      await first.close();
      const second = await open(conformanceStore);
      assert.equal(await second.lookup('counter', { name: 'a' }), 1);
      assert.equal(await second.write('add', { name: 'a', amount: 1 }), 2);
    },
  );

  promise('a newer version of the store migrates what the older one wrote', async (open) => {
    const older = await open(conformanceStore);
    await older.write('insertIfAbsent', { key: 'a' });
    await older.close();
    const newer = await open(upgradedStore);
    assert.equal(await newer.lookup('colour', { key: 'a' }), 'green');
  });

  promise('an older version of the store refuses what the newer one wrote', async (open) => {
    await (await open(upgradedStore)).close();
    await assert.rejects(open(conformanceStore), {
      code: 'newer-version',
      detail: 'it is at version 3, this program knows 2',
      message:
        /^could not open the database .*: the database was written by a newer version \(it is at version 3, this program knows 2\)$/,
    });
    assert.equal(await (await open(upgradedStore)).lookup('colour', { key: 'a' }), undefined);
  });

  promise('a migration that fails leaves the version before it', async (open) => {
    const before = await open(conformanceStore);
    await before.write('add', { name: 'a', amount: 7 });
    await before.close();
    await assert.rejects(open(brokenStore), isSqlError('failed'));
    const after = await open(conformanceStore);
    assert.equal(await after.lookup('counter', { name: 'a' }), 7);
  });

  promise('a sound database has nothing to report', async (open) => {
    const sql = await open(conformanceStore);
    await sql.write('add', { name: 'a', amount: 1 });
    assert.deepEqual(await sql.check(), []);
  });

  promise('closing finishes what was submitted and refuses what comes later', async (open) => {
    const sql = await open(conformanceStore);
    const submitted = Array.from({ length: 30 }, () => sql.write('add', { name: 'a', amount: 1 }));
    const read = sql.read('counter', { name: 'a' });
    const closed = sql.close();
    await Promise.all([...submitted, read]);
    await closed;
    await sql.close();
    for (const refused of [
      sql.write('add', { name: 'a', amount: 1 }),
      sql.read('counter', { name: 'a' }),
      sql.lookup('counter', { name: 'a' }),
      sql.check(),
    ]) {
      await assert.rejects(refused, isSqlError('closed'));
    }
    assert.equal(await (await open(conformanceStore)).lookup('counter', { name: 'a' }), 30);
  });
}

function isSqlError(code: SqlError['code']): (error: unknown) => boolean {
  return (error) => {
    assert(error instanceof SqlError, `wanted is a SqlError, not ${error}`);
    assert.equal(error.code, code, error.message);
    return true;
  };
}

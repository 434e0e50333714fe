// The pool with archivers that are made up: who gets what, and what happens when one fails.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ArchiverInput, ArchiverOutput } from '../packing/archiver-messages.ts';
import { noArchiverCounts } from '../packing/chunk-sink.ts';
import type { SealedPack } from '../packing/sealed-pack.ts';
import { ArchiverPool, type ArchiverPoolOptions } from './archiver-pool.ts';
import type { JobBatch } from './walker-messages.ts';

const nothing: ArchiverOutput = {
  files: new Uint8Array(0),
  packs: [],
  open: false,
  counts: noArchiverCounts(),
};
const MiB = 1024 * 1024;
const batch = { files: Uint8Array.of(1), count: 1, sizeBytes: 100 };

function pack(): SealedPack {
  const bytes = new Uint8Array(new SharedArrayBuffer(8));
  const none = new Uint8Array(0);
  return { id: '', type: 'data', sizeBytes: 8, epoch: 1, salt: none, entries: none, entryCount: 0, bytes };
}

/** A pool whose archivers answer with `answer`; everything they are told is in `told`. */
function poolOf(
  answer: (input: ArchiverInput) => ArchiverOutput | Promise<ArchiverOutput>,
  options: Partial<ArchiverPoolOptions> = {},
) {
  const told: ArchiverInput[] = [];
  const failures: unknown[] = [];
  let opened = 0;
  let closed = 0;
  const pool = new ArchiverPool({
    count: 2,
    open: async () => {
      opened += 1;
      return {
        run: async (input) => {
          told.push(input);
          return answer(input);
        },
        close: async () => {
          closed += 1;
        },
      };
    },
    onOutput: () => {},
    upload: async () => {},
    lookUp: async (questions) => new Uint8Array(questions.length / 32),
    onFailure: (error) => failures.push(error),
    ...options,
  });
  return { pool, told, failures, counts: () => ({ opened, closed }) };
}

/** Lets everything that can go on do so. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

test('archivers are opened as work comes, and one that is idle takes what comes later', async () => {
  const { pool, told, counts } = poolOf(() => nothing);
  pool.addFiles([batch]);
  await settled();
  assert.deepEqual(counts(), { opened: 1, closed: 0 });
  for (let i = 0; i < 50; i += 1) {
    pool.addFiles([batch]);
    await Promise.resolve();
  }
  await settled();
  assert.equal(told.length, 51);
  pool.addFiles([batch, batch, batch, batch]);
  await settled();
  assert.equal(told.length, 55);
  await pool.close();
  assert.ok(counts().opened <= 2);
  assert.equal(counts().closed, counts().opened);
});

test('archivers are numbered as they are opened', async () => {
  const numbers: number[] = [];
  const open = async (number: number) => {
    numbers.push(number);
    return { run: async () => nothing, close: async () => {} };
  };
  const { pool } = poolOf(() => nothing, { count: 3, open });
  pool.addFiles([1, 2, 3, 4].map(() => ({ ...batch, sizeBytes: 16 * MiB })));
  await settled();
  assert.deepEqual(numbers, [0, 1, 2]);
  await pool.close();
});

const several: readonly { readonly what: string; readonly batches: JobBatch[]; readonly opened: number }[] = [
  { what: 'few small files', batches: Array.from({ length: 20 }, () => batch), opened: 1 },
  {
    what: 'many small files',
    batches: Array.from({ length: 3 }, () => ({ ...batch, count: 64 })),
    opened: 1,
  },
  { what: 'very many', batches: Array.from({ length: 6 }, () => ({ ...batch, count: 64 })), opened: 3 },
  { what: 'one large file', batches: [{ ...batch, sizeBytes: 5_000 * MiB }], opened: 1 },
  { what: 'two large files', batches: [1, 2].map(() => ({ ...batch, sizeBytes: 5_000 * MiB })), opened: 2 },
  {
    what: 'large ones',
    batches: Array.from({ length: 9 }, () => ({ ...batch, sizeBytes: 8 * MiB })),
    opened: 4,
  },
];

for (const { what, batches, opened } of several)
  test(`a further archiver is started when there is as much to do as its start costs: ${what}`, async () => {
    const { pool, counts, told } = poolOf(() => nothing, { count: 4 });
    pool.addFiles(batches);
    assert.equal(counts().opened, opened);
    await settled();
    assert.equal(told.length, batches.length);
    await pool.close();
  });

test('what is open is gone on with, and questions are answered', async () => {
  const answers: ArchiverOutput[] = [
    { ...nothing, open: true },
    { ...nothing, open: true, questions: new Uint8Array(64) },
    nothing,
  ];
  const { pool, told } = poolOf(() => answers.shift()!);
  pool.addFiles([batch]);
  await settled();
  assert.deepEqual(told, [
    { kind: 'files', files: batch.files },
    { kind: 'continue' },
    { kind: 'continue', known: new Uint8Array(2) },
  ]);
});

test('an archiver waits until its packs are on their way, and no longer', async () => {
  const packs = [pack()];
  const waiting: (() => void)[] = [];
  const { pool, told } = poolOf(() => ({ ...nothing, packs: packs.splice(0) }), {
    count: 1,
    upload: () => new Promise((resolve) => void waiting.push(resolve)),
  });
  pool.addFiles([batch, batch]);
  await settled();
  assert.equal(told.length, 1);
  waiting[0]!();
  await settled();
  assert.equal(told.length, 2);
});

test('an archiver that fails, or cannot be opened, is the failure of the backup', async () => {
  const failing = poolOf(() => Promise.reject(new Error('it died')));
  failing.pool.addFiles([batch]);
  await settled();
  assert.match(String(failing.failures[0]), /it died/);
  await failing.pool.close();
  const closed = poolOf(() => nothing, { open: () => Promise.reject(new Error('no thread')) });
  closed.pool.addFiles([batch]);
  await settled();
  assert.match(String(closed.failures[0]), /no thread/);
  await closed.pool.close();
});

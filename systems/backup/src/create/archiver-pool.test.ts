import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ArchiverInput, ArchiverOutput } from '../packing/archiver-messages.ts';
import { ArchiverPool } from './archiver-pool.ts';
import type { JobBatch } from './walker-messages.ts';

test('packs are flushed when every question was answered, though the file was answered before', async () => {
  const heard: ArchiverInput['kind'][] = [];
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Uint8Array>();
  const output = { files: [], packs: [], counts: {} } as unknown as ArchiverOutput;
  const pool = new ArchiverPool({
    count: 1,
    open: async () => ({
      async run(input) {
        heard.push(input.kind);
        if (input.kind !== 'files') return { ...output, open: false };
        return { ...output, open: true, questions: new Uint8Array(32) };
      },
      close: async () => {},
    }),
    onOutput: () => {},
    upload: async () => {},
    lookUp: () => {
      asked.resolve();
      return answer.promise;
    },
    onFailure: (error) => assert.fail(error as Error),
  });
  pool.addFiles([{ files: [] } as unknown as JobBatch]);
  await asked.promise;
  const flushed = pool.flush();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(heard, ['files']);
  answer.resolve(Uint8Array.of(0));
  await flushed;
  assert.deepEqual(heard, ['files', 'continue', 'flush']);
  await pool.close();
});

// A destination whose code could not be loaded: there were no descriptors left.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ReplicationDestination } from './replication-destination.ts';
import { s3Destination } from './s3-destination.ts';

const options = { url: 's3://bucket', credentials: undefined };

test('what could not be loaded is told once, closed without a word, and loaded again for the next version', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', note);
  let loads = 0;
  let closed = 0;
  const loaded = { abandon: async () => {}, close: () => void closed++ } as unknown as ReplicationDestination;
  const destination = s3Destination(options, async () => {
    if (++loads === 1) throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    return loaded;
  });
  const failing = destination.abandon({} as never);
  destination.close();
  await assert.rejects(failing, { code: 'EMFILE' });
  destination.close();
  await nextTurn();
  process.off('unhandledRejection', note);
  assert.deepEqual([unhandled, closed], [[], 0]);
  await destination.abandon({} as never);
  destination.close();
  await nextTurn();
  assert.deepEqual([loads, closed], [2, 1]);
});

// kill -9 of the whole process under clients of Kafka and SQS; `npm run soak` does it a hundred times.

import assert from 'node:assert/strict';
import test from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { brokerKills } from './broker-kills.ts';

test('clients of Kafka and SQS find everything acknowledged after kill -9 of the process', async (t) => {
  const directory = await temporaryDirectory(t);
  const figures = await brokerKills(t, { directory, rounds: 3, seed: 1, loadMsMax: 700 });
  t.diagnostic(JSON.stringify(figures));
  assert.ok(figures.batches > 0 && figures.messages > 0 && figures.deletions > 0);
});

// Whether a batch of an idempotent producer is new to its partition.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { BatchHeader } from '../batch/batch-header.ts';
import type { ProducerState } from '../partition/partition.ts';
import { ProducerStandings } from './producer-standings.ts';

const producerId = 7;
const sequenceMax = 2 ** 31 - 1;

function standings(...states: Partial<ProducerState>[]): ProducerStandings {
  const none = { coordinatorEpoch: -1, lastTimestampMs: 0, transactionFirstOffset: undefined };
  const known = states.map((state) => ({ ...none, producerId, producerEpoch: 3, lastSequence: 9, ...state }));
  return new ProducerStandings({ producers: () => known });
}

const batch = (baseSequence: number, { producerEpoch = 3, lastOffsetDelta = 0, id = producerId } = {}) =>
  ({ producerId: id, producerEpoch, baseSequence, lastOffsetDelta }) as BatchHeader;

test('what the partition has, and what an older epoch sends, is known', () => {
  const known = standings({});
  for (const each of [batch(9), batch(0), batch(500, { producerEpoch: 2 })])
    assert.equal(known.of(each), 'known');
});

test('what follows is new, and so is what follows that in the same gathering, and a repetition of it', () => {
  const known = standings({});
  for (const each of [
    batch(10, { lastOffsetDelta: 4 }),
    batch(15),
    batch(10, { lastOffsetDelta: 4 }),
    batch(16),
  ])
    assert.equal(known.of(each), 'new');
});

test('a gap is refused, also behind what is under way, and a new epoch begins at 0', () => {
  const known = standings({});
  assert.equal(known.of(batch(10)), 'new');
  for (const each of [batch(12), batch(1, { producerEpoch: 4 })])
    assert.throws(() => known.of(each), { code: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
  assert.equal(known.of(batch(0, { producerEpoch: 4 })), 'new');
  assert.equal(known.of(batch(1, { producerEpoch: 4 })), 'new');
});

test('sequences go on at 0 behind the largest', () => {
  const known = standings({ lastSequence: sequenceMax - 1 });
  assert.equal(known.of(batch(sequenceMax, { lastOffsetDelta: 2 })), 'new');
  assert.equal(known.of(batch(2)), 'new');
  assert.equal(known.of(batch(sequenceMax - 1)), 'known');
});

test('who is not known, or has no sequence, may send anything; who has a transaction open, nothing outside of it', () => {
  assert.equal(standings().of(batch(77)), 'new');
  assert.equal(standings({}).of(batch(-1, { id: -1 })), 'new');
  assert.equal(standings({ lastSequence: -1 }).of(batch(0)), 'new');
  const open = standings({ transactionFirstOffset: 5 });
  assert.throws(() => open.of(batch(10)), { code: 'INVALID_TXN_STATE' });
});

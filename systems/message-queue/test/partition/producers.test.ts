// Which transactions are open, when several begin and end in what is decided together.

import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeBatchHeader } from '../../src/batch/batch-header.ts';
import { Producers } from '../../src/partition/producers.ts';
import { batchOf } from './partition-fixture.ts';

const nowMs = 0;

function decided() {
  const producers = new Producers();
  const draft = producers.begin();
  const within = (producerId: number, baseSequence: number, baseOffset: number) =>
    draft.add(
      decodeBatchHeader(
        batchOf(['x'], { isTransactional: true, producerId, producerEpoch: 0, baseSequence }),
      ),
      { baseOffset, nowMs },
    );
  const end = (producerId: number, offset: number) =>
    draft.addMarker(decodeBatchHeader(batchOf(['x'], { isControl: true, producerId, producerEpoch: 0 })), {
      ...{ commit: true, coordinatorEpoch: 0, offset, nowMs },
    });
  return { producers, draft, within, end };
}

test('the oldest open transaction is found when a producer began another one behind it', () => {
  const { producers, draft, within, end } = decided();
  within(1, 0, 10);
  end(1, 11);
  within(2, 0, 12);
  within(1, 1, 13);
  draft.commit();
  assert.equal(producers.firstOpenOffset(), 12);
});

test('a transaction that ended does not stay open because its producer began another one at once', () => {
  const { producers, draft, within, end } = decided();
  within(1, 0, 10);
  draft.commit();
  end(1, 11);
  within(1, 1, 12);
  draft.commit();
  assert.equal(producers.firstOpenOffset(), 12);
});

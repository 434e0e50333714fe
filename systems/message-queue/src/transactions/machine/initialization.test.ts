import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initialize } from './initialization.ts';
import { newTransactionalId, type TransactionState } from './transaction-state.ts';

const nowMs = 7;
const base: TransactionState = { ...newTransactionalId('id', 1_000), producerEpoch: 5, lastProducerEpoch: 4 };

function init(known: TransactionState | undefined, expected?: [number, number], freshProducerId?: number) {
  const event = { transactionalId: 'id', timeoutMs: 60_000, nowMs, freshProducerId };
  const [producerId, producerEpoch] = expected ?? [];
  return initialize(
    known,
    producerId === undefined ? event : { ...event, expected: { producerId, producerEpoch: producerEpoch! } },
  );
}

function became(...args: Parameters<typeof init>): TransactionState {
  const decided = init(...args);
  assert(decided.kind === 'become', `it was not changed: ${JSON.stringify(decided)}`);
  return decided.state;
}

function producer({ producerId, producerEpoch, lastProducerEpoch }: TransactionState) {
  return [producerId, producerEpoch, lastProducerEpoch];
}

test('a new transactional id gets a fresh producer id at epoch 0, whatever the client says that it was', () => {
  assert.deepEqual(init(undefined), { kind: 'needs producer id' });
  assert.deepEqual(producer(became(undefined, undefined, 9)), [9, 0, -1]);
  assert.deepEqual(producer(became(undefined, [77, 3], 9)), [9, 0, -1]);
});

test('without an expected producer the epoch is raised, and nobody is its predecessor', () => {
  assert.deepEqual(producer(became(base)), [1_000, 6, -1]);
});

test('a producer that goes on after an error gets the next epoch, and the same one when it asks again', () => {
  const raised = became(base, [1_000, 5]);
  assert.deepEqual(producer(raised), [1_000, 6, 5]);
  assert.deepEqual(init(raised, [1_000, 5]), { kind: 'keep', state: raised });
});

test('a producer whose epoch was raised by another is fenced', () => {
  const taken = became(base);
  assert.deepEqual(init(taken, [1_000, 5]), { kind: 'refuse', code: 'PRODUCER_FENCED' });
  assert.deepEqual(init(taken, [999, 6]), { kind: 'refuse', code: 'PRODUCER_FENCED' });
});

test('an open transaction is aborted under an epoch that nobody was given', () => {
  const open = { ...base, status: 'Ongoing' as const, partitions: new Map([['a', new Set([0])]]) };
  const aborted = became(open);
  assert.equal(aborted.status, 'PrepareAbort');
  assert.deepEqual(producer(aborted), [1_000, 6, -1]);
  assert.deepEqual(aborted.partitions, open.partitions);
});

test('a zombie does not abort the transaction of its successor', () => {
  const open = { ...base, status: 'Ongoing' as const };
  assert.deepEqual(init(open, [1_000, 3]), { kind: 'refuse', code: 'PRODUCER_FENCED' });
});

test('while a transaction is being ended, who begins is told to try again', () => {
  for (const status of ['PrepareCommit', 'PrepareAbort'] as const)
    assert.deepEqual(init({ ...base, status }), { kind: 'refuse', code: 'CONCURRENT_TRANSACTIONS' });
});

test('the last epoch is kept for fencing: behind it comes a fresh producer id', () => {
  const last = { ...base, producerEpoch: 32_766 };
  assert.deepEqual(init(last), { kind: 'needs producer id' });
  const next = became(last, [1_000, 32_766], 2_000);
  assert.deepEqual(producer(next), [2_000, 0, 32_766]);
  assert.equal(next.previousProducerId, 1_000);
  assert.deepEqual(init(next, [1_000, 32_766]), { kind: 'keep', state: next });
});

test('what the epoch before left is forgotten with it', () => {
  const { status, startedMs } = became({ ...base, status: 'CompleteCommit', startedMs: 3 });
  assert.deepEqual({ status, startedMs }, { status: 'Empty', startedMs: -1 });
});

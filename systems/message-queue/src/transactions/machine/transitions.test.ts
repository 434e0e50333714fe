import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '@cairn/world/simulated';
import { initialize } from './initialization.ts';
import { newTransactionalId, type TransactionState, type TransactionStatus } from './transaction-state.ts';
import { add, complete, end, producerAfter, timeOut, verify } from './transitions.ts';

const nowMs = 7;
const base: TransactionState = {
  ...newTransactionalId('id', 1_000),
  producerEpoch: 5,
  lastProducerEpoch: 4,
  timeoutMs: 60_000,
};
const producer = { producerId: 1_000, producerEpoch: 5 };
const partition = { topic: 'a', partition: 0 };

function inStatus(status: TransactionStatus): TransactionState {
  return { ...base, status, partitions: new Map([['a', new Set([0])]]) };
}

function codeOf(decided: ReturnType<typeof end>): string {
  if (decided.kind === 'refuse') return decided.code;
  return decided.kind === 'become' ? decided.state.status : decided.kind;
}

function ending(status: TransactionStatus, commit: boolean, raisesEpoch: boolean, epoch = 5): string {
  return codeOf(end(inStatus(status), { ...producer, producerEpoch: epoch, commit, raisesEpoch, nowMs }));
}

test('a partition that is added begins a transaction, or joins it', () => {
  const adding = { ...producer, partitions: [partition], hasOffsets: false, nowMs };
  const begun = add(base, adding);
  assert(begun.kind === 'become');
  assert.deepEqual([begun.state.status, begun.state.startedMs], ['Ongoing', 7]);
  assert.deepEqual(add(begun.state, adding), { kind: 'keep', state: begun.state });
  const joined = add(begun.state, { ...adding, partitions: [{ topic: 'a', partition: 3 }], nowMs: 9 });
  assert(joined.kind === 'become');
  assert.deepEqual([joined.state.partitions.get('a'), joined.state.startedMs], [new Set([0, 3]), 7]);
});

test('a transaction of offsets alone is one', () => {
  const begun = add(base, { ...producer, partitions: [], hasOffsets: true, nowMs });
  assert(begun.kind === 'become');
  assert.deepEqual([begun.state.status, begun.state.hasOffsets], ['Ongoing', true]);
});

test('who is not the producer of the transactional id is told so', () => {
  const adding = { partitions: [partition], hasOffsets: false, nowMs };
  const codes = (known: TransactionState | undefined, producerId: number, producerEpoch: number) => [
    codeOf(add(known, { ...adding, producerId, producerEpoch })),
    codeOf(end(known, { producerId, producerEpoch, commit: true, raisesEpoch: false, nowMs })),
    codeOf(end(known, { producerId, producerEpoch, commit: true, raisesEpoch: true, nowMs })),
    verify(known, { producer: { producerId, producerEpoch }, name: partition }),
  ];
  const mapping = Array(4).fill('INVALID_PRODUCER_ID_MAPPING');
  assert.deepEqual(codes(undefined, 1_000, 5), mapping);
  assert.deepEqual(codes(inStatus('Ongoing'), 1_001, 5), mapping);
  const fenced = Array(4).fill('PRODUCER_FENCED');
  assert.deepEqual(codes(inStatus('Ongoing'), 1_000, 4), fenced);
  assert.deepEqual(codes(inStatus('Ongoing'), 1_000, 6), fenced);
});

test('only batches of an open transaction that names their partition are written', () => {
  const asked = (status: TransactionStatus, topic: string) =>
    verify(inStatus(status), { producer, name: { topic, partition: 0 } });
  assert.equal(asked('Ongoing', 'a'), undefined);
  assert.equal(asked('Ongoing', 'b'), 'TRANSACTION_ABORTABLE');
  assert.equal(asked('PrepareCommit', 'a'), 'CONCURRENT_TRANSACTIONS');
  assert.equal(asked('CompleteCommit', 'a'), 'TRANSACTION_ABORTABLE');
});

test('an end within its epoch is answered as the state has it', () => {
  const answers = (commit: boolean) =>
    (['Empty', 'Ongoing', 'PrepareCommit', 'PrepareAbort', 'CompleteCommit', 'CompleteAbort'] as const).map(
      (status) => ending(status, commit, false),
    );
  const [invalid, later] = ['INVALID_TXN_STATE', 'CONCURRENT_TRANSACTIONS'];
  assert.deepEqual(answers(true), [invalid, 'PrepareCommit', later, invalid, 'keep', invalid]);
  assert.deepEqual(answers(false), [invalid, 'PrepareAbort', invalid, later, invalid, 'keep']);
});

test('an end that raises the epoch and is repeated is told by the epoch before', () => {
  const answers = (commit: boolean) =>
    (['PrepareCommit', 'PrepareAbort', 'CompleteCommit', 'CompleteAbort'] as const).map((status) =>
      ending(status, commit, true, 4),
    );
  const [invalid, later] = ['INVALID_TXN_STATE', 'CONCURRENT_TRANSACTIONS'];
  assert.deepEqual(answers(true), [later, invalid, 'keep', invalid]);
  assert.deepEqual(answers(false), [invalid, later, invalid, 'keep']);
});

test('an end that raises the epoch and is new may abort without a transaction, and never commit', () => {
  for (const status of ['Empty', 'CompleteCommit', 'CompleteAbort'] as const) {
    assert.equal(ending(status, true, true), 'INVALID_TXN_STATE');
    const decided = end(inStatus(status), { ...producer, commit: false, raisesEpoch: true, nowMs });
    assert(decided.kind === 'become');
    const { producerEpoch, lastProducerEpoch } = decided.state;
    assert.deepEqual([decided.state.status, producerEpoch, lastProducerEpoch], ['CompleteAbort', 6, 5]);
  }
  assert.equal(ending('PrepareCommit', true, true), 'PRODUCER_FENCED');
});

test('an end that uses up the epochs hands over to a fresh producer id when it is complete', () => {
  const open = { ...inStatus('Ongoing'), producerEpoch: 32_766 };
  const asked = { producerId: 1_000, producerEpoch: 32_766, commit: true, raisesEpoch: true, nowMs };
  assert.deepEqual(end(open, asked), { kind: 'needs producer id' });
  const decided = end(open, { ...asked, freshProducerId: 2_000 });
  assert(decided.kind === 'become');
  const prepared = decided.state;
  // Markers are of the old one.
  assert.deepEqual([prepared.producerId, prepared.producerEpoch], [1_000, 32_767]);
  assert.deepEqual([producerAfter(prepared).producerId, producerAfter(prepared).producerEpoch], [2_000, 0]);
  const completed = complete(prepared, nowMs);
  assert.deepEqual(
    [completed.status, completed.producerId, completed.producerEpoch],
    ['CompleteCommit', 2_000, 0],
  );
  assert.deepEqual(end(completed, asked), { kind: 'keep', state: completed });
});

test('a zombie that repeats its end does not get the epoch that its successor began with', () => {
  const successor = initialize(inStatus('CompleteAbort'), { transactionalId: 'id', timeoutMs: 1, nowMs });
  assert(successor.kind === 'become');
  const asked = { ...producer, commit: false, raisesEpoch: true, nowMs };
  for (const status of ['Empty', 'CompleteAbort'] as const)
    assert.equal(codeOf(end({ ...successor.state, status }, asked)), 'PRODUCER_FENCED');
});

test('a producer whose transaction timed out goes on with the epoch behind it, unless another began', () => {
  const timedOut = timeOut(inStatus('Ongoing'), nowMs);
  assert(timedOut.kind === 'become');
  const aborted = complete(timedOut.state, nowMs);
  const asked = { ...producer, raisesEpoch: true, nowMs };
  assert.deepEqual(end(aborted, { ...asked, commit: false }), { kind: 'keep', state: aborted });
  assert.equal(codeOf(end(aborted, { ...asked, commit: true })), 'INVALID_TXN_STATE');
  const event = { transactionalId: 'id', timeoutMs: 1, nowMs };
  assert.deepEqual(initialize(aborted, { ...event, expected: producer }), { kind: 'keep', state: aborted });
  const other = initialize(aborted, event);
  assert(other.kind === 'become');
  assert.equal(codeOf(initialize(other.state, { ...event, expected: producer })), 'PRODUCER_FENCED');
});

test('a transaction that took too long is aborted under an epoch that its producer does not have', () => {
  const decided = timeOut(inStatus('Ongoing'), nowMs);
  assert(decided.kind === 'become');
  assert.deepEqual([decided.state.status, decided.state.producerEpoch], ['PrepareAbort', 6]);
  for (const status of ['Empty', 'PrepareCommit', 'CompleteAbort'] as const)
    assert.equal(timeOut(inStatus(status), nowMs).kind, 'keep');
});

test('under any sequence of events a producer name is given once and a decided end never changes', () => {
  for (let seed = 0; seed < 200; seed += 1) anySequence(new SeededRandom(seed));
});

function anySequence(random: SeededRandom): void {
  let state: TransactionState | undefined;
  let fresh = 1;
  const producers = [{ producerId: 5_000, producerEpoch: 0 }];
  const given = new Set<string>();
  const take = (decided: ReturnType<typeof end>, isInit: boolean): void => {
    if (decided.kind !== 'become') return;
    const before = state;
    const after = decided.state;
    if (before?.status === 'PrepareCommit' || before?.status === 'PrepareAbort')
      assert.fail(`${before.status} became ${after.status} without its markers`);
    if (after.status === 'PrepareCommit') assert.equal(before?.status, 'Ongoing');
    state = after;
    const next = producerAfter(after);
    if (before !== undefined && next.producerId === before.producerId)
      assert(next.producerEpoch >= before.producerEpoch, 'an epoch went back');
    if (!isInit || after.status === 'PrepareAbort') return;
    const name = `${next.producerId} ${next.producerEpoch}`;
    assert(!given.has(name), `${name} was given twice`);
    given.add(name);
    producers.push({ producerId: next.producerId, producerEpoch: next.producerEpoch });
  };
  for (let steps = 0; steps < 100; steps += 1) {
    const who = random.pick(producers);
    const freshProducerId = fresh++;
    const commit = random.chance(1 / 2);
    switch (random.integer(6)) {
      case 0: {
        const expected = random.chance(1 / 2) ? who : undefined;
        const event = { transactionalId: 'id', timeoutMs: 1, expected, freshProducerId, nowMs };
        take(initialize(state, event), true);
        break;
      }
      case 1:
      case 2:
        take(add(state, { ...who, partitions: [partition], hasOffsets: commit, nowMs }), false);
        break;
      case 3:
        take(
          end(state, { ...who, commit, raisesEpoch: random.chance(1 / 2), freshProducerId, nowMs }),
          false,
        );
        if (state !== undefined) producers.push(producerAfter(state));
        break;
      case 4:
        if (state !== undefined) take(timeOut(state, nowMs), false);
        break;
      case 5:
        if (state?.status.startsWith('Prepare')) state = complete(state, nowMs);
        if (state !== undefined && random.chance(1 / 20))
          state = { ...state, producerEpoch: Math.max(state.producerEpoch, 32_764) };
        break;
    }
  }
}

test('regression: no epoch is higher than a batch can say, whoever times out, begins again or guesses at the end of them', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = new SeededRandom(seed);
    let known: TransactionState = { ...base, producerEpoch: 32_762, lastProducerEpoch: -1 };
    for (let step = 0; step < 60; step++) {
      const { producerId } = known;
      const producerEpoch = known.producerEpoch - random.pick([0, 0, 0, 1]);
      const named = { producerId, producerEpoch };
      const expected = random.chance(1 / 2) ? named : undefined;
      const raising = { ...named, commit: random.chance(1 / 2), raisesEpoch: true, nowMs };
      const decided = [
        () =>
          initialize(known, {
            transactionalId: 'id',
            timeoutMs: 1,
            expected,
            freshProducerId: step + 2_000,
            nowMs,
          }),
        () => add(known, { ...named, partitions: [partition], hasOffsets: false, nowMs }),
        () => end(known, { ...raising, freshProducerId: step + 2_000 }),
        () => timeOut(known, nowMs),
      ][random.integer(4)]!();
      if (decided.kind === 'become') known = decided.state;
      assert(known.producerEpoch <= 0x7fff, `seed ${seed}: epoch ${known.producerEpoch}`);
      if (known.status.startsWith('Prepare') && random.chance(1 / 2)) known = complete(known, nowMs);
    }
  }
});

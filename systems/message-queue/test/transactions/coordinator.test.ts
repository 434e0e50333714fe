// A transaction coordinator by its requests, in virtual time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PartitionError } from '../../src/partition/partition.ts';
import { batchOf } from '../partition/partition-fixture.ts';
import { Client, startBroker, withBroker } from './coordinator-fixture.ts';

const id = 'payments';

/** A transaction that has a record and an offset. */
async function openTransaction(client: Client) {
  const producer = await client.init(id);
  assert.equal(producer.code, 'NONE');
  assert.equal(await client.add(id, producer, 'a'), 'NONE');
  assert.equal(await client.produce(id, producer, { topic: 'a', text: 'one', sequence: 0 }), 'NONE');
  assert.equal(await client.addOffsets(id, producer), 'NONE');
  assert.equal(await client.commitOffsets(id, producer, { text: 'offset' }), 'NONE');
  return producer;
}

test('what is committed is seen in partitions and offsets once the end is answered', () =>
  withBroker(async (client, { disk }) => {
    const producer = await openTransaction(client);
    assert.deepEqual(disk.logs.get('a')!.committed(), []);
    assert.equal((await client.end(id, producer, { commit: true })).code, 'NONE');
    assert.deepEqual(disk.logs.get('a')!.committed(), ['one']);
    assert.deepEqual(disk.offsets.committed, ['offset']);
    assert.equal(client.statusOf(id), 'CompleteCommit');
    assert.equal((await client.end(id, producer, { commit: true })).code, 'NONE');
    assert.equal((await client.end(id, producer, { commit: false })).code, 'INVALID_TXN_STATE');
  }));

test('what is aborted is seen nowhere', () =>
  withBroker(async (client, { disk }) => {
    const producer = await openTransaction(client);
    assert.equal((await client.end(id, producer, { commit: false })).code, 'NONE');
    assert.deepEqual(disk.logs.get('a')!.committed(), []);
    assert.equal(disk.logs.get('a')!.hasOpenTransaction(), false);
    assert.deepEqual([disk.offsets.committed, disk.offsets.pending.size], [[], 0]);
  }));

test('producer ids begin at 1, come one after the other, and are not given again after a restart', () =>
  withBroker(async (client, { machine, disk }) => {
    assert.deepEqual(await client.init(null), { code: 'NONE', producerId: 1, producerEpoch: 0 });
    assert.deepEqual(await client.init('x'), { code: 'NONE', producerId: 2, producerEpoch: 0 });
    const many = await Promise.all(Array.from({ length: 1_500 }, () => client.init(null)));
    assert.equal(new Set(many.map(({ producerId }) => producerId)).size, 1_500);
    machine.crash();
    machine.restart();
    const again = new Client(await startBroker({ machine, disk, starts: 2 }));
    const next = await again.init(null);
    assert(next.producerId > Math.max(...many.map(({ producerId }) => producerId)));
    // And what a transactional id was, it is.
    assert.deepEqual(await again.init('x'), { code: 'NONE', producerId: 2, producerEpoch: 1 });
    await again.broker.coordinator.close();
  }));

test('there are as many transactional ids as there may be, and those that are there go on', () =>
  withBroker(
    async (client) => {
      assert.equal((await client.init('one')).code, 'NONE');
      assert.equal((await client.init('two')).code, 'NONE');
      assert.equal((await client.init('three')).code, 'POLICY_VIOLATION');
      assert.equal((await client.init('two')).code, 'NONE');
    },
    { transactionalIdsMax: 2 },
  ));

test('a request that makes no sense is refused as Kafka does', () =>
  withBroker(async (client) => {
    const code = async (...args: Parameters<Client['init']>) => (await client.init(...args)).code;
    assert.equal(await code(''), 'INVALID_REQUEST');
    assert.equal(await code(id, { expected: { producerId: 5, producerEpoch: -1 } }), 'INVALID_REQUEST');
    for (const unusable of ['x'.repeat(1_001), 'x\0'])
      assert.equal(await code(unusable, {}), 'INVALID_REQUEST');
    assert.equal(await code(id, { timeoutMs: 0 }), 'INVALID_TRANSACTION_TIMEOUT');
    assert.equal(await code(id, { timeoutMs: 15 * 60_000 + 1 }), 'INVALID_TRANSACTION_TIMEOUT');
    const nobody = { producerId: 9, producerEpoch: 0 };
    assert.equal(await client.add(id, nobody, 'a'), 'INVALID_PRODUCER_ID_MAPPING');
    assert.equal(await client.addOffsets('', nobody), 'INVALID_REQUEST');
    assert.equal((await client.end(id, nobody, { commit: true })).code, 'INVALID_PRODUCER_ID_MAPPING');
    const producer = await client.init(id);
    assert.equal(await client.add(id, producer, 'missing'), 'UNKNOWN_TOPIC_OR_PARTITION');
    assert.equal((await client.end(id, producer, { commit: true })).code, 'INVALID_TXN_STATE');
  }));

test('a client that names the producer id 0 at its first request may begin again: @platformatic/kafka', () =>
  withBroker(async (client) => {
    const expected = { producerId: 0, producerEpoch: 0 };
    assert.equal((await client.init(id, { expected, version: 5 })).producerEpoch, 0);
    assert.equal((await client.init(id, { expected, version: 5 })).producerEpoch, 1);
  }));

test('who begins while a transaction is open aborts it, is told to try again, and fences its producer', () =>
  withBroker(async (client, { disk, simulation }) => {
    const zombie = await openTransaction(client);
    assert.equal((await client.init(id)).code, 'CONCURRENT_TRANSACTIONS');
    await simulation.clock.sleep(100);
    const successor = await client.init(id);
    assert.deepEqual([successor.code, successor.producerEpoch], ['NONE', 2]);
    assert.equal(await client.add(id, zombie, 'a'), 'PRODUCER_FENCED');
    assert.equal(await client.add(id, zombie, 'a', 1), 'INVALID_PRODUCER_EPOCH');
    assert.equal((await client.end(id, zombie, { commit: true })).code, 'PRODUCER_FENCED');
    assert.equal((await client.end(id, zombie, { commit: true, version: 1 })).code, 'INVALID_PRODUCER_EPOCH');
    assert.equal(
      await client.produce(id, zombie, { topic: 'a', text: 'z', sequence: 1 }),
      'INVALID_PRODUCER_EPOCH',
    );
    assert.equal(await client.commitOffsets(id, zombie, { text: 'z' }), 'INVALID_PRODUCER_EPOCH');
    assert.deepEqual(disk.logs.get('a')!.committed(), []);
    assert.equal((await client.init(id, { expected: zombie, version: 3 })).code, 'INVALID_PRODUCER_EPOCH');
    assert.equal((await client.init(id, { expected: zombie })).code, 'PRODUCER_FENCED');
  }));

test('a transaction that is not ended in time is aborted, and one that is ended is not', () =>
  withBroker(async (client, { disk, simulation, machine }) => {
    const producer = await openTransaction(client);
    // Only time that passes counts.
    machine.clockJump(3_600_000);
    await simulation.clock.sleep(50_000);
    assert.equal(client.statusOf(id), 'Ongoing');
    await simulation.clock.sleep(11_000);
    assert.equal(client.statusOf(id), 'CompleteAbort');
    assert.equal(disk.logs.get('a')!.hasOpenTransaction(), false);
    assert.equal((await client.end(id, producer, { commit: true })).code, 'PRODUCER_FENCED');
    const next = await client.init(id);
    assert.equal(await client.add(id, next, 'a'), 'NONE');
    assert.equal((await client.end(id, next, { commit: true })).code, 'NONE');
    await simulation.clock.sleep(100_000);
    assert.equal(client.statusOf(id), 'CompleteCommit');
  }));

test('the time of a transaction begins with it, not with the one before of the same producer', () =>
  withBroker(async (client, { simulation }) => {
    const producer = await client.init(id);
    await client.add(id, producer, 'a');
    await simulation.clock.sleep(40_000);
    await client.end(id, producer, { commit: true });
    await client.add(id, producer, 'a');
    await simulation.clock.sleep(40_000);
    assert.equal(client.statusOf(id), 'Ongoing');
    await simulation.clock.sleep(21_000);
    assert.equal(client.statusOf(id), 'CompleteAbort');
  }));

test('Produce 12, TxnOffsetCommit 5 and EndTxn 5 add by themselves and raise the epoch: Java 4', () =>
  withBroker(async (client, { disk }) => {
    let producer = await client.init(id, { version: 5 });
    for (const text of ['one', 'two']) {
      const part = { topic: 'a', text, sequence: 0, version: 12 };
      assert.equal(await client.produce(id, producer, part), 'NONE');
      assert.equal(await client.produce(id, producer, { ...part, topic: 'b' }), 'NONE');
      assert.equal(await client.commitOffsets(id, producer, { text, version: 5 }), 'NONE');
      const ended = await client.end(id, producer, { commit: true, version: 5 });
      assert.deepEqual([ended.code, ended.producerEpoch], ['NONE', producer.producerEpoch + 1]);
      assert.deepEqual(await client.end(id, producer, { commit: true, version: 5 }), ended);
      producer = ended;
    }
    for (const log of disk.logs.values()) assert.deepEqual(log.committed(), ['one', 'two']);
    assert.deepEqual(disk.offsets.committed, ['one', 'two']);
  }));

test('one write adds all partitions of a produce request', () =>
  withBroker(async (client) => {
    const producer = await client.init(id);
    const { guard } = client.broker.coordinator;
    const records = batchOf(['x'], { isTransactional: true, ...producer, baseSequence: 0 });
    const parts = [0, 1].map((partition) => ({ topic: 'a', partition, records }));
    const request = { transactionalId: id, version: 12 };
    assert.deepEqual(await guard.ensure(request, parts), [undefined, undefined]);
    // Now they are there, and nothing has to be waited for.
    assert.deepEqual(guard.ensure(request, parts), [undefined, undefined]);
    const stranger = batchOf(['x'], {
      isTransactional: true,
      producerId: 77,
      producerEpoch: 0,
      baseSequence: 0,
    });
    assert.equal(guard.check(request, { ...parts[0]!, records: stranger }), 'INVALID_PRODUCER_ID_MAPPING');
    assert.equal(guard.check(request, { ...parts[0]!, records: batchOf(['plain']) }), undefined);
  }));

test('a partition that was not added is refused in the words of each version', () =>
  withBroker(async (client) => {
    const producer = await client.init(id);
    const code = (version: number) =>
      client.produce(id, producer, { topic: 'a', text: 'x', sequence: 0, version });
    assert.equal(await code(10), 'INVALID_TXN_STATE');
    assert.equal(await code(11), 'TRANSACTION_ABORTABLE');
    assert.equal(await client.commitOffsets(id, producer, { text: 'x', version: 3 }), 'INVALID_TXN_STATE');
    assert.equal(
      await client.commitOffsets(id, producer, { text: 'x', version: 4 }),
      'TRANSACTION_ABORTABLE',
    );
  }));

test('a batch that comes while the end is being decided is refused, and hangs nowhere', () =>
  withBroker(async (client, { disk, simulation }) => {
    const producer = await client.init(id);
    await client.add(id, producer, 'a');
    const produce = (text: string, sequence: number) =>
      client.produce(id, producer, { topic: 'a', text, sequence });
    const ending = client.end(id, producer, { commit: true });
    const inTime = produce('in time', 0);
    await simulation.clock.sleep(0.001);
    assert.equal(client.statusOf(id), 'Ongoing');
    assert.equal(await produce('late', 1), 'NOT_ENOUGH_REPLICAS');
    assert.equal((await ending).code, 'NONE');
    assert.equal(await inTime, 'NONE');
    assert.equal(await produce('later', 1), 'TRANSACTION_ABORTABLE');
    assert.deepEqual(disk.logs.get('a')!.committed(), ['in time']);
    assert.equal(disk.logs.get('a')!.hasOpenTransaction(), false);
  }));

test('offsets that are still being kept when the end comes belong to the transaction', () =>
  withBroker(async (client, { disk }) => {
    const producer = await client.init(id);
    await client.addOffsets(id, producer);
    const keeping = client.commitOffsets(id, producer, { text: 'offset' });
    assert.equal((await client.end(id, producer, { commit: true })).code, 'NONE');
    assert.equal(await keeping, 'NONE');
    assert.deepEqual([disk.offsets.committed, disk.offsets.pending.size], [['offset'], 0]);
  }));

test('a disk that fails for a while delays markers, not the decision', () => {
  let failures = 0;
  const beforeMarker = () => {
    if (failures-- > 0) throw new PartitionError('KAFKA_STORAGE_ERROR', 'the disk fails');
  };
  return withBroker(
    async (client, { disk, simulation }) => {
      const producer = await openTransaction(client);
      failures = 8;
      assert.equal((await client.end(id, producer, { commit: true })).code, 'NONE');
      assert.equal(client.statusOf(id), 'PrepareCommit');
      assert.equal(await client.add(id, producer, 'a'), 'CONCURRENT_TRANSACTIONS');
      assert.equal((await client.init(id)).code, 'CONCURRENT_TRANSACTIONS');
      assert.equal(
        await client.produce(id, producer, { topic: 'a', text: 'x', sequence: 1 }),
        'NOT_ENOUGH_REPLICAS',
      );
      assert.equal(await client.commitOffsets(id, producer, { text: 'x' }), 'COORDINATOR_NOT_AVAILABLE');
      await simulation.clock.sleep(200_000);
      assert.equal(client.statusOf(id), 'CompleteCommit');
      assert.deepEqual(disk.logs.get('a')!.committed(), ['one']);
    },
    { beforeMarker },
  );
});

test('regression: an open transaction outlasts a pause of the broker, and is aborted when its time is over after it', () =>
  withBroker(async (client, { simulation, machine }) => {
    const producer = await openTransaction(client);
    machine.stall(600_000);
    const ended = new Promise((resolve) => {
      const read = () => resolve(client.end(id, producer, { commit: true }).then(({ code }) => code));
      machine.schedule({ label: 'EndTxn is read', detail: '', delayMs: 300_000 }, read);
    });
    assert.equal(await ended, 'NONE');
    await client.add(id, producer, 'a');
    machine.stall(600_000);
    await simulation.clock.sleep(600_000 + 50_000);
    assert.equal(client.statusOf(id), 'Ongoing');
    await simulation.clock.sleep(20_000);
    assert.equal(client.statusOf(id), 'CompleteAbort');
  }));

test('ids that nobody used for a week are forgotten, open ones are not', () =>
  withBroker(async (client, { simulation, machine }) => {
    await client.init('idle');
    machine.clockJump(7 * 24 * 3_600_000);
    const producer = await client.init('open', { timeoutMs: 15 * 60_000 });
    await simulation.clock.sleep(50 * 60_000);
    await client.add('open', producer, 'a');
    machine.clockJump(8 * 24 * 3_600_000);
    await simulation.clock.sleep(11 * 60_000);
    assert.equal(client.statusOf('idle'), '');
    assert.equal(client.statusOf('open'), 'Ongoing');
    assert.equal((await client.init('idle')).producerEpoch, 0);
  }));

test('transactions are listed by state, producer, age and pattern', () =>
  withBroker(async (client, { simulation }) => {
    const open = await client.init('open');
    await client.init('other');
    await client.add('open', open, 'a');
    await simulation.clock.sleep(5_000);
    const list = (filter: object) => {
      const all = {
        stateFilters: [],
        producerIdFilters: [],
        durationFilter: -1,
        transactionalIdPattern: null,
      };
      return client.broker.coordinator.listTransactions({ ...all, ...filter });
    };
    const ids = (filter: object) =>
      list(filter).transactionStates.map(({ transactionalId }) => transactionalId);
    assert.deepEqual(ids({}), ['open', 'other']);
    assert.deepEqual(ids({ stateFilters: ['Ongoing'] }), ['open']);
    assert.deepEqual(list({ stateFilters: ['Dead', 'Lost'] }).unknownStateFilters, ['Lost']);
    assert.deepEqual(ids({ producerIdFilters: [2] }), ['other']);
    assert.deepEqual([ids({ durationFilter: 4_000 }), ids({ durationFilter: 6_000 })], [['open'], []]);
    assert.deepEqual(ids({ transactionalIdPattern: 'the' }), ['other']);
    for (const transactionalIdPattern of ['(', '...'])
      assert.equal(list({ transactionalIdPattern }).errorCode, 128);
    const request = { transactionalIds: ['open', 'none', ''] };
    const { transactionStates } = client.broker.coordinator.describeTransactions(request);
    assert.deepEqual(
      transactionStates.map(({ errorCode }) => errorCode),
      [0, 105, 42],
    );
    assert.deepEqual(transactionStates[0]!.topics, [{ topic: 'a', partitions: [0] }]);
    assert.equal(transactionStates[0]!.transactionTimeoutMs, 60_000);
  }));

test('AddPartitionsToTxn 4 and 5 add to several transactions, or only ask', () =>
  withBroker(async (client) => {
    const [one, two] = [await client.init('one'), await client.init('two')];
    const topics = [{ name: 'a', partitions: [0] }];
    const ask = async (version: number, verifyOnly: boolean) => {
      const transactions = [
        { transactionalId: 'one', ...pick(one), verifyOnly, topics },
        { transactionalId: 'two', ...pick(two), verifyOnly, topics },
        { transactionalId: 'three', ...pick(two), verifyOnly, topics },
      ];
      const v3AndBelow = {
        v3AndBelowTransactionalId: '',
        v3AndBelowProducerId: 0,
        v3AndBelowProducerEpoch: 0,
      };
      const { resultsByTransaction } = await client.broker.coordinator.addPartitionsToTxn(
        { transactions, ...v3AndBelow, v3AndBelowTopics: [] },
        { version },
      );
      return resultsByTransaction!.map(
        ({ topicResults }) => topicResults[0]!.resultsByPartition[0]!.partitionErrorCode,
      );
    };
    assert.deepEqual(await ask(4, true), [48, 48, 49]);
    assert.deepEqual(await ask(5, true), [120, 120, 49]);
    assert.deepEqual(await ask(5, false), [0, 0, 49]);
    assert.deepEqual(await ask(5, true), [0, 0, 49]);
  }));

function pick({ producerId, producerEpoch }: { producerId: number; producerEpoch: number }) {
  return { producerId, producerEpoch };
}

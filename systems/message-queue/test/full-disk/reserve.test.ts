// Who may write while less than the reserve is free: whoever makes room, not who stores more.

import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { cleanUpAfter, type TestContext, temporaryDirectory } from '@cairn/testing';
import { DiskError, realWorld } from '@cairn/world';
import { openMessageQueue } from '../../src/index.ts';
import { batchOfRecords, produce } from '../delays/delay-fixture.ts';
import { batchOf, range, readAll, texts } from '../partition/partition-fixture.ts';

const refused = { code: 'KAFKA_STORAGE_ERROR' };
const reserveBytes = 1_000_000;

/** A broker whose disk has as much room as the test says, measured before each append. */
async function brokerOn(t: TestContext, machine: { freeBytes: number | undefined }) {
  const real = realWorld();
  const freeBytes = async (path: string) => {
    if (machine.freeBytes === undefined) throw new DiskError('io', { operation: 'measure', path });
    return machine.freeBytes;
  };
  const disk = { ...real.disk, freeBytes };
  let nowMs = 0;
  const monotonicMs = () => {
    nowMs += 1_000;
    return nowMs;
  };
  const { nowMs: wallMs, setTimer, nextTurn, sleep } = real.clock;
  const clock = { nowMs: wallMs, monotonicMs, setTimer, nextTurn, sleep };
  const directory = await temporaryDirectory(t);
  const queue = await openMessageQueue({ directory, world: { ...real, disk, clock }, reserveBytes });
  cleanUpAfter(t, () => queue.close());
  return queue;
}

const message = (body: string) => ({ id: body, body, attributes: {}, sender: 'anna' });

describe('below the reserve', () => {
  test('appends are refused, transactions end, and what is there is read and deleted', async (t) => {
    const machine = { freeBytes: (10 * reserveBytes) as number | undefined };
    const queue = await brokerOn(t, machine);
    const partition = await queue.topics.partition(await queue.topics.create({ name: 'events' }), 0);
    await partition.append({ records: batchOf(['before']) });
    const ids = { producerId: 7, producerEpoch: 0 };
    const records = batchOf(['open'], { ...ids, isTransactional: true, baseSequence: 0 });
    await partition.append({ records, transactionalId: 'seven' });
    assert.deepEqual(queue.warnings(), []);

    machine.freeBytes = reserveBytes;
    await assert.rejects(partition.append({ records: batchOf(['refused']) }), refused);
    assert.match(queue.warnings().join(), /less than 1000000 bytes would be left free/);
    await partition.endTransaction({ ...ids, coordinatorEpoch: 0, commit: true });
    assert.deepEqual(texts(await readAll(partition, { committed: true })), ['before', 'open']);
    await partition.deleteRecordsBefore(1);
    assert.equal(partition.startOffset, 1);

    machine.freeBytes = undefined;
    await assert.rejects(partition.append({ records: batchOf(['refused']) }), refused);
    machine.freeBytes = 10 * reserveBytes;
    await partition.append({ records: batchOf(['after']) });
    assert.deepEqual(texts(await readAll(partition)), ['open', 'after']);
    assert.deepEqual(queue.warnings(), []);
  });

  test('sends to queues and delayed records are refused too', async (t) => {
    const machine = { freeBytes: 10 * reserveBytes };
    const queue = await brokerOn(t, machine);
    const jobs = await queue.queues.queue(await queue.queues.create({ name: 'jobs' }));
    await jobs.send([message('before')]);
    const topic = await queue.topics.create({ name: 'later', texts: { 'cairn.delayed': 'true' } });
    const headers = { 'cairn-deliver-at': String(Date.now() + 1_000_000) };
    const later = () => produce(queue, { topic }, batchOfRecords([{ text: 'later', headers }]));
    await later();

    machine.freeBytes = reserveBytes;
    await assert.rejects(jobs.send([message('refused')]));
    await assert.rejects(later(), refused);
  });

  test('appends keep their order while the room is measured', async (t) => {
    const queue = await brokerOn(t, { freeBytes: 10 * reserveBytes });
    const partition = await queue.topics.partition(await queue.topics.create({ name: 'events' }), 0);
    const wanted = range(20).map(String);
    await Promise.all(
      wanted.map((text) => partition.append({ records: batchOf([text.padEnd(1 + 5_000 * Number(text))]) })),
    );
    const seen = await readAll(partition, { bytesMax: 10_000_000 });
    assert.deepEqual(
      texts(seen).map((text) => text.trim()),
      wanted,
    );
  });
});

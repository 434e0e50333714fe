// Fills the small disk that it is given up to what is kept free there, and makes room in each way that there is: nothing else
// gives any back.
//
//   node make-room.ts DIRECTORY

import assert from 'node:assert/strict';
import { statfs } from 'node:fs/promises';
import { openMessageQueue } from '@cairn/message-queue';
import { PartitionError } from '../../src/partition/partition.ts';
import { batchOf } from '../partition/partition-fixture.ts';

const directory = process.argv[2]!;
const reserveBytes = 16 * 2 ** 20;
const open = () => openMessageQueue({ directory: `${directory}/message-queue`, reserveBytes });
type Partition = Awaited<ReturnType<typeof partitionOf>>;

async function freeBytes(): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/** Until a batch is refused, a small one too. */
async function fill(partition: Partition): Promise<void> {
  for (const bytes of [900_000, 60_000, 3_000]) {
    try {
      for (;;) await partition.append({ records: batchOf(['x'.repeat(bytes)]) });
    } catch (error) {
      assert.ok(error instanceof PartitionError && error.code === 'KAFKA_STORAGE_ERROR', `${error}`);
    }
  }
}

/** What the work gives back. */
async function freed(work: () => Promise<unknown>): Promise<number> {
  const before = await freeBytes();
  await work();
  return (await freeBytes()) - before;
}

async function partitionOf(name: string) {
  return queue.topics.partition(queue.topics.find(name)!, 0);
}

let queue = await open();
const texts = { 'segment.bytes': '1048576' };
for (const name of ['retained', 'deleted', 'truncated'])
  await queue.topics.create({ name, partitionCount: 1, texts: { ...texts } });
for (const name of ['retained', 'deleted', 'truncated']) {
  const partition = await partitionOf(name);
  for (let count = 0; count < 10; count++)
    await partition.append({ records: batchOf(['x'.repeat(900_000)], { timestampMs: Date.now() }) });
}
await queue.topics.create({ name: 'filled', partitionCount: 1, texts: { ...texts } });
await fill(await partitionOf('filled'));
const leftBytes = await freeBytes();
assert.ok(leftBytes > reserveBytes - 2 ** 20, `only ${leftBytes} bytes were kept free`);
assert.match(queue.warnings().join(), /producers are refused/);

// A start, and what is kept of topics and queues, find their room.
await queue.close();
queue = await open();
await fill(await partitionOf('filled'));
await queue.queues.create({ name: 'jobs' });
await queue.topics.create({ name: 'new', partitionCount: 1 });
await assert.rejects((await partitionOf('new')).append({ records: batchOf(['x'.repeat(900_000)]) }), {
  code: 'KAFKA_STORAGE_ERROR',
});

const mostBytes = 7 * 2 ** 20;
const truncated = await partitionOf('truncated');
assert.ok((await freed(() => truncated.deleteRecordsBefore(truncated.endOffset))) > mostBytes);
await fill(await partitionOf('filled'));
const retain = async () => {
  await queue.topics.configure(queue.topics.find('retained')!, () => ({ ...texts, 'retention.ms': '0' }));
  await (await partitionOf('retained')).upkeep();
};
assert.ok((await freed(retain)) > mostBytes);
await fill(await partitionOf('filled'));
const remove = async () => {
  await queue.topics.delete(queue.topics.find('deleted')!);
  await queue.topics.filesRemoved();
};
assert.ok((await freed(remove)) > mostBytes);

const filled = await partitionOf('filled');
const before = filled.endOffset;
await filled.append({ records: batchOf(['there is room']) });
assert.deepEqual(queue.warnings(), []);
await queue.close();
console.log(`stored ${before}, then ${before + 1}`);

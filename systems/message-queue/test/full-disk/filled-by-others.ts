// Something else fills the small disk that it is given to its last byte, again and again: what is there is read, a start works, and
// each way to make room makes some.
//
//   node filled-by-others.ts DIRECTORY

import assert from 'node:assert/strict';
import { appendFile, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { openMessageQueue } from '@cairn/message-queue';
import { batchOf } from '../partition/partition-fixture.ts';

const directory = process.argv[2]!;
const reserveBytes = 32 * 2 ** 20;

/** With room that was set aside. */
async function open() {
  const queue = await openMessageQueue({ directory: `${directory}/message-queue`, reserveBytes });
  while (((await stat(`${directory}/message-queue/spare-room`).catch(() => undefined))?.size ?? 0) < 2 ** 18)
    await new Promise((resolve) => setTimeout(resolve, 5));
  return queue;
}

async function freeBytes(): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

const others = `${directory}/of-others`;
/** To the last byte. */
async function fillByOthers(): Promise<void> {
  for (let bytes = 2 ** 20; bytes > 0; )
    await appendFile(others, Buffer.alloc(bytes)).catch((error: NodeJS.ErrnoException) => {
      assert.equal(error.code, 'ENOSPC');
      bytes = Math.floor(bytes / 2);
    });
  assert.equal(await freeBytes(), 0);
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

/** A start, while there is no byte left, after one with room. */
async function restart(): Promise<void> {
  await rm(others);
  await queue.close();
  queue = await open();
  await fillByOthers();
  await queue.close();
  await fillByOthers();
  queue = await open();
  await fillByOthers();
}

await writeFile(others, '');
let queue = await open();
const texts = { 'segment.bytes': '1048576' };
const names = ['retained', 'deleted', 'truncated'];
for (const name of names) {
  await queue.topics.create({ name, partitionCount: 1, texts: { ...texts } });
  const partition = await partitionOf(name);
  for (let count = 0; count < 10; count++)
    await partition.append({ records: batchOf(['x'.repeat(900_000)], { timestampMs: Date.now() }) });
}
const definition = await queue.queues.create({ name: 'jobs' });
const jobs = async () => queue.queues.queue(definition);
await (await jobs()).send([{ id: 'a', body: 'before', attributes: {}, sender: 's' }] as never);

const mostBytes = 7 * 2 ** 20;
const ways: Record<string, () => Promise<void>> = {
  truncated: async () => {
    const truncated = await partitionOf('truncated');
    await truncated.deleteRecordsBefore(truncated.endOffset);
  },
  retained: async () => {
    await queue.topics.configure(queue.topics.find('retained')!, () => ({ ...texts, 'retention.ms': '0' }));
    await (await partitionOf('retained')).upkeep();
  },
  deleted: async () => {
    await queue.topics.delete(queue.topics.find('deleted')!);
    await queue.topics.filesRemoved();
  },
};
for (const [name, makeRoom] of Object.entries(ways)) {
  await restart();
  const partition = await partitionOf(name);
  // Consumers go on, producers are told to try again.
  const read = await partition.read({ offset: 0, bytesMax: 1_000, atLeastOne: true, committed: false });
  assert.equal(read.records.length, 1);
  const [received] = await (await jobs()).receive({ max: 1, waitMs: 0, visibilityMs: 0 });
  assert.equal(received?.message.body, 'before');
  await assert.rejects(partition.append({ records: batchOf(['no room']) }), { code: 'KAFKA_STORAGE_ERROR' });
  assert.match(queue.warnings().join(), /producers are refused/);
  assert.ok((await freed(makeRoom)) > mostBytes, name);
}
await rm(others);
const last = await partitionOf('truncated');
const before = last.endOffset;
await new Promise((resolve) => setTimeout(resolve, 600));
await last.append({ records: batchOf(['there is room']) });
assert.deepEqual(queue.warnings(), []);
await queue.close();
console.log(`stored ${before}, then ${before + 1}`);

// Messages of a queue that rot, or cannot be read for a while: all others are given, once, and what is in flight stays so.

import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { cleanUpAfter, temporaryDirectory } from '@cairn/testing';
import { type Disk, DiskError, type DiskFile, realWorld, type World } from '@cairn/world';
import type { Queue, ReceivedMessage } from '../../src/queues/queue.ts';
import { placeOf, withUnreadable } from '../partition/unreadable-places.ts';
import { openQueues } from './sqs-fixture.ts';

const kinds = [
  { name: 'jobs', attributes: {} },
  { name: 'jobs.fifo', attributes: { FifoQueue: 'true' } },
] as const;

/** The real world, in which so many reads of segments fail as are to. */
function worldOfFailingReads(): { world: World; failing: { reads: number } } {
  const { disk, ...rest } = realWorld();
  const failing = { reads: 0 };
  const check = (path: string): void => {
    if (failing.reads === 0 || !path.endsWith('.segment')) return;
    failing.reads--;
    throw new DiskError('io', { operation: 'read', path });
  };
  const failingFile = (file: DiskFile): DiskFile =>
    new Proxy(file, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        // What cannot be read is not in memory.
        if (name === 'readCached' && failing.reads > 0) return () => 0;
        if (name !== 'read' && name !== 'readNow') return value.bind(target);
        return (...call: unknown[]) => {
          check(target.path);
          return value.apply(target, call);
        };
      },
    });
  const failingDisk = new Proxy(disk, {
    get(target, name) {
      if (name === 'open')
        return async (...call: Parameters<Disk['open']>) => failingFile(await target.open(...call));
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { world: { ...rest, disk: failingDisk }, failing };
}

async function rot(directory: string, text: string): Promise<void> {
  const [folder] = await readdir(`${directory}/queues`);
  const path = `${directory}/queues/${folder}/000000000001.segment`;
  const bytes = await readFile(path);
  const at = bytes.indexOf(text);
  assert.ok(at > 0, `${text} is in the log`);
  bytes[at]! ^= 0xff;
  await writeFile(path, bytes);
}

async function openQueue(
  context: TestContext,
  directory: string,
  { kind, world, start = 1 }: { kind: (typeof kinds)[number]; world?: World; start?: number },
) {
  const { queues, close } = await openQueues(directory, { start, ...(world && { world }) });
  cleanUpAfter(context, close);
  const definition = await queues.create(kind);
  const queue = async (): Promise<Queue> => queues.queue(definition);
  return { queue, close, queues };
}

/** Each by itself, and of a group of its own. */
async function send(queue: Queue, bodies: readonly string[]): Promise<void> {
  for (const body of bodies)
    await queue.send([{ id: body, body, attributes: {}, sender: 's', group: body, deduplicationId: body }]);
}

/** Until nothing comes any more. */
async function receiveAll(queue: Queue): Promise<readonly ReceivedMessage[]> {
  const all: ReceivedMessage[] = [];
  for (;;) {
    const some = await queue.receive({ max: 10, waitMs: 0, visibilityMs: 3_600_000 });
    if (some.length === 0) return all;
    all.push(...some);
  }
}

const bodiesOf = (received: readonly ReceivedMessage[]) => received.map(({ message: { body } }) => body);
const bodies = ['body-0', 'body-1', 'body-2', 'body-3', 'body-4'];

for (const kind of kinds) {
  test(`regression: ${kind.name} opens with a rotten message, and all others are received`, async (context) => {
    const directory = await temporaryDirectory(context);
    const before = await openQueue(context, directory, { kind });
    await send(await before.queue(), bodies);
    await before.close();
    await rot(directory, 'body-2');
    const after = await openQueue(context, directory, { kind, start: 2 });
    const queue = await after.queue();
    await send(queue, ['new']);
    assert.deepEqual(bodiesOf(await receiveAll(queue)), ['body-0', 'body-1', 'body-3', 'body-4', 'new']);
    await queue.upkeep();
    assert.equal(await after.queue(), queue, 'it stayed open');
    assert.equal(queue.counts().waiting, 1, 'what is damaged is not gone');
  });

  test(`regression: the last message of ${kind.name} is rotten, and those before it are received`, async (context) => {
    const directory = await temporaryDirectory(context);
    const before = await openQueue(context, directory, { kind });
    await send(await before.queue(), bodies);
    await before.close();
    await rot(directory, 'body-4');
    const queue = await (await openQueue(context, directory, { kind, start: 2 })).queue();
    assert.deepEqual(bodiesOf(await receiveAll(queue)), bodies.slice(0, 4));
  });

  test(`regression: upkeep of ${kind.name} keeps rotten messages that may be young enough`, async (context) => {
    const directory = await temporaryDirectory(context);
    const before = await openQueue(context, directory, { kind });
    await send(await before.queue(), bodies);
    await before.close();
    await rot(directory, 'body-0');
    const queue = await (await openQueue(context, directory, { kind, start: 2 })).queue();
    await queue.upkeep();
    assert.equal(queue.counts().waiting, bodies.length);
    assert.deepEqual(bodiesOf(await receiveAll(queue)), bodies.slice(1));
  });

  test(`regression: a message of ${kind.name} that rots while the queue is open costs no other one`, async (context) => {
    const directory = await temporaryDirectory(context);
    const { queue: find } = await openQueue(context, directory, { kind });
    const queue = await find();
    await send(queue, bodies);
    const [first] = await queue.receive({ max: 1, waitMs: 0, visibilityMs: 0 });
    assert.equal(first!.message.body, 'body-0', 'all were taken up');
    await rot(directory, 'body-0');
    assert.deepEqual(bodiesOf(await receiveAll(queue)).sort(), bodies.slice(1));
    assert.equal(await find(), queue, 'it stayed open');
  });

  test(`regression: a message of ${kind.name} on a bad sector is passed over, and all others are received`, async (context) => {
    const directory = await temporaryDirectory(context);
    const long = (body: string) => body.padEnd(9_000, '.');
    const before = await openQueue(context, directory, { kind });
    await send(await before.queue(), bodies.map(long));
    await before.close();
    const [folder] = await readdir(`${directory}/queues`);
    const path = `${directory}/queues/${folder}/000000000001.segment`;
    const { at, ...place } = await placeOf(realWorld(), { path, text: long('body-2') });
    const world = withUnreadable(realWorld(), [{ ...place, at: at + 4_500 }]);
    const after = await openQueue(context, directory, { kind, world, start: 2 });
    const received = await receiveAll(await after.queue());
    assert.deepEqual(bodiesOf(received), ['body-0', 'body-1', 'body-3', 'body-4'].map(long));
  });

  test(`regression: a read of ${kind.name} that fails is told to who receives, and to nobody else`, async (context) => {
    const directory = await temporaryDirectory(context);
    const { world, failing } = worldOfFailingReads();
    const { queue: find } = await openQueue(context, directory, { kind, world });
    const queue = await find();
    await send(queue, ['body-0']);
    assert.deepEqual(bodiesOf(await receiveAll(queue)), ['body-0']);
    await send(queue, ['body-1']);
    // The read itself, and the tries that tell a place that cannot be read from a failure that passes.
    failing.reads = 4;
    await assert.rejects(queue.receive({ max: 10, waitMs: 0 }), { code: 'KAFKA_STORAGE_ERROR' });
    assert.equal(failing.reads, 0);
    assert.equal(await find(), queue, 'it stayed open');
    assert.deepEqual(bodiesOf(await receiveAll(queue)), ['body-1'], 'what is in flight is not given again');
  });
}

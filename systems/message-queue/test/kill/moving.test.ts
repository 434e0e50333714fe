// kill -9 while segments are moved to a blobs engine: all that was acknowledged is read, from wherever it is, and the engine
// has nothing but what the partition knows of.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { openMessageQueue } from '@cairn/message-queue';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { readRemoteList } from '../../src/remote/remote-list.ts';
import { readAll } from '../partition/partition-fixture.ts';
import { openTiered } from '../tiering/tiered-topic.ts';
import { movedText, movedTopic } from './moved-topic.ts';

const mover = fileURLToPath(new URL('./mover.ts', import.meta.url));
/** Lines of the process after which it is killed: in one round between moves, in another within one. */
const rounds = [60, 75, 33, 90];

async function moveAndKill(
  folders: readonly [string, string],
  round: number,
): Promise<ReadonlyMap<number, string>> {
  const child = spawn(process.execPath, [mover, ...folders, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acknowledged = new Map<number, string>();
  const exited = once(child, 'exit');
  let [lines, moves] = [0, 0];
  for await (const line of createInterface({ input: child.stdout })) {
    lines += 1;
    const acked = /^acked (\d+) (\d+) (\d+)$/.exec(line);
    if (acked !== null) acknowledged.set(Number(acked[1]), movedText(acked[2]!, Number(acked[3])));
    // The first ones are copied while nothing has to leave the folder yet.
    else if (line !== 'moved 0') moves += 1;
    if (lines >= rounds[round]! && moves > 0) child.kill('SIGKILL');
  }
  await exited;
  return acknowledged;
}

const blobsIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('.tmp'))
    .map(({ name }) => name)
    .toSorted();

test('what was acknowledged outlives kill -9 while it is moved, and no blob is left behind', async (t) => {
  const folders = [await temporaryDirectory(t), await temporaryDirectory(t)] as const;
  const [directory, folder] = folders;
  const acknowledged = new Map<number, string>();
  for (const round of rounds.keys()) {
    for (const [offset, text] of await moveAndKill(folders, round)) acknowledged.set(offset, text);
    const queue = await openMessageQueue({ directory, blobsUrl: `file:${folder}` });
    const topic = queue.topics.find(movedTopic.name)!;
    const { partition, tiers } = await openTiered(topic, queue.topics);
    assert.ok(tiers.localStartOffset > 0, 'something was moved');
    const found = new Map(
      (await readAll(partition, { bytesMax: 500_000 })).map(({ offset, text }) => [offset, text]),
    );
    assert.equal(found.size, partition.endOffset);
    for (const [offset, text] of acknowledged) assert.ok(found.get(offset) === text, `offset ${offset}`);
    await tiers.step(new AbortController().signal);
    const { disk } = realWorld();
    const place = `${queue.partitionsDirectory}/${topic.topicId}/0`;
    const list = await readRemoteList(disk, place, await disk.list(place));
    const named = list!.segments.map(({ name }) => name.split('/').at(-1)!).toSorted();
    assert.deepEqual(blobsIn(folder), named);
    await queue.close();
  }
});

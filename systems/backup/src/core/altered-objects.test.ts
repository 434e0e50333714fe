// Every object of a repository, altered in each byte, cut short, emptied: what is read says so by name, or is
// right all the same, and nothing is overwritten.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realWorld } from '@cairn/world';
import type { MemoryBlobs } from '../../test/memory-blobs.ts';
import {
  memoryRepository,
  openTestRepository,
  storeChunks,
  testSnapshot,
} from '../../test/memory-repository.ts';
import { BackupError } from '../errors.ts';
import { copiedName, copyName, objectName } from '../format/object-names.ts';
import { encodeCondemned } from '../format/records/condemned.ts';
import { encodeVerdict } from '../format/records/verdict.ts';
import { forgetSnapshots } from './forget-snapshots.ts';

const world = realWorld();
const create = { purpose: 'create', host: 'h', user: 'u' } as const;
const text = 'a chunk of a snapshot';

/** One object of every kind. */
async function wholeRepository(): Promise<MemoryBlobs> {
  const { repository, blobs } = await memoryRepository();
  const [id] = await Promise.all([commit(), commit()]);
  await forgetSnapshots(repository, [id]);
  await repository.openSession(create);
  const condemned = encodeCondemned({ session: id, packs: [] });
  await repository.objects.putIfAbsent({ kind: 'condemned', name: objectName('condemned', id) }, condemned);
  const verdict = encodeVerdict({ packs: [] });
  await repository.objects.putIfAbsent({ kind: 'verdict', name: objectName('verdicts', id) }, verdict);
  return blobs;

  async function commit(): Promise<string> {
    const session = await repository.openSession(create);
    const fingerprints = await storeChunks(repository, session, [Buffer.from(text)]);
    assert.equal(await session.commit(testSnapshot(fingerprints)), 'committed');
    return session.id;
  }
}

/** Opens, lists and reads everything: the texts of all snapshots, and the names of what was found damaged. */
async function readEverything(blobs: MemoryBlobs): Promise<{ texts: string[]; damaged: string[] }> {
  const repository = await openTestRepository({ blobs, world });
  const { snapshots, damaged } = await repository.snapshots();
  const index = await repository.index();
  const texts: string[] = [];
  for (const { root } of snapshots) {
    const chunks = await Array.fromAsync(repository.readChunks(root.fingerprints));
    texts.push(Buffer.concat(chunks).toString());
  }
  return { texts, damaged: [...damaged, ...index.damaged].map(({ name }) => name) };
}

function hasCopy(name: string): boolean {
  return copiedName(name) !== undefined || copiedName(copyName(name)) === name;
}

/** What may be said of an altered object: its name, or for key files that the password is wrong. */
function assertNamed(error: unknown, name: string): void {
  assert(error instanceof BackupError, `${error}`);
  if (error.code === 'wrong-password' && name.startsWith('keys/')) return;
  assert(['damaged', 'unknown-format', 'no-repository'].includes(error.code), `${name}: ${error.message}`);
  const named = error.message.includes(name) || error.code === 'no-repository';
  assert(named, `${name} is not named: ${error.message}`);
}

async function assertHurtIsNamed(blobs: MemoryBlobs, name: string, what: string): Promise<void> {
  const before = blobs.snapshot();
  try {
    const { texts, damaged } = await readEverything(blobs);
    if (damaged.length > 0) assert.deepEqual(damaged, [name], what);
    else assert.deepEqual(texts, [text], `${what}: what is read is right, or an error`);
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    assert(!hasCopy(name), `${what}: its second copy is read in its place, not ${error}`);
    assertNamed(error, name);
  }
  assert.deepEqual([...blobs.snapshot()], [...before], `${what}: nothing is overwritten`);
}

test('every byte of every small object', async () => {
  const blobs = await wholeRepository();
  const whole = blobs.snapshot();
  // What nobody reads who only reads is left out: sessions, tombstones.
  const names = blobs.names().filter((name) => !/^(sessions|tombstones)\//.test(name));
  assert(names.length >= 11, `${names}`);
  for (const name of names) {
    const length = blobs.bytesOf(name).length;
    assert(length < 2_000, `${name} has ${length} bytes`);
    for (let at = 0; at < length; at++) {
      blobs.alter(name, (bytes) => bytes.fill(bytes[at]! ^ (1 << (at % 8)), at, at + 1));
      await assertHurtIsNamed(blobs, name, `${name} with byte ${at} altered`);
      blobs.restore(whole);
    }
  }
});

test('every object cut short, grown, emptied, or another’s', async () => {
  const blobs = await wholeRepository();
  const whole = blobs.snapshot();
  for (const name of blobs.names().filter((other) => !/^(sessions|tombstones)\//.test(other))) {
    const changes: Record<string, (bytes: Uint8Array) => Uint8Array> = {
      'cut short': (bytes) => bytes.subarray(0, -1),
      halved: (bytes) => bytes.subarray(0, bytes.length >> 1),
      emptied: () => new Uint8Array(0),
      grown: (bytes) => Buffer.concat([bytes, Buffer.of(0)]),
    };
    for (const other of blobs.names())
      if (other !== name) changes[`as ${other}`] = () => blobs.bytesOf(other);
    for (const [change, make] of Object.entries(changes)) {
      blobs.alter(name, make);
      await assertHurtIsNamed(blobs, name, `${name} ${change}`);
      blobs.restore(whole);
    }
  }
});

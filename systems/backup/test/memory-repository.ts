// A repository in memory for tests, and the shortest way to put chunks into it.

import type { Blobs } from '@cairn/engines';
import { realWorld, type World } from '@cairn/world';
import { type InitOptions, initRepository } from '../src/core/init-repository.ts';
import { type OpenOptions, openRepository } from '../src/core/open-repository.ts';
import type { Repository, WriterSession } from '../src/core/repository.ts';
import type { Snapshot } from '../src/format/snapshot-record.ts';
import { stretchPasswordInPlace } from '../src/keys/stretch-password.ts';
import { createFingerprinter, fingerprintBytes } from '../src/packing/fingerprinter.ts';
import { PackWriter } from '../src/packing/pack-writer.ts';
import type { PackType, SealedPack } from '../src/packing/sealed-pack.ts';
import { MemoryBlobs } from './memory-blobs.ts';

export const testPassword = 'correct horse';
/** argon2id at its cheapest, on the calling thread: the same in a simulation. */
export const testCost = { memoryKiB: 8, passes: 1, lanes: 1 };

export type MemoryRepositoryOptions = {
  readonly world?: World;
  readonly blobs?: MemoryBlobs;
  readonly parameters?: InitOptions['parameters'];
};

export async function memoryRepository(
  options: MemoryRepositoryOptions = {},
): Promise<{ repository: Repository; blobs: MemoryBlobs; world: World }> {
  const { world = realWorld() } = options;
  const blobs = options.blobs ?? new MemoryBlobs({ clock: world.clock });
  await initTestRepository({ blobs, world, ...(options.parameters && { parameters: options.parameters }) });
  return { repository: await openTestRepository({ blobs, world }), blobs, world };
}

export function initTestRepository(
  options: { readonly blobs: Blobs; readonly world: World } & Partial<InitOptions>,
): Promise<{ readonly id: string; readonly keyId: string }> {
  const stretch = stretchPasswordInPlace;
  const defaults = { password: testPassword, host: 'test-host', user: 'tester', cost: testCost, stretch };
  return initRepository({ ...defaults, ...options });
}

/** A call that fails is given up at the third time. */
export function openTestRepository(
  options: { readonly blobs: Blobs; readonly world: World } & Partial<OpenOptions>,
): Promise<Repository> {
  const defaults = { password: testPassword, stretch: stretchPasswordInPlace, patienceMs: 0 };
  return openRepository({ ...defaults, ...options });
}

/** One sealed pack of these chunks, and their fingerprints (n x 32 bytes). */
export function sealTestPack(
  { config, keyring, world }: Pick<Repository, 'config' | 'keyring' | 'world'>,
  chunks: readonly Uint8Array[],
  type: PackType = 'data',
): { pack: SealedPack; fingerprints: Uint8Array } {
  const fingerprinter = createFingerprinter(config, keyring);
  const fingerprints = new Uint8Array(chunks.length * fingerprintBytes);
  const writer = new PackWriter({ config, keyring, type, newSalt: () => world.random.bytes(32) });
  for (const [index, chunk] of chunks.entries()) {
    fingerprinter(chunk, fingerprints, index * fingerprintBytes);
    writer.add(fingerprints.subarray(index * fingerprintBytes, (index + 1) * fingerprintBytes), chunk);
  }
  return { pack: writer.finish()!, fingerprints };
}

/** Stores the chunks in one pack; their fingerprints. */
export async function storeChunks(
  repository: Repository,
  session: WriterSession,
  chunks: readonly Uint8Array[],
  type: PackType = 'data',
): Promise<Uint8Array> {
  const { pack, fingerprints } = sealTestPack(repository, chunks, type);
  await session.addPack(pack);
  return fingerprints;
}

/** A snapshot whose root is `fingerprints`, whatever they hold. */
export function testSnapshot(
  fingerprints: Uint8Array,
  changes: Partial<Snapshot> = {},
): Omit<Snapshot, 'kind' | 'id'> {
  return {
    time: '2026-11-29T12:00:00.000000001Z',
    host: 'test-host',
    user: 'tester',
    paths: ['/home'],
    tags: [],
    excludes: [],
    root: { kind: 'chunks', fingerprints, lengthBytes: 1 },
    users: {},
    groups: {},
    program: 'test',
    summary: {
      files: 0,
      directories: 0,
      bytes: 0,
      filesNew: 0,
      filesChanged: 0,
      filesUnmodified: 0,
      errors: 0,
      chunksNew: 0,
      bytesAdded: 0,
      durationMs: 0,
    },
    ...changes,
  };
}

// A repository in memory with snapshots that are made by hand.

import type { Repository } from '../src/core/repository.ts';
import type { Snapshot } from '../src/format/snapshot-record.ts';
import { packBytesLowest } from '../src/limits.ts';
import { createFingerprinter } from '../src/packing/fingerprinter.ts';
import type { MemoryBlobs } from './memory-blobs.ts';
import { memoryRepository, storeChunks } from './memory-repository.ts';
import { type SampleEntry, SampleManifest } from './sample-manifest.ts';

export type SampleRepository = {
  readonly repository: Repository;
  readonly blobs: MemoryBlobs;
  /** Stores a snapshot of `children`, in packs of `chunksPerPack`. */
  add(children: readonly SampleEntry[], options?: AddOptions): Promise<Snapshot>;
};

type AddOptions = {
  readonly chunksPerPack?: number;
  readonly inlineBytes?: number;
  /** Leaves chunks out that it says true to. */
  readonly without?: (chunk: Uint8Array) => boolean;
};

export async function sampleRepository(
  parameters: NonNullable<Parameters<typeof memoryRepository>[0]>['parameters'] = {},
): Promise<SampleRepository> {
  const { repository, blobs } = await memoryRepository({
    parameters: { compressionLevel: 1, ...parameters },
  });
  return { repository, blobs, add: (children, options) => add(repository, children, options) };
}

async function add(
  repository: Repository,
  children: readonly SampleEntry[],
  { chunksPerPack = 1000, inlineBytes = 64 * 1024, without = () => false }: AddOptions = {},
): Promise<Snapshot> {
  const fingerprinter = createFingerprinter(repository.config, repository.keyring);
  const fingerprint = (chunk: Uint8Array) => {
    const target = new Uint8Array(32);
    fingerprinter(chunk, target);
    return target;
  };
  const manifest = new SampleManifest({ inlineBytes, fingerprint });
  const { kind: _, id: __, ...snapshot } = manifest.snapshot(children);
  const session = await repository.openSession({ purpose: 'create', host: 'host', user: 'user' });
  const chunks = [...manifest.chunks.values()].filter((chunk) => !without(chunk));
  for (const pack of packsOf(chunks, chunksPerPack)) await storeChunks(repository, session, pack);
  await session.commit(snapshot);
  const { snapshots } = await repository.snapshots();
  return snapshots.find(({ id }) => id === session.id)!;
}

/** Runs of chunks that fit in a pack, whatever its size is. */
function* packsOf(chunks: readonly Uint8Array[], countMax: number): Iterable<readonly Uint8Array[]> {
  let pack: Uint8Array[] = [];
  let bytes = 0;
  for (const chunk of chunks) {
    if (pack.length > 0 && (pack.length === countMax || bytes + chunk.length > packBytesLowest / 2)) {
      yield pack;
      pack = [];
      bytes = 0;
    }
    pack.push(chunk);
    bytes += chunk.length;
  }
  if (pack.length > 0) yield pack;
}

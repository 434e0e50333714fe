// Trees made by hand in a repository, as `create` would have stored them: for tests of what reads and rewrites whole snapshots.
//
//   const { repository, blobs } = await memoryRepository();
//   const id = await storeTree(repository, [directory('home', [file('a', 'contents')])]);

import assert from 'node:assert/strict';
import type { Repository, WriterSession } from '../src/core/repository.ts';
import { objectName } from '../src/format/object-names.ts';
import type { Snapshot } from '../src/format/snapshot-record.ts';
import type { ChunkLocation } from '../src/packing/chunk-location.ts';
import { createFingerprinter, fingerprintBytes } from '../src/packing/fingerprinter.ts';
import type { PackType } from '../src/packing/sealed-pack.ts';
import { storeChunks } from './memory-repository.ts';
import { type SampleEntry, SampleManifest } from './sample-manifest.ts';

export type StoreTreeOptions = {
  /** Of the manifest: directories of at least `inlineBytes` lie on their own, in chunks of `chunkBytes`. */
  readonly inlineBytes?: number;
  readonly chunkBytes?: number;
  /** Data chunks in one pack; all in one when absent. */
  readonly chunksPerPack?: number;
  readonly snapshot?: Partial<Omit<Snapshot, 'root'>>;
};

/** Commits a snapshot of these entries below `/`; resolves to its id. */
export async function storeTree(
  repository: Repository,
  entries: readonly SampleEntry[],
  options: StoreTreeOptions = {},
): Promise<string> {
  const manifest = new KeyedManifest(repository, options);
  const { kind: _kind, id: _id, ...snapshot } = manifest.snapshot(entries);
  const session = await repository.openSession({ purpose: 'create', host: 'host', user: 'user' });
  const data = dataChunks(entries);
  const dataKeys = new Set(data.map((chunk) => hex(manifest.fingerprint(chunk))));
  const isNew = ([key]: readonly [string, Uint8Array]) => !session.index.isKnown(Buffer.from(key, 'hex'));
  const chunks = [...manifest.chunks].filter(isNew);
  await store(
    repository,
    session,
    'data',
    chunks.filter(([key]) => dataKeys.has(key)),
    options.chunksPerPack,
  );
  await store(
    repository,
    session,
    'manifest',
    chunks.filter(([key]) => !dataKeys.has(key)),
  );
  assert.equal(await session.commit({ ...snapshot, ...options.snapshot }), 'committed');
  return session.id;
}

async function store(
  repository: Repository,
  session: WriterSession,
  type: PackType,
  chunks: readonly (readonly [string, Uint8Array])[],
  perPack = Number.POSITIVE_INFINITY,
): Promise<void> {
  for (let start = 0; start < chunks.length; start += perPack) {
    const some = chunks.slice(start, start + perPack).map(([, bytes]) => bytes);
    await storeChunks(repository, session, some, type);
  }
}

/** Names chunks as the repository does. */
class KeyedManifest extends SampleManifest {
  readonly #fingerprint: (chunk: Uint8Array) => Uint8Array;

  constructor({ config, keyring }: Repository, { inlineBytes, chunkBytes }: StoreTreeOptions) {
    const fingerprinter = createFingerprinter(config, keyring);
    const fingerprint = (chunk: Uint8Array): Uint8Array => {
      const bytes = new Uint8Array(fingerprintBytes);
      fingerprinter(chunk, bytes);
      return bytes;
    };
    super({
      fingerprint,
      ...(inlineBytes === undefined ? {} : { inlineBytes }),
      ...(chunkBytes === undefined ? {} : { chunkBytes }),
    });
    this.#fingerprint = fingerprint;
  }

  fingerprint(chunk: Uint8Array): Uint8Array {
    return this.#fingerprint(chunk);
  }
}

/** The fingerprint of a chunk of these bytes. */
export function fingerprintOf(repository: Repository, content: string | Uint8Array): Uint8Array {
  return new KeyedManifest(repository, {}).fingerprint(Buffer.from(content));
}

/** The name of the pack that holds a chunk of these bytes, and where in it. */
export async function placeOf(
  repository: Repository,
  content: string | Uint8Array,
): Promise<ChunkLocation & { readonly pack: string }> {
  const location = (await repository.index({ refresh: true })).locate(fingerprintOf(repository, content));
  assert(location !== undefined, `no chunk is ${content}`);
  return { ...location, pack: objectName('packs', location.packId) };
}

function dataChunks(entries: readonly SampleEntry[]): readonly Uint8Array[] {
  return entries.flatMap(({ chunks = [], children = [] }) => [...chunks, ...dataChunks(children)]);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

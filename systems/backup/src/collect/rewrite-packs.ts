// C2 of DESIGN.md: copies the chunks that are needed out of packs that hold too much that is not. Chunks go over as they are stored,
// compressed as they are; only the seal is new. Memory: one read, and two packs of each type.

import { fetchFromStore } from '../core/reading/fetch-range.ts';
import type { ChunkIndex, Repository, WriterSession } from '../core/repository.ts';
import { fingerprintBytes } from '../format/chunk-entry.ts';
import { chunkLocation, PackReader } from '../packing/open-pack.ts';
import { PackBuffers } from '../packing/pack-buffers.ts';
import { type PackEntries, packSaltBytes } from '../packing/pack-layout.ts';
import { PackWriter } from '../packing/pack-writer.ts';
import type { PackType } from '../packing/sealed-pack.ts';
import type { PackUse } from './plan-collection.ts';

export type RewriteOptions = {
  readonly uses: readonly PackUse[];
  /** That `uses` were planned with. */
  readonly index: ChunkIndex;
  readonly signal?: AbortSignal | undefined;
  readonly onRewritten: (use: PackUse) => void;
};

/** Reads past so many bytes that are not needed rather than asking twice. */
const gapBytesMax = 128 * 1024;
const readBytesMax = 8 * 1024 * 1024;
/** Data and manifests, and one being uploaded. */
const packsMax = 3;

/**
 * Those that were rewritten: not one that another collector deleted meanwhile. When it resolves all copies are durable and index objects name them. Rejects with `damaged`, naming the pack, at the first chunk
 * that is not what was sealed; what was copied by then is kept.
 */
export async function rewritePacks(
  repository: Repository,
  session: WriterSession,
  options: RewriteOptions,
): Promise<readonly PackUse[]> {
  const rewriting = new PackRewriting(repository, session, options.index);
  const rewritten: PackUse[] = [];
  try {
    for (const use of options.uses) {
      options.signal?.throwIfAborted();
      if (!(await rewriting.copy(use))) continue;
      rewritten.push(use);
      options.onRewritten(use);
    }
  } finally {
    await rewriting.finish();
  }
  return rewritten;
}

/** Entries from `first` to before `end`, read in one request. */
type Run = { readonly first: number; readonly end: number };

class PackRewriting {
  readonly #repository: Repository;
  readonly #session: WriterSession;
  readonly #index: ChunkIndex;
  readonly #reader: PackReader;
  readonly #buffers: PackBuffers;
  readonly #writers: Readonly<Record<PackType, PackWriter>>;
  /** The upload under way: one, while the next pack fills. */
  #upload: Promise<void> = Promise.resolve();

  constructor(repository: Repository, session: WriterSession, index: ChunkIndex) {
    const { config, keyring, world } = repository;
    this.#repository = repository;
    this.#session = session;
    this.#index = index;
    this.#reader = new PackReader(config, keyring);
    this.#buffers = PackBuffers.create(config.packBytes, packsMax);
    const newSalt = () => world.random.bytes(packSaltBytes);
    const writerOf = (type: PackType) =>
      new PackWriter({ config, keyring, type, newSalt, buffers: this.#buffers });
    this.#writers = { data: writerOf('data'), manifest: writerOf('manifest') };
  }

  /** False when the pack is gone. */
  async copy(use: PackUse): Promise<boolean> {
    const contents = this.#index.contentsOf(use.pack.id)!;
    for (const run of runsOf(use.home, contents)) {
      const bytes = await this.#read(use, contents, run);
      if (bytes === undefined) return false;
      for (let ordinal = run.first; ordinal < run.end; ordinal += 1) {
        if (use.home[ordinal] === 1) await this.#copyChunk(use, contents, { ordinal, run, bytes });
      }
    }
    return true;
  }

  async finish(): Promise<void> {
    for (const writer of Object.values(this.#writers)) await this.#store(writer);
    await this.#upload;
    await this.#session.flush();
  }

  async #read({ pack }: PackUse, contents: PackEntries, { first, end }: Run): Promise<Buffer | undefined> {
    const start = contents.offsets[first]!;
    const length = contents.offsets[end - 1]! + contents.storedBytes[end - 1]! - start;
    const { blobs, world } = this.#repository;
    return fetchFromStore({ blobs, world, cache: undefined }, { packId: pack.id, start, length });
  }

  async #copyChunk(
    { pack }: PackUse,
    contents: PackEntries,
    { ordinal, run, bytes }: { readonly ordinal: number; readonly run: Run; readonly bytes: Buffer },
  ): Promise<void> {
    const location = chunkLocation(pack, contents, ordinal);
    const start = location.offset - contents.offsets[run.first]!;
    const stored = this.#reader.openStored(location, bytes.subarray(start, start + location.storedBytes));
    const writer = this.#writers[pack.type];
    if (!writer.hasRoomFor(location.rawBytes)) await this.#store(writer);
    const at = ordinal * fingerprintBytes;
    const { rawBytes, compressed } = location;
    writer.addStored(contents.fingerprints.subarray(at, at + fingerprintBytes), stored, {
      rawBytes,
      compressed,
    });
  }

  async #store(writer: PackWriter): Promise<void> {
    const pack = writer.finish();
    if (pack === undefined) return;
    await this.#upload;
    this.#upload = this.#session.addPack(pack).then(() => {
      this.#buffers.giveBack(pack.bytes);
    });
    // Whoever waits for it next hears of its failure.
    this.#upload.catch(() => {});
  }
}

function* runsOf(home: Uint8Array, { offsets, storedBytes }: PackEntries): Generator<Run, void, undefined> {
  let first = -1;
  let last = -1;
  const endOf = (ordinal: number) => offsets[ordinal]! + storedBytes[ordinal]!;
  for (let ordinal = home.indexOf(1); ordinal >= 0; ordinal = home.indexOf(1, ordinal + 1)) {
    const isNear =
      first >= 0 &&
      offsets[ordinal]! - endOf(last) <= gapBytesMax &&
      endOf(ordinal) - offsets[first]! <= readBytesMax;
    if (!isNear) {
      if (first >= 0) yield { first, end: last + 1 };
      first = ordinal;
    }
    last = ordinal;
  }
  if (first >= 0) yield { first, end: last + 1 };
}

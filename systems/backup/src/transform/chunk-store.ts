// Stores chunks in packs of a session: `tag`, `rewrite`, `copy` and `repair` store what is known to be new, and manifests. Raw
// bytes in, packs out, uploads beside. Chunks are compressed by workers where that takes long, and sealed here.

import type { Repository, WriterSession } from '../core/repository.ts';
import { DirectoryCutter } from '../packing/directory-cutter.ts';
import { createFingerprinter, type Fingerprinter, fingerprintBytes } from '../packing/fingerprinter.ts';
import { PackBuffers } from '../packing/pack-buffers.ts';
import { PackWriter } from '../packing/pack-writer.ts';
import type { PackType, SealedPack } from '../packing/sealed-pack.ts';
import type { ChunkCompression } from './chunk-compression.ts';
import { KnownChunks } from './known-chunks.ts';

/** Packs that are being uploaded while the next is filled. */
const uploadsMax = 2;
const packsMax = 2 + uploadsMax;

/** Raw bytes that are compressed and sealed here before others on this thread have their turn. */
const turnBytesMax = 1024 * 1024;

export type ChunkStoreOptions = {
  readonly known?: KnownChunks;
  /** Closed by whoever made it. */
  readonly compression: ChunkCompression;
};

/** Memory: two packs under way, those being uploaded, and what is being compressed. */
export class ChunkStore {
  readonly known: KnownChunks;
  readonly #repository: Repository;
  readonly #session: WriterSession;
  readonly #fingerprint: Fingerprinter;
  readonly #buffers: PackBuffers;
  readonly #writers: Readonly<Record<PackType, PackWriter>>;
  readonly #uploads = new Set<Promise<void>>();
  readonly #compression: ChunkCompression;
  readonly #compressing = new Set<Promise<void>>();
  #turnBytes = 0;
  #cutter: DirectoryCutter | undefined;
  /** Stored so far. */
  chunks = 0;
  rawBytes = 0;
  bytesAdded = 0;

  constructor(
    repository: Repository,
    session: WriterSession,
    { compression, known = new KnownChunks(session.index) }: ChunkStoreOptions,
  ) {
    const { config, keyring, world } = repository;
    this.known = known;
    this.#compression = compression;
    this.#repository = repository;
    this.#session = session;
    this.#fingerprint = createFingerprinter(config, keyring);
    this.#buffers = PackBuffers.create(config.packBytes, packsMax);
    const newSalt = () => world.random.bytes(32);
    const writerOf = (type: PackType) =>
      new PackWriter({ config, keyring, type, newSalt, buffers: this.#buffers });
    this.#writers = { data: writerOf('data'), manifest: writerOf('manifest') };
  }

  /**
   * Stores chunks unless they are known; resolves to their fingerprints (n x 32 bytes). Waits while too many packs are on their
   * way.
   */
  async put(type: PackType, ...chunks: readonly Uint8Array[]): Promise<Uint8Array> {
    const fingerprints = new Uint8Array(chunks.length * fingerprintBytes);
    for (const [index, raw] of chunks.entries())
      this.#fingerprint(raw, fingerprints, index * fingerprintBytes);
    await this.known.learn(fingerprints);
    for (const [index, raw] of chunks.entries()) {
      const start = index * fingerprintBytes;
      await this.putKnownAs(type, fingerprints.subarray(start, start + fingerprintBytes), raw);
    }
    return fingerprints;
  }

  /** The same of a chunk whose fingerprint was checked already. Neither may be changed any more. */
  async putKnownAs(type: PackType, fingerprint: Uint8Array, raw: Uint8Array): Promise<void> {
    if (!this.known.claim(fingerprint)) return;
    this.chunks += 1;
    this.rawBytes += raw.length;
    if (this.#compression.isCheap(raw.length)) await this.#addHere(this.#writers[type], fingerprint, raw);
    else await this.#addCompressed(this.#writers[type], fingerprint, raw);
  }

  /** Cuts and stores the bytes of a directory, as `create` does; resolves to n x 32 bytes. */
  async putDirectory(bytes: Uint8Array): Promise<Uint8Array> {
    const { keyring, config } = this.#repository;
    this.#cutter ??= new DirectoryCutter(keyring, config);
    const fingerprints: Uint8Array[] = [];
    for (const chunk of this.#cutter.cut(bytes)) fingerprints.push(await this.put('manifest', chunk));
    return Buffer.concat(fingerprints);
  }

  /** Resolves when every chunk is durable; throws what an upload threw. */
  async finish(): Promise<void> {
    while (this.#compressing.size > 0) await Promise.race(this.#compressing);
    await this.#upload(this.#writers.data.finish());
    await this.#upload(this.#writers.manifest.finish());
    await Promise.all(this.#uploads);
  }

  async #addHere(writer: PackWriter, fingerprint: Uint8Array, raw: Uint8Array): Promise<void> {
    await this.#makeRoom(writer, raw.length);
    writer.add(fingerprint, raw);
    this.#turnBytes += raw.length;
    if (this.#turnBytes < turnBytesMax) return;
    this.#turnBytes = 0;
    await this.#repository.world.clock.sleep(0);
  }

  /** Resolves when there is room for another. */
  async #addCompressed(writer: PackWriter, fingerprint: Uint8Array, raw: Uint8Array): Promise<void> {
    while (this.#compressing.size >= this.#compression.chunksMax) await Promise.race(this.#compressing);
    const adding = this.#compression.compress(raw).then(async ({ stored, compressed, release }) => {
      await this.#makeRoom(writer, raw.length);
      writer.addStored(fingerprint, stored, { rawBytes: raw.length, compressed });
      release();
      this.#compressing.delete(adding);
    });
    adding.catch(() => {}); // it stays in the set, where it is met again
    this.#compressing.add(adding);
  }

  /** Chunks come from several sides: what was made room for may be taken when the upload that made it has begun. */
  async #makeRoom(writer: PackWriter, rawBytes: number): Promise<void> {
    while (!writer.hasRoomFor(rawBytes)) await this.#upload(writer.finish());
  }

  async #upload(pack: SealedPack | undefined): Promise<void> {
    if (pack === undefined) return;
    while (this.#uploads.size >= uploadsMax) await Promise.race(this.#uploads);
    this.bytesAdded += pack.sizeBytes;
    const upload = this.#session.addPack(pack).then(() => {
      this.#uploads.delete(upload);
      this.#buffers.giveBack(pack.bytes);
    });
    upload.catch(() => {}); // it stays in the set, where it is met again
    this.#uploads.add(upload);
  }
}

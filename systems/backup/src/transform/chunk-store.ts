// Stores chunks in packs of a session, without threads: `tag`, `rewrite`, `copy` and `repair` store what is known to be new,
// and manifests. Raw bytes in, packs out, uploads beside.

import { Chunker } from '../chunking/chunker.ts';
import type { Repository, WriterSession } from '../core/repository.ts';
import { createFingerprinter, type Fingerprinter, fingerprintBytes } from '../packing/fingerprinter.ts';
import { PackBuffers } from '../packing/pack-buffers.ts';
import { PackWriter } from '../packing/pack-writer.ts';
import type { PackType, SealedPack } from '../packing/sealed-pack.ts';
import { KnownChunks } from './known-chunks.ts';

/** Packs that are being uploaded while the next is filled. */
const uploadsMax = 2;
const packsMax = 2 + uploadsMax;

/** Memory: two packs under way, and those being uploaded. */
export class ChunkStore {
  readonly known: KnownChunks;
  readonly #repository: Repository;
  readonly #session: WriterSession;
  readonly #fingerprint: Fingerprinter;
  readonly #buffers: PackBuffers;
  readonly #writers: Readonly<Record<PackType, PackWriter>>;
  readonly #uploads = new Set<Promise<void>>();
  #chunker: Chunker | undefined;
  /** Stored so far. */
  chunks = 0;
  rawBytes = 0;
  bytesAdded = 0;

  constructor(
    repository: Repository,
    session: WriterSession,
    known: KnownChunks = new KnownChunks(session.index),
  ) {
    const { config, keyring, world } = repository;
    this.known = known;
    this.#repository = repository;
    this.#session = session;
    this.#fingerprint = createFingerprinter(config, keyring);
    this.#buffers = PackBuffers.create(config.packBytes, packsMax);
    const newSalt = () => world.random.bytes(32);
    const writerOf = (type: PackType) =>
      new PackWriter({ config, keyring, type, newSalt, buffers: this.#buffers });
    this.#writers = { data: writerOf('data'), manifest: writerOf('manifest') };
  }

  /** Stores a chunk unless it is known; resolves to its fingerprint. Waits while too many packs are on their way. */
  async put(type: PackType, raw: Uint8Array): Promise<Uint8Array> {
    const fingerprint = new Uint8Array(fingerprintBytes);
    this.#fingerprint(raw, fingerprint);
    await this.putKnownAs(type, fingerprint, raw);
    return fingerprint;
  }

  /** The same of a chunk whose fingerprint was checked already. */
  async putKnownAs(type: PackType, fingerprint: Uint8Array, raw: Uint8Array): Promise<void> {
    if (!this.known.claim(fingerprint)) return;
    const writer = this.#writers[type];
    if (!writer.hasRoomFor(raw.length)) await this.#upload(writer.finish());
    writer.add(fingerprint, raw);
    this.chunks += 1;
    this.rawBytes += raw.length;
  }

  /** Cuts and stores the bytes of a directory, as `create` does; resolves to n x 32 bytes. */
  async putDirectory(bytes: Uint8Array): Promise<Uint8Array> {
    const { keyring, config } = this.#repository;
    this.#chunker ??= new Chunker(keyring.chunkerSecret, config.chunkBytes);
    const fingerprints: Uint8Array[] = [];
    for (const chunk of this.#chunker.cut([bytes])) fingerprints.push(await this.put('manifest', chunk));
    return Buffer.concat(fingerprints);
  }

  /** Resolves when every chunk is durable; throws what an upload threw. */
  async finish(): Promise<void> {
    await this.#upload(this.#writers.data.finish());
    await this.#upload(this.#writers.manifest.finish());
    await Promise.all(this.#uploads);
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

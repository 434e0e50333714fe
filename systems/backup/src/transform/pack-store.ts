// Stores chunks that are there already, cut and named, in packs of a session: raw bytes in, packs out, uploads beside.

import type { Repository, WriterSession } from '../core/repository.ts';
import { PackBuffers } from '../packing/pack-buffers.ts';
import { PackWriter } from '../packing/pack-writer.ts';
import type { PackType, SealedPack } from '../packing/sealed-pack.ts';

/** Packs that are being uploaded while the next is filled. */
const uploadsMax = 2;

/** Memory: two packs under way, and those being uploaded. */
export class PackStore {
  readonly #session: WriterSession;
  readonly #buffers: PackBuffers;
  readonly #writers: Readonly<Record<PackType, PackWriter>>;
  readonly #uploads = new Set<Promise<void>>();
  chunks = 0;
  rawBytes = 0;

  constructor(repository: Repository, session: WriterSession) {
    const { config, keyring, world } = repository;
    this.#session = session;
    this.#buffers = new PackBuffers(config.packBytes);
    const newSalt = () => world.random.bytes(32);
    const writerOf = (type: PackType) =>
      new PackWriter({ config, keyring, type, newSalt, buffers: this.#buffers });
    this.#writers = { data: writerOf('data'), manifest: writerOf('manifest') };
  }

  /** Stores a chunk. Waits while too many packs are on their way; throws what their upload threw. */
  async add(type: PackType, fingerprint: Uint8Array, raw: Uint8Array): Promise<void> {
    const writer = this.#writers[type];
    if (!writer.hasRoomFor(raw.length)) await this.#upload(writer.finish());
    writer.add(fingerprint, raw);
    this.chunks += 1;
    this.rawBytes += raw.length;
  }

  /** Resolves when every chunk is durable. */
  async finish(): Promise<void> {
    await this.#upload(this.#writers.data.finish());
    await this.#upload(this.#writers.manifest.finish());
    await Promise.all(this.#uploads);
  }

  async #upload(pack: SealedPack | undefined): Promise<void> {
    if (pack === undefined) return;
    while (this.#uploads.size >= uploadsMax) await Promise.race(this.#uploads);
    const upload = this.#session.addPack(pack).then(() => {
      this.#uploads.delete(upload);
      this.#buffers.giveBack([pack.bytes.buffer as SharedArrayBuffer]);
    });
    upload.catch(() => {}); // it stays in the set, where it is met again
    this.#uploads.add(upload);
  }
}

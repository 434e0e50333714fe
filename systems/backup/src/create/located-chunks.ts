// Reads chunks of which a service says in which packs they lie: beside it a writer reads the parent's manifest without the index of
// the repository. Of each pack the footer tells the rest; those of the packs used last are kept.

import { FooterReader } from '../check/footer-reader.ts';
import { IndexColumns } from '../core/chunk-index/index-columns.ts';
import { LoadedChunkIndex } from '../core/chunk-index/loaded-chunk-index.ts';
import { wholePackBytesMax } from '../core/reading/fetch-range.ts';
import { readChunks } from '../core/reading/read-chunks.ts';
import type { ReadChunksOptions, Repository } from '../core/repository.ts';
import { readWhole } from '../core/store/read-whole.ts';
import { isDamage, onStore } from '../core/store/store-error.ts';
import { encodeIndexObject, visitIndexObject } from '../format/index-object.ts';
import { objectName } from '../format/object-names.ts';
import { PackReader } from '../packing/open-pack.ts';
import type { PackSummary } from '../packing/sealed-pack.ts';
import type { FingerprintService } from '../service/fingerprint-service.ts';

/** Of 4,096 directories of 4 KiB a pack of 16 MiB has some 180 KiB of entries. */
const packsKept = 64;

export class LocatedChunks {
  readonly #repository: Repository;
  readonly #service: Pick<FingerprintService, 'locate'>;
  readonly #packReader: PackReader;
  readonly #footers: FooterReader;
  /** The one used last is the last. */
  readonly #packs = new Map<string, PackSummary>();

  constructor(repository: Repository, service: Pick<FingerprintService, 'locate'>) {
    this.#repository = repository;
    this.#service = service;
    this.#packReader = new PackReader(repository.config, repository.keyring);
    this.#footers = new FooterReader(repository);
  }

  /** As `Repository.readChunks`: what the service does not know, or whose pack is gone, is `damaged`. */
  async *readChunks(fingerprints: Uint8Array, options: ReadChunksOptions = {}): AsyncGenerator<Uint8Array> {
    const { blobs, world, cache } = this.#repository;
    let located: Promise<LoadedChunkIndex> | undefined;
    const index = ({ refresh = false }: { refresh?: boolean } = {}) => {
      // What was kept of a pack says nothing of whether it is still there.
      if (refresh) this.#packs.clear();
      if (refresh || located === undefined) located = this.#indexOf(fingerprints);
      return located;
    };
    yield* readChunks({ blobs, world, cache, packReader: this.#packReader, index }, fingerprints, options);
  }

  async #indexOf(fingerprints: Uint8Array): Promise<LoadedChunkIndex> {
    const ids = new Set(await this.#service.locate(fingerprints));
    const packs: PackSummary[] = [];
    for (const id of ids) {
      const pack = id === undefined ? undefined : await this.#packOf(id);
      if (pack !== undefined) packs.push(pack);
    }
    const columns = new IndexColumns();
    columns.addObject('', (visitor) => visitIndexObject(encodeIndexObject(packs), 'located packs', visitor));
    const listed = new Map(packs.map(({ id, sizeBytes }) => [id, sizeBytes]));
    const nothing = { indexObjects: [], condemned: new Set<string>(), condemnations: [], damaged: [] };
    return new LoadedChunkIndex({ ...nothing, columns, listed });
  }

  /** Undefined when it is gone, or its footer cannot be read. */
  async #packOf(id: string): Promise<PackSummary | undefined> {
    const pack = this.#packs.get(id) ?? (await this.#readPack(id));
    if (pack === undefined) return undefined;
    this.#packs.delete(id);
    this.#packs.set(id, pack);
    for (const oldest of this.#packs.keys()) {
      if (this.#packs.size <= packsKept) break;
      this.#packs.delete(oldest);
    }
    return pack;
  }

  async #readPack(id: string): Promise<PackSummary | undefined> {
    const { blobs, cache } = this.#repository;
    const cached = await cache?.read('manifest', id);
    if (cached !== undefined) return this.#openPack(id, cached);
    const name = objectName('packs', id);
    const info = await onStore(`look up ${name}`, () => blobs.head(name));
    if (info === undefined) return undefined;
    if (cache !== undefined && info.sizeBytes <= wholePackBytesMax) return this.#fetchPack(id);
    const footer = await this.#footers.read(id, info.sizeBytes);
    return typeof footer === 'string' ? undefined : footer;
  }

  /** For the cache: its chunks are wanted next. */
  async #fetchPack(id: string): Promise<PackSummary | undefined> {
    const { blobs, world, cache } = this.#repository;
    const bytes = await readWhole({ blobs, world, name: objectName('packs', id) });
    const pack = bytes && this.#openPack(id, bytes);
    if (pack?.type === 'manifest') await cache?.write('manifest', id, bytes!);
    return pack;
  }

  #openPack(id: string, bytes: Uint8Array): PackSummary | undefined {
    try {
      const { contents: _contents, ...pack } = this.#packReader.openPack(id, bytes);
      return pack;
    } catch (error) {
      if (!isDamage(error)) throw error;
      return undefined;
    }
  }
}

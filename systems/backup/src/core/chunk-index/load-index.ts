// Reads the index (DESIGN.md, W2): condemnations, then verdicts, then index objects, then the listing of packs. The order is
// what gc's argument rests on: a pack that was condemned after the first of these is one that gc waits with.
//
// Whoever stands still between the last two may find packs gone whose chunks gc has stored anew meanwhile, under index objects that he
// has not seen. So when a pack is not listed, `index/` is listed again, until it names nothing new: then what is missing is.

import { visitIndexObject } from '../../format/index-object.ts';
import { objectName } from '../../format/object-names.ts';
import { fingerprintBytes } from '../../packing/fingerprinter.ts';
import type { DamagedObject } from '../repository.ts';
import { inParallel } from '../store/in-parallel.ts';
import { type ListedObject, listObjects } from '../store/list-all.ts';
import type { ObjectCache } from '../store/object-cache.ts';
import { readWhole } from '../store/read-whole.ts';
import type { SealedObjects, SealedObjectsOptions } from '../store/sealed-objects.ts';
import { isDamage } from '../store/store-error.ts';
import { IndexColumns } from './index-columns.ts';
import { listPacks } from './list-packs.ts';
import { LoadedChunkIndex } from './loaded-chunk-index.ts';
import { readCondemned, readCondemnedForWriter } from './read-condemned.ts';

export type IndexSource = Pick<SealedObjectsOptions, 'blobs' | 'world'> & {
  readonly objects: SealedObjects;
  readonly cache: ObjectCache | undefined;
};

export type LoadIndexOptions = {
  /** What was read before: index objects never change, so only new ones are fetched. */
  readonly previous?: LoadedChunkIndex | undefined;
  /**
   * For a writer a condemnation or verdict that cannot be read is an error: what it names is not to be relied on. A
   * reader can do without.
   */
  readonly writer: boolean;
};

const readsAtOnce = 16;
/** Of 8 TiB in chunks of 512 KiB; memory that is not written to costs nothing. */
const chunksExpectedMax = 2 ** 24;

export async function loadIndex(source: IndexSource, options: LoadIndexOptions): Promise<LoadedChunkIndex> {
  const dead = await (options.writer ? readCondemnedForWriter(source) : readCondemned(source));
  const loading = new IndexLoading(source, options.previous);
  const { indexObjects, columns, damaged, listed } = await loading.run();
  await source.cache?.retain('index', indexObjects);
  await source.cache?.retain('manifest', listed.keys());
  return new LoadedChunkIndex({
    columns,
    indexObjects,
    listed,
    condemned: dead.packs,
    condemnations: dead.condemnations,
    damaged: [...dead.damaged, ...damaged],
  });
}

/** Of W2 what a writer beside a service reads itself: what is not to be relied on. It knows no chunk. */
export async function loadCondemned(source: IndexSource): Promise<LoadedChunkIndex> {
  const { packs: condemned, condemnations, damaged } = await readCondemnedForWriter(source);
  const nothing = { columns: new IndexColumns(), indexObjects: [], listed: new Map<string, number>() };
  return new LoadedChunkIndex({ ...nothing, condemned, condemnations, damaged });
}

type LoadedIndex = {
  readonly indexObjects: readonly string[];
  readonly columns: IndexColumns;
  readonly damaged: readonly DamagedObject[];
  /** Bytes of packs. */
  readonly listed: ReadonlyMap<string, number>;
};

/** Brings the columns up to a listing of `index/`, again when an index object or a pack vanished that gc had replaced meanwhile. */
class IndexLoading {
  readonly #source: IndexSource;
  readonly #previous: LoadedChunkIndex | undefined;
  readonly #done = new Set<string>();
  readonly #damaged: DamagedObject[] = [];
  #columns = new IndexColumns();

  constructor(source: IndexSource, previous: LoadedChunkIndex | undefined) {
    this.#source = source;
    this.#previous = previous;
  }

  async run(): Promise<LoadedIndex> {
    const { blobs } = this.#source;
    let open = await listObjects(blobs, 'index');
    this.#takeOver(open);
    const seen = new Set(this.#done);
    for (;;) {
      open = open.filter(({ id }) => !seen.has(id));
      for (const { id } of open) seen.add(id);
      const vanished = await this.#read(open);
      const listed = vanished ? undefined : await listPacks(blobs);
      if (listed !== undefined && !this.#lacksPacks(listed)) return this.#loaded(listed);
      open = await listObjects(blobs, 'index');
      if (listed !== undefined && open.every(({ id }) => seen.has(id))) return this.#loaded(listed);
    }
  }

  #lacksPacks(listed: ReadonlyMap<string, number>): boolean {
    return this.#columns.packs.some(({ id }) => !listed.has(id));
  }

  #loaded(listed: ReadonlyMap<string, number>): LoadedIndex {
    return { indexObjects: [...this.#done].sort(), columns: this.#columns, damaged: this.#damaged, listed };
  }

  /** Entries of index objects that are still listed, without reading them again. */
  #takeOver(listed: readonly ListedObject[]): void {
    const known = new Set(this.#previous?.indexObjects);
    for (const { id } of listed) if (known.has(id)) this.#done.add(id);
    if (this.#previous !== undefined && this.#done.size === known.size)
      this.#columns = this.#previous.columns;
    else this.#copyColumns(listed.filter(({ id }) => !known.has(id)));
  }

  /** With room for what `open` names. */
  #copyColumns(open: readonly ListedObject[]): void {
    const newBytes = open.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    // What a store lists is not authentic: beyond it the columns grow with what there is.
    const expected = Math.min(Math.ceil(newBytes / fingerprintBytes), chunksExpectedMax);
    const previous = this.#previous?.columns;
    this.#columns = new IndexColumns(expected + (previous?.count ?? 0));
    if (previous !== undefined) this.#columns.addFrom(previous, (id) => this.#done.has(id));
  }

  async #read(open: readonly ListedObject[]): Promise<boolean> {
    // An index that was given out does not change.
    if (open.length > 0 && this.#columns === this.#previous?.columns) this.#copyColumns(open);
    let vanished = false;
    await inParallel(open, readsAtOnce, async ({ id }) => {
      if (!(await this.#readOne(id))) vanished = true;
    });
    return vanished;
  }

  /** False when it is no longer there. */
  async #readOne(id: string): Promise<boolean> {
    const object = objectName('index', id);
    try {
      const payload = await this.#payloadOf(id);
      if (payload === undefined) return false;
      this.#columns.addObject(id, (visitor) => visitIndexObject(payload, object, visitor));
      this.#done.add(id);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#damaged.push({ name: object, problem: error.message });
    }
    return true;
  }

  async #payloadOf(id: string): Promise<Buffer | undefined> {
    const { blobs, world, objects, cache } = this.#source;
    const cached = await cache?.read('index', id);
    if (cached !== undefined) {
      try {
        return objects.openIndexObject(id, cached);
      } catch (error) {
        // The cache may hold anything; the repository has the truth.
        if (!isDamage(error)) throw error;
      }
    }
    const bytes = await readWhole({ blobs, world, name: objectName('index', id) });
    if (bytes === undefined) return undefined;
    const payload = objects.openIndexObject(id, bytes);
    await cache?.write('index', id, bytes);
    return payload;
  }
}

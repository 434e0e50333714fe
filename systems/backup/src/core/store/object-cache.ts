// A folder that keeps objects of remote repositories: index objects, snapshots and manifest packs never change, so what was
// read once need not be fetched again. Everything in it is sealed, and verified by whoever reads it.
//
//   DIRECTORY/<repository id>/index/<id>   snapshots/<id>   manifest/<pack id>
//
// Several processes may use one folder: a file appears whole by a rename, and one that vanishes was evicted. Nothing is
// synced: what a crash tears fails its verification and is fetched anew. A cache that fails (a full disk) costs requests, no
// backup; `problem` says so.

import { type Disk, DiskError, type World } from '@cairn/world';
import { cacheTagName, cacheTagSignature } from '../../filesystem/cache-tag.ts';
import { inParallel } from './in-parallel.ts';

export type CachedKind = 'index' | 'snapshots' | 'manifest';

export type ObjectCacheOptions = {
  readonly world: Pick<World, 'disk' | 'random'>;
  readonly directory: string;
  readonly repositoryId: string;
  /** Of this repository; the oldest files go first. */
  readonly bytesMax: number;
};

const kinds = ['index', 'snapshots', 'manifest'] as const satisfies readonly CachedKind[];
/** Eviction makes this much room at once. */
const roomShare = 0.2;
const statsAtOnce = 32;
const temporaryPrefix = 'tmp-';

export class ObjectCache {
  readonly #options: ObjectCacheOptions;
  readonly #made = new Set<string>();
  /** Counted at the first write; what other processes add meanwhile they count themselves. */
  #totalBytes: number | undefined;
  #problem: string | undefined;

  constructor(options: ObjectCacheOptions) {
    this.#options = options;
  }

  /** The first thing that went wrong with the folder itself. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Undefined when it is not there. The caller verifies it, and calls `drop` when it is not right. */
  async read(kind: CachedKind, id: string): Promise<Buffer | undefined> {
    return this.#quietly(async () => {
      const stat = await this.#disk.stat(this.#pathOf(kind, id));
      return stat && this.#readRange(kind, id, { start: 0, length: stat.sizeBytes });
    });
  }

  /** Undefined also when the file is shorter. */
  async readRange(
    kind: CachedKind,
    id: string,
    range: { readonly start: number; readonly length: number },
  ): Promise<Buffer | undefined> {
    return this.#quietly(() => this.#readRange(kind, id, range));
  }

  async write(kind: CachedKind, id: string, bytes: Uint8Array): Promise<void> {
    await this.#quietly(async () => {
      this.#totalBytes ??= (await this.#files()).reduce((sum, file) => sum + file.sizeBytes, 0);
      if (bytes.length > this.#options.bytesMax * roomShare) return;
      if (this.#totalBytes + bytes.length > this.#options.bytesMax) await this.#evict();
      await this.#writeFile(kind, id, bytes);
      this.#totalBytes += bytes.length;
    });
  }

  async drop(kind: CachedKind, id: string): Promise<void> {
    await this.#quietly(() => this.#remove(this.#pathOf(kind, id)));
  }

  /** Removes what the repository no longer has. */
  async retain(kind: CachedKind, ids: Iterable<string>): Promise<void> {
    await this.#quietly(async () => {
      const kept = new Set(ids);
      const folder = this.#folderOf(kind);
      for (const name of await this.#disk.list(folder)) {
        if (!kept.has(name) && !name.startsWith(temporaryPrefix)) await this.#remove(`${folder}/${name}`);
      }
    });
  }

  get #disk(): Disk {
    return this.#options.world.disk;
  }

  async #readRange(
    kind: CachedKind,
    id: string,
    { start, length }: { readonly start: number; readonly length: number },
  ): Promise<Buffer | undefined> {
    const file = await ifThere(this.#disk.open(this.#pathOf(kind, id), 'read'));
    if (file === undefined) return undefined;
    try {
      const bytes = Buffer.allocUnsafeSlow(length);
      return (await file.read(bytes, start)) === length ? bytes : undefined;
    } finally {
      await file.close();
    }
  }

  async #writeFile(kind: CachedKind, id: string, bytes: Uint8Array): Promise<void> {
    const folder = this.#folderOf(kind);
    if (!this.#made.has(folder)) {
      await this.#disk.makeDirectory(folder);
      await this.#tag();
    }
    this.#made.add(folder);
    await this.#putFile(`${folder}/${temporaryPrefix}`, this.#pathOf(kind, id), bytes);
  }

  /** Backups of the home that it lies in leave it out where caches are left out. */
  async #tag(): Promise<void> {
    const path = `${this.#options.directory}/${cacheTagName}`;
    if ((await this.#disk.stat(path)) !== undefined) return;
    const text = `${cacheTagSignature}\n# cairn backup makes anew what lies here.\n`;
    await this.#putFile(`${path}.${temporaryPrefix}`, path, Buffer.from(text));
  }

  async #putFile(temporaryStart: string, path: string, bytes: Uint8Array): Promise<void> {
    const temporary = `${temporaryStart}${this.#options.world.random.bytes(8).toString('hex')}`;
    const file = await this.#disk.open(temporary, 'create');
    try {
      await file.write([bytes], 0);
    } catch (error) {
      await this.#remove(temporary).catch(() => {}); // the write's own failure is what counts
      throw error;
    } finally {
      await file.close();
    }
    await this.#disk.rename(temporary, path);
  }

  async #evict(): Promise<void> {
    const files = (await this.#files()).toSorted((left, right) => left.modifiedMs - right.modifiedMs);
    let total = files.reduce((sum, file) => sum + file.sizeBytes, 0);
    for (const file of files) {
      if (total <= this.#options.bytesMax * (1 - roomShare)) break;
      await this.#remove(file.path);
      total -= file.sizeBytes;
    }
    this.#totalBytes = total;
  }

  async #files(): Promise<{ path: string; sizeBytes: number; modifiedMs: number }[]> {
    const files: { path: string; sizeBytes: number; modifiedMs: number }[] = [];
    for (const folder of kinds.map((kind) => this.#folderOf(kind))) {
      await inParallel(await this.#disk.list(folder), statsAtOnce, async (name) => {
        const path = `${folder}/${name}`;
        const stat = await this.#disk.stat(path);
        if (stat !== undefined) files.push({ path, ...stat });
      });
    }
    return files;
  }

  async #remove(path: string): Promise<void> {
    await ifThere(this.#disk.remove(path));
  }

  #folderOf(kind: CachedKind): string {
    return `${this.#options.directory}/${this.#options.repositoryId}/${kind}`;
  }

  #pathOf(kind: CachedKind, id: string): string {
    return `${this.#folderOf(kind)}/${id}`;
  }

  async #quietly<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      this.#problem ??= error.message;
      return undefined;
    }
  }
}

async function ifThere<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof DiskError && error.code === 'not-found') return undefined;
    throw error;
  }
}

// C7 of DESIGN.md, its first part: index objects without the packs that are about to be deleted, and small ones merged.
//
// What replaces an index object is durable before that is deleted, so at every moment each pack that counts is named by one. Two
// collectors at it at once leave entries twice, never none.

import type { Repository } from '../core/repository.ts';
import { listObjects } from '../core/store/list-all.ts';
import { readWhole } from '../core/store/read-whole.ts';
import { onStore } from '../core/store/store-error.ts';
import { decodeIndexObject, encodeIndexObject } from '../format/index-object.ts';
import { objectName } from '../format/object-names.ts';
import type { PackSummary } from '../packing/sealed-pack.ts';

type IndexStore = Pick<Repository, 'blobs' | 'world' | 'objects'>;

/** An index object is small below this many bytes, and a merged one ends above it: 4 MiB are some 100,000 chunks. */
const objectBytesWanted = 4 * 1024 * 1024;
/** So many small ones are left alone, or every run would rewrite what the last backups wrote. */
const smallObjectsLeft = 8;

/** Without the packs of `drop`. Returns how many index objects were replaced. Throws `damaged` when one cannot be read; nothing was deleted then. */
export async function rewriteIndex(store: IndexStore, drop: ReadonlySet<string>): Promise<number> {
  const listed = await listObjects(store.blobs, 'index');
  const small = listed.filter(({ sizeBytes }) => sizeBytes < objectBytesWanted);
  const merges = small.length > smallObjectsLeft ? new Set(small.map(({ id }) => id)) : new Set<string>();
  const rewriting = new IndexRewriting(store, drop);
  for (const { id } of listed) await rewriting.take(id, merges.has(id));
  return rewriting.finish();
}

class IndexRewriting {
  readonly #store: IndexStore;
  readonly #drop: ReadonlySet<string>;
  /** By id: what two objects name is written once. */
  #packs = new Map<string, PackSummary>();
  #bytes = 0;
  /** May be deleted when all that is in `#packs` is written. */
  readonly #replaced: string[] = [];

  constructor(store: IndexStore, drop: ReadonlySet<string>) {
    this.#store = store;
    this.#drop = drop;
  }

  async take(id: string, isMerged: boolean): Promise<void> {
    const packs = await this.#read(id);
    if (packs === undefined) return;
    const kept = packs.filter((pack) => !this.#drop.has(pack.id));
    if (kept.length === packs.length && !isMerged) return;
    this.#replaced.push(id);
    for (const pack of kept) this.#add(pack);
    if (this.#bytes >= objectBytesWanted) await this.#write();
  }

  async finish(): Promise<number> {
    await this.#write();
    const { blobs } = this.#store;
    const names = this.#replaced.map((id) => objectName('index', id));
    await onStore('delete index objects', () => blobs.delete(names));
    return names.length;
  }

  /** Undefined when it is gone: another collector has replaced it. */
  async #read(id: string): Promise<readonly PackSummary[] | undefined> {
    const { blobs, world, objects } = this.#store;
    const name = objectName('index', id);
    const bytes = await readWhole({ blobs, world, name });
    return bytes && decodeIndexObject(objects.openIndexObject(id, bytes), name);
  }

  #add(pack: PackSummary): void {
    if (this.#packs.has(pack.id)) return;
    this.#packs.set(pack.id, pack);
    this.#bytes += pack.entries.length;
  }

  async #write(): Promise<void> {
    if (this.#packs.size === 0) return;
    await this.#store.objects.putIndexObject(encodeIndexObject([...this.#packs.values()]));
    this.#packs = new Map();
    this.#bytes = 0;
  }
}

// C7 of DESIGN.md, its first part: index objects without the packs that are about to be deleted, and small ones merged.
//
// What replaces an index object is durable before that is deleted, so at every moment each pack that counts is named by one. When it is,
// what it replaces has to be there still: else somebody else replaced it, perhaps a repair by something without entries that are wrong,
// and it must not bring these back. Then it goes again, for all that counts of it is named by another (DESIGN.md, C7).

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

/** Without the packs of `drop`. Throws `damaged` when an index object cannot be read; nothing was deleted then. */
export async function rewriteIndex(store: IndexStore, drop: ReadonlySet<string>): Promise<void> {
  const listed = await listObjects(store.blobs, 'index');
  const small = listed.filter(({ sizeBytes }) => sizeBytes < objectBytesWanted);
  const merges = small.length > smallObjectsLeft ? new Set(small.map(({ id }) => id)) : new Set<string>();
  const rewriting = new IndexRewriting(store, drop);
  for (const { id } of listed) await rewriting.take(id, merges.has(id));
  await rewriting.finish();
}

/** `written` is undefined where nothing was left to be written. */
type Replacement = { readonly replaced: readonly string[]; readonly written: string | undefined };

class IndexRewriting {
  readonly #store: IndexStore;
  readonly #drop: ReadonlySet<string>;
  /** By id: what two objects name is written once. */
  #packs = new Map<string, PackSummary>();
  #bytes = 0;
  /** Index objects whose packs are in `#packs`. */
  #replaced: string[] = [];
  readonly #replacements: Replacement[] = [];

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

  async finish(): Promise<void> {
    await this.#write();
    if (this.#replacements.length === 0) return;
    const { blobs } = this.#store;
    const listed = new Set((await listObjects(blobs, 'index')).map(({ id }) => id));
    const needless = this.#replacements.flatMap(({ replaced, written }) =>
      replaced.every((id) => listed.has(id)) ? replaced : (written ?? []),
    );
    const names = needless.map((id) => objectName('index', id));
    await onStore('delete index objects', () => blobs.delete(names));
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
    if (this.#replaced.length === 0) return;
    const packs = [...this.#packs.values()];
    const written =
      packs.length === 0
        ? undefined
        : (await this.#store.objects.putIndexObject(encodeIndexObject(packs))).id;
    this.#replacements.push({ replaced: this.#replaced, written });
    this.#packs = new Map();
    this.#bytes = 0;
    this.#replaced = [];
  }
}

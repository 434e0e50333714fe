// Index objects as they should be: without packs that are missing or damaged, with those that none named. What replaces an
// index object is durable before that is deleted, so each pack that counts is named at every moment; what `gc` does to
// index objects at the same time leaves entries twice at worst.

import type { IndexClaims } from '../check/index-claims.ts';
import type { Repository } from '../core/repository.ts';
import { readWhole } from '../core/store/read-whole.ts';
import { onStore } from '../core/store/store-error.ts';
import { decodeIndexObject, encodeIndexObject } from '../format/index-object.ts';
import { objectName } from '../format/object-names.ts';
import type { PackSummary } from '../packing/sealed-pack.ts';

export type IndexChange = {
  readonly claims: IndexClaims;
  readonly drop: ReadonlySet<string>;
  readonly add: readonly PackSummary[];
};

export type RebuiltIndex = { readonly written: number; readonly removed: readonly string[] };

/** Bytes of entries in one index object; some 100,000 chunks. */
const entriesBytesMax = 4 * 1024 * 1024;

/**
 * Which index objects go: those that name a pack which is dropped or added (then what they say of it is wrong), and those whose
 * bytes were altered, of which nothing can be read. One that is sealed under an unknown key stays: somebody may have the key.
 */
export function replacedObjects({ claims, drop, add }: IndexChange): readonly string[] {
  const wrong = new Set([...drop, ...add.map(({ id }) => id)]);
  const naming = [...claims.packsOf].filter(([, packs]) => packs.some((pack) => wrong.has(pack)));
  return [...naming.map(([id]) => id), ...claims.altered];
}

export async function rebuildIndex(repository: Repository, change: IndexChange): Promise<RebuiltIndex> {
  const removed = replacedObjects(change);
  const wrong = new Set([...change.drop, ...change.add.map(({ id }) => id)]);
  const writing = new IndexWriting(repository);
  for (const pack of change.add) await writing.add(pack);
  for (const id of removed) {
    if (!change.claims.packsOf.has(id)) continue;
    for (const pack of await readObject(repository, id)) if (!wrong.has(pack.id)) await writing.add(pack);
  }
  await writing.flush();
  const names = removed.map((id) => objectName('index', id));
  await onStore('delete index objects', () => repository.blobs.delete(names));
  return { written: writing.objects, removed: names };
}

/** Empty when it is gone: `gc` has replaced it. */
async function readObject(repository: Repository, id: string): Promise<readonly PackSummary[]> {
  const { blobs, world, objects } = repository;
  const name = objectName('index', id);
  const bytes = await readWhole({ blobs, world, name });
  return bytes === undefined ? [] : decodeIndexObject(objects.openIndexObject(id, bytes), name);
}

class IndexWriting {
  readonly #repository: Repository;
  readonly #packs = new Map<string, PackSummary>();
  #bytes = 0;
  objects = 0;

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  async add(pack: PackSummary): Promise<void> {
    if (this.#packs.has(pack.id)) return;
    this.#packs.set(pack.id, pack);
    this.#bytes += pack.entries.length;
    if (this.#bytes >= entriesBytesMax) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#packs.size === 0) return;
    await this.#repository.objects.putIndexObject(encodeIndexObject([...this.#packs.values()]));
    this.objects += 1;
    this.#packs.clear();
    this.#bytes = 0;
  }
}

// Index objects as they should be: without packs that are missing or damaged, with those that none named. What replaces an
// index object is durable before that is deleted, so each pack that counts is named at every moment. What `gc` merges at the same time
// may take over an entry that is to go: so those that came meanwhile are looked at until none has one.

import type { IndexClaims } from '../check/index-claims.ts';
import type { Repository } from '../core/repository.ts';
import { listObjects } from '../core/store/list-all.ts';
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
  const wrong = wrongPacks({ claims, drop, add });
  const naming = [...claims.packsOf].filter(([, packs]) => packs.some((pack) => wrong.has(pack)));
  return [...naming.map(([id]) => id), ...claims.altered];
}

export async function rebuildIndex(repository: Repository, change: IndexChange): Promise<RebuiltIndex> {
  const { claims, add } = change;
  const writing = new IndexWriting(repository);
  for (const pack of add) await writing.add(pack);
  await writing.flush();
  const rebuilding = { change, writing, wrongPacks: wrongPacks(change) };
  const looked = new Set([...claims.packsOf.keys(), ...claims.unreadable, ...claims.altered]);
  const removed: string[] = [];
  for (let wrong = replacedObjects(change); wrong.length > 0; ) {
    await replaceObjects(repository, wrong, rebuilding);
    removed.push(...wrong.map((id) => objectName('index', id)));
    wrong = await newWrongObjects(repository, looked, rebuilding);
  }
  return { written: writing.ids.size, removed };
}

type Rebuilding = {
  readonly change: IndexChange;
  readonly wrongPacks: ReadonlySet<string>;
  readonly writing: IndexWriting;
};

/** As `gc` does it: what was put goes again, and all is done anew, when something that it replaces was replaced by another meanwhile. */
async function replaceObjects(
  repository: Repository,
  ids: readonly string[],
  { change, wrongPacks, writing }: Rebuilding,
): Promise<void> {
  const { blobs } = repository;
  const altered = new Set(change.claims.altered);
  for (let left = ids; left.length > 0; ) {
    const before = new Set(writing.ids);
    for (const id of left) {
      const packs = altered.has(id) ? [] : await readObject(repository, id);
      for (const pack of packs) if (!wrongPacks.has(pack.id)) await writing.add(pack);
    }
    await writing.flush();
    const listed = new Set((await listObjects(blobs, 'index')).map(({ id }) => id));
    const there = left.filter((id) => listed.has(id));
    const isSettled = there.length === left.length;
    const written = writing.ids.difference(before);
    const names = [...(isSettled ? left : written)].map((id) => objectName('index', id));
    await onStore('delete index objects', () => blobs.delete(names));
    if (isSettled) return;
    for (const id of written) writing.ids.delete(id);
    left = there;
  }
}

/** Those that came since the index was read, and name what is wrong. All that are there were looked at then. */
async function newWrongObjects(
  repository: Repository,
  looked: Set<string>,
  { wrongPacks, writing }: Rebuilding,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const { id } of await listObjects(repository.blobs, 'index')) {
    if (looked.has(id) || writing.ids.has(id)) continue;
    looked.add(id);
    if ((await readObject(repository, id)).some((pack) => wrongPacks.has(pack.id))) wrong.push(id);
  }
  return wrong;
}

/** What others say of a pack that is added is not needed: what its footer says is written. */
function wrongPacks({ drop, add }: IndexChange): ReadonlySet<string> {
  return drop.union(new Set(add.map(({ id }) => id)));
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
  /** Of what was written. */
  readonly ids = new Set<string>();

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
    const payload = encodeIndexObject([...this.#packs.values()]);
    const { id } = await this.#repository.objects.putIndexObject(payload);
    this.ids.add(id);
    this.#packs.clear();
    this.#bytes = 0;
  }
}

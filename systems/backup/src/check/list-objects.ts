// All that lies in a repository. Tombstones are listed first, by themselves, as everybody does (DESIGN.md, "Concurrency and garbage collection"):
// of a snapshot and the one that replaced it at least one is seen.

import type { BlobInfo, Blobs } from '@cairn/engines';
import { type ListedObject, listAll, listObjects } from '../core/store/list-all.ts';
import {
  configName,
  copiedName,
  idOf,
  keyringVersionOf,
  type Prefix,
  prefixes,
} from '../format/object-names.ts';

export type Listing = {
  readonly config: ListedObject | undefined;
  /** `keyring`, `keyring.2` ...; `id` is the name. */
  readonly keyrings: readonly ListedObject[];
  /** The second copies of these and of `config`; `id` is the name. */
  readonly copies: readonly ListedObject[];
  readonly byPrefix: Readonly<Record<Prefix, readonly ListedObject[]>>;
  /** Ids of snapshots that had a tombstone before any was listed. */
  readonly forgotten: ReadonlySet<string>;
  /** `sessions/<id>.alive` and `condemned/<id>.waits`; `id` is that of the object they belong to. */
  readonly heartbeats: readonly ListedObject[];
  readonly waits: readonly ListedObject[];
  /** Names that no version of the format gives. */
  readonly foreign: readonly string[];
};

/** Reads the whole listing. About 200 bytes of memory for each object. */
export async function listRepository(blobs: Blobs): Promise<Listing> {
  const forgotten = new Set((await listObjects(blobs, 'tombstones')).map(({ id }) => id));
  const byPrefix = emptyLists();
  const rest: BlobInfo[] = [];
  for (const info of await listAll(blobs, '')) {
    const { name } = info;
    const prefix = prefixNames.find((candidate) => name.startsWith(prefixes[candidate]));
    const id = prefix === undefined ? undefined : idOf(prefix, name);
    if (prefix !== undefined && id !== undefined) byPrefix[prefix].push({ ...info, id });
    else rest.push(info);
  }
  const heartbeats = attached(rest, 'sessions', '.alive');
  const waits = attached(rest, 'condemned', '.waits');
  const whole = rest.map((object) => ({ ...object, id: object.name }));
  const config = whole.find(({ name }) => name === configName);
  const keyrings = whole.filter(({ name }) => keyringVersionOf(name) !== undefined);
  const copies = whole.filter(({ name }) => copiedName(name) !== undefined);
  const attachedTo = [...heartbeats, ...waits, ...keyrings, ...copies, config];
  const known = new Set(attachedTo.map((object) => object?.name));
  const foreign = rest.map(({ name }) => name).filter((name) => !known.has(name));
  return { config, keyrings, copies, byPrefix, forgotten, heartbeats, waits, foreign };
}

const prefixNames = Object.keys(prefixes) as Prefix[];

function emptyLists(): Record<Prefix, ListedObject[]> {
  const lists = prefixNames.map((prefix): [Prefix, ListedObject[]] => [prefix, []]);
  return Object.fromEntries(lists) as Record<Prefix, ListedObject[]>;
}

/** Objects that stand beside another one under its name and an ending. */
function attached(objects: readonly BlobInfo[], prefix: Prefix, ending: string): readonly ListedObject[] {
  return objects.flatMap((info) => {
    const id = info.name.endsWith(ending) ? idOf(prefix, info.name.slice(0, -ending.length)) : undefined;
    return id === undefined ? [] : [{ ...info, id }];
  });
}

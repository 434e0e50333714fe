// All that lies in a repository, from one listing.

import type { Blobs } from '@cairn/engines';
import { configName, idOf, keyringName, type Prefix, prefixes, waitsName } from '../format/object-names.ts';

export type ListedObject = { readonly name: string; readonly id: string; readonly sizeBytes: number };

export type Listing = {
  readonly config: ListedObject | undefined;
  readonly keyring: ListedObject | undefined;
  readonly byPrefix: Readonly<Record<Prefix, readonly ListedObject[]>>;
  /** `condemned/<id>.waits`; `id` is that of the condemnation. */
  readonly waits: readonly ListedObject[];
  /** Names that no version of the format gives. */
  readonly foreign: readonly string[];
};

/** Reads the whole listing. About 200 bytes of memory for each object. */
export async function listObjects(blobs: Blobs, signal?: AbortSignal): Promise<Listing> {
  const byPrefix = emptyLists();
  const waits: ListedObject[] = [];
  const whole = new Map<string, ListedObject>();
  const foreign: string[] = [];
  for await (const { name, sizeBytes } of allBlobs(blobs, '', signal)) {
    const prefix = prefixOf(name);
    const id = prefix === undefined ? undefined : idOf(prefix, name);
    if (prefix !== undefined && id !== undefined) byPrefix[prefix].push({ name, id, sizeBytes });
    else if (waitedFor(name) !== undefined) waits.push({ name, id: waitedFor(name)!, sizeBytes });
    else if (name === configName || name === keyringName) whole.set(name, { name, id: name, sizeBytes });
    else foreign.push(name);
  }
  return { config: whole.get(configName), keyring: whole.get(keyringName), byPrefix, waits, foreign };
}

export async function* allBlobs(blobs: Blobs, prefix: string, signal?: AbortSignal) {
  let after: string | undefined;
  for (;;) {
    signal?.throwIfAborted();
    const page = await blobs.list(after === undefined ? { prefix } : { prefix, after });
    yield* page.blobs;
    after = page.blobs.at(-1)?.name;
    if (!page.more || after === undefined) return;
  }
}

function prefixOf(name: string): Prefix | undefined {
  return prefixNames.find((prefix) => name.startsWith(prefixes[prefix]));
}

const prefixNames = Object.keys(prefixes) as Prefix[];

function emptyLists(): Record<Prefix, ListedObject[]> {
  return { keys: [], packs: [], index: [], sessions: [], snapshots: [], condemned: [], verdicts: [] };
}

function waitedFor(name: string): string | undefined {
  const id = idOf('condemned', name.slice(0, -'.waits'.length));
  return id !== undefined && waitsName(id) === name ? id : undefined;
}

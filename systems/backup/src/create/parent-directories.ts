// Directories of the parent snapshot that are stored on their own (DESIGN.md, "Manifest"), fetched ahead of the walk.
//
// The walk comes to them depth first in the order of names, and so does the list here: when one arrives, those that it
// refers to are put behind it. At most `aheadMax` are held or under way, so memory is flat; the walk passing by those of
// directories that are gone drops them.

import { isLinkedDirectory, visitEntries } from '../check/visit-entries.ts';
import { BackupError } from '../errors.ts';
import { fingerprintBytes } from '../format/chunk-entry.ts';
import type { TreeReference } from '../format/tree-entry.ts';

export type StoredDirectory = Extract<TreeReference, { kind: 'chunks' }>;
export type ChunkAnswer = { readonly fingerprint: Uint8Array; readonly bytes: Uint8Array | undefined };

const aheadMax = 16;

type Listed = {
  readonly key: string;
  readonly directory: StoredDirectory;
  readonly parts: (Uint8Array | undefined)[];
  missing: number;
  state: 'listed' | 'requested' | 'held' | 'lost';
};

export class ParentDirectories {
  /** In the order in which the walk comes to them. */
  readonly #list: Listed[];
  /** Who waits for a chunk, by its fingerprint in hex. */
  readonly #waiting = new Map<string, { readonly listed: Listed; readonly part: number }[]>();

  /** Directories that arrived whole and hold what this version does not know. */
  notUnderstood = 0;

  constructor(root: StoredDirectory | undefined) {
    this.#list = root === undefined ? [] : [listedOf(root)];
  }

  /**
   * The bytes of the directory that the walk has come to; those before it are passed and forgotten. `waiting`: ask again
   * when more chunks were accepted. `lost`: it cannot be read, so nothing is known of what it held.
   */
  take(directory: StoredDirectory): Uint8Array | 'waiting' | 'lost' {
    const key = keyOf(directory.fingerprints);
    const at = this.#list.findIndex((listed) => listed.key === key);
    if (at < 0) this.#list.unshift(listedOf(directory));
    else this.#list.splice(0, at);
    const listed = this.#list[0]!;
    if (listed.state === 'listed' || listed.state === 'requested') return 'waiting';
    this.#list.shift();
    return listed.state === 'lost' ? 'lost' : joined(listed.parts as Uint8Array[]);
  }

  /** Fingerprints that are to be fetched now, those needed first in front. */
  wanted(): Uint8Array[] {
    const wanted: Uint8Array[] = [];
    for (const listed of this.#list.slice(0, aheadMax)) {
      if (listed.state !== 'listed') continue;
      listed.state = 'requested';
      for (let part = 0; part < listed.parts.length; part += 1) {
        const fingerprint = fingerprintAt(listed.directory.fingerprints, part);
        if (this.#await(keyOf(fingerprint), listed, part)) wanted.push(fingerprint);
      }
    }
    return wanted;
  }

  accept(answers: readonly ChunkAnswer[]): void {
    for (const { fingerprint, bytes } of answers) {
      const key = keyOf(fingerprint);
      const waiting = this.#waiting.get(key) ?? [];
      this.#waiting.delete(key);
      for (const { listed, part } of waiting) this.#fill(listed, part, bytes);
    }
  }

  /** True when nobody asked for it before. */
  #await(key: string, listed: Listed, part: number): boolean {
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) {
      waiting.push({ listed, part });
      return false;
    }
    this.#waiting.set(key, [{ listed, part }]);
    return true;
  }

  #fill(listed: Listed, part: number, bytes: Uint8Array | undefined): void {
    if (bytes === undefined) listed.state = 'lost';
    if (listed.state === 'lost') return;
    listed.parts[part] = bytes;
    listed.missing -= 1;
    if (listed.missing > 0) return;
    const references = this.#referencesIn(joined(listed.parts as Uint8Array[]));
    listed.state = references === undefined ? 'lost' : 'held';
    const at = this.#list.indexOf(listed);
    if (at >= 0) this.#list.splice(at + 1, 0, ...(references ?? []));
  }

  /** Every entry is read here, so what a newer version wrote is found before the walk relies on any of it. */
  #referencesIn(bytes: Uint8Array): Listed[] | undefined {
    try {
      return referencesIn(bytes);
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      this.notUnderstood += 1;
      return undefined;
    }
  }
}

/** Most directories are one chunk, which needs no copy. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

/** Directories stored on their own that these bytes refer to, those of inline directories included, in their order. */
function referencesIn(bytes: Uint8Array): Listed[] {
  const found: Listed[] = [];
  visitEntries(bytes, 'a directory of the parent', (cursor) => {
    if (!isLinkedDirectory(cursor)) return;
    const { lengthBytes } = cursor;
    found.push(listedOf({ kind: 'chunks', fingerprints: cursor.fingerprints(), lengthBytes }));
  });
  return found;
}

function listedOf(directory: StoredDirectory): Listed {
  const count = directory.fingerprints.length / fingerprintBytes;
  const parts = new Array<Uint8Array | undefined>(count);
  return { key: keyOf(directory.fingerprints), directory, parts, missing: count, state: 'listed' };
}

function fingerprintAt(fingerprints: Uint8Array, index: number): Uint8Array {
  return Uint8Array.from(fingerprints.subarray(index * fingerprintBytes, (index + 1) * fingerprintBytes));
}

function keyOf(fingerprints: Uint8Array): string {
  return Buffer.from(fingerprints.buffer, fingerprints.byteOffset, fingerprints.length).toString('hex');
}

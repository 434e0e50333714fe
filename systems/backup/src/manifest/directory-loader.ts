// Fetches the bytes of directories that are stored on their own. A directory that is needed is read together with those
// that a walk comes to next, in one call of `readChunks`, so that neighbours of a pack cost one request; what was read
// ahead is kept until it is asked for, and never more than a few of them.

import { damaged } from '../format/damaged.ts';
import type { TreeReference } from '../format/tree-entry.ts';

/** Of a repository, what reading a manifest needs. */
export type ChunkSource = {
  readChunks(
    fingerprints: Uint8Array,
    options?: { readonly signal?: AbortSignal },
  ): AsyncIterable<Uint8Array>;
};

/** How many directories are read at once: 16 of 64 KiB and more. */
export const directoriesAhead = 16;
/** What is read ahead has at most so many bytes: a directory of a million files has a hundred MiB. */
const bytesAheadMax = 32 * 1024 * 1024;

const fingerprintBytes = 32;
type ChunkedReference = Extract<TreeReference, { kind: 'chunks' }>;

export class DirectoryLoader {
  readonly #source: ChunkSource;
  readonly #ahead = new Map<string, Uint8Array>();

  constructor(source: ChunkSource) {
    this.#source = source;
  }

  /** Its bytes when they are at hand: the walk then goes on without waiting. */
  take(reference: TreeReference): Uint8Array | undefined {
    if (reference.kind === 'inline') return reference.bytes;
    const key = keyOf(reference);
    const bytes = this.#ahead.get(key);
    this.#ahead.delete(key);
    return bytes;
  }

  /**
   * The bytes of a directory; `next` are read along. Throws what `readChunks` throws when this one cannot be read, never
   * for one of `next`: that is tried again when it is asked for.
   */
  async load(reference: TreeReference, next: readonly TreeReference[] = []): Promise<Uint8Array> {
    const ready = this.take(reference);
    if (ready !== undefined) return ready;
    const first = reference as ChunkedReference;
    const group = [first, ...readAhead(next)];
    this.#ahead.clear();
    const loaded = await this.#readGroup(group);
    return loaded ?? this.#readOne(first);
  }

  async #readGroup(group: readonly ChunkedReference[]): Promise<Uint8Array | undefined> {
    let first: Uint8Array | undefined;
    let at = 0;
    try {
      for await (const bytes of this.#directories(group)) {
        if (at === 0) first = bytes;
        else this.#ahead.set(keyOf(group[at]!), bytes);
        at += 1;
      }
    } catch (error) {
      if (at === 0 && group.length === 1) throw error;
    }
    return first;
  }

  async #readOne(reference: ChunkedReference): Promise<Uint8Array> {
    for await (const bytes of this.#directories([reference])) return bytes;
    throw damaged('a directory', 'its chunks are missing');
  }

  /** The directories of `group`, in order, one after another. */
  async *#directories(group: readonly ChunkedReference[]): AsyncIterable<Uint8Array> {
    const pending = group.values();
    let current = pending.next().value!;
    let chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of this.#source.readChunks(concatenated(group.map((one) => one.fingerprints)))) {
      chunks.push(chunk);
      length += chunk.length;
      // Of a hostile manifest a few fingerprints of zeros may name more than the memory holds.
      if (length > current.lengthBytes)
        throw damaged('a directory', `it has more than its ${current.lengthBytes} bytes`);
      if (chunks.length * fingerprintBytes < current.fingerprints.length) continue;
      yield directoryBytes(chunks, current);
      [chunks, length] = [[], 0];
      const next = pending.next();
      if (next.done) return;
      current = next.value;
    }
    throw damaged('a directory', 'its chunks are missing');
  }
}

function readAhead(next: readonly TreeReference[]): readonly ChunkedReference[] {
  const group: ChunkedReference[] = [];
  let bytes = 0;
  for (const reference of next) {
    if (reference.kind !== 'chunks') continue;
    bytes += reference.lengthBytes;
    if (bytes > bytesAheadMax || group.length + 1 === directoriesAhead) break;
    group.push(reference);
  }
  return group;
}

function directoryBytes(chunks: readonly Uint8Array[], reference: ChunkedReference): Uint8Array {
  const bytes = chunks.length === 1 ? chunks[0]! : concatenated(chunks);
  if (bytes.length !== reference.lengthBytes)
    throw damaged('a directory', `it has ${bytes.length} bytes instead of ${reference.lengthBytes}`);
  return bytes;
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

function keyOf(reference: ChunkedReference): string {
  return Buffer.from(reference.fingerprints).toString('latin1');
}

// Manifests for tests, made by hand: trees of plain objects become the bytes of directories, which lie in memory.
//
//   const manifest = new SampleManifest();
//   const snapshot = manifest.snapshot([directory('home', [file('a.txt', 'contents'), symlink('b', 'a.txt')])]);
//   openTree(manifest, snapshot);

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Snapshot } from '../src/format/snapshot-record.ts';
import type { EntryContent, EntryType, TreeEntry, TreeReference } from '../src/format/tree-entry.ts';
import { TreeWriter } from '../src/format/tree-writer.ts';
import type { ChunkSource } from '../src/manifest/directory-loader.ts';
import { testSnapshot } from './memory-repository.ts';

export type SampleEntry = {
  readonly name: Uint8Array;
  readonly type: EntryType;
  readonly overrides: Partial<Omit<TreeEntry, 'type' | 'name' | 'content'>>;
  readonly children?: readonly SampleEntry[];
  /** Of a file, chunk by chunk. */
  readonly chunks?: readonly Uint8Array[];
  readonly sparse?: boolean;
  /** Of a file: false where no content could be read; it has no chunks then. */
  readonly readable?: boolean;
  /** What a liar says; else the sum of the chunks. */
  readonly sizeBytes?: number;
  readonly target?: Uint8Array;
  readonly device?: { readonly major: number; readonly minor: number };
};

type Overrides = SampleEntry['overrides'];
type Name = string | Uint8Array;

export function bytesOf(text: Name): Uint8Array {
  return typeof text === 'string' ? new TextEncoder().encode(text) : text;
}

export function directory(
  name: Name,
  children: readonly SampleEntry[],
  overrides: Overrides = {},
): SampleEntry {
  return { name: bytesOf(name), type: 'directory', children, overrides: { mode: 0o755, ...overrides } };
}

export function file(
  name: Name,
  contents: Name | readonly Uint8Array[],
  overrides: Overrides & { sparse?: boolean; readable?: boolean; sizeBytes?: number } = {},
): SampleEntry {
  const { sparse = false, readable = true, sizeBytes, ...others } = overrides;
  const chunks = Array.isArray(contents) ? contents : [bytesOf(contents as Name)];
  const lie = sizeBytes === undefined ? {} : { sizeBytes };
  return {
    name: bytesOf(name),
    type: 'file',
    chunks,
    sparse,
    readable,
    ...lie,
    overrides: { mode: 0o644, ...others },
  };
}

export function symlink(name: Name, target: Name, overrides: Overrides = {}): SampleEntry {
  return {
    name: bytesOf(name),
    type: 'symlink',
    target: bytesOf(target),
    overrides: { mode: 0o777, ...overrides },
  };
}

export function special(
  name: Name,
  type: 'fifo' | 'socket' | 'character-device' | 'block-device',
  overrides: Overrides = {},
): SampleEntry {
  const device = type.endsWith('device') ? { device: { major: 1, minor: 3 } } : {};
  return { name: bytesOf(name), type, overrides: { mode: 0o600, ...overrides }, ...device };
}

export const sampleTime = { seconds: 1_600_000_000, nanoseconds: 123_456_789 };

export class SampleManifest implements ChunkSource {
  /** Chunks by fingerprint in hex. */
  readonly chunks = new Map<string, Uint8Array>();
  /** How many chunks each call asked for. */
  readonly reads: number[] = [];
  readonly #inlineBytes: number;
  readonly #chunkBytes: number;
  readonly #fingerprint: (chunk: Uint8Array) => Uint8Array;

  /**
   * Directories of at least `inlineBytes` are stored on their own, in chunks of `chunkBytes`. `fingerprint` is that of the
   * repository that the chunks go to, if they do.
   */
  constructor({ inlineBytes = 64 * 1024, chunkBytes = 512 * 1024, fingerprint = sha256 } = {}) {
    this.#inlineBytes = inlineBytes;
    this.#chunkBytes = chunkBytes;
    this.#fingerprint = fingerprint;
  }

  async *readChunks(fingerprints: Uint8Array): AsyncIterable<Uint8Array> {
    this.reads.push(fingerprints.length / 32);
    for (let at = 0; at < fingerprints.length; at += 32) {
      const chunk = this.chunks.get(Buffer.from(fingerprints.subarray(at, at + 32)).toString('hex'));
      if (chunk === undefined) throw new Error('a chunk is missing');
      yield chunk;
    }
  }

  snapshot(children: readonly SampleEntry[]): Snapshot {
    const { bytes, summary } = this.#directory(children);
    const root = this.#stored(bytes);
    const snapshot = testSnapshot(root.fingerprints, { root, paths: ['/'] });
    const counts = { ...snapshot.summary, ...summary };
    return { kind: 'snapshot', id: '00'.repeat(16), ...snapshot, summary: counts };
  }

  /** The fingerprint of a chunk, which is kept. */
  store(chunk: Uint8Array): Uint8Array {
    const fingerprint = this.#fingerprint(chunk);
    this.chunks.set(Buffer.from(fingerprint).toString('hex'), chunk);
    return fingerprint;
  }

  #directory(children: readonly SampleEntry[]) {
    const writer = new TreeWriter();
    const sorted = children.toSorted((left, right) => Buffer.compare(left.name, right.name));
    for (const child of sorted) writer.append(this.#entry(child));
    return writer.finish();
  }

  #entry(sample: SampleEntry): TreeEntry {
    const { name, type, overrides } = sample;
    return {
      type,
      name,
      mode: 0o644,
      uid: 0,
      gid: 0,
      mtime: sampleTime,
      ctime: sampleTime,
      inode: 1n,
      ...overrides,
      content: this.#content(sample),
    };
  }

  #content(sample: SampleEntry): EntryContent {
    if (sample.type === 'directory') {
      const { bytes, summary } = this.#directory(sample.children!);
      const inline = bytes.length < this.#inlineBytes;
      return { kind: 'directory', summary, tree: inline ? { kind: 'inline', bytes } : this.#stored(bytes) };
    }
    if (sample.type === 'file') return this.#fileContent(sample);
    if (sample.target !== undefined) return { kind: 'symlink', target: sample.target };
    return sample.device === undefined ? { kind: 'none' } : { kind: 'device', ...sample.device };
  }

  #fileContent({ chunks, sparse, readable = true, sizeBytes }: SampleEntry): EntryContent {
    assert(chunks !== undefined && sparse !== undefined);
    const filled = chunks.filter((chunk) => chunk.length > 0);
    return {
      kind: 'file',
      sizeBytes: sizeBytes ?? filled.reduce((sum, chunk) => sum + chunk.length, 0),
      sparse,
      readable,
      fingerprints: new Uint8Array(Buffer.concat(filled.map((chunk) => this.store(chunk)))),
    };
  }

  #stored(bytes: Uint8Array): Extract<TreeReference, { kind: 'chunks' }> {
    const fingerprints: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += this.#chunkBytes)
      fingerprints.push(this.store(Uint8Array.from(bytes.subarray(at, at + this.#chunkBytes))));
    return {
      kind: 'chunks',
      fingerprints: new Uint8Array(Buffer.concat(fingerprints)),
      lengthBytes: bytes.length,
    };
  }
}

function sha256(chunk: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(chunk).digest());
}

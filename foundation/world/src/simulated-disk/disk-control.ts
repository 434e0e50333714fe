// The experimenter's hand on a simulated disk: orders faults, and looks at what a crash would leave.

import assert from 'node:assert/strict';
import { posix } from 'node:path';
import type { FaultyCall, Volume } from './volume.ts';

/** A bit of a file: `bit` counts from 0, the lowest of its byte. */
export type BitPosition = { readonly position: number; readonly bit: number };

export class DiskControl {
  readonly #volume: Volume;

  constructor(volume: Volume) {
    this.#volume = volume;
  }

  /** Flips one bit of what is stored. */
  rot(path: string, { position, bit }: BitPosition): void {
    const file = this.#volume.tree.file(posix.resolve('/', path));
    assert(file !== undefined, `could not rot ${path}: no such file`);
    assert(position < file.sizeBytes, `could not rot byte ${position} of ${path}: it has ${file.sizeBytes}`);
    file.rot({ position, bit });
  }

  /** Flips one bit anywhere, every byte of every file being as likely; undefined when there is none. */
  rotRandomBit(): ({ readonly path: string } & BitPosition) | undefined {
    const { random, tree } = this.#volume;
    const bytes = [...tree.files.values()].reduce((sum, file) => sum + file.sizeBytes, 0);
    if (bytes === 0) return undefined;
    let position = random.integer(bytes);
    for (const [path, file] of tree.files) {
      if (position < file.sizeBytes) {
        const bit = random.integer(8);
        file.rot({ position, bit });
        return { path, position, bit };
      }
      position -= file.sizeBytes;
    }
    assert.fail('a byte of the disk belongs to no file');
  }

  /** Leaves room for this many more bytes; a large number heals a full disk. */
  fill(bytesLeft: number): void {
    this.#volume.capacityBytes += bytesLeft - this.#volume.freeBytes;
  }

  /** The next `count` calls of this kind fail with `io`. */
  failNext(call: FaultyCall, count = 1): void {
    this.#volume.failNext(call, count);
  }

  /** Takes back every `failNext` that has not happened yet. */
  failNoMore(): void {
    this.#volume.failNoMore();
  }

  /** Paths of all files, as a process sees them, from the root. */
  files(): readonly string[] {
    return [...this.#volume.tree.files.keys()].sort();
  }

  /** What a process reads; undefined when there is no such file. */
  contents(path: string): Buffer | undefined {
    return this.#volume.tree.file(posix.resolve('/', path))?.contents();
  }

  /** Paths that a power loss at this moment is certain to keep. */
  durableFiles(): readonly string[] {
    return [...this.#volume.tree.durableFiles.keys()].sort();
  }

  /** What the synced part of a file whose name is durable holds; undefined when the name is not. */
  durableContents(path: string): Buffer | undefined {
    return this.#volume.tree.durableFiles.get(posix.resolve('/', path))?.durableContents();
  }
}

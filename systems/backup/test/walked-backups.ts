// Backups of one directory by the walk in memory, one after the other, each with the one before as its parent.

import * as fs from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@cairn/testing';
import {
  ChunksInMemory,
  entriesOf,
  type WalkInMemoryOptions,
  type WalkResult,
  walkInMemory,
} from './walk-in-memory.ts';

export class Backups {
  readonly directory: string;
  readonly store = new ChunksInMemory();
  last: WalkResult | undefined;

  constructor(directory: string) {
    this.directory = directory;
  }

  static async begin(t: Parameters<typeof temporaryDirectory>[0]): Promise<Backups> {
    return new Backups(await temporaryDirectory(t));
  }

  path(...names: string[]): string {
    return join(this.directory, ...names);
  }

  write(name: string, text: string | Buffer = name): string {
    fs.mkdirSync(join(this.path(name), '..'), { recursive: true });
    fs.writeFileSync(this.path(name), text);
    return this.path(name);
  }

  /** The next backup, with the one before as its parent. */
  run(options: Partial<WalkInMemoryOptions> = {}): WalkResult {
    this.last = walkInMemory(this.store, { paths: [this.directory], parent: this.last?.root, ...options });
    return this.last;
  }

  entries() {
    return entriesOf(this.store, this.last!.root);
  }

  /** That of the directory itself is `.`; those above it are everybody's, and change. */
  entry(name: string) {
    return this.entries().get(this.path(name))!;
  }

  /** Names below the directory that are in the last backup. */
  names(): string[] {
    const below = `${this.directory}/`;
    return [...this.entries().keys()]
      .filter((path) => path.startsWith(below))
      .map((path) => path.slice(below.length));
  }

  /** The content that is one chunk. */
  text(fingerprint: Uint8Array): string {
    return Buffer.from(this.store.chunks.get(Buffer.from(fingerprint).toString('hex'))!).toString();
  }

  /** Names of the files that the last backup read. */
  read(): string[] {
    return this.last!.read.map((path) => path.slice(this.directory.length + 1)).sort();
  }
}

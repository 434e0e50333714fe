// A directory on the disk that is changed at random: what a user and his programs do between two backups.

import * as fs from 'node:fs';
import type { SeededRandom } from '@cairn/world/simulated';

/** Long enough that a few hundred entries fill a directory that is stored on its own. */
const longName = 'n'.repeat(200);

export class GeneratedTree {
  readonly #root: string;
  readonly #random: SeededRandom;
  #count = 0;

  constructor(root: string, random: SeededRandom) {
    this.#root = root;
    this.#random = random;
  }

  /** Some of everything, and one directory of many entries. */
  fill(): void {
    for (let i = 0; i < 40; i += 1) this.change();
    const many = this.#newPath(this.#root);
    fs.mkdirSync(bytes(many));
    for (let i = 0; i < 300; i += 1) fs.writeFileSync(bytes(`${many}/${longName}${i}`), `${i}`);
  }

  /** One change somewhere. */
  change(): void {
    const changes = [
      () => this.#write(this.#newPath(this.#directory())),
      () => this.#write(this.#newPath(this.#directory())),
      () => fs.mkdirSync(bytes(this.#newPath(this.#directory()))),
      () =>
        fs.symlinkSync(bytes(`target ${this.#random.integer(100)}`), bytes(this.#newPath(this.#directory()))),
      () => this.#withEntry((path) => fs.rmSync(bytes(path), { recursive: true })),
      () => this.#withEntry((path) => fs.renameSync(bytes(path), bytes(this.#newPath(this.#root)))),
      () => this.#withEntry((path) => fs.lutimesSync(bytes(path), 1, this.#random.integer(2 ** 31))),
      () => this.#withFile((path) => fs.appendFileSync(bytes(path), 'more')),
      () => this.#withFile((path) => fs.chmodSync(bytes(path), this.#random.integer(0o10000))),
      () => this.#withFile((path) => fs.linkSync(bytes(path), bytes(this.#newPath(this.#directory())))),
      () => this.#withFile((path) => this.#replace(path)),
    ];
    changes[this.#random.integer(changes.length)]!();
  }

  #write(path: string): void {
    fs.writeFileSync(bytes(path), `content ${this.#random.integer(1000)}`.repeat(this.#random.integer(50)));
  }

  /** A file becomes a directory, or another file. */
  #replace(path: string): void {
    fs.rmSync(bytes(path));
    if (this.#random.integer(2) === 0) fs.mkdirSync(bytes(path));
    else this.#write(path);
  }

  #withFile(change: (path: string) => void): void {
    this.#withEntry((path) => {
      if (fs.lstatSync(bytes(path)).isFile()) change(path);
    });
  }

  #withEntry(change: (path: string) => void): void {
    const paths = this.#paths(this.#root);
    if (paths.length > 0) change(paths[this.#random.integer(paths.length)]!);
  }

  #directory(): string {
    const isDirectory = (path: string) => fs.lstatSync(bytes(path)).isDirectory();
    const directories = [this.#root, ...this.#paths(this.#root).filter(isDirectory)];
    return directories[this.#random.integer(directories.length)]!;
  }

  /** Names of every kind, so that the order of bytes and that of text differ. */
  #newPath(directory: string): string {
    this.#count += 1;
    const beginnings = ['a', 'Z', '.', '-', ' ', '\xff', '\x01', '\xc3\xa4', '\xf0\x9f\x98\x80', 'a.', 'ab'];
    return `${directory}/${beginnings[this.#random.integer(beginnings.length)]}${this.#count}`;
  }

  #paths(directory: string): string[] {
    return fs.readdirSync(bytes(directory), { encoding: 'latin1' }).flatMap((name) => {
      const path = `${directory}/${name}`;
      return fs.lstatSync(bytes(path)).isDirectory() ? [path, ...this.#paths(path)] : [path];
    });
  }
}

function bytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

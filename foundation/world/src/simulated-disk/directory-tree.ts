// The names of a simulated disk: those that a process sees, those that are durable, and the changes in between.
//
// A change becomes durable when its folder is synced; that of a rename is the folder of the new name. A power loss keeps or
// loses each of the others as the seed says, a rename as a whole, as journaling file systems do. Changes of one name are
// never kept out of order: if the creation of `a` is lost, so is its renaming.

import { posix } from 'node:path';
import type { SeededRandom } from '../simulated/seeded-random.ts';
import type { StoredFile } from './stored-file.ts';

type Change = {
  /** Whose sync makes it durable. */
  readonly directory: string;
  readonly link?: { readonly path: string; readonly file: StoredFile };
  readonly unlink?: { readonly path: string };
};

export class DirectoryTree {
  #files = new Map<string, StoredFile>();
  readonly #durable = new Map<string, StoredFile>();
  readonly #directories = new Set<string>(['/']);
  #changes: Change[] = [];

  file(path: string): StoredFile | undefined {
    return this.#files.get(path);
  }

  isDirectory(path: string): boolean {
    return this.#directories.has(path);
  }

  get files(): ReadonlyMap<string, StoredFile> {
    return this.#files;
  }

  get durableFiles(): ReadonlyMap<string, StoredFile> {
    return this.#durable;
  }

  namesIn(directory: string): string[] {
    const names: string[] = [];
    for (const path of this.#files.keys())
      if (posix.dirname(path) === directory) names.push(posix.basename(path));
    for (const path of this.#directories) {
      if (path !== '/' && posix.dirname(path) === directory) names.push(posix.basename(path));
    }
    return names;
  }

  /** Makes the folder and its parents, durable at once: `makeDirectory` syncs what it makes. */
  makeDirectory(path: string): void {
    for (let level = path; !this.#directories.has(level); level = posix.dirname(level))
      this.#directories.add(level);
  }

  link(path: string, file: StoredFile): void {
    this.#change({ directory: posix.dirname(path), link: { path, file } });
  }

  unlink(path: string): void {
    this.#change({ directory: posix.dirname(path), unlink: { path } });
  }

  rename({ from, to }: { from: string; to: string }): void {
    const file = this.#files.get(from);
    if (file === undefined || from === to) return;
    this.#change({ directory: posix.dirname(to), link: { path: to, file }, unlink: { path: from } });
  }

  /** The changes that a sync of this folder, started now, makes durable. */
  beginSync(directory: string): readonly Change[] {
    return this.#changes.filter((change) => change.directory === directory);
  }

  completeSync(begun: readonly Change[]): void {
    const synced = new Set(begun);
    for (const change of this.#changes) if (synced.has(change)) apply(this.#durable, change);
    this.#changes = this.#changes.filter((change) => !synced.has(change));
  }

  losePower(random: SeededRandom): void {
    const keepProbability = random.pick([0, 1, random.float()]);
    const lost = new Set<string>();
    for (const change of this.#changes) {
      const names = namesOf(change);
      const kept = random.chance(keepProbability) && !names.some((name) => lost.has(name));
      if (kept) apply(this.#durable, change);
      else for (const name of names) lost.add(name);
    }
    this.#changes = [];
    this.#files = new Map(this.#durable);
  }

  #change(change: Change): void {
    apply(this.#files, change);
    this.#changes.push(change);
  }
}

function apply(names: Map<string, StoredFile>, { link, unlink }: Change): void {
  if (unlink !== undefined) names.delete(unlink.path);
  if (link !== undefined) names.set(link.path, link.file);
}

function namesOf({ link, unlink }: Change): string[] {
  return [link?.path, unlink?.path].filter((path) => path !== undefined);
}

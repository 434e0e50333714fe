// What of a directory is left out: the user's patterns, ignore files, directories that say they are a cache
// (https://bford.info/cachedir/), and files that are too large.

import { closeSync, constants, openSync, readSync } from 'node:fs';
import { cacheTagName, cacheTagSignature } from '../filesystem/cache-tag.ts';
import { ExcludeScope } from './exclude-scope.ts';
import { matchableText, patternLines } from './matchable-text.ts';
import type { ExcludeRules } from './walker-messages.ts';

/** More than any ignore file needs; what is behind it in a file that is none cannot fill the memory. */
const ignoreFileBytesMax = 1 << 20;

export const noExcludes: ExcludeRules = { patterns: [], caches: false, ignoreFiles: [] };

/** The rules that are in force in one directory. Paths are absolute, one byte per character. */
export class DirectoryRules {
  readonly #rules: ExcludeRules;
  readonly #own: ExcludeScope | undefined;
  readonly #files: ExcludeScope | undefined;

  private constructor(rules: ExcludeRules, own: ExcludeScope | undefined, files: ExcludeScope | undefined) {
    this.#rules = rules;
    this.#own = own;
    this.#files = files;
  }

  static of(rules: ExcludeRules): DirectoryRules {
    const own = rules.patterns.length === 0 ? undefined : ExcludeScope.ofCommand(rules.patterns);
    return new DirectoryRules(rules, own, undefined);
  }

  /** Those of a directory with these names in it; reads its ignore files. `onProblem` gets those that cannot be read. */
  within(
    directory: string,
    names: readonly string[],
    onProblem: (path: string, error: unknown) => void,
  ): DirectoryRules {
    let files = this.#files;
    for (const name of this.#rules.ignoreFiles) {
      if (!names.includes(name)) continue;
      const path = `${directory}/${name}`;
      try {
        const lines = patternLines(readStart(path, ignoreFileBytesMax));
        files = new ExcludeScope(`${matchableText(directory)}/`, lines, files);
      } catch (error) {
        onProblem(path, error);
      }
    }
    return files === this.#files ? this : new DirectoryRules(this.#rules, this.#own, files);
  }

  /** Whether an entry is left out by its name. */
  excludes(path: string, isDirectory: boolean): boolean {
    if (this.#own === undefined && this.#files === undefined) return false;
    const text = matchableText(path);
    const decision = this.#own?.decide(text, isDirectory) ?? this.#files?.decide(text, isDirectory);
    return decision === 'excluded';
  }

  /** Whether a file is left out by its size. */
  excludesSize(sizeBytes: number): boolean {
    return this.#rules.largerThanBytes !== undefined && sizeBytes > this.#rules.largerThanBytes;
  }

  /** Whether only the tag of this directory is kept, because it says that the rest is a cache. */
  isCache(directory: string, names: readonly string[]): boolean {
    return this.#rules.caches && names.includes(cacheTagName) && hasSignature(`${directory}/${cacheTagName}`);
  }
}

function hasSignature(path: string): boolean {
  try {
    return readStart(path, cacheTagSignature.length) === cacheTagSignature;
  } catch {
    // A tag that cannot be read marks nothing: better to keep a cache than to lose what is none.
    return false;
  }
}

/** The first bytes of a file, one per character. A link is not followed, and a FIFO does not make it wait. */
function readStart(path: string, bytesMax: number): string {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = openSync(Buffer.from(path, 'latin1'), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const bytes = Buffer.alloc(Math.min(bytesMax, 64 * 1024));
    let text = '';
    while (text.length < bytesMax) {
      const read = readSync(file, bytes, 0, Math.min(bytes.length, bytesMax - text.length), null);
      if (read === 0) break;
      text += bytes.toString('latin1', 0, read);
    }
    return text;
  } finally {
    closeSync(file);
  }
}

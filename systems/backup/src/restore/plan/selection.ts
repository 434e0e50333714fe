// Which paths of a snapshot are restored, by the patterns of the user. Every question is about a path alone, so it may be
// asked at any time and twice.

import { compilePathPattern, matchesAny, type PathPattern } from '../../manifest/path-pattern.ts';

const slash = 0x2f;

export class Selection {
  readonly #includes: readonly PathPattern[];
  readonly #excludes: readonly PathPattern[];
  /** Patterns for the directories on the way to what is included; undefined when it may be anywhere. */
  readonly #ways: readonly PathPattern[] | undefined;

  constructor({
    includes = [],
    excludes = [],
  }: { includes?: readonly string[]; excludes?: readonly string[] }) {
    this.#includes = includes.map((text) => compilePathPattern(text));
    this.#excludes = excludes.map((text) => compilePathPattern(text));
    const ways = includes.map(waysTo);
    this.#ways = ways.every((way) => way !== undefined)
      ? ways.flat().map((text) => compilePathPattern(text))
      : undefined;
  }

  /** Without patterns, everything is. */
  get isEverything(): boolean {
    return this.#includes.length === 0 && this.#excludes.length === 0;
  }

  /** Whether an entry is restored: it, or a directory above it, is included, and none is excluded. */
  selects(path: Uint8Array): boolean {
    if (this.isEverything) return true;
    const above = pathsTo(path);
    if (above.some((one) => matchesAny(this.#excludes, one))) return false;
    return this.#includes.length === 0 || above.some((one) => matchesAny(this.#includes, one));
  }

  /** Whether something in a directory may be selected. */
  mayEnter(directory: Uint8Array): boolean {
    if (this.isEverything) return true;
    if (matchesAny(this.#excludes, directory)) return false;
    return this.#ways === undefined || matchesAny(this.#ways, directory) || this.selects(directory);
  }
}

/** `/a/b*` is reached through `/a`. A pattern that is not anchored, or spans directories, may match anywhere. */
function waysTo(text: string): readonly string[] | undefined {
  if (!text.startsWith('/') || text.includes('**') || text.includes('\\') || text.includes('['))
    return undefined;
  const names = text.split('/').filter((name) => name !== '');
  return names.slice(1).map((_, at) => `/${names.slice(0, at + 1).join('/')}`);
}

/** The path itself and those of all directories above it but the root. */
function pathsTo(path: Uint8Array): readonly Uint8Array[] {
  const paths = [path];
  for (let at = path.lastIndexOf(slash); at > 0; at = path.lastIndexOf(slash, at - 1))
    paths.push(path.subarray(0, at));
  return paths;
}

// What each key may hold: the trivial model that the storage is checked against.
//
// A key has a set of possible values. An acknowledged change leaves one; a change whose answer never came (a crash, an
// error) leaves two, the one before and the one after; whoever looks first narrows them down to what was seen, and from
// then on nothing else may be seen.

import assert from 'node:assert/strict';

/** The content of an object by its etag; undefined when there is no object. */
export type Value = { readonly etag: string; readonly content: Buffer } | undefined;

export type Attempt = {
  acknowledged(value: Value): void;
  /** The answer was an error: nothing may have changed. */
  refused(): void;
};

export class Model {
  readonly #possible = new Map<string, readonly Value[]>();
  readonly #ever = new Set<string>();

  /** A change begins: until it is answered it may have happened or not. */
  begin(key: string, values: readonly Value[]): Attempt {
    const before = this.possible(key);
    this.#possible.set(key, [...before, ...values]);
    for (const value of values) this.#ever.add(`${key} ${value?.etag}`);
    return {
      acknowledged: (value) => this.#possible.set(key, [value]),
      refused: () => this.#possible.set(key, before),
    };
  }

  /** Whether the key may ever have held this. */
  everHeld(key: string, etag: string): boolean {
    return this.#ever.has(`${key} ${etag}`);
  }

  possible(key: string): readonly Value[] {
    return this.#possible.get(key) ?? [undefined];
  }

  /** What a read found; fails when that cannot be. */
  observed(key: string, etag: string | undefined): Value {
    const possible = this.possible(key);
    const seen = possible.find((value) => value?.etag === etag);
    const known = possible.some((value) => value?.etag === etag);
    const wanted = possible.map((value) => value?.etag ?? 'nothing').join(' or ');
    assert(known, `${key} holds ${etag ?? 'nothing'}, acknowledged was ${wanted}`);
    this.#possible.set(key, [seen]);
    return seen;
  }
}

// What each key may hold: the trivial model that the storage is checked against.
//
// A key has a set of possible states, each a list of versions, the newest first. An acknowledged change leaves one; a
// change whose answer never came (a crash, an error) leaves two, the one before and the one after; whoever looks first
// narrows them down to what was seen, and from then on nothing else may be seen. Without versioning a state is one
// version, `null`, or none.

import assert from 'node:assert/strict';
import type { Versioning } from '@cairn/object-storage';

/** The content of an object by its etag; undefined when there is no object. */
export type Value = { readonly etag: string; readonly content: Buffer } | undefined;

/** `id` is undefined until it was seen; without a value it is a delete marker. */
type Version = { readonly id: string | undefined; readonly value: Value };
type State = readonly Version[];

/** As a listing shows one: a delete marker has no etag. */
export type SeenVersion = { readonly id: string; readonly etag: string | undefined };

export type Attempt = {
  /** `id`: of the version that it made, if it made one. */
  acknowledged(value: Value, id?: string): void;
  /** The answer was an error: nothing may have changed. */
  refused(): void;
};

export class Model {
  /** Changed only while nothing else happens, so it is always known. */
  versioning: Versioning | undefined;
  readonly #possible = new Map<string, readonly State[]>();
  readonly #ever = new Set<string>();

  /** A put or, with no value, a deletion begins: until it is answered it may have happened or not. */
  begin(key: string, values: readonly Value[]): Attempt {
    const before = this.#states(key);
    const after = values.flatMap((value) =>
      before.map((state) => this.#with(state, { id: undefined, value })),
    );
    this.#possible.set(key, [...before, ...after]);
    for (const value of values) this.#ever.add(`${key} ${value?.etag}`);
    return {
      acknowledged: (value, id) =>
        this.#possible.set(
          key,
          before.map((state) => this.#with(state, { id, value })),
        ),
      refused: () => this.#possible.set(key, before),
    };
  }

  /** The deletion of one version begins. */
  beginDeletion(key: string, id: string): Attempt {
    const before = this.#states(key);
    const after = before.map((state) => state.filter((version) => version.id !== id));
    this.#possible.set(key, [...before, ...after]);
    return {
      acknowledged: () => this.#possible.set(key, after),
      refused: () => this.#possible.set(key, before),
    };
  }

  #with(state: State, version: Version): State {
    switch (this.versioning) {
      case undefined:
        return version.value === undefined ? [] : [{ ...version, id: 'null' }];
      case 'enabled':
        return [version, ...state];
      case 'suspended':
        return [{ ...version, id: 'null' }, ...state.filter(({ id }) => id !== 'null')];
    }
  }

  /** Whether the key may ever have held this. */
  everHeld(key: string, etag: string): boolean {
    return this.#ever.has(`${key} ${etag}`);
  }

  possible(key: string): readonly Value[] {
    return this.#states(key).map(currentOf);
  }

  /** The ids that a client may know of. */
  knownIds(key: string): readonly string[] {
    const ids = this.#states(key).flatMap((state) => state.map(({ id }) => id));
    return [...new Set(ids)].filter((id) => id !== undefined);
  }

  /** What a read found; fails when that cannot be. */
  observed(key: string, etag: string | undefined): Value {
    return currentOf(this.#narrow(key, etag ?? 'nothing', (state) => currentOf(state)?.etag === etag)[0]!);
  }

  /** What a read by id found: a value, or nothing, which may be a delete marker. */
  observedVersion(key: string, id: string, etag: string | undefined): Value {
    const valueIn = (state: State) => state.find((version) => version.id === id)?.value;
    const seen = `${etag ?? 'nothing'} as ${id}`;
    return valueIn(this.#narrow(key, seen, (state) => valueIn(state)?.etag === etag)[0]!);
  }

  /** What a listing of all versions found, the newest first. */
  observedVersions(key: string, seen: readonly SeenVersion[]): void {
    const fits = (state: State) =>
      state.length === seen.length &&
      state.every(
        ({ id, value }, index) =>
          value?.etag === seen[index]!.etag && (id === undefined || id === seen[index]!.id),
      );
    const description = seen.map(({ id, etag }) => `${id} ${etag ?? 'marker'}`).join(', ');
    const [state] = this.#narrow(key, `the versions ${description}`, fits);
    this.#possible.set(key, [state!.map(({ value }, index) => ({ id: seen[index]!.id, value }))]);
  }

  #narrow(key: string, seen: string, fits: (state: State) => boolean): readonly State[] {
    const possible = this.#states(key);
    const left = possible.filter(fits);
    const wanted = possible.map(describe).join(' or ');
    assert(left.length > 0, `${key} holds ${seen}, acknowledged was ${wanted}`);
    this.#possible.set(key, left);
    return left;
  }

  #states(key: string): readonly State[] {
    return this.#possible.get(key) ?? [[]];
  }
}

function currentOf(state: State): Value {
  return state[0]?.value;
}

function describe(state: State): string {
  return state.map(({ id, value }) => `${id ?? '?'} ${value?.etag ?? 'marker'}`).join(', ') || 'nothing';
}

// What a checker knows of keys and tokens: what was acknowledged, what was not, and what follows for a login.
//
//   known as  | a login must
//   works     | succeed, with the right owner
//   ended     | fail
//   unknown   | do either: a change was begun and nobody heard how it ended

import assert from 'node:assert/strict';

export type Knowledge = 'works' | 'ended' | 'unknown';

/** A key or a token. */
export type Entry = {
  readonly user: string;
  readonly id: string;
  readonly secret: string;
  state: Knowledge;
  /** Changes begun on it so far: what was learned before the latest began says nothing of it. */
  changes: number;
};

export type TokenEntry = Entry & { readonly key: Entry };

export class KeyLedger {
  readonly keys: Entry[] = [];
  readonly tokens: TokenEntry[] = [];
  readonly users = new Map<string, Knowledge>();

  userState(user: string): Knowledge {
    return this.users.get(user) ?? 'ended';
  }

  addKey(key: { user: string; id: string; secret: string }): void {
    this.keys.push({ ...key, state: 'works', changes: 0 });
  }

  addToken(token: { id: string; secret: string; key: Entry }): void {
    this.tokens.push({ ...token, user: token.key.user, state: token.key.state, changes: 0 });
  }

  keysOf(user: string): Entry[] {
    return this.keys.filter((key) => key.user === user);
  }

  /** A change of a key begins: nothing is known of it, nor of its tokens, until the change is known to have ended. */
  begin(key: Entry): void {
    for (const entry of [key, ...this.#tokensOf(key)]) {
      entry.changes++;
      if (entry === key || entry.state === 'works') entry.state = 'unknown';
    }
  }

  /** A change was acknowledged. A token that ended never works again, whatever becomes of its key. */
  end(key: Entry, state: 'works' | 'ended'): void {
    key.state = state;
    if (state === 'works') return;
    for (const token of this.#tokensOf(key)) token.state = 'ended';
  }

  /** A change was refused: all is as it was before. */
  undo(key: Entry, before: readonly Knowledge[]): void {
    for (const [index, entry] of [key, ...this.#tokensOf(key)].entries()) entry.state = before[index]!;
  }

  snapshot(key: Entry): readonly Knowledge[] {
    return [key, ...this.#tokensOf(key)].map(({ state }) => state);
  }

  #tokensOf(key: Entry): TokenEntry[] {
    return this.tokens.filter((token) => token.key === key);
  }
}

/** Fails when a login went otherwise than it must. */
export function assertLogin(
  entry: Entry,
  { known, loggedIn }: { known: Knowledge; loggedIn: boolean },
): void {
  if (known === 'unknown') return;
  assert.equal(
    loggedIn,
    known === 'works',
    `${entry.id} of ${entry.user}: known as "${known}", login: ${loggedIn}`,
  );
}

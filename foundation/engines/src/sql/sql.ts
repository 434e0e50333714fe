// The sql port: named transactions over a store, the same against every engine.
//
// A system describes its tables and its transactions once, as a `Store` (see store.ts). A transaction is a procedure:
// a generator that yields statements and is driven by the engine, synchronously on SQLite's own thread (one message per
// batch of calls, one sync per batch), with awaits on PostgreSQL. So one code runs everywhere, costs one round trip,
// and never holds a lock while the event loop does something else.
//
// Every procedure is one serializable transaction. An engine may run a procedure again after a conflict: it must have
// no effect besides its statements and depend on nothing but its input and what it read.

import type { InputOf, OutputOf, Store } from './store.ts';

export type Sql<S extends Store> = {
  /**
   * Runs a writing procedure; resolves once its effects are durable (see `durability`). Rejects with SqlError, and then
   * nothing of it happened; only after `unavailable` it may be unknown whether it did (`mayHaveHappened` says so), because
   * what failed or was lost may have been the answer to a commit.
   */
  write<N extends keyof S['writes'] & string>(
    name: N,
    input: InputOf<S['writes'][N]>,
  ): Promise<OutputOf<S['writes'][N]>>;
  /** Runs a reading procedure that may scan; sees every write that was acknowledged before the call. */
  read<N extends keyof S['reads'] & string>(
    name: N,
    input: InputOf<S['reads'][N]>,
  ): Promise<OutputOf<S['reads'][N]>>;
  /**
   * The same for a reading procedure that only fetches a few rows by key. The embedded engine runs it on the calling
   * thread through a read-only connection, where it costs a tenth of a round trip to a worker.
   */
  lookup<N extends keyof S['reads'] & string>(
    name: N,
    input: InputOf<S['reads'][N]>,
  ): Promise<OutputOf<S['reads'][N]>>;
  /** Looks for damage in the engine's own structures; one line per finding, none when sound. */
  check(): Promise<readonly string[]>;
  /**
   * Finishes what was submitted. Later calls reject. What a server has not finished when it would count as gone is broken
   * off, and rejects with `unavailable`.
   */
  close(): Promise<void>;
};

/**
 * `synced`: acknowledged means it survives power loss. `os`: it survives the process, and a power loss takes back at
 * most a suffix of the acknowledged transactions; only for what its owner can rebuild.
 */
export type SqlDurability = 'synced' | 'os';

/** SQLite and PostgreSQL values that mean the same in both; integers are within Number.MAX_SAFE_INTEGER. */
export type SqlValue = string | number | Uint8Array | null;

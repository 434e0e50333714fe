// Lookups on the calling thread. Those of one turn of its loop share a read transaction: to begin and end one costs more
// system calls than the lookup itself has work. It ends with the turn, so that it never keeps the writer from beginning
// the log anew, and whenever a write was answered, which the next lookup has to see.

import { drive, procedureOf } from '../drive.ts';
import type { Store } from '../store.ts';
import type { SqliteConnection } from './sqlite-connection.ts';

/** Counts answered writes of all databases of this thread, failed ones too: the same file may be open twice. */
let answered = 0;

export function noteAnswered(): void {
  answered += 1;
}

export class SqliteLookups {
  readonly #store: Store;
  readonly #connection: SqliteConnection;
  /** What was answered when the transaction began; undefined while there is none. */
  #since: number | undefined;

  constructor(store: Store, connection: SqliteConnection) {
    this.#store = store;
    this.#connection = connection;
  }

  run(name: string, input: unknown): unknown {
    const procedure = procedureOf(this.#store, 'reads', name);
    this.#begin();
    return drive(procedure(input), this.#connection.execute);
  }

  close(): void {
    this.#end();
    this.#connection.close();
  }

  #begin(): void {
    if (this.#since === answered) return;
    if (this.#since === undefined) setImmediate(this.#end);
    else this.#connection.rollback();
    this.#connection.begin();
    this.#since = answered;
  }

  readonly #end = (): void => {
    if (this.#since === undefined) return;
    this.#since = undefined;
    try {
      this.#connection.rollback();
    } catch {} // Nobody waits for it here; if the connection is beyond use, the next lookup says why.
  };
}

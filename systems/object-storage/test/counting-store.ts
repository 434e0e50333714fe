// The metadata store, with a count of the statements of its writes: on PostgreSQL each is a round trip.

import type { Transaction } from '@cairn/engines';
import metadataStore from '../src/metadata/store.ts';

type Write = (input: never) => Transaction<unknown>;

export class CountingStore {
  statements = 0;
  readonly store: typeof metadataStore;

  constructor() {
    const writes = Object.entries(metadataStore.writes).map(([name, write]) => [
      name,
      (input: never) => this.#counted((write as Write)(input)),
    ]);
    this.store = { ...metadataStore, writes: Object.fromEntries(writes) };
  }

  *#counted<Output>(transaction: Transaction<Output>): Transaction<Output> {
    let next = transaction.next();
    while (!next.done) {
      this.statements += 1;
      next = transaction.next(yield next.value);
    }
    return next.value;
  }

  /** How many statements `act` took. */
  async during(act: () => Promise<unknown>): Promise<number> {
    const before = this.statements;
    await act();
    return this.statements - before;
  }
}

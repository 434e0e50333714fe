// Notices a cursor that goes round in circles: an index or a tree of the metadata store that rotted gives rows out of their
// order, and who goes on behind the last one of a page may come by the same page for ever.
//
// Brent's algorithm: the place that is kept is another one after 1, 2, 4, 8 ... steps, so whatever the length of the circle,
// it is noticed after at most three times as many steps as there are, and only one place is remembered.

import { SqlError } from '@cairn/engines';

export class CursorWatch {
  #kept: string | undefined;
  #steps = 0;
  #keptUntil = 1;

  /** Throws SqlError `corrupt` at a place that was passed before. */
  passed(cursor: unknown): void {
    const place = JSON.stringify(cursor);
    if (place === this.#kept) {
      const detail = `what comes behind ${place} comes before it: an index is damaged`;
      throw new SqlError('corrupt', { attempted: 'go through all rows', detail });
    }
    this.#steps++;
    if (this.#steps < this.#keptUntil) return;
    this.#kept = place;
    this.#keptUntil = 2 * this.#steps;
  }
}

// Notices a cursor that goes round in circles: an index or a tree of the metadata store that rotted gives rows out of their
// order, and who goes on behind the last one of a page may come by the same page for ever. So may a listing of another server.
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
    if (!this.comesAgain(cursor)) return;
    const detail = `what comes behind ${JSON.stringify(cursor)} comes before it: an index is damaged`;
    throw new SqlError('corrupt', { attempted: 'go through all rows', detail });
  }

  /** Whether the place was passed before. */
  comesAgain(cursor: unknown): boolean {
    const place = JSON.stringify(cursor);
    if (place === this.#kept) return true;
    this.#steps++;
    if (this.#steps < this.#keptUntil) return false;
    this.#kept = place;
    this.#keptUntil = 2 * this.#steps;
    return false;
  }
}

// Work on one name after the other, on different names at once.

import { Turns } from '../index/turns.ts';

export class KeyedTurns {
  readonly #waiting = new Map<string, { readonly turns: Turns; count: number }>();

  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const entry = this.#waiting.get(key) ?? { turns: new Turns(), count: 0 };
    this.#waiting.set(key, entry);
    entry.count += 1;
    try {
      return await entry.turns.take(work);
    } finally {
      entry.count -= 1;
      if (entry.count === 0) this.#waiting.delete(key);
    }
  }
}

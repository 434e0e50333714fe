// What a writer sent, in its order, and what became of each batch: held against what is read.

import assert from 'node:assert/strict';

/** `absent`: it must not be seen; `unknown`: nobody was told, so it is there whole or not at all. */
export type Outcome = 'acknowledged' | 'unknown' | 'absent';
export type WrittenBatch = { readonly texts: readonly string[]; outcome: Outcome };

export class WrittenBatches {
  readonly batches: WrittenBatch[] = [];

  get acknowledged(): number {
    return this.batches.filter(({ outcome }) => outcome === 'acknowledged').length;
  }

  add(texts: readonly string[]): WrittenBatch {
    const batch: WrittenBatch = { texts, outcome: 'unknown' };
    this.batches.push(batch);
    return batch;
  }

  /**
   * Every acknowledged text is there, in the order in which it was written and once, and nothing else but unknown batches that
   * are whole. What was unknown is known then.
   */
  verify(seen: readonly string[], where: string): void {
    let at = 0;
    for (const batch of this.batches) {
      const isThere = seen[at] === batch.texts[0];
      if (batch.outcome === 'acknowledged' || (batch.outcome === 'unknown' && isThere)) {
        assert.deepEqual(seen.slice(at, at + batch.texts.length), batch.texts, `${where}, record ${at}`);
        at += batch.texts.length;
      }
      if (batch.outcome === 'unknown') batch.outcome = isThere ? 'acknowledged' : 'absent';
    }
    assert.deepEqual(seen.slice(at), [], `${where}: what nobody was told of, or for the second time`);
  }
}

/** Mostly short, some of several sectors. */
export function writtenTexts(name: string, { from, count }: { from: number; count: number }): string[] {
  const sizes = [1, 10, 600, 5_000, 30];
  return Array.from({ length: count }, (_, index) => {
    const sequence = from + index;
    return `${name} ${sequence} ${'x'.repeat(sizes[sequence % sizes.length]!)}`;
  });
}

export function writerOf(text: string): string {
  return text.slice(0, text.indexOf(' '));
}

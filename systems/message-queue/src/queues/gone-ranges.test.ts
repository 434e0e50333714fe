import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '@cairn/world/simulated';
import { GoneRanges, type RangeChange } from './gone-ranges.ts';

test('ranges that touch become one, and rows say the same as memory', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = new SeededRandom(seed);
    const [rows, gone] = [new Map<number, number>(), new Set<number>()];
    const ranges = new GoneRanges();
    const write = (changes: readonly RangeChange[]): void => {
      for (const { first, last } of changes) {
        if (last === undefined) rows.delete(first);
        else rows.set(first, last);
      }
    };
    let head = 0;
    for (let step = 0; step < 200; step++) {
      const offset = head + random.integer(60);
      if (random.chance(0.9) && !gone.has(offset)) {
        gone.add(offset);
        write(ranges.add(offset));
      } else if (random.chance(0.3)) {
        const end = head + 1 + random.integer(10);
        for (let each = head; each < end; each++) gone.add(each);
        const range = ranges.addThrough(head, end);
        for (const first of [...rows.keys()]) if (first <= range.last) rows.delete(first);
        write([range]);
      } else {
        const end = ranges.after(head);
        const cut = head + random.integer(end - head + 1);
        write(ranges.cut(head, cut));
        for (let each = head; each < cut; each++) gone.delete(each);
        head = cut;
      }
      const entries = ranges.entries().toSorted((a, b) => a.first - b.first);
      assert.deepEqual(
        new Map(entries.map(({ first, last }) => [first, last])),
        new Map([...rows].sort(([a], [b]) => a - b)),
        `seed ${seed}`,
      );
      const expanded = entries.flatMap(({ first, last }) =>
        Array.from({ length: last - first + 1 }, (_, at) => first + at),
      );
      assert.deepEqual(
        expanded,
        [...gone].sort((a, b) => a - b),
        `seed ${seed}`,
      );
      assert.equal(ranges.total, gone.size);
      for (const [index, { last }] of entries.entries())
        assert(index === entries.length - 1 || entries[index + 1]!.first > last + 1, 'two ranges touch');
    }
  }
});

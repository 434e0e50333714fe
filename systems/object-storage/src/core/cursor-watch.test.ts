import assert from 'node:assert/strict';
import test from 'node:test';
import { CursorWatch } from './cursor-watch.ts';

test('a circle is noticed, however long it is and however late it begins, within three rounds', () => {
  for (const straight of [0, 1, 7, 100]) {
    for (const circle of [1, 2, 5, 64, 1_000]) {
      const watch = new CursorWatch();
      let steps = 0;
      const go = () => {
        for (; steps <= 3 * (straight + circle); steps++)
          watch.passed({ at: steps < straight ? steps : straight + ((steps - straight) % circle) });
      };
      assert.throws(go, { code: 'corrupt' }, `${straight} steps, then circles of ${circle}`);
    }
  }
});

test('what goes on is let go on', () => {
  const watch = new CursorWatch();
  for (let step = 0; step < 10_000; step++) watch.passed({ table: 'object', bucket: 1, key: `${step}` });
});

// What zstd holds for a thread is given back at its end, once each.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directZstd } from './zstd.ts';
import { type ZstdLibrary, zstdLibrary } from './zstd-library.ts';

const skip = zstdLibrary === undefined && 'this Node does not export zstd';

test('the pinned Node exports zstd: an upgrade that ends this would cost half of the speed', () => {
  assert.notEqual(zstdLibrary, undefined);
});

test('every context that was made is freed when its thread ends', { skip }, () => {
  const made: bigint[] = [];
  const freed: bigint[] = [];
  const watched = new Proxy(zstdLibrary!, {
    get(library, name: keyof ZstdLibrary) {
      const call = library[name] as (...values: unknown[]) => bigint;
      return (...values: unknown[]) => {
        if (/_free/.test(name)) freed.push(values[0] as bigint);
        const result = call(...values);
        if (/_create|_new$/.test(name)) made.push(result);
        return result;
      };
    },
  });
  const waiting: (() => void)[] = [];
  const freeLater = (free: () => void) => waiting.push(free);
  directZstd(watched, freeLater);
  assert.equal(made.length, 2);
  assert.deepEqual(freed, []);
  for (const free of waiting) free();
  assert.deepEqual(freed, made);
});

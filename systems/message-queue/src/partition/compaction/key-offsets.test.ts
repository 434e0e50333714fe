import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KeyOffsets } from './key-offsets.ts';

describe('offsets by key', () => {
  test('gives the last offset of each key, as a map would', () => {
    const offsets = new KeyOffsets({ keysMax: 5_000, bytesMax: 2 ** 30 });
    const known = new Map<string, number>();
    for (let offset = 0; offset < 20_000; offset++) {
      const key = `key ${(offset * 7_919) % 5_000}`;
      offsets.put(Buffer.from(key), offset);
      known.set(key, offset);
    }
    for (const [key, offset] of known) assert.equal(offsets.get(Buffer.from(key)), offset);
    assert.deepEqual([offsets.size, offsets.get(Buffer.from('another'))], [5_000, undefined]);
  });

  test('an earlier offset that comes later changes nothing, offset 0 is one, an empty key too', () => {
    const offsets = new KeyOffsets({ keysMax: 2, bytesMax: 1_000 });
    const key = Buffer.alloc(0);
    offsets.put(key, 0);
    assert.equal(offsets.get(key), 0);
    offsets.put(key, 9);
    offsets.put(key, 3);
    assert.equal(offsets.get(key), 9);
  });

  test('takes no more memory than it may, and says when it is full', () => {
    const offsets = new KeyOffsets({ keysMax: 1_000_000, bytesMax: 64 * 24 });
    let count = 0;
    for (; offsets.room > 0; count++) offsets.put(Buffer.from(`${count}`), count);
    assert.equal(count, 48);
    assert.throws(() => offsets.put(Buffer.from('one more'), 1), RangeError);
    offsets.put(Buffer.from('7'), 100);
    assert.equal(offsets.get(Buffer.from('7')), 100);
  });
});

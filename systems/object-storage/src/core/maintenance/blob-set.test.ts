import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { BlobSet } from './blob-set.ts';

const idOf = (number: number) => createHash('md5').update(String(number)).digest('hex');

test('holds what was added and not deleted, as a Set does, through growth', () => {
  const set = new BlobSet();
  const model = new Set<string>();
  for (let number = 0; number < 20_000; number++) {
    const id = idOf(number % 7_000);
    if (number % 5 === 4) {
      set.delete(id);
      model.delete(id);
    } else {
      set.add(id);
      model.add(id);
    }
    assert.equal(set.size, model.size);
  }
  for (let number = 0; number < 8_000; number++) assert.equal(set.has(idOf(number)), model.has(idOf(number)));
});

test('an id of zeros is like any other', () => {
  const set = new BlobSet();
  const zeros = '0'.repeat(32);
  assert.equal(set.has(zeros), false);
  set.add(zeros);
  assert.equal(set.has(zeros), true);
});

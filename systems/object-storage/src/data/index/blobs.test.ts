import assert from 'node:assert/strict';
import test from 'node:test';
import { locateBlob } from './blobs.ts';

test('a row that SQLite finds for the id of another one, because the order of its rows rotted, is not taken for it', () => {
  const answerTo = (id: string) => {
    const locating = locateBlob({ blob: 'asked' });
    locating.next();
    return locating.next({ rows: [{ id, log: 0 }], changes: 1 });
  };
  assert.deepEqual(answerTo('asked').value, { id: 'asked', log: 0 });
  assert.deepEqual(answerTo('another'), { done: true, value: undefined });
});

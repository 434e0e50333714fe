import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preallocatedBytesMax, preallocatedSyncsMin } from '../limits.ts';
import { Preallocation } from './preallocation.ts';

const segmentBytesMax = 2 ** 30;

test('who syncs little at a time gets as many zeros as there are records, up to the bound, once the last are used up', () => {
  const preallocation = new Preallocation({ position: 64, segmentBytesMax });
  assert.equal(
    preallocation.next({ position: 700, syncedBytes: 100 }),
    undefined,
    'of little there is little ahead',
  );
  preallocation.reached(1000);
  const zeros = preallocation.next({ position: 1000, syncedBytes: 100 });
  assert.deepEqual([zeros?.position, zeros?.bytes.length], [1000, 1000]);
  preallocation.reached(2000);
  assert.equal(preallocation.next({ position: 1900, syncedBytes: 100 }), undefined, 'another fits');
  const more = preallocation.next({ position: 1901, syncedBytes: 100 });
  assert.deepEqual([more?.position, more?.bytes.length], [2000, 1802]);
  const position = 10 * preallocatedBytesMax;
  preallocation.reached(position);
  assert.equal(preallocation.next({ position, syncedBytes: 100 })?.bytes.length, preallocatedBytesMax);
});

test('who syncs much at a time gets none, and none reach beyond a segment', () => {
  const preallocation = new Preallocation({ position: 64, segmentBytesMax: 2 * preallocatedBytesMax });
  const position = preallocatedBytesMax;
  preallocation.reached(position);
  const syncedBytes = preallocatedBytesMax / preallocatedSyncsMin;
  assert.equal(preallocation.next({ position, syncedBytes: syncedBytes + 1 }), undefined);
  assert.equal(preallocation.next({ position, syncedBytes })?.bytes.length, preallocatedBytesMax);
  preallocation.reached(position + 1000);
  const next = preallocation.next({ position: position + 1000, syncedBytes: 1 });
  assert.equal(next!.position + next!.bytes.length, 2 * preallocatedBytesMax);
});

test('a sync of no records, and a file that is to be closed, get none', () => {
  const preallocation = new Preallocation({ position: 1000, segmentBytesMax });
  assert.equal(preallocation.next({ position: 1000, syncedBytes: 0 }), undefined);
  assert.equal(preallocation.next({ position: 1000, syncedBytes: -10 }), undefined);
  preallocation.stop();
  assert.equal(preallocation.next({ position: 1000, syncedBytes: 10 }), undefined);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedMemory } from './shared-memory.ts';

const MiB = 1024 * 1024;

test('however sizes grow, no more memories are kept than were in use at once', () => {
  const memory = new SharedMemory();
  const seen = new Set<SharedArrayBuffer>();
  for (let bytes = MiB; bytes < 40 * MiB; bytes += MiB) {
    const [one, two] = [memory.take(bytes), memory.take(bytes)];
    assert(one.byteLength >= bytes && two.byteLength >= bytes && one !== two);
    for (const buffer of [one, two]) memory.give(buffer);
  }
  for (let kept = 0; kept < 5; kept += 1) seen.add(memory.take(1));
  const large = [...seen].filter(({ byteLength }) => byteLength > 4 * MiB);
  assert.equal(large.length, 2);
  assert.equal([...seen].filter(({ byteLength }) => byteLength === 4 * MiB).length, 3, 'made anew');
});

test('units of about 4 MiB have the same memory one after the other', () => {
  const memory = new SharedMemory();
  const made = new Set<SharedArrayBuffer>();
  for (let bytes = 1; bytes < 4 * MiB; bytes *= 2) {
    const buffer = memory.take(bytes);
    made.add(buffer);
    memory.give(buffer);
  }
  assert.equal(made.size, 1);
});

// Which small blobs are read together.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { StoredBlobRow } from '../index/blobs.ts';
import { blobChecksum } from '../index/tables.ts';
import { encodeRuns } from '../runs.ts';
import { stretchesOf } from './stretches.ts';

type Place = { readonly log?: number; readonly segment?: number; readonly position: number };

function row(id: string, size: number, { log = 0, segment = 1, position }: Place): StoredBlobRow {
  const blob = { id, log, size, runs: encodeRuns([{ segment, position, blocks: 1 }]) };
  return { ...blob, checksum: blobChecksum(blob) };
}

function idsOf(rows: readonly StoredBlobRow[]): readonly string[] {
  return stretchesOf(rows).stretches.map((stretch) => stretch.map(({ id }) => id).join(''));
}

test('neighbours are read together, in the order of their places, also over a gap that costs less than a read', () => {
  const next = (position: number) => position + 64 + 4_000;
  const first = row('c', 4_000, { position: 64 });
  const second = row('a', 4_000, { position: next(64) });
  const behindGap = row('b', 4_000, { position: next(next(64)) + 65_536 });
  const farBehind = row('d', 4_000, { position: next(next(next(64)) + 65_536) + 65_537 });
  assert.deepEqual(idsOf([second, behindGap, first, farBehind]), ['cab', 'd']);
});

test('a stretch lies in one segment of one log, and fits into one buffer', () => {
  const elsewhere = [
    row('a', 10, { position: 64 }),
    row('b', 10, { position: 138, segment: 2 }),
    row('c', 10, { position: 138, log: 1 }),
  ];
  assert.deepEqual(idsOf(elsewhere), ['a', 'b', 'c']);
  const full = 65_536;
  const large = ['a', 'b', 'c', 'd', 'e'].map((id, at) => row(id, full, { position: 64 + at * (64 + full) }));
  assert.deepEqual(idsOf(large), ['abcd', 'e']);
});

test('what has more than one block, and what rotted in the index, is none of them', () => {
  const rows = [
    row('a', 65_537, { position: 64 }),
    { ...row('b', 10, { position: 200_000 }), size: 11 },
    row('c', 0, { position: 300_000 }),
  ];
  assert.deepEqual(idsOf(rows), ['c']);
  assert.deepEqual(stretchesOf(rows).others, ['a', 'b']);
});

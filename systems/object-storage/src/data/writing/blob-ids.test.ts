import assert from 'node:assert/strict';
import test from 'node:test';
import type { Clock } from '@cairn/world';
import { BlobIds } from './blob-ids.ts';

function idsAt(clock: { nowMs: number }): BlobIds {
  let chance = 0;
  const world = {
    clock: { nowMs: () => clock.nowMs } as Clock,
    random: { bytes: (length: number) => Buffer.alloc(length, 255 - chance++), integer: () => 0 },
  };
  return new BlobIds(world);
}

test('ids rise, whatever the clock does', () => {
  const clock = { nowMs: 1_700_000_000_000 };
  const ids = idsAt(clock);
  const given = [ids.next(), ids.next()];
  clock.nowMs -= 3_600_000;
  given.push(ids.next(), ids.next());
  clock.nowMs += 7_200_000;
  given.push(ids.next());
  assert.deepEqual(given, given.toSorted());
  assert.match(given[0]!, /^[0-9a-f]{32}$/);
});

test('ids are above those that an earlier process gave', () => {
  const clock = { nowMs: 1_700_000_000_000 };
  const earlier = idsAt({ nowMs: 1_800_000_000_000 }).next();
  const ids = idsAt(clock);
  ids.startAbove(earlier);
  assert(ids.next() > earlier);
});

test('the watermark is below every undecided blob and above every other', () => {
  const ids = idsAt({ nowMs: 1_700_000_000_000 });
  const [first, second, third] = [ids.next(), ids.next(), ids.next()];
  assert(ids.watermark < first!);
  ids.decided(second!);
  assert(ids.watermark < first!);
  ids.decided(first!);
  assert(ids.watermark < third! && ids.watermark > second!);
  ids.decided(third!);
  assert(ids.watermark > third!);
  assert(ids.next() > ids.watermark);
});

test('what an earlier process left open keeps the watermark down until it is decided', () => {
  const ids = idsAt({ nowMs: 1_700_000_000_000 });
  ids.lookFrom('000000000007');
  ids.decided(ids.next());
  assert.equal(ids.watermark, '000000000007');
  ids.leftAreDecided();
  assert.equal(ids.watermark, ids.end);
});

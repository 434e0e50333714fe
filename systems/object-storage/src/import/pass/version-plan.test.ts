import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tickAt, tickOf, versionAt } from '../../metadata/version-order.ts';
import { planKey, type SourceVersion, type TargetVersion } from './version-plan.ts';

const nowMs = Date.UTC(2026, 0, 1);
const digitsOf = (versionId: string) => Buffer.from(versionId.padEnd(8, '.')).toString('hex').slice(0, 16);

function version(versionId: string, modifiedMs: number, more: Partial<SourceVersion> = {}): SourceVersion {
  return { versionId, modifiedMs, etag: `tag ${versionId}`, sizeBytes: 1, deleteMarker: false, ...more };
}

/** As it is here after a plan was carried out. */
function carriedOut(
  source: readonly SourceVersion[],
  target: readonly TargetVersion[] = [],
): TargetVersion[] {
  const { missing } = planKey({ source, target, digitsOf, nowMs });
  const placed = missing.map((planned) => ({
    ...planned.version,
    versionId: planned.versionId,
    place: planned.place,
  }));
  return [...placed, ...target.map((each) => ({ place: each.versionId, ...each }))].toSorted((left, right) =>
    left.place < right.place ? -1 : 1,
  );
}

test('ids of another form are made anew, in the order of the listing, whatever the times are', () => {
  const source = [version('d', nowMs - 5), version('c', nowMs), version('b', nowMs), version('a', nowMs)];
  const here = carriedOut(source);
  assert.deepEqual(
    here.map(({ etag }) => etag),
    ['tag d', 'tag c', 'tag b', 'tag a'],
  );
  for (const { versionId } of here) assert.match(versionId, /^[0-9a-f]{32}$/);
  assert.equal(tickOf(here.at(-1)!.versionId), tickAt(nowMs));
});

test('a plan that was carried out leaves nothing missing and nothing extra', () => {
  const source = [
    version('null', nowMs),
    version('b', nowMs, { deleteMarker: true, etag: '' }),
    version('a', 5),
  ];
  const plan = planKey({ source, target: carriedOut(source), digitsOf, nowMs });
  assert.deepEqual([plan.missing, plan.extra, plan.present.length], [[], [], 3]);
});

test('what failed before finds its place between its neighbours', () => {
  const source = ['e', 'd', 'c', 'b', 'a'].map((id) => version(id, nowMs));
  const all = carriedOut(source);
  for (const missing of source) {
    const target = all.filter(({ etag }) => etag !== missing.etag);
    assert.deepEqual(
      carriedOut(source, target).map(({ etag }) => etag),
      source.map(({ etag }) => etag),
    );
  }
});

test('a version that comes later is newer than what is here, though its time is older', () => {
  const older = carriedOut([version('a', nowMs)]);
  const here = carriedOut([version('b', nowMs - 1_000), version('a', nowMs)], older);
  assert.deepEqual(
    here.map(({ etag }) => etag),
    ['tag b', 'tag a'],
  );
});

test('ids of our form are kept where they fit', () => {
  const id = (ms: number, digit: string) => versionAt({ tick: tickAt(ms), random: digit.repeat(16) });
  const ours = [version(id(nowMs, 'b'), nowMs), version(id(nowMs - 9, 'a'), nowMs - 9)];
  assert.deepEqual(
    carriedOut(ours).map(({ versionId }) => versionId),
    ours.map(({ versionId }) => versionId),
  );
  const looksLike = [
    version('0'.repeat(32), nowMs),
    version(id(nowMs + 5, 'b'), 3),
    version(id(nowMs, 'a'), 2),
  ];
  const kept = carriedOut(looksLike).map(({ versionId }) => versionId);
  assert.notEqual(kept[0], looksLike[0]!.versionId, 'its time is none');
  assert.deepEqual(
    kept.slice(1),
    looksLike.slice(1).map(({ versionId }) => versionId),
  );
  const reversed = ours.toReversed();
  assert.deepEqual(
    carriedOut(reversed).map(({ etag }) => etag),
    reversed.map(({ etag }) => etag),
  );
});

test('the version null is replaced when it is another one, and whatever else is here is extra', () => {
  const target = [version('null', 1, { etag: 'old' }), version('f'.repeat(32), 0)];
  const plan = planKey({ source: [version('null', 2)], target, digitsOf, nowMs });
  assert.deepEqual(
    plan.missing.map(({ replaces }) => replaces?.etag),
    ['old'],
  );
  assert.deepEqual(
    plan.extra.map(({ versionId }) => versionId),
    ['f'.repeat(32)],
  );
});

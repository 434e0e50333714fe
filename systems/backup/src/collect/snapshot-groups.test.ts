import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupSnapshots } from './snapshot-groups.ts';

const one = { host: 'a', paths: ['/x', '/y'], tags: ['t'] };
const other = { host: 'a', paths: ['/y', '/x'], tags: [] };
const third = { host: 'b', paths: ['/x'], tags: ['t'] };

test('snapshots of one host and one set of paths, in any order, are a group', () => {
  assert.deepEqual(groupSnapshots([one, third, other]), [
    { key: { host: 'a', paths: ['/x', '/y'] }, snapshots: [one, other] },
    { key: { host: 'b', paths: ['/x'] }, snapshots: [third] },
  ]);
});

test('grouped by nothing they are one group, by tags they are parted', () => {
  assert.deepEqual(groupSnapshots([one, third], []), [{ key: {}, snapshots: [one, third] }]);
  assert.equal(groupSnapshots([one, other, third], ['tags']).length, 2);
});

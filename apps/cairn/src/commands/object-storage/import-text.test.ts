import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImportStatus } from '@cairn/object-storage';
import { importsText, progressText, summaryText } from './import-text.ts';

const counts = {
  ...{
    listed: 25,
    present: 5,
    importedObjects: 18,
    importedMarkers: 2,
    importedBytes: 3 * 2 ** 20,
    removed: 1,
  },
  ...{ unverified: 1, renamedVersions: 3, failed: 2, receivedBytes: 0 },
};
const status: ImportStatus = {
  ...{ id: 'a1', state: 'running', startedMs: 1_000, passes: 0, counts },
  request: { from: 'http://h', buckets: [], follow: false, jobs: 1, dryRun: false },
  at: { bucket: 'b', key: 'k\u001b[2J' },
  total: { versions: 100, bytes: 1 },
  failures: [{ bucket: 'b', key: 'k', versionId: 'null', reason: 'wrong' }],
  notices: ['its policy'],
};

test('progress says how much is left once that is known, and sends no control characters to a terminal', () => {
  assert.equal(
    progressText(status, { bytesPerSecond: 2 ** 20, nowMs: 61_000 }),
    '25 of 100 listed, 18 objects with 3.0 MiB moved, 2 failed, 1.0 MiB/s, 3 min left at b/k\uFFFD[2J',
  );
  const following: ImportStatus = { ...status, state: 'following', inSyncMs: 0 };
  const shown = progressText(following, { bytesPerSecond: 0, nowMs: 0 });
  assert.equal(shown, 'in sync at 1970-01-01 00:00:00Z, following');
});

test('the summary names what was not moved, and why', () => {
  assert.equal(
    summaryText({ ...status, state: 'done', inSyncMs: 0 }),
    `note: its policy
not moved: b/k null: wrong
import a1: done
moved 18 objects with 3145728 bytes and 2 delete markers; 5 were here
deleted 1 that were deleted there
3 versions have new ids: theirs have another form
of 1 objects only the size could be compared
and 1 more could not be moved
in sync at 1970-01-01 00:00:00Z
`,
  );
  assert.match(importsText([status]), /^ID +STATE +OBJECTS/);
  assert.equal(importsText([]), 'no imports\n');
});

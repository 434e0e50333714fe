// Ids of versions: time's order reversed, whatever the clock does.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  behindAllVersions,
  isVersionId,
  isVersionMarker,
  newVersion,
  versionBeforeVersioning,
} from './version-order.ts';

const random = '0123456789abcdef';

test('a newer version sorts before an older one', () => {
  const older = newVersion({ nowMs: 1_000, newest: undefined, random });
  const newer = newVersion({ nowMs: 1_001, newest: older, random });
  assert(newer < older, `${newer} ${older}`);
  assert(isVersionId(newer) && isVersionId(older));
});

test('so it does within a millisecond, and when the clock has jumped back or stands at its ends', () => {
  for (const times of [
    [5_000, 5_000, 5_000],
    [5_000, 1_000, 4_999],
    [0, 0, 0],
    [2 ** 48 - 2, 0, 2 ** 48 - 2],
  ]) {
    let newest: string | undefined;
    for (const nowMs of times) {
      const version = newVersion({ nowMs, newest, random: 'f'.repeat(16) });
      assert(newest === undefined || version < newest, `${version} after ${newest}`);
      assert.equal(version.length, 32);
      newest = version;
    }
  }
});

test('what was there before versioning is older than every version', () => {
  const oldest = newVersion({ nowMs: 0, newest: versionBeforeVersioning, random: 'f'.repeat(16) });
  assert(oldest < versionBeforeVersioning);
  assert(versionBeforeVersioning < behindAllVersions);
});

test('what is no id is not taken for one', () => {
  assert(isVersionId('null'));
  for (const text of ['', '~', 'NULL', random, `${random}${random}`.toUpperCase(), `${random}${random}0`]) {
    assert(!isVersionId(text), text);
  }
  assert(isVersionMarker(versionBeforeVersioning) && !isVersionMarker(''));
});

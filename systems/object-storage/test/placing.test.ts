// Versions of another store with their metadata in SQLite.

import assert from 'node:assert/strict';
import test from 'node:test';
import { objectBody } from '@cairn/object-storage';
import { bucket, openedOn, startMs } from './locking-storage.ts';
import { placingSuite } from './placing-suite.ts';

placingSuite('SQLite', { skip: false });

test('what is placed is encrypted as it is asked for', async (t) => {
  const { storage } = await openedOn(t, undefined);
  const versionId = '0'.repeat(32);
  const name = { bucket, key: 'a' };
  await storage.placeVersion({
    ...{ ...name, attributes: { headers: {}, userMetadata: {} }, encryption: 'AES256' },
    placement: { versionId, modifiedMs: startMs, replaces: 'older' },
    body: objectBody(Buffer.from('secret')),
  });
  const { info, content } = await storage.getObject(name);
  assert.equal(info.encryption?.by, 'master');
  const text = await Array.fromAsync(content.chunks(), (chunk) => Buffer.from(chunk).toString());
  assert.deepEqual(text, ['secret']);
});

// What a rename does between its looks, where no client can be timed.

import assert from 'node:assert/strict';
import test from 'node:test';
import { ObjectStorageError } from '../errors.ts';
import type { CoreParts } from './parts.ts';
import { renameObject } from './rename.ts';

const request = {
  ...{ bucket: 'bucket', key: 'new', source: 'old' },
  clientToken: { caller: 'anna', token: '1', conditions: [] },
};

/** The same rename, sent before, is committed when its token has been looked for once. */
function partsWith(source: object | 'NoSuchKey') {
  let looks = 0;
  const answers: Record<string, () => unknown> = {
    findRename: () => (looks++ === 0 ? undefined : { versionId: 'made by the other' }),
    findDeleteMarker: () => undefined,
  };
  const metadata = { lookup: async (name: string) => answers[name]!() };
  const knownObjects = { now: () => undefined, find: async () => source };
  return { metadata, knownObjects } as unknown as CoreParts;
}

test('a rename whose repetition was done after it looked for its token is answered as that was', async () => {
  assert.deepEqual(await renameObject(partsWith('NoSuchKey'), request), { versionId: 'made by the other' });
  await assert.rejects(renameObject(partsWith('NoSuchKey'), { ...request, clientToken: undefined }), {
    code: 'NoSuchKey',
  });
});

test('so is one whose conditions do not hold for what has the old name by then', async () => {
  const another = { key: 'old', etag: 'another', attributes: '{}', checksum: null, data: 'd', version: null };
  const select = () => {
    throw new ObjectStorageError('PreconditionFailed');
  };
  const answer = await renameObject(partsWith(another), { ...request, select });
  assert.deepEqual(answer, { versionId: 'made by the other' });
});

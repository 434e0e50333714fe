import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { DiskError } from '../disk-error.ts';
import { diskFailure } from './disk-failure.ts';
import { realDisk } from './real-disk.ts';

const fullDevice = '/dev/full';

test('what is made is readable by its owner only', async (context) => {
  const directory = join(await temporaryDirectory(context), 'made');
  await realDisk.makeDirectory(directory);
  const file = await realDisk.open(join(directory, 'file'), 'create');
  await file.close();
  assert.equal((await stat(directory)).mode & 0o777, 0o700);
  assert.equal((await stat(file.path)).mode & 0o777, 0o600);
});

test('every errno has its kind, and the message says what was attempted on which path', () => {
  const kinds = { ENOENT: 'not-found', EEXIST: 'exists', ENOSPC: 'full', EDQUOT: 'full', EIO: 'io' };
  const denials = { EACCES: 'denied', EPERM: 'denied', EROFS: 'denied', EMFILE: 'other', toString: 'other' };
  for (const [errno, code] of Object.entries({ ...kinds, ...denials })) {
    const cause = Object.assign(new Error(`${errno} happened`), { code: errno });
    const error = diskFailure('write', '/some/path', cause);
    assert.equal(error.code, code);
    assert.equal(error.cause, cause);
    assert.match(error.message, /^could not write \/some\/path: .*happened/);
  }
});

const skip = existsSync(fullDevice) ? false : `there is no ${fullDevice} here`;
test('a device without space fails with full', { skip }, async () => {
  const file = await realDisk.open(fullDevice, 'write');
  for (const buffers of [[Buffer.alloc(10)], [Buffer.alloc(10), Buffer.alloc(10)]]) {
    await assert.rejects(
      file.write(buffers, 0),
      (error) => error instanceof DiskError && error.code === 'full',
    );
  }
  await file.close();
});

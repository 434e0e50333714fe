import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlobsError, type BlobsErrorCode } from '../blobs-error.ts';
import { ifThere, onFileSystem } from './folder-error.ts';

const expected: Record<string, BlobsErrorCode> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EACCES: 'denied',
  EROFS: 'denied',
  EIO: 'unavailable',
  EMFILE: 'failed',
};

for (const [systemCode, code] of Object.entries(expected)) {
  test(`${systemCode} is reported as ${code}, with what was attempted`, async () => {
    await assert.rejects(
      onFileSystem('put "name"', () => Promise.reject(systemError(systemCode))),
      (error) =>
        error instanceof BlobsError &&
        error.code === code &&
        error.message.startsWith('could not put "name"'),
    );
  });
}

test('an error that is not the file system passes unchanged', async () => {
  const error = new TypeError('a bug');
  await assert.rejects(
    onFileSystem('put', () => Promise.reject(error)),
    error,
  );
});

test('only a missing file is an answer', async () => {
  assert.equal(await ifThere(Promise.reject(systemError('ENOENT'))), undefined);
  assert.equal(await ifThere(Promise.resolve(1)), 1);
  await assert.rejects(ifThere(Promise.reject(systemError('EIO'))), { code: 'EIO' });
});

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: refused, write`), { code, syscall: 'write' });
}

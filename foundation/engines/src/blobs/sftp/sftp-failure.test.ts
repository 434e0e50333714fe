import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlobsError } from '../blobs-error.ts';
import { SftpConnectionLost, SftpReadFailure, toBlobsError } from './sftp-failure.ts';
import { statusCodes } from './sftp-protocol.ts';

test('a connection that is lost says nothing of the file that was read, a server that cannot read it does', () => {
  const told = (error: Error) => {
    const told = toBlobsError(error, 'get a');
    assert(told instanceof BlobsError);
    return [told.code, told.ofConnection];
  };
  assert.deepEqual(told(new SftpConnectionLost('unavailable', 'ssh ended')), ['unavailable', true]);
  assert.deepEqual(told(new SftpReadFailure(statusCodes.failure, 'i/o error')), ['unreadable', false]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBackupError } from '../../test/backup-error.ts';
import type { Repository } from '../core/repository.ts';
import { BackupError, type BackupErrorCode } from '../errors.ts';
import { readParentChunks } from './parent-chunks.ts';

const [sound, hurt] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const { signal } = new AbortController();

/** Of which one chunk cannot be read, for this reason. */
function repositoryWith(code: BackupErrorCode): Repository {
  const readChunks = async function* (fingerprints: Uint8Array) {
    for (let at = 0; at < fingerprints.length; at += 32) {
      if (fingerprints[at] === hurt[0]) throw new BackupError(code, { attempted: 'read a chunk' });
      yield Uint8Array.of(7);
    }
  };
  return { readChunks } as unknown as Repository;
}

test('a chunk that is damaged comes without bytes, and the others with theirs', async () => {
  const answers = await readParentChunks(repositoryWith('damaged'), [sound, hurt, sound], signal);
  assert.deepEqual(
    answers.map(({ bytes }) => bytes),
    [Uint8Array.of(7), undefined, Uint8Array.of(7)],
  );
});

test('a store that fails is no damaged parent, however many chunks are wanted', async () => {
  for (const wanted of [[hurt], [sound, hurt]]) {
    await assert.rejects(readParentChunks(repositoryWith('store'), wanted, signal), isBackupError('store'));
  }
});

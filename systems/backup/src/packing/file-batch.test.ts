import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ArchivedFile, FileJob } from './archiver-messages.ts';
import { decodeArchivedFiles, decodeFileJobs, encodeArchivedFiles, encodeFileJobs } from './file-batch.ts';

test('jobs come out as they went in', () => {
  const jobs: FileJob[] = [
    { id: 0, path: Uint8Array.of(0x2f, 0xff), sizeBytes: 0, mtimeNs: -1n, ctimeNs: 2n ** 62n },
    {
      id: 4_294_967_295,
      path: Uint8Array.from(Buffer.from('/a/long/path')),
      sizeBytes: 2 ** 52,
      mtimeNs: 0n,
      ctimeNs: 0n,
    },
  ];
  assert.deepEqual(decodeFileJobs(encodeFileJobs(jobs)), jobs);
  assert.deepEqual(decodeFileJobs(encodeFileJobs([])), []);
});

test('results of every outcome come out as they went in, times before 1970 and large inodes too', () => {
  const stat = {
    sizeBytes: 9n,
    mtimeNs: -1_500_000_000n,
    ctimeNs: 2n ** 62n,
    inode: 2n ** 64n - 1n,
    blocks: 8n,
  };
  const none = new Uint8Array(0);
  const files: ArchivedFile[] = [
    { id: 7, outcome: 'stored', sizeBytes: 9, fingerprints: new Uint8Array(64).fill(3), stat },
    { id: 8, outcome: 'changed', sizeBytes: 0, fingerprints: none, stat },
    { id: 9, outcome: 'vanished', sizeBytes: 0, fingerprints: none, problem: 'ENOENT: gone ÿ' },
    { id: 10, outcome: 'unreadable', sizeBytes: 0, fingerprints: none, problem: '' },
  ];
  assert.deepEqual(decodeArchivedFiles(encodeArchivedFiles(files)), files);
});

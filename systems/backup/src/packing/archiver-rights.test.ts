// The archiver without root's rights. A file of its own: the rights are the process's, and what it learns of O_NOATIME stays.

import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { testConfig, testKeyring } from '../../test/packing-fixtures.ts';
import { openExecutor } from './archiver-worker.ts';
import { decodeArchivedFiles, encodeFileJobs } from './file-batch.ts';
import { FingerprintTable } from './fingerprint-table.ts';
import { PackBuffers } from './pack-buffers.ts';

const nobody = 65_534;

/** Root may read everything: it becomes nobody meanwhile. */
function withoutRights<Result>(work: () => Result): Result {
  if (process.geteuid!() !== 0) return work();
  process.seteuid!(nobody);
  try {
    return work();
  } finally {
    process.seteuid!(0);
  }
}

test('a file that may not be read is named, and the rest goes on', async (t) => {
  const directory = await temporaryDirectory(t);
  chmodSync(directory, 0o755);
  const [secret, open] = ['secret', 'open'].map((name) => join(directory, name)) as [string, string];
  for (const path of [secret, open]) writeFileSync(path, path);
  chmodSync(secret, 0);
  const table = FingerprintTable.create().handle;
  const buffers = PackBuffers.create(testConfig.packBytes, 0).handle;
  const init = {
    config: testConfig,
    keyring: testKeyring,
    table,
    buffers,
    lookup: 'table',
    dry: false,
  } as const;
  const archiver = await openExecutor(init);
  const jobs = [secret, open].map((path, id) => ({ id, path: Buffer.from(path), sizeBytes: path.length }));
  const [result] = withoutRights(() => archiver.handle([{ kind: 'files', files: encodeFileJobs(jobs) }]));
  assert(result?.ok);
  const files = decodeArchivedFiles(result.value.files);
  assert.deepEqual(
    files.map(({ outcome }) => outcome),
    ['unreadable', 'stored'],
  );
  assert.match(files[0]!.problem!, /^EACCES/);
  archiver.close();
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { encodeImports, type KeptImport, parseImports, readImports, writeImports } from './import-file.ts';
import { noCounts } from './import-types.ts';

const kept: KeptImport = {
  ...{ id: 'a', state: 'running', startedMs: 1, passes: 0, counts: noCounts, failures: [], notices: ['ü'] },
  request: { from: 'http://h', buckets: [], follow: false, jobs: 1, dryRun: false },
  places: { b: 'key', c: null },
};

test('what is written is read', async (t) => {
  const { disk } = realWorld();
  const path = `${await temporaryDirectory(t)}/imports.json`;
  assert.deepEqual(await readImports(disk, path), []);
  for (const imports of [[kept], [kept, { ...kept, id: 'b' }]]) {
    await writeImports(disk, path, imports);
    assert.deepEqual(await readImports(disk, path), imports);
  }
});

test('a changed byte, another format or anything else counts for nothing', () => {
  const bytes = encodeImports([kept]);
  assert.deepEqual(parseImports(bytes), [kept]);
  const rotten = Buffer.from(bytes.toString().replace('"key"', '"kex"'));
  for (const each of [
    rotten,
    Buffer.from('{"format":2}'),
    Buffer.from(''),
    Buffer.from('null'),
    bytes.subarray(9),
  ])
    assert.equal(parseImports(each), undefined);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, directory, file, SampleManifest } from '../../../test/sample-manifest.ts';
import type { TreeEntry } from '../../format/tree-entry.ts';
import { openTree } from '../../manifest/read-tree.ts';
import { DirectoryReader } from './directory-reader.ts';

const root = new Uint8Array();
const names = Array.from({ length: 300 }, (_, number) => `file-${String(number).padStart(3, '0')}`);

function sample(inlineBytes: number): { manifest: SampleManifest; top: TreeEntry } {
  const manifest = new SampleManifest({ inlineBytes });
  const inner = directory(
    'inner',
    names.map((name) => file(name, name)),
  );
  return { manifest, top: openTree(manifest, manifest.snapshot([inner, file('z', 'z')])).root };
}

async function found(reader: DirectoryReader, at: TreeEntry, name: string): Promise<string | undefined> {
  const entry = await reader.find(at, bytesOf(name), root);
  return entry && Buffer.from(entry.name).toString();
}

for (const [how, decodedEntriesMin] of [
  ['as they are', 10_000],
  ['decoded', 100],
] as const) {
  test(`every name is found, and no other, in directories that are kept ${how}`, async () => {
    const { manifest, top } = sample(64 * 1024);
    const reader = new DirectoryReader(manifest, { decodedEntriesMin });
    const inner = (await reader.find(top, bytesOf('inner'), root))!;
    for (const name of names) assert.equal(await found(reader, inner, name), name);
    for (const name of ['', 'file', 'file-1000', 'file-0000', 'zzz', 'a'])
      assert.equal(await found(reader, inner, name), undefined);
  });
}

test('a directory that is stored on its own is read once, also for many at once', async () => {
  const { manifest, top } = sample(256);
  const reader = new DirectoryReader(manifest);
  const inner = (await reader.find(top, bytesOf('inner'), root))!;
  const before = manifest.reads.length;
  await Promise.all(names.map((name) => found(reader, inner, name)));
  await reader.entries(inner, root);
  assert.equal(manifest.reads.length, before + 1);
});

test('directories beyond the bound are read again', async () => {
  const { manifest, top } = sample(256);
  const reader = new DirectoryReader(manifest, { directoryBytesMax: 1024 });
  const inner = (await reader.find(top, bytesOf('inner'), root))!;
  const before = manifest.reads.length;
  for (const name of names.slice(0, 3)) assert.equal(await found(reader, inner, name), name);
  assert.equal(manifest.reads.length, before + 3);
});

test('what could not be read is tried again by the next', async () => {
  const { manifest, top } = sample(256);
  const reader = new DirectoryReader(manifest);
  const chunks = [...manifest.chunks];
  manifest.chunks.clear();
  await assert.rejects(found(reader, top, 'z'), /missing/);
  for (const [fingerprint, chunk] of chunks) manifest.chunks.set(fingerprint, chunk);
  assert.equal(await found(reader, top, 'z'), 'z');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryRepository } from '../../test/memory-repository.ts';
import { directory, file, special, symlink } from '../../test/sample-manifest.ts';
import { fingerprintOf, placeOf, storeTree } from '../../test/stored-trees.ts';
import { forgetSnapshots } from '../core/forget-snapshots.ts';
import { inspectObject } from './inspect-object.ts';

const tree = [
  directory('home', [
    file('a', ['one', 'two'].map(Buffer.from)),
    symlink('link', 'a'),
    special('null', 'character-device'),
  ]),
];

async function sample() {
  const { repository, blobs } = await memoryRepository();
  const id = await storeTree(repository, tree, { inlineBytes: 1 });
  return { repository, blobs, id };
}

test('every object is shown by its name, as JSON, and no secret is', async () => {
  const { repository, blobs, id } = await sample();
  await forgetSnapshots(repository, [id]);
  const session = await repository.openSession({ purpose: 'gc', host: 'h', user: 'u' });
  const { keyring, root } = repository;
  const secrets = [root.key, keyring.fingerprintKey, keyring.chunkerSecret, ...keyring.epochs.values()];
  const kinds = new Set<string>();
  for (const name of blobs.names()) {
    const inspected = await inspectObject(repository, name);
    assert.equal(inspected.object, name);
    const text = JSON.stringify(inspected);
    for (const secret of secrets) assert(!text.includes(Buffer.from(secret).toString('hex')), name);
    assert(!text.includes('"sealed"'), name);
    kinds.add(name.split('/')[0]!);
  }
  assert.deepEqual([...kinds].toSorted(), [
    'config',
    'config.copy',
    'index',
    'keyring',
    'keyring.copy',
    'keys',
    'packs',
    'sessions',
    'snapshots',
    'tombstones',
  ]);
  await session.abandon();
});

test('a pack and an index object show their chunks and packs', async () => {
  const { repository, blobs } = await sample();
  const { pack, ordinal, offset } = await placeOf(repository, 'two');
  const inspected = await inspectObject(repository, pack);
  const chunks = inspected.chunks as { fingerprint: string; offset: number; rawBytes: number }[];
  assert.equal(chunks[ordinal]!.fingerprint, Buffer.from(fingerprintOf(repository, 'two')).toString('hex'));
  assert.equal(chunks[ordinal]!.offset, offset);
  assert.deepEqual([inspected.type, inspected.epoch, inspected.condemned], ['data', 1, false]);
  const index = await inspectObject(repository, blobs.names('index/')[0]!.slice('index/'.length, 20));
  assert((index.packs as { pack: string }[]).some((one) => one.pack === pack));
});

test('a pack whose footer is lost shows what the index says, and the problem', async () => {
  const { repository, blobs } = await sample();
  const { pack } = await placeOf(repository, 'two');
  blobs.alter(pack, (bytes) => bytes.fill(0, bytes.length - 40));
  const inspected = await inspectObject(repository, pack);
  assert.match(String(inspected.problem), /does not end as a pack/);
  assert.equal((inspected.chunks as unknown[]).length, 2);
});

test('a chunk is shown by its fingerprint or the beginning of it', async () => {
  const { repository } = await sample();
  const fingerprint = Buffer.from(fingerprintOf(repository, 'one')).toString('hex');
  for (const length of [64, 13, 12]) {
    const { chunk, copies } = await inspectObject(repository, fingerprint.slice(0, length));
    assert.equal(chunk, fingerprint);
    assert.equal((copies as unknown[]).length, 1);
  }
});

test('a path of a snapshot is shown with its chunks', async () => {
  const { repository, id } = await sample();
  const entry = await inspectObject(repository, `${id.slice(0, 6)}:/home/a`);
  assert.deepEqual([entry.type, entry.mode, entry.sizeBytes], ['file', '0644', 6]);
  assert.equal(entry.mtime, '2020-09-13T12:26:40.123456789Z');
  assert.deepEqual(
    (entry.chunks as { rawBytes: number }[]).map(({ rawBytes }) => rawBytes),
    [3, 3],
  );
  assert.equal((await inspectObject(repository, 'latest:/home/link')).target, 'a');
  assert.equal((await inspectObject(repository, 'latest:/home/null')).minor, 3);
  assert.deepEqual((await inspectObject(repository, 'latest:/home')).below, {
    files: 3,
    directories: 0,
    bytes: 6,
  });
  JSON.stringify(await inspectObject(repository, 'latest:/'));
  await assert.rejects(inspectObject(repository, 'latest:/none'), { code: 'no-path' });
  await assert.rejects(inspectObject(repository, 'nobody:/'), { code: 'no-snapshot' });
});

test('what nothing is called, and what several things are called, is refused', async () => {
  const { repository } = await sample();
  for (const what of ['', 'zzz', '0'.repeat(64)])
    await assert.rejects(inspectObject(repository, what), {
      code: 'invalid-argument',
      message: /nothing is called so/,
    });
  await assert.rejects(inspectObject(repository, 'packs/'), {
    code: 'invalid-argument',
    message: /may be packs\//,
  });
});

// Nothing outside the target is written, whatever is planted in the target or in the snapshot, and nothing in the target is opened
// that could block. Each test is one trick.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { storeChunks, testSnapshot } from '../../test/memory-repository.ts';
import {
  bytesOf,
  directory,
  file,
  type SampleEntry,
  SampleManifest,
  symlink,
} from '../../test/sample-manifest.ts';
import { sampleRepository } from '../../test/sample-repository.ts';
import { pathText } from '../manifest/path-text.ts';
import { createFingerprinter } from '../packing/fingerprinter.ts';
import type { RestoreOptions } from './restore-options.ts';
import { restoreSnapshot } from './restore-snapshot.ts';

async function folders(t: TestContext) {
  const base = await temporaryDirectory(t);
  const [target, outside] = [join(base, 'target'), join(base, 'outside')];
  mkdirSync(target);
  mkdirSync(outside);
  writeFileSync(join(outside, 'victim'), 'untouched');
  chmodSync(join(outside, 'victim'), 0o600);
  return { target, outside };
}

async function restore(
  children: readonly SampleEntry[],
  target: string,
  options: Partial<RestoreOptions> = {},
) {
  const { repository, add } = await sampleRepository();
  try {
    return await restoreSnapshot(repository, await add(children), { target, ...options });
  } finally {
    await repository.close();
  }
}

function assertUntouched(outside: string): void {
  assert.deepEqual(readdirSync(outside), ['victim']);
  assert.equal(readFileSync(join(outside, 'victim'), 'utf8'), 'untouched');
  assert.equal(lstatSync(join(outside, 'victim')).mode & 0o7777, 0o600);
}

test('a symlink in place of a directory is not gone through', async (t) => {
  const { target, outside } = await folders(t);
  symlinkSync(outside, join(target, 'a'));
  const { named } = await restore([directory('a', [file('victim', 'restored'), directory('b', [])])], target);
  assert.deepEqual(named, []);
  assertUntouched(outside);
  assert.ok(lstatSync(join(target, 'a')).isDirectory());
  assert.equal(readFileSync(join(target, 'a/victim'), 'utf8'), 'restored');
});

test('a symlink in place of a directory is kept where nothing may be replaced, and nothing is written through it', async (t) => {
  const { target, outside } = await folders(t);
  symlinkSync(outside, join(target, 'a'));
  const children = [directory('a', [file('victim', 'restored')]), file('b', 'b')];
  const { named } = await restore(children, target, { overwrite: 'never' });
  assert.deepEqual(
    named.map(({ path }) => pathText(path)),
    ['/a'],
  );
  assertUntouched(outside);
  assert.equal(readlinkSync(join(target, 'a')), outside);
  assert.equal(readFileSync(join(target, 'b'), 'utf8'), 'b');
});

test('a symlink in place of a file is replaced, not followed', async (t) => {
  const { target, outside } = await folders(t);
  symlinkSync(join(outside, 'victim'), join(target, 'a'));
  symlinkSync(join(outside, 'new'), join(target, 'b'));
  await restore([file('a', 'restored', { mode: 0o777 }), file('b', 'restored')], target);
  assertUntouched(outside);
  assert.equal(readFileSync(join(target, 'a'), 'utf8'), 'restored');
});

test('a hard link in place of a file is replaced: its other names keep content and metadata', async (t) => {
  for (const overwrite of ['always', 'if-changed'] as const) {
    const { target, outside } = await folders(t);
    linkSync(join(outside, 'victim'), join(target, 'a'));
    // The same size and mtime: if-changed would only set the metadata.
    const { mtimeNs } = lstatSync(join(outside, 'victim'), { bigint: true });
    const mtime = {
      seconds: Number(mtimeNs / 1_000_000_000n),
      nanoseconds: Number(mtimeNs % 1_000_000_000n),
    };
    await restore([file('a', 'restored!', { mode: 0o666, mtime })], target, { overwrite });
    assertUntouched(outside);
    assert.equal(readFileSync(join(target, 'a'), 'utf8'), 'restored!');
  }
});

test('a FIFO in place of a file does not block', { timeout: 20_000 }, async (t) => {
  const { target } = await folders(t);
  execFileSync('mkfifo', [join(target, 'a'), join(target, 'b')]);
  const children = [file('a', 'restored'), directory('b', [file('c', 'c')])];
  await restore(children, target, { overwrite: 'if-changed', verify: true });
  assert.equal(readFileSync(join(target, 'a'), 'utf8'), 'restored');
  assert.equal(readFileSync(join(target, 'b/c'), 'utf8'), 'c');
});

test('a symlink of an earlier snapshot is not gone through by a later one', async (t) => {
  const { target, outside } = await folders(t);
  await restore([symlink('a', outside)], target);
  await restore([directory('a', [file('victim', 'restored')])], target);
  assertUntouched(outside);
});

test('the first name of a hard link that was exchanged for a symlink is not linked to', async (t) => {
  const { target, outside } = await folders(t);
  const { repository, blobs, add } = await sampleRepository();
  t.after(() => repository.close());
  const linked = { inode: 5n, hardLink: { device: 1n, links: 2 } };
  const large = Array.from({ length: 40 }, (_, at) => new Uint8Array(500_000).fill(at));
  const snapshot = await add(
    [file('a', 'first', linked), file('large', large), directory('z', [file('b', 'first', linked)])],
    { chunksPerPack: 1 },
  );
  blobs.disturb = () => {
    if (readdirSync(target).includes('a') && !lstatSync(join(target, 'a')).isSymbolicLink()) {
      renameSync(join(target, 'a'), join(target, 'moved'));
      symlinkSync(join(outside, 'victim'), join(target, 'a'));
    }
    return undefined;
  };
  await restoreSnapshot(repository, snapshot, { target, workers: 1 });
  assertUntouched(outside);
  const restored = lstatSync(join(target, 'z/b'));
  assert.ok(restored.isFile() && readFileSync(join(target, 'z/b'), 'utf8') === 'first');
});

test('a directory that becomes a symlink while files are written is refused', async (t) => {
  const { target, outside } = await folders(t);
  const { repository, blobs, add } = await sampleRepository();
  t.after(() => repository.close());
  const large = Array.from({ length: 40 }, (_, at) => new Uint8Array(500_000).fill(at));
  const snapshot = await add([directory('a', [file('large', large), file('other', large)])], {
    chunksPerPack: 1,
  });
  blobs.disturb = ({ operation }) => {
    if (operation === 'get' && readdirSync(target).includes('a') && !readdirSync(target).includes('moved')) {
      renameSync(join(target, 'a'), join(target, 'moved'));
      symlinkSync(outside, join(target, 'a'));
    }
    return undefined;
  };
  const { named } = await restoreSnapshot(repository, snapshot, { target });
  assertUntouched(outside);
  assert.ok(named.length > 0);
});

for (const name of ['..', '.', 'a/b', '/etc', 'a\0b', ''])
  test(`a manifest with the name ${JSON.stringify(name)} is damaged, and nothing of it is written`, async (t) => {
    const { target, outside } = await folders(t);
    const { repository } = await sampleRepository();
    t.after(() => repository.close());
    const fingerprinter = createFingerprinter(repository.config, repository.keyring);
    const manifest = new SampleManifest({
      fingerprint: (chunk) => {
        const fingerprint = new Uint8Array(32);
        fingerprinter(chunk, fingerprint);
        return fingerprint;
      },
    });
    const honest = manifest.snapshot([directory('good', []), file('QQQQ', 'x')]);
    const root = [...manifest.chunks.values()].find((chunk) => Buffer.from(chunk).includes('QQQQ'))!;
    const hostile = renamed(root, name);
    const session = await repository.openSession({ purpose: 'create', host: 'h', user: 'u' });
    const fingerprints = await storeChunks(repository, session, [hostile]);
    await session.commit(
      testSnapshot(fingerprints, { root: { kind: 'chunks', fingerprints, lengthBytes: hostile.length } }),
    );
    const { snapshots } = await repository.snapshots();
    assert.ok(honest.root.lengthBytes > 0);
    await assert.rejects(restoreSnapshot(repository, snapshots[0]!, { target }), { code: 'damaged' });
    assert.deepEqual(readdirSync(target), []);
    assertUntouched(outside);
  });

/** The bytes of a directory with an entry called QQQQ, called otherwise. */
function renamed(bytes: Uint8Array, name: string): Uint8Array {
  const at = Buffer.from(bytes).indexOf('QQQQ');
  const encoded = bytesOf(name);
  return new Uint8Array(
    Buffer.concat([
      bytes.subarray(0, at - 1),
      Uint8Array.of(encoded.length),
      encoded,
      bytes.subarray(at + 4),
    ]),
  );
}

test('a target that is a symlink is followed: it is what the user named', async (t) => {
  const { target, outside } = await folders(t);
  symlinkSync(target, join(outside, '..', 'link'));
  await restore([file('a', 'restored')], join(outside, '..', 'link'));
  assert.deepEqual(readdirSync(target), ['a']);
});

test('deleting removes symlinks, not what they point to', async (t) => {
  const { target, outside } = await folders(t);
  mkdirSync(join(target, 'extra/deep'), { recursive: true });
  symlinkSync(outside, join(target, 'extra/deep/link'));
  symlinkSync(outside, join(target, 'link'));
  const { filesDeleted } = await restore([file('a', 'restored')], target, { delete: true });
  assert.equal(filesDeleted, 2);
  assert.deepEqual(readdirSync(target), ['a']);
  assertUntouched(outside);
});

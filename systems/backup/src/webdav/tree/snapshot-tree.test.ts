import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bytesOf,
  directory,
  file,
  type SampleEntry,
  SampleManifest,
  special,
  symlink,
} from '../../../test/sample-manifest.ts';
import { openTree } from '../../manifest/read-tree.ts';
import { DirectoryReader } from './directory-reader.ts';
import { findResource } from './find-resource.ts';
import type { Collection, Resource } from './resource.ts';
import { snapshotCollection } from './snapshot-tree.ts';

function serve(
  children: readonly SampleEntry[],
  inlineBytes?: number,
): { root: Collection; problems: unknown[] } {
  const manifest = new SampleManifest({ ...(inlineBytes && { inlineBytes }) });
  const problems: unknown[] = [];
  const onLostLink = (error: unknown) => {
    problems.push(error);
    return undefined;
  };
  const { root } = openTree(manifest, manifest.snapshot(children));
  const missing = [...manifest.chunks].filter(([, chunk]) => Buffer.from(chunk).includes('unreadable'));
  for (const [fingerprint] of missing) manifest.chunks.delete(fingerprint);
  return { root: snapshotCollection(root, { reader: new DirectoryReader(manifest), onLostLink }), problems };
}

function at(root: Resource, path: string): Promise<Resource | undefined> {
  return findResource(root, path.split('/').filter(Boolean).map(bytesOf));
}

/** Names of a directory, those of directories with a slash. */
async function list(root: Resource, path = ''): Promise<readonly string[]> {
  const collection = await at(root, path);
  assert(collection?.kind === 'collection', path);
  const names: string[] = [];
  for await (const { name, resource } of await collection.members())
    names.push(`${Buffer.from(name)}${resource.kind === 'collection' ? '/' : ''}`);
  return names;
}

/** Everything that a client finds who follows what it is shown. */
async function walk(root: Resource, path = ''): Promise<readonly string[]> {
  const all: string[] = [];
  for (const name of await list(root, path)) {
    all.push(`${path}${name}`);
    if (name.endsWith('/')) all.push(...(await walk(root, `${path}${name}`)));
  }
  return all;
}

async function sizeOf(root: Resource, path: string): Promise<number | undefined> {
  const resource = await at(root, path);
  return resource?.kind === 'file' ? resource.content.sizeBytes : undefined;
}

test('files and directories are there, all else is left out', async () => {
  const { root } = serve([
    directory('d', [file('inside', 'four')]),
    file('f', 'content'),
    file('refused', [], { readable: false }),
    special('fifo', 'fifo'),
    special('null', 'character-device'),
    special('disk', 'block-device'),
    special('socket', 'socket'),
  ]);
  assert.deepEqual(await walk(root), ['d/', 'd/inside', 'f']);
  assert.equal(await sizeOf(root, 'd/inside'), 4);
  for (const path of ['refused', 'fifo', 'null', 'disk', 'socket', 'f/below', 'd/none', 'd/..', '.'])
    assert.equal(await at(root, path), undefined, path);
});

test('a symlink is the file that it points to, by whatever way within the snapshot', async () => {
  const { root } = serve([
    directory('etc', [
      file('passwd', 'of the snapshot'),
      directory('deep', [symlink('up', '../passwd'), symlink('top', '/etc/passwd')]),
    ]),
    symlink('relative', 'etc/passwd'),
    symlink('absolute', '/etc/passwd'),
    symlink('dotted', './etc/.//deep/../passwd'),
    symlink('chain', 'relative'),
    symlink('through', 'dir-link/up'),
    symlink('dir-link', 'etc/deep'),
    symlink('above', '../../../etc/passwd'),
  ]);
  for (const path of [
    'relative',
    'absolute',
    'dotted',
    'chain',
    'through',
    'above',
    'etc/deep/up',
    'etc/deep/top',
    'dir-link/up',
  ])
    assert.equal(await sizeOf(root, path), 'of the snapshot'.length, path);
  assert.ok((await list(root)).includes('dir-link/'));
});

test('a symlink that leads nowhere is not there', async () => {
  const { root } = serve([
    file('f', 'x'),
    symlink('dangling', 'none'),
    symlink('outside', '/etc/passwd'),
    symlink('up', '../../etc/passwd'),
    symlink('a', 'b'),
    symlink('b', 'a'),
    symlink('itself', 'itself'),
    symlink('file-as-directory', 'f/'),
    symlink('below-a-file', 'f/x'),
    symlink('pipe', 'fifo'),
    special('fifo', 'fifo'),
  ]);
  assert.deepEqual(await list(root), ['f']);
  for (const path of ['dangling', 'outside', 'a', 'itself', 'file-as-directory', 'pipe'])
    assert.equal(await at(root, path), undefined, path);
});

test('forty symlinks are followed for one, no more', async () => {
  const chain = Array.from({ length: 45 }, (_, number) => symlink(`link-${number}`, `link-${number - 1}`));
  const { root } = serve([file('link-', 'x'), ...chain.slice(1), symlink('link-0', 'link-')]);
  assert.equal(await sizeOf(root, 'link-39'), 1);
  assert.equal(await sizeOf(root, 'link-40'), undefined);
});

test('what is shown is finite: symlinks to directories they lie in, and those below another, are not listed', async () => {
  const packages = ['a', 'b', 'c', 'd', 'e', 'f'];
  const { root } = serve([
    directory('bin', [file('ls', 'x'), symlink('X11', '.'), symlink('root', '/'), symlink('parent', '..')]),
    directory('bin2', [symlink('beside', '/bin')]),
    directory(
      'store',
      packages.map((name) =>
        directory(name, [
          file('code', name),
          directory(
            'node_modules',
            packages.filter((other) => other !== name).map((other) => symlink(other, `../../${other}`)),
          ),
        ]),
      ),
    ),
  ]);
  assert.deepEqual(await list(root, 'bin'), ['ls']);
  assert.deepEqual(await list(root, 'bin2'), ['beside/']);
  const all = await walk(root);
  assert.ok(all.includes('store/a/node_modules/b/code'));
  // 6 packages, each with 5 others in which the symlinks are left out.
  assert.equal(all.filter((path) => path.endsWith('code')).length, 6 + 6 * 5);
});

test('who names a path that is not listed gets it', async () => {
  const { root } = serve([directory('bin', [file('ls', 'x'), symlink('X11', '.')])]);
  assert.equal(await sizeOf(root, 'bin/X11/X11/X11/ls'), 1);
});

test('a symlink into a directory that cannot be read is left out and told', async () => {
  const { root, problems } = serve(
    [
      directory('broken', [file('unreadable', 'x'), file('x', 'x')]),
      directory('d', [symlink('l', '../broken/x'), file('good', 'x')]),
    ],
    60,
  );
  assert.deepEqual(await list(root, 'd'), ['good']);
  assert.equal(problems.length, 1);
});

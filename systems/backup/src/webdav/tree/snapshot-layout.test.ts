import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, SampleManifest } from '../../../test/sample-manifest.ts';
import type { Snapshot } from '../../format/snapshot-record.ts';
import { findResource } from './find-resource.ts';
import type { Collection, Resource } from './resource.ts';
import { snapshotLayout } from './snapshot-layout.ts';

const manifest = new SampleManifest();

function snapshot(id: string, time: string, changes: Partial<Snapshot> = {}): Snapshot {
  return { ...manifest.snapshot([]), id: id.padEnd(32, '0'), time, ...changes };
}

type Opened = Collection & { readonly snapshot: Snapshot };

function open(one: Snapshot): Opened {
  const nothing = { members: async () => [], member: async () => undefined };
  return { kind: 'collection', modified: { seconds: 0, nanoseconds: 0 }, ...nothing, snapshot: one };
}

async function at(root: Resource, path: string): Promise<Resource | undefined> {
  return findResource(root, path.split('/').filter(Boolean).map(bytesOf));
}

async function idAt(root: Resource, path: string): Promise<string | undefined> {
  const found = (await at(root, path)) as Opened | undefined;
  return found?.snapshot?.id.replace(/0+$/, '');
}

async function list(root: Resource, path: string): Promise<readonly string[]> {
  const found = await at(root, path);
  assert(found?.kind === 'collection');
  const members = await Array.fromAsync(await found.members());
  return members.map(({ name }) => Buffer.from(name).toString());
}

const three = [
  snapshot('aaaa1', '2026-01-01T10:00:00.5Z', { host: 'elm', tags: ['daily'] }),
  snapshot('aaaa2', '2026-01-02T10:00:00.123456789Z', { host: 'oak', tags: ['daily', 'a/b'] }),
  snapshot('bbbb3', '2026-01-03T10:00:00Z', { host: 'elm' }),
];

test('snapshots are found by time, id, host and tag, the youngest as latest', async () => {
  const root = snapshotLayout(three, open);
  assert.deepEqual(await list(root, ''), ['hosts', 'ids', 'snapshots', 'tags']);
  assert.deepEqual(await list(root, 'snapshots'), [
    '2026-01-01T10:00:00Z',
    '2026-01-02T10:00:00Z',
    '2026-01-03T10:00:00Z',
    'latest',
  ]);
  assert.deepEqual(await list(root, 'hosts'), ['elm', 'oak']);
  assert.deepEqual(await list(root, 'hosts/elm'), ['2026-01-01T10:00:00Z', '2026-01-03T10:00:00Z', 'latest']);
  assert.deepEqual(await list(root, 'tags'), ['a_b', 'daily']);
  assert.deepEqual(await list(root, 'ids'), ['aaaa1000', 'aaaa2000', 'bbbb3000', 'latest']);
  assert.equal(await idAt(root, 'snapshots/2026-01-02T10:00:00Z'), 'aaaa2');
  assert.equal(await idAt(root, 'snapshots/latest'), 'bbbb3');
  assert.equal(await idAt(root, 'ids/latest'), 'bbbb3');
  assert.equal(await idAt(root, 'tags/daily/latest'), 'aaaa2');
  assert.equal(await idAt(root, 'hosts/oak/latest'), 'aaaa2');
  assert.equal(await idAt(root, 'hosts/oak/2026-01-01T10:00:00Z'), undefined);
});

test('any unambiguous beginning of an id of eight digits and more leads to the snapshot', async () => {
  const root = snapshotLayout(three, open);
  assert.equal(await idAt(root, `ids/${three[0]!.id}`), 'aaaa1');
  assert.equal(await idAt(root, 'ids/aaaa20000'), 'aaaa2');
  assert.equal(await idAt(root, 'ids/aaaa2'), undefined);
});

test('ids that begin alike are shown whole', async () => {
  const [one, two] = [snapshot('11111111a', three[0]!.time), snapshot('11111111b', three[1]!.time)];
  const root = snapshotLayout([one, two], open);
  assert.deepEqual(await list(root, 'ids'), [one.id, two.id, 'latest']);
  assert.equal(await idAt(root, 'ids/11111111'), undefined);
});

test('snapshots of the same second have the id in their names, and a name once given always leads there', async () => {
  const [one, two] = [snapshot('c1', '2026-01-03T10:00:00.1Z'), snapshot('c2', '2026-01-03T10:00:00.9Z')];
  const both = snapshotLayout([one, two], open);
  assert.deepEqual(await list(both, 'snapshots'), [
    '2026-01-03T10:00:00Z-c1000000',
    '2026-01-03T10:00:00Z-c2000000',
    'latest',
  ]);
  const left = snapshotLayout([two], open);
  assert.deepEqual(await list(left, 'snapshots'), ['2026-01-03T10:00:00Z', 'latest']);
  assert.equal(await idAt(left, 'snapshots/2026-01-03T10:00:00Z-c2000000'), 'c2');
});

test('hosts and tags that are no name of a folder get one', async () => {
  const names = ['..', '.', '', 'a/b', 'a\\b', 'nul\0', 'new\nline'];
  const root = snapshotLayout([snapshot('a', three[0]!.time, { tags: names })], open);
  assert.deepEqual(await list(root, 'tags'), ['_', '_.', '_..', 'a_b', 'new_line', 'nul_']);
});

test('without snapshots the directories are empty', async () => {
  const root = snapshotLayout([], open);
  for (const name of ['hosts', 'ids', 'snapshots', 'tags']) assert.deepEqual(await list(root, name), []);
});

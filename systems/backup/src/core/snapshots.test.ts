import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { isBackupError } from '../../test/backup-error.ts';
import {
  initTestRepository,
  memoryRepository,
  openTestRepository,
  testSnapshot,
} from '../../test/memory-repository.ts';
import { objectName } from '../format/object-names.ts';
import { encodeSnapshotRecord } from '../format/records/snapshot.ts';
import type { Snapshot } from '../format/snapshot-record.ts';
import { forgetSnapshots } from './forget-snapshots.ts';
import { addKey } from './keys/manage-keys.ts';
import type { Repository } from './repository.ts';
import { resolveSnapshot } from './resolve-snapshot.ts';
import { compareTimes } from './rfc3339.ts';

const create = { purpose: 'create', host: 'h', user: 'u' } as const;

async function commit(repository: Repository, changes: Partial<Snapshot>): Promise<string> {
  const session = await repository.openSession(create);
  assert.equal(await session.commit(testSnapshot(new Uint8Array(32), changes)), 'committed');
  return session.id;
}

/** Under an id of the test's own. */
async function put(repository: Repository, id: string, changes: Partial<Snapshot> = {}): Promise<void> {
  const record = { ...testSnapshot(new Uint8Array(32), changes), kind: 'snapshot', id } as const;
  const name = objectName('snapshots', id);
  await repository.objects.putIfAbsent({ kind: 'snapshot', name }, encodeSnapshotRecord(record));
}

const idOf = (start: string) => start.padEnd(32, '0');

async function idsOf(repository: Repository): Promise<string[]> {
  return (await repository.snapshots()).snapshots.map(({ id }) => id);
}

test('snapshots are listed by their time, fractions of a second included; fences are none', async () => {
  const { repository } = await memoryRepository();
  const times = [
    '2026-01-01T00:00:00.000000010Z',
    '2026-01-01T00:00:00.1Z',
    '2026-01-01T00:00:00Z',
    '2025-12-31T23:59:59.999Z',
  ];
  const ids: string[] = [];
  for (const time of times) ids.push(await commit(repository, { time }));
  const name = objectName('snapshots', idOf('fe'));
  await repository.objects.putIfAbsent({ kind: 'snapshot', name }, encodeSnapshotRecord({ kind: 'fence' }));
  assert.deepEqual(await idsOf(repository), [ids[3], ids[2], ids[0], ids[1]]);
  assert(compareTimes('2026-01-01T00:00:00.5Z', '2026-01-01T00:00:00.500000000Z') === 0);
});

test('one that cannot be read is named and hides no other; one put in another’s place is refused', async () => {
  const { repository, blobs } = await memoryRepository();
  const [a, b, c] = [
    await commit(repository, {}),
    await commit(repository, {}),
    await commit(repository, {}),
  ];
  blobs.alter(objectName('snapshots', a), (bytes) => bytes.subarray(0, 50));
  blobs.alter(objectName('snapshots', b), () => blobs.bytesOf(objectName('snapshots', c)));
  const { snapshots, damaged } = await repository.snapshots();
  assert.deepEqual(
    snapshots.map(({ id }) => id),
    [c],
  );
  assert.deepEqual(
    damaged.map(({ name }) => name).sort(),
    [objectName('snapshots', a), objectName('snapshots', b)].sort(),
  );
  await assert.rejects(resolveSnapshot(repository, a), isBackupError('damaged', new RegExp(a)));
  assert.equal((await resolveSnapshot(repository, 'latest')).id, c);
});

test('latest is the youngest that the filter lets through', async () => {
  const { repository } = await memoryRepository();
  await assert.rejects(resolveSnapshot(repository, 'latest'), isBackupError('no-snapshot'));
  await put(repository, idOf('1'), {
    time: '2026-01-01T00:00:00Z',
    host: 'a',
    paths: ['/x', '/y'],
    tags: ['t', 'u'],
  });
  await put(repository, idOf('2'), { time: '2026-01-02T00:00:00Z', host: 'b', paths: ['/y'], tags: ['t'] });
  const latest = async (filter = {}) => (await resolveSnapshot(repository, 'latest', filter)).id[0];
  assert.equal(await latest(), '2');
  assert.equal(await latest({ hosts: ['a'] }), '1');
  assert.equal(await latest({ paths: ['/y', '/x'] }), '1');
  assert.equal(await latest({ hosts: ['a', 'b'] }), '2');
  assert.equal(await latest({ tags: [['t']] }), '2');
  assert.equal(await latest({ tags: [['u', 't']] }), '1');
  assert.equal(await latest({ tags: [['nothing'], ['u']] }), '1');
  assert.equal(await latest({ paths: ['/x'] }), '1');
  await assert.rejects(latest({ paths: ['/x', '/z'] }), isBackupError('no-snapshot'));
  await assert.rejects(latest({ tags: [['']] }), isBackupError('no-snapshot'));
});

test('a prefix names one snapshot, or the candidates', async () => {
  const { repository, blobs } = await memoryRepository();
  for (const start of ['ab1', 'ab2', 'cd']) await put(repository, idOf(start));
  assert.equal((await resolveSnapshot(repository, 'c')).id, idOf('cd'));
  assert.equal((await resolveSnapshot(repository, idOf('ab1'))).id, idOf('ab1'));
  const names = new RegExp(`${idOf('ab1')}.*${idOf('ab2')}`);
  await assert.rejects(resolveSnapshot(repository, 'ab'), isBackupError('ambiguous-snapshot', names));
  await assert.rejects(resolveSnapshot(repository, ''), isBackupError('ambiguous-snapshot'));
  await assert.rejects(resolveSnapshot(repository, 'ef'), isBackupError('no-snapshot', /ef/));
  blobs.alter(objectName('snapshots', idOf('ab2')), () => new Uint8Array(0));
  await assert.rejects(
    resolveSnapshot(repository, 'ab'),
    isBackupError('ambiguous-snapshot', /cannot be read/),
  );
});

test('a forgotten snapshot is gone; what replaced it is found under its id, over several steps', async () => {
  const { repository } = await memoryRepository();
  for (const start of ['a', 'b', 'c', 'd']) await put(repository, idOf(start));
  await forgetSnapshots(repository, [idOf('a')], { replacedBy: idOf('b') });
  await forgetSnapshots(repository, [idOf('b')], { replacedBy: idOf('c') });
  assert.deepEqual(await idsOf(repository), [idOf('c'), idOf('d')]);
  assert.equal((await resolveSnapshot(repository, 'a')).id, idOf('c'));
  await forgetSnapshots(repository, [idOf('c'), idOf('d')]);
  await assert.rejects(resolveSnapshot(repository, 'a'), isBackupError('no-snapshot', /was forgotten/));
  await forgetSnapshots(repository, [idOf('d')], { replacedBy: idOf('a') });
  await assert.rejects(
    resolveSnapshot(repository, 'd'),
    isBackupError('no-snapshot'),
    'the first tombstone stays',
  );
});

test('of ids that are not all there none is forgotten', async () => {
  const { repository } = await memoryRepository();
  await put(repository, idOf('a'));
  await assert.rejects(
    forgetSnapshots(repository, [idOf('a'), idOf('b')]),
    isBackupError('no-snapshot', /b0/),
  );
  assert.deepEqual(await idsOf(repository), [idOf('a')]);
});

test('an append-only key adds snapshots, and takes nothing away', async () => {
  const { repository, blobs, world } = await memoryRepository();
  await put(repository, idOf('a'));
  const { testCost: cost } = await import('../../test/memory-repository.ts');
  await addKey(repository, { password: 'client', host: 'h', user: 'u', appendOnly: true, cost });
  const client = await openTestRepository({ blobs, world, password: 'client' });
  assert(client.key.appendOnly);
  await commit(client, {});
  await assert.rejects(forgetSnapshots(client, [idOf('a')]), isBackupError('denied', /may only add/));
  await assert.rejects(client.openSession({ ...create, purpose: 'gc' }), isBackupError('denied'));
  await assert.rejects(addKey(client, { password: 'x', host: 'h', user: 'u' }), isBackupError('denied'));
});

test('snapshots are read once where there is a cache', async (t) => {
  const directory = await temporaryDirectory(t);
  const { repository, blobs, world } = await memoryRepository();
  const ids = [await commit(repository, {}), await commit(repository, {})];
  for (const gets of [2, 0]) {
    const reader = await openTestRepository({ blobs, world, cache: { directory } });
    blobs.calls.length = 0;
    assert.equal((await reader.snapshots()).snapshots.length, 2);
    assert.equal(blobs.calls.filter(({ operation }) => operation === 'get').length, gets);
  }
  await forgetSnapshots(repository, ids);
  const reader = await openTestRepository({ blobs, world, cache: { directory } });
  assert.deepEqual(await idsOf(reader), []);
  await initTestRepository({ blobs, world }).catch(isBackupError('repository-exists'));
});

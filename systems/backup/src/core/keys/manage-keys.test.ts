// Passwords come and go, and a rotation that is cut off anywhere leaves a repository that opens.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBackupError } from '../../../test/backup-error.ts';
import type { MemoryBlobs } from '../../../test/memory-blobs.ts';
import {
  testCost as cost,
  memoryRepository,
  openTestRepository,
  storeChunks,
  testPassword,
  testSnapshot,
} from '../../../test/memory-repository.ts';
import { copiedName, copyName, objectName } from '../../format/object-names.ts';
import { stretchPasswordInPlace as stretch } from '../../keys/stretch-password.ts';
import type { Repository } from '../repository.ts';
import { addKey, listKeys, removeKey } from './manage-keys.ts';
import { rotateKeys } from './rotate-keys.ts';

const owner = { host: 'h', user: 'u', cost, stretch };
const rotation = { ...owner, password: testPassword };
const create = { purpose: 'create', host: 'h', user: 'u' } as const;

test('a key that was added opens the repository; one that was removed does not', async () => {
  const { repository, blobs, world } = await memoryRepository();
  const id = await addKey(repository, { ...owner, password: 'second', label: 'laptop' });
  const second = await openTestRepository({ blobs, world, password: 'second' });
  assert.equal(second.key.id, id);
  const listed = await listKeys(second);
  assert.deepEqual(listed.map((key) => 'inUse' in key && [key.label, key.inUse]).sort(), [
    ['', false],
    ['laptop', true],
  ]);
  assert.equal(await removeKey(repository, id.slice(0, 12)), id);
  await assert.rejects(
    openTestRepository({ blobs, world, password: 'second' }),
    isBackupError('wrong-password'),
  );
});

test('neither the last key nor silently the one in use is removed', async () => {
  const { repository, blobs, world } = await memoryRepository();
  await assert.rejects(
    removeKey(repository, repository.key.id, { evenInUse: true }),
    isBackupError('denied', /last/),
  );
  await addKey(repository, { ...owner, password: 'second' });
  await assert.rejects(removeKey(repository, repository.key.id), isBackupError('denied', /in use/));
  await assert.rejects(
    removeKey(repository, 'f'.repeat(33)),
    isBackupError('invalid-argument', /no such key/),
  );
  await assert.rejects(removeKey(repository, ''), isBackupError('invalid-argument'));
  await removeKey(repository, repository.key.id, { evenInUse: true });
  await openTestRepository({ blobs, world, password: 'second' });
});

test('two who remove each other’s key at once leave one', async () => {
  const { repository, blobs, world } = await memoryRepository();
  const other = await addKey(repository, { ...owner, password: 'second' });
  const second = await openTestRepository({ blobs, world, password: 'second' });
  let waiting: (() => void)[] = [];
  blobs.disturb = async ({ operation }) => {
    if (operation !== 'delete') return undefined;
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 2) for (const go of waiting) go();
    });
    return undefined;
  };
  const removed = await Promise.allSettled([
    removeKey(repository, other),
    removeKey(second, repository.key.id),
  ]);
  waiting = [];
  assert(removed.some(({ status }) => status === 'rejected'));
  assert(blobs.names('keys/').length >= 1);
});

test('the right key file is found among several, the hint saves trying, a damaged one is passed over', async () => {
  const { repository, blobs, world } = await memoryRepository();
  const others = [];
  for (const password of ['a', 'b', 'c']) others.push(await addKey(repository, { ...owner, password }));
  blobs.alter(objectName('keys', others[0]!), () => Buffer.from('{'));
  const keyReads = () =>
    blobs.calls.filter(({ operation, name }) => operation === 'get' && name.startsWith('keys/')).length;
  await openTestRepository({ blobs, world });
  blobs.calls.length = 0;
  await openTestRepository({ blobs, world, keyId: repository.key.id });
  assert.equal(keyReads(), 1);
  const wrong = openTestRepository({ blobs, world, password: 'wrong' });
  await assert.rejects(wrong, isBackupError('wrong-password', new RegExp(others[0]!)));
  const listed = await listKeys(repository);
  assert.equal(listed.filter((key) => 'problem' in key).length, 1);
});

test('after a rotation new objects are under a new key, old ones stay readable, other passwords open nothing', async () => {
  const { repository, blobs, world } = await memoryRepository();
  const old = await commitText(repository, 'old');
  const other = await addKey(repository, { ...owner, password: 'second', label: 'laptop' });
  const { keyId, epoch, removed } = await rotateKeys(repository, rotation);
  assert.equal(epoch, 2);
  assert.deepEqual(
    removed.map(({ id }) => id),
    [other],
  );
  const firsts = ['keyring', 'keyring.2'];
  assert.deepEqual(
    blobs.names('key'),
    [...firsts, ...firsts.map(copyName), objectName('keys', keyId)].sort(),
  );
  await assert.rejects(
    openTestRepository({ blobs, world, password: 'second' }),
    isBackupError('wrong-password'),
  );
  // A session that was open meanwhile goes on under the old epoch.
  const late = await commitText(repository, 'late');
  const rotated = await openTestRepository({ blobs, world });
  assert.equal(rotated.keyring.current, 2);
  const fresh = await commitText(rotated, 'fresh');
  await assertReads(rotated, { [old]: 'old', [late]: 'late', [fresh]: 'fresh' });
  const again = await rotateKeys(rotated, rotation);
  assert.equal(again.epoch, 3);
  assert.deepEqual(
    blobs.names('keyring').filter((name) => copiedName(name) === undefined),
    ['keyring', 'keyring.2', 'keyring.3'],
  );
  const slow = rotateKeys(repository, rotation); // it knows version 1
  await assert.rejects(slow, isBackupError('store', /open the repository again/));
  assert.equal(blobs.names('keys/').length, 1);
  await assertReads(await openTestRepository({ blobs, world }), {
    [old]: 'old',
    [late]: 'late',
    [fresh]: 'fresh',
  });
});

test('a rotation that was cut off after any call leaves a repository that opens and reads all', async () => {
  for (let calls = 0; ; calls++) {
    const { repository, blobs, world } = await memoryRepository();
    await addKey(repository, { ...owner, password: 'second' });
    const id = await commitText(repository, 'text');
    const done = await cutOffAfter(blobs, calls, () => rotateKeys(repository, rotation));
    const opened = await openTestRepository({ blobs, world });
    const after = await commitText(opened, 'after');
    await assertReads(opened, { [id]: 'text', [after]: 'after' });
    await rotateKeys(opened, rotation);
    const rotated = await openTestRepository({ blobs, world });
    await assertReads(rotated, { [id]: 'text', [after]: 'after' });
    assert.equal(blobs.names('keys/').length, 1);
    if (done) break;
  }
});

test('of two rotations at once one wins, and no epoch is lost', async () => {
  const { repository, blobs, world } = await memoryRepository();
  const second = await openTestRepository({ blobs, world });
  const outcomes = await Promise.allSettled([rotateKeys(repository, rotation), rotateKeys(second, rotation)]);
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  const opened = await openTestRepository({ blobs, world });
  assert.equal(opened.keyring.current, 2);
  const id = await commitText(opened, 'text');
  await assert.rejects(rotateKeys(repository, rotation), isBackupError('store', /open the repository again/));
  await assert.rejects(addKey(repository, { ...owner, password: 'x' }), isBackupError('store'));
  assert.equal(blobs.names('keys/').length, 1);
  await assertReads(await openTestRepository({ blobs, world }), { [id]: 'text' });
});

test('a rotation that another overtakes takes its key file back', async () => {
  const { repository, blobs, world } = await memoryRepository();
  const second = await openTestRepository({ blobs, world });
  let overtaken: string | undefined;
  blobs.disturb = async ({ operation, name }) => {
    if (operation !== 'put' || !name.startsWith('keys/')) return undefined;
    blobs.disturb = () => undefined;
    overtaken = (await rotateKeys(second, rotation)).keyId;
    return undefined;
  };
  await assert.rejects(rotateKeys(repository, rotation), isBackupError('store'));
  assert.deepEqual(blobs.names('keys/'), [objectName('keys', overtaken!)]);
  await openTestRepository({ blobs, world });
});

test('a rotation that is overtaken behind its keyring takes away no key that came since', async () => {
  const { repository, blobs, world } = await memoryRepository();
  let later: string | undefined;
  blobs.disturb = async ({ operation, name }) => {
    if (operation !== 'list' || !name.startsWith('keys/') || !blobs.names().includes('keyring.2'))
      return undefined;
    blobs.disturb = () => undefined;
    later = (await rotateKeys(await openTestRepository({ blobs, world }), rotation)).keyId;
    await addKey(await openTestRepository({ blobs, world }), { ...owner, password: 'second' });
    return undefined;
  };
  await rotateKeys(repository, rotation);
  assert.equal((await openTestRepository({ blobs, world })).key.id, later);
  assert.equal((await openTestRepository({ blobs, world, password: 'second' })).keyring.current, 3);
});

test('a key that is added under the old keys while they are rotated opens nothing afterwards', async () => {
  const { repository, blobs, world } = await memoryRepository();
  blobs.disturb = async ({ operation, name }) => {
    if (operation !== 'put' || name !== 'keyring.2') return undefined;
    blobs.disturb = () => undefined;
    await addKey(repository, { ...owner, password: 'second' });
    return undefined;
  };
  const { keyId } = await rotateKeys(repository, rotation);
  assert.deepEqual(blobs.names('keys/'), [objectName('keys', keyId)]);
  await openTestRepository({ blobs, world });
});

test('an old key file that a late put brings back does not bring back the old keys', async () => {
  const { repository, blobs, world } = await memoryRepository();
  const [old] = blobs.names('keys/');
  const bytes = blobs.bytesOf(old!);
  const { keyId } = await rotateKeys(repository, rotation);
  await blobs.put(old!, bytes);
  for (const hint of [keyId, repository.key.id]) {
    const opened = await openTestRepository({ blobs, world, keyId: hint });
    assert.deepEqual([opened.key.id, opened.keyring.current], [keyId, 2]);
  }
  await rotateKeys(await openTestRepository({ blobs, world }), rotation);
  assert.equal(blobs.names('keys/').length, 1);
});

test('a rotation asks for the password in use', async () => {
  const { repository, blobs } = await memoryRepository();
  const before = blobs.names();
  const wrong = rotateKeys(repository, { ...rotation, password: 'wrong' });
  await assert.rejects(wrong, isBackupError('wrong-password'));
  assert.deepEqual(blobs.names(), before);
});

/** True when `work` was done within so many calls. */
async function cutOffAfter(
  blobs: MemoryBlobs,
  calls: number,
  work: () => Promise<unknown>,
): Promise<boolean> {
  let made = 0;
  blobs.disturb = () => {
    made += 1;
    if (made > calls) throw new TypeError('killed');
    return undefined;
  };
  const done = await work().then(
    () => true,
    () => false,
  );
  blobs.disturb = () => undefined;
  return done;
}

async function commitText(repository: Repository, text: string): Promise<string> {
  const session = await repository.openSession(create);
  const fingerprints = await storeChunks(repository, session, [Buffer.from(text)]);
  assert.equal(await session.commit(testSnapshot(fingerprints)), 'committed');
  return session.id;
}

async function assertReads(
  repository: Repository,
  expected: Readonly<Record<string, string>>,
): Promise<void> {
  const { snapshots, damaged } = await repository.snapshots();
  assert.deepEqual(damaged, []);
  const found: Record<string, string> = {};
  for (const { id, root } of snapshots) {
    found[id] = Buffer.concat(await Array.fromAsync(repository.readChunks(root.fingerprints))).toString();
  }
  assert.deepEqual(found, expected);
}

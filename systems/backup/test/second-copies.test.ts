// `config` and the keyring lie in a repository twice: with one of the two hurt everything works, `verify` says so, `repair` mends it; no copy
// gives back what was taken away.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlobsError } from '@cairn/engines';
import { verifyRepository } from '../src/check/verify-repository.ts';
import { collectGarbage } from '../src/collect/collect-garbage.ts';
import { addKey, removeKey } from '../src/core/keys/manage-keys.ts';
import { rotateKeys } from '../src/core/keys/rotate-keys.ts';
import type { Repository } from '../src/core/repository.ts';
import { copyName } from '../src/format/object-names.ts';
import { inspectObject } from '../src/inspect/inspect-object.ts';
import { stretchPasswordInPlace } from '../src/keys/stretch-password.ts';
import { repairRepository } from '../src/repair/repair-repository.ts';
import { isBackupError } from './backup-error.ts';
import type { Disturbance, MemoryBlobs } from './memory-blobs.ts';
import {
  initTestRepository,
  memoryRepository,
  openTestRepository,
  storeChunks,
  testCost,
  testPassword,
  testSnapshot,
} from './memory-repository.ts';
import { sameThreadWorld } from './same-thread-world.ts';
import { simulatedRepository } from './simulated-repository.ts';

const world = sameThreadWorld();
const who = { host: 'h', user: 'u' };
const owner = { ...who, cost: testCost, stretch: stretchPasswordInPlace };
const repairing = { ...who, workers: 1, dryRun: false, readData: false, forget: false };
const verifying = { readData: { kind: 'all' }, workers: 1 } as const;
const firsts = ['config', 'keyring'];
const both = firsts.flatMap((name) => [name, copyName(name)]);

const open = (blobs: MemoryBlobs) => openTestRepository({ blobs, world });

function flip(blobs: MemoryBlobs, name: string, at: number): void {
  blobs.alter(name, (bytes) => bytes.fill(bytes[at]! ^ (1 << (at % 8)), at, at + 1));
}

/** There is no room for what is put under such names. */
function full(which: (name: string) => boolean): Disturbance {
  return ({ operation, name }) => {
    if (operation === 'put' && which(name)) throw new BlobsError('full', { attempted: `put ${name}` });
    return undefined;
  };
}

async function findings(repository: Repository): Promise<readonly (readonly [string, string])[]> {
  const report = await verifyRepository(repository, verifying);
  return report.findings.map(({ object, severity }) => [object, severity]);
}

function assertWhole(blobs: MemoryBlobs): void {
  for (const name of firsts) assert.deepEqual(blobs.bytesOf(copyName(name)), blobs.bytesOf(name), name);
}

test('every byte of either alone: it opens, verify names the one that is hurt, and repair mends it', async () => {
  const { blobs } = await memoryRepository({ world });
  const whole = blobs.snapshot();
  for (const name of both) {
    for (let at = 0; at < blobs.bytesOf(name).length; at += 1) {
      flip(blobs, name, at);
      const repository = await open(blobs);
      assert.deepEqual(await findings(repository), [[name, 'damage']], `byte ${at}`);
      assert.deepEqual((await repairRepository(repository, repairing)).copiesMended, [name]);
      assert.deepEqual(Buffer.from(blobs.bytesOf(name)), Buffer.from(whole.get(name)!.bytes));
      blobs.restore(whole);
    }
  }
});

test('one of the two lost, cut short, grown or another’s: the same; a copy that is not there is no damage', async () => {
  const { blobs } = await memoryRepository({ world });
  const whole = blobs.snapshot();
  const changes: Readonly<Record<string, (name: string) => unknown>> = {
    lost: (name) => blobs.delete([name]),
    'cut short': (name) => blobs.alter(name, (bytes) => bytes.subarray(0, -1)),
    emptied: (name) => blobs.alter(name, () => new Uint8Array(0)),
    grown: (name) => blobs.alter(name, (bytes) => Buffer.concat([bytes, Buffer.of(0)])),
    'another’s': (name) =>
      blobs.alter(name, () => blobs.bytesOf(name.startsWith('config') ? 'keyring' : 'config')),
  };
  for (const [change, make] of Object.entries(changes)) {
    for (const name of both) {
      await make(name);
      const severity = change === 'lost' && name.endsWith('.copy') ? 'notice' : 'damage';
      assert.deepEqual(await findings(await open(blobs)), [[name, severity]], change);
      const pretended = await repairRepository(await open(blobs), { ...repairing, dryRun: true });
      assert.deepEqual(pretended.copiesMended, [name]);
      assert.equal((await findings(await open(blobs))).length, 1, 'a dry run writes nothing');
      await repairRepository(await open(blobs), repairing);
      assertWhole(blobs);
      assert.deepEqual(await findings(await open(blobs)), []);
      blobs.restore(whole);
    }
  }
});

test('both hurt is an error that names both, and nothing is overwritten', async () => {
  const { blobs } = await memoryRepository({ world });
  const whole = blobs.snapshot();
  for (const name of firsts) {
    for (const hurt of [name, copyName(name)]) flip(blobs, hurt, 100);
    await assert.rejects(open(blobs), isBackupError('damaged', new RegExp(`read ${name}: .*${name}\\.copy`)));
    await blobs.delete([name]);
    await assert.rejects(open(blobs), isBackupError('damaged', new RegExp(`missing; ${name}\\.copy`)));
    await blobs.delete([copyName(name)]);
    await assert.rejects(open(blobs), isBackupError(name === 'config' ? 'no-repository' : 'damaged'));
    blobs.restore(whole);
  }
  for (const name of both) blobs.alter(name, (bytes) => bytes.fill(2, 8, 9));
  await assert.rejects(open(blobs), isBackupError('unknown-format', /version is 2/));
});

test('a repository without second copies is read, verify says so, and gc or repair puts them', async () => {
  const { blobs } = await memoryRepository({ world });
  const whole = blobs.snapshot();
  for (const put of [
    (repository: Repository) => collectGarbage(repository, who),
    (repository: Repository) => repairRepository(repository, repairing),
  ]) {
    await blobs.delete(firsts.map(copyName));
    assert.deepEqual(
      await findings(await open(blobs)),
      ['keyring.copy', 'config.copy'].map((name) => [name, 'notice']),
    );
    await collectGarbage(await open(blobs), { ...who, dryRun: true });
    assert(!blobs.names().includes('config.copy'));
    await put(await open(blobs));
    assertWhole(blobs);
    blobs.restore(whole);
  }
});

test('a writer at work goes on when config is hurt meanwhile', async () => {
  const { repository, blobs } = await memoryRepository({ world });
  const session = await repository.openSession({ purpose: 'create', ...who });
  const fingerprints = await storeChunks(repository, session, [Buffer.from('text')]);
  flip(blobs, 'config', 20);
  assert.equal(await session.commit(testSnapshot(fingerprints)), 'committed');
  assert.equal((await (await open(blobs)).snapshots()).snapshots.length, 1);
});

test('whoever collects where a repository was made anew leaves no second copy there', async () => {
  const { repository, blobs } = await memoryRepository({ world });
  await rotateKeys(repository, { ...owner, password: testPassword });
  const rotated = await open(blobs);
  await blobs.delete(['keyring.2.copy']);
  let anew: readonly string[] | undefined;
  blobs.disturb = async ({ operation, name }) => {
    if (operation !== 'put' || name !== 'keyring.2.copy') return undefined;
    blobs.disturb = () => undefined;
    await blobs.delete(blobs.names());
    await initTestRepository({ blobs, world });
    anew = blobs.names();
    return undefined;
  };
  await assert.rejects(collectGarbage(rotated, who), isBackupError('repository-replaced'));
  assert.deepEqual(blobs.names(), anew);
});

test('who only backs up writes none of them, whatever is lacking', async () => {
  const { repository, blobs } = await memoryRepository({ world });
  await addKey(repository, { ...owner, password: 'laptop', appendOnly: true });
  await blobs.delete(['config.copy', 'keyring']);
  const laptop = await openTestRepository({ blobs, world, password: 'laptop' });
  blobs.calls.length = 0;
  const session = await laptop.openSession({ purpose: 'create', ...who });
  await session.commit(testSnapshot(await storeChunks(laptop, session, [Buffer.from('text')])));
  const written = blobs.calls.filter(({ operation, name }) => operation === 'put' && both.includes(name));
  assert.deepEqual(written, []);
  await assert.rejects(repairRepository(laptop, repairing), isBackupError('denied'));
  await assert.rejects(collectGarbage(laptop, who), isBackupError('denied'));
});

test('a password that was removed or rotated away opens nothing, whichever copies are hurt', async () => {
  const { repository, blobs } = await memoryRepository({ world });
  const removed = await addKey(repository, { ...owner, password: 'removed' });
  await addKey(repository, { ...owner, password: 'rotated away' });
  await removeKey(repository, removed);
  await rotateKeys(repository, { ...owner, password: testPassword });
  const whole = blobs.snapshot();
  const names = blobs.names().filter((name) => /^(config|keyring)/.test(name));
  assert.equal(names.length, 6);
  for (const name of [undefined, ...names]) {
    if (name !== undefined) flip(blobs, name, 60);
    for (const password of ['removed', 'rotated away'])
      await assert.rejects(openTestRepository({ blobs, world, password }), isBackupError('wrong-password'));
    assert.equal((await open(blobs)).keyring.current, 2, `with ${name} hurt`);
    blobs.restore(whole);
  }
  // Nor does the version before take the place of one that is hurt twice.
  for (const name of ['keyring.2', 'keyring.2.copy']) flip(blobs, name, 60);
  await assert.rejects(open(blobs), isBackupError('damaged', /keyring\.2\.copy/));
});

test('of a version whose first is lost its copy holds the name against a rotation that comes late', async () => {
  const { repository, blobs } = await memoryRepository({ world });
  await rotateKeys(repository, { ...owner, password: testPassword });
  await blobs.delete(['keyring.2']);
  const before = blobs.snapshot();
  const late = rotateKeys(repository, { ...owner, password: testPassword });
  await assert.rejects(late, isBackupError('store', /rotated meanwhile|open the repository again/));
  assert.deepEqual([...blobs.snapshot().keys()].sort(), [...before.keys()].sort());
  const opened = await open(blobs);
  assert.equal(opened.keyring.current, 2);
  await rotateKeys(opened, { ...owner, password: testPassword });
  assert.equal((await open(blobs)).keyring.current, 3);
});

test('a rotation that was cut off between keyring and copy is made good by the next gc', async () => {
  const { repository, blobs } = await memoryRepository({ world });
  blobs.disturb = ({ operation, name }) => {
    if (operation === 'put' && name === 'keyring.2.copy') throw new TypeError('killed');
    return undefined;
  };
  await assert.rejects(rotateKeys(repository, { ...owner, password: testPassword }), TypeError);
  blobs.disturb = () => undefined;
  const opened = await open(blobs);
  assert.equal(opened.keyring.current, 2);
  await collectGarbage(opened, who);
  assert.deepEqual(blobs.bytesOf('keyring.2.copy'), blobs.bytesOf('keyring.2'));
});

test('gc on a store without room for a second copy collects all the same', async () => {
  await simulatedRepository(async ({ repository, blobs }) => {
    await blobs.delete(firsts.map(copyName));
    blobs.disturb = full((name) => name.endsWith('.copy'));
    assert.deepEqual((await collectGarbage(repository, who)).damaged, []);
  });
});

test('inspect shows either, and names the one that is hurt', async () => {
  const { repository, blobs } = await memoryRepository({ world });
  for (const name of firsts) {
    const { object: _first, ...first } = await inspectObject(repository, name);
    const { object: _copy, ...copy } = await inspectObject(repository, copyName(name));
    assert.deepEqual({ ...copy, modified: '' }, { ...first, modified: '' });
  }
  flip(blobs, 'config.copy', 3);
  await inspectObject(repository, 'config');
  await assert.rejects(inspectObject(repository, 'config.copy'), isBackupError('damaged', /config\.copy/));
});

// Who may only append: adds, and can neither change nor remove what is there. Who may nothing: nothing.

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import { type Blobs, BlobsError } from '@cairn/engines';
import { temporaryDirectory } from '@cairn/testing';
import { blake3 } from '@napi-rs/blake-hash';
import { objectName } from '../../src/format/object-names.ts';
import { encodeNamedPacks } from '../../src/service/http/index-bodies.ts';
import { startTestService, type TestCredentials } from './start-service.ts';

const appendOnly = ['backup:GetObject', 'backup:ListObjects', 'backup:AppendObject'];
const [mine, theirs, old] = ['0'.repeat(32), '1'.repeat(32), '2'.repeat(32)];
const bytes = Buffer.from('a pack');
const pack = `packs/${blake3(bytes).toString('hex', 0, 1)}/${blake3(bytes).toString('hex')}`;
const index = `index/${blake3(bytes).toString('hex')}`;

test('a key that may only append makes a backup, and harms nothing that is there', async (t) => {
  const service = await startTestService(t);
  const owner = await service.open('home');
  await owner.put('config', Buffer.from('config'));
  await owner.put(`snapshots/${theirs}`, Buffer.from('a snapshot'), { ifAbsent: true });
  await owner.put(`snapshots/${old}`, Buffer.from('a snapshot'), { ifAbsent: true }); // its session has ended
  await owner.put(`sessions/${theirs}`, Buffer.from(''), { ifAbsent: true });
  const blobs = await service.open('home', await service.user('laptop', appendOnly));

  const absent = { ifAbsent: true };
  assert.equal(await blobs.put(`sessions/${mine}`, bytes, absent), 'stored');
  assert.equal(await blobs.put(`sessions/${mine}.alive`, bytes), 'stored');
  assert.equal(await blobs.put(`sessions/${mine}.alive`, bytes), 'stored');
  assert.equal(await blobs.put(pack, bytes, absent), 'stored');
  assert.equal(await blobs.put(pack, bytes, absent), 'exists');
  assert.equal(await blobs.put(index, bytes, absent), 'stored');
  assert.equal(await blobs.put(`snapshots/${mine}`, bytes, absent), 'stored');
  await blobs.delete([`sessions/${mine}`, `sessions/${mine}.alive`]);
  assert.equal(await textOf(blobs, 'config'), 'config');

  const refused: readonly (() => Promise<unknown>)[] = [
    () => blobs.put(pack, bytes),
    () => blobs.put('config', bytes, absent),
    () => blobs.put('config', bytes),
    () => blobs.put('keyring', bytes),
    () => blobs.put('config.copy', bytes, absent),
    () => blobs.put('keyring.copy', bytes, absent),
    () => blobs.put(`keys/${mine}`, bytes, absent),
    () => blobs.put(`snapshots/${mine}`, bytes),
    () => blobs.put(`snapshots/${theirs}`, bytes, absent),
    () => blobs.put(`tombstones/${theirs}`, bytes, absent),
    () => blobs.put(`tombstones/${mine}`, bytes, absent), // its session has ended
    () => blobs.put(`sessions/${mine}`, bytes, absent), // and cannot be begun again, to own its snapshot
    () => blobs.put(`sessions/${old}`, bytes, absent),
    () => blobs.put(`tombstones/${old}`, bytes, absent),
    () => blobs.put(`condemned/${mine}`, bytes, absent),
    () => blobs.put(`verdicts/${mine}`, bytes, absent),
    () => blobs.put(`sessions/${theirs}.alive`, bytes),
    () => blobs.delete([pack]),
    () => blobs.delete([`snapshots/${mine}`]),
    () => blobs.delete([`snapshots/${theirs}`]),
    () => blobs.delete([`sessions/${theirs}`]),
    () => blobs.delete([`sessions/${mine}`, pack]),
    () => blobs.delete(['config']),
  ];
  const before = await namesIn(owner);
  for (const attempt of refused) await assert.rejects(attempt(), hasCode('denied'), `${attempt}`);
  assert.deepEqual(await namesIn(owner), before);
  assert.equal(await textOf(owner, pack), 'a pack');
  assert.equal(await textOf(owner, `snapshots/${theirs}`), 'a snapshot');
});

test('a session stays its owner’s when the service starts anew, and is not taken over by putting it again', async (t) => {
  const data = await temporaryDirectory(t);
  let service = await startTestService(t, { data });
  await (await service.open('home')).put('config', bytes);
  const [one, other] = [await service.user('one', appendOnly), await service.user('other', appendOnly)];
  await (await service.open('home', one)).put(`sessions/${mine}`, bytes, { ifAbsent: true });
  await service.service.stop();
  service = await startTestService(t, { data });
  const ofOne = await service.open('home', one);
  const ofOther = await service.open('home', other);
  assert.equal(await ofOther.put(`sessions/${mine}`, bytes, { ifAbsent: true }), 'exists');
  await assert.rejects(ofOther.put(`snapshots/${mine}`, bytes, { ifAbsent: true }), hasCode('denied'));
  await assert.rejects(ofOther.delete([`sessions/${mine}`]), hasCode('denied'));
  assert.equal(await ofOne.put(`snapshots/${mine}`, bytes, { ifAbsent: true }), 'stored');
});

test('a key that may only append neither answers for a foreign session at the index, nor ends it', async (t) => {
  const service = await startTestService(t);
  await (await service.open('home')).put('config', bytes);
  const [one, other] = [await service.user('one', appendOnly), await service.user('other', appendOnly)];
  await (await service.open('home', one)).put(`sessions/${mine}`, bytes, { ifAbsent: true });
  const ask = (credentials: TestCredentials, path: string, id = mine) =>
    service.connection('home', credentials).callForBytes({
      ...{ method: 'POST', path, query: { session: id }, body: Buffer.alloc(0), attempted: path },
    });
  await assert.rejects(ask(other, 'index/session'), { code: 'forbidden' }); // nor before it is open
  await ask(one, 'index/session');
  for (const path of ['index/session', 'index/close', 'index/lookup', 'index/promises', 'index/renew'])
    await assert.rejects(ask(other, path), { code: 'forbidden' }, path);
  await ask(one, 'index/renew');
  await (await service.open('home', one)).delete([`sessions/${mine}`]);
  await ask(one, 'index/close'); // which has ended already
});

test('a writer that was killed behind its commit left a session, and cannot forget the snapshot', async (t) => {
  const service = await startTestService(t);
  await (await service.open('home')).put('config', bytes);
  const blobs = await service.open('home', await service.user('laptop', appendOnly));
  const absent = { ifAbsent: true };
  await blobs.put(`sessions/${mine}`, bytes, absent);
  await blobs.put(`snapshots/${mine}`, bytes, absent);
  await assert.rejects(blobs.put(`tombstones/${mine}`, bytes, absent), hasCode('denied'));
  await blobs.delete([`sessions/${mine}`]);
  await assert.rejects(blobs.put(`tombstones/${mine}`, bytes, absent), hasCode('denied'));
  await blobs.put(`sessions/${theirs}`, bytes, absent);
  await blobs.put(`snapshots/${theirs}`, bytes, absent);
  await (await service.open('home')).delete([`sessions/${theirs}`]); // a collector, behind its fence
  assert.equal(await blobs.put(`tombstones/${theirs}`, bytes, absent), 'stored');
});

test('nobody owns a session that was there before', async (t) => {
  const data = await temporaryDirectory(t);
  let service = await startTestService(t, { data });
  await service.call('PUT /repositories/home', {});
  await (await service.open('home')).put(`sessions/${mine}`, bytes, { ifAbsent: true });
  await service.service.stop();
  await rm(`${data}/data/backup/index/home/sessions`, { recursive: true });
  service = await startTestService(t, { data });
  const blobs = await service.open('home', await service.user('laptop', appendOnly));
  assert.equal(await blobs.put(`sessions/${mine}`, bytes, { ifAbsent: true }), 'exists');
  await assert.rejects(blobs.put(`snapshots/${mine}`, bytes, { ifAbsent: true }), hasCode('denied'));
});

test('nobody takes the name of a pack or an index object for something else', async (t) => {
  const service = await startTestService(t);
  const blobs = await service.open('home');
  await blobs.put('config', bytes);
  for (const name of [pack, index]) {
    await assert.rejects(blobs.put(name, Buffer.from('junk'), { ifAbsent: true }), hasCode('failed'));
    assert.equal(await blobs.head(name), undefined);
    assert.equal(await blobs.put(name, bytes, { ifAbsent: true }), 'stored');
  }
});

test('nobody has the service keep more names of packs than an index object can hold', async (t) => {
  const service = await startTestService(t);
  await (await service.open('home')).put('config', bytes);
  const caller = await service.user('appender', appendOnly);
  const blobs = await service.open('home', caller);
  const object = Buffer.alloc(2 * 32, 7);
  const id = blake3(object).toString('hex');
  await blobs.put(objectName('index', id), object, { ifAbsent: true });
  const packs = await Promise.all(
    [1, 2, 3].map(async (byte) => {
      const pack = Buffer.alloc(10, byte);
      const packId = blake3(pack).toString('hex');
      await blobs.put(objectName('packs', packId), pack, { ifAbsent: true });
      return { id: packId, sizeBytes: 10 };
    }),
  );
  const call = { method: 'POST', path: 'index/name', query: { object: id }, attempted: 'name' } as const;
  const name = (named: typeof packs) =>
    service.connection('home', caller).callForBytes({ ...call, body: encodeNamedPacks(named) });
  await assert.rejects(name(packs), { code: 'invalid-argument' });
  const [first, second] = packs;
  const unregistered = await name([first!, second!, first!, first!]);
  assert.equal(unregistered.toString('hex'), `${first!.id}${second!.id}`);
});

test('a stranger, a wrong secret and a user without rights get nothing, and make no repository', async (t) => {
  const service = await startTestService(t);
  await (await service.open('home')).put('config', bytes);
  const strangers = [
    { accessKeyId: 'NOBODY', secretAccessKey: 'x' },
    { accessKeyId: 'ROOTROOTROOT', secretAccessKey: 'wrong' },
    await service.user('nothing', ['s3:GetObject']),
  ];
  for (const credentials of strangers) {
    for (const repository of ['home', 'new']) {
      const blobs = await service.open(repository, credentials);
      for (const attempt of [
        () => blobs.get('config'),
        () => blobs.list({ prefix: '' }),
        () => blobs.put('config', bytes, { ifAbsent: true }),
        () => blobs.delete(['config']),
      ]) {
        await assert.rejects(attempt(), (error) => error instanceof BlobsError, `${repository}: ${attempt}`);
      }
    }
  }
  const { body } = await service.call('GET /repositories');
  assert.deepEqual(
    (body.items as { name: string }[]).map(({ name }) => name),
    ['home'],
  );
});

test('a repository that is not there has no objects, and nobody lists it', async (t) => {
  const service = await startTestService(t);
  const blobs = await service.open('none');
  assert.equal(await blobs.get('config'), undefined);
  assert.equal(await blobs.head('config'), undefined);
  await assert.rejects(blobs.list({ prefix: '' }), hasCode('no-bucket'));
});

async function namesIn(blobs: Blobs): Promise<readonly string[]> {
  return (await blobs.list({ prefix: '' })).blobs.map(({ name }) => name);
}

async function textOf(blobs: Blobs, name: string): Promise<string | undefined> {
  const content = await blobs.get(name);
  return content && Buffer.concat(await Array.fromAsync(content.body)).toString();
}

function hasCode(code: string) {
  return (error: unknown) => error instanceof BlobsError && error.code === code;
}

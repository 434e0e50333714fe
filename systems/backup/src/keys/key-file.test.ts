import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '@cairn/world/simulated';
import { fuzzDecoder } from '../../test/fuzz-decoder.ts';
import { seededRandom } from '../../test/seeded-random.ts';
import { decodeKeyFile, encodeKeyFile } from '../format/records/key-file.ts';
import { argon2MemoryKiBHighest, argon2PassesHighest } from '../limits.ts';
import {
  type CreateKeyFileOptions,
  createKeyFile,
  keyFileId,
  openKeyFile,
  verifyKeyFile,
} from './key-file.ts';
import { type StretchPassword, stretchPasswordInPlace } from './stretch-password.ts';

const object = 'keys/00112233445566778899aabbccddeeff';
const rootKey = Buffer.alloc(32, 0x77);
const cost = { memoryKiB: 8, passes: 1, lanes: 1 };
const neverStretched: StretchPassword = () => assert.fail('nothing may be spent on this file');

function created(more: Partial<CreateKeyFileOptions> = {}): Promise<Buffer> {
  return createKeyFile({
    password: 'correct horse',
    rootKey,
    label: 'laptop',
    host: 'elm',
    user: 'ann',
    created: '2026-03-01T12:00:00Z',
    appendOnly: true,
    random: new SeededRandom(1),
    cost,
    ...more,
  });
}

const open = (bytes: Uint8Array, password = 'correct horse') => openKeyFile(bytes, { object, password });

async function altered(members: Record<string, unknown>): Promise<Buffer> {
  return Buffer.from(JSON.stringify({ ...JSON.parse((await created()).toString()), ...members }));
}

test('the password opens a key file, another does not', async () => {
  const bytes = await created();
  const opened = await open(bytes);
  assert(opened !== 'wrong-password');
  assert.deepEqual(opened.rootKey, rootKey);
  assert.equal(opened.file.label, 'laptop');
  assert.equal(opened.file.appendOnly, true);
  for (const password of ['correct hors', 'correct horse ', '']) {
    assert.equal(await open(bytes, password), 'wrong-password');
  }
});

test('a key file made once opens forever', async () => {
  const known =
    '{"version":1,"kdf":{"name":"argon2id","memoryKiB":64,"passes":2,"lanes":1,"salt":"000102030405060708090a0b0c0d0e0f"},' +
    '"created":"2026-03-01T12:00:00Z","host":"elm","user":"\u00e4nn","label":"","appendOnly":false,"sealed":"1a11511e1461b48c15a8a1982192cdf42e82d3a905467e980c88772ba9fced63ca19ecbfae69ae8c8ccc0fb78ac8494a"}';
  const opened = await open(Buffer.from(known), 'p\u00e4ssword');
  assert(opened !== 'wrong-password');
  assert.deepEqual(opened.rootKey, rootKey);
});

test('a password is used with its salt: two files of one password have nothing in common', async () => {
  const [one, two] = [await created(), await created({ random: new SeededRandom(2) })];
  assert.notEqual(decodeKeyFile(one, object).sealed, decodeKeyFile(two, object).sealed);
  assert.notEqual(decodeKeyFile(one, object).kdf.salt, decodeKeyFile(two, object).kdf.salt);
});

test('an append-only key cannot be made a full one, nor any member altered or added', async () => {
  for (const members of [
    { appendOnly: false },
    { label: 'desk' },
    { host: 'oak' },
    { user: 'root' },
    { created: '2026-03-01T12:00:01Z' },
    { note: 'added' },
    { sealed: '00'.repeat(48) },
    { kdf: { name: 'argon2id', ...cost, passes: 2, salt: '00'.repeat(32) } },
  ]) {
    assert.equal(await open(await altered(members)), 'wrong-password', JSON.stringify(members));
  }
});

test('who has the root key, but not the password, finds every alteration', async () => {
  const bytes = await created();
  const id = keyFileId(bytes);
  assert.equal(verifyKeyFile(bytes, { object, id, rootKey }), 'sound');
  for (const members of [
    { appendOnly: false },
    { note: 1 },
    { sealed: '00'.repeat(48) },
    { check: '00'.repeat(32) },
    { check: undefined },
  ]) {
    const state = verifyKeyFile(await altered(members), { object, id, rootKey });
    assert.equal(state, 'altered', JSON.stringify(members));
  }
});

test('who has neither tells a file of another root key from one that was altered by its id', async () => {
  const bytes = await created();
  const id = keyFileId(bytes);
  const other = Buffer.alloc(32);
  assert.equal(verifyKeyFile(bytes, { object, id, rootKey: other }), 'of another root key');
  assert.equal(verifyKeyFile(bytes, { object, id: '1'.repeat(32), rootKey: other }), 'altered');
  assert.equal(verifyKeyFile(await altered({ note: 1 }), { object, id, rootKey: other }), 'altered');
});

test('the order of members and white space do not matter', async () => {
  const members = Object.entries(JSON.parse((await created()).toString()));
  const reordered = JSON.stringify(Object.fromEntries(members.reverse()), undefined, 2);
  assert.notEqual(await open(Buffer.from(reordered)), 'wrong-password');
});

test('a key file that asks for too much memory, work or lanes costs nothing', async () => {
  const kdf = { name: 'argon2id', ...cost, salt: '00'.repeat(32) };
  for (const asked of [
    { memoryKiB: argon2MemoryKiBHighest + 1 },
    { memoryKiB: 2 ** 52 },
    { passes: argon2PassesHighest + 1 },
    { memoryKiB: argon2MemoryKiBHighest, passes: argon2PassesHighest },
    { lanes: 1_000, memoryKiB: 8_000 },
    { memoryKiB: 7 },
    { memoryKiB: 0 },
    { passes: 0 },
    { lanes: 0 },
  ]) {
    const bytes = await altered({ kdf: { ...kdf, ...asked } });
    const opening = openKeyFile(bytes, { object, password: 'x', stretch: neverStretched });
    await assert.rejects(opening, { code: 'damaged', message: /argon2id/ }, JSON.stringify(asked));
  }
});

test('what is no key file is damaged, and costs nothing', async () => {
  const bytes = await created();
  for (const [what, given] of [
    ['empty', Buffer.alloc(0)],
    ['cut', bytes.subarray(0, -1)],
    ['nested deeply', await altered({ note: JSON.parse(`${'['.repeat(900)}${']'.repeat(900)}`) })],
    ['huge', await altered({ note: 'x'.repeat(100_000) })],
    ['another kdf', await altered({ kdf: { name: 'scrypt' } })],
    ['a short salt', await altered({ kdf: { name: 'argon2id', ...cost, salt: '00' } })],
    ['a sealed key of another length', await altered({ sealed: '00'.repeat(47) })],
  ] as const) {
    const opening = openKeyFile(given, { object, password: 'x', stretch: neverStretched });
    await assert.rejects(opening, { code: 'damaged', message: new RegExp(object) }, what);
  }
  const newer = openKeyFile(await altered({ version: 2 }), { object, password: 'x' });
  await assert.rejects(newer, { code: 'unknown-format' });
});

test('depth that would overflow a stack is damage', async () => {
  const deep = `{"version":1,"note":${'['.repeat(30_000)}${']'.repeat(30_000)}}`;
  await assert.rejects(open(Buffer.from(deep)), { code: 'damaged' });
});

test('a key file that was altered is refused, typed', async (t) => {
  const random = seededRandom(t);
  const bytes = await created();
  const decode = (given: Buffer) => {
    encodeKeyFile(decodeKeyFile(given, object));
    return 'no inverse' as const;
  };
  const { refused } = fuzzDecoder({ bytes, random, rounds: 2_000, decode });
  assert(refused > 1_000);
});

test('an empty password, or a cost that no reader would pay, is refused when a key is made', async () => {
  const refused = { code: 'invalid-argument' };
  await assert.rejects(created({ password: '' }), refused);
  await assert.rejects(created({ cost: { ...cost, memoryKiB: argon2MemoryKiBHighest * 2 } }), refused);
  await assert.rejects(created({ cost: { ...cost, passes: 0 } }), refused);
});

test('stretching in place gives the same key', async () => {
  const bytes = await created({ stretch: stretchPasswordInPlace });
  assert.deepEqual(bytes, await created());
  assert.notEqual(await open(bytes), 'wrong-password');
});

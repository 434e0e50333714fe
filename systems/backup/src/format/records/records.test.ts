// The records that are JSON: what was written is read, what cannot be is refused, by reader and writer.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RepositoryConfig } from '../repository-config.ts';
import type { Snapshot } from '../snapshot-record.ts';
import { decodeCondemned, decodeWaits, encodeCondemned, encodeWaits } from './condemned.ts';
import { decodeConfig, encodeConfig } from './config.ts';
import { decodeKeyring, encodeKeyring } from './keyring.ts';
import { decodeSession, encodeSession } from './session.ts';
import { decodeSnapshotRecord, encodeSnapshotRecord } from './snapshot.ts';
import { decodeVerdict, encodeVerdict } from './verdict.ts';

const id = '00112233445566778899aabbccddeeff';
const packId = id + id;
const object = `snapshots/${id}`;
const damaged = { code: 'damaged', message: new RegExp(object) };
const unknown = { code: 'unknown-format' };
const assertion = { name: 'AssertionError' };

const config: RepositoryConfig = {
  version: 1,
  id,
  created: '2026-03-01T12:00:00Z',
  fingerprint: 'blake3',
  cipher: 'aes-256-gcm',
  compressionLevel: 3,
  chunkBytes: { min: 131_072, average: 524_288, max: 2_097_152 },
  packBytes: 33_554_432,
  concurrency: 'optimistic',
  leaseMs: 1_800_000,
};

const snapshot: Snapshot = {
  kind: 'snapshot',
  id,
  time: '2026-03-01T12:00:00.123456789Z',
  host: 'elm',
  user: 'ann',
  paths: ['/home/ann'],
  tags: [],
  excludes: ['*.o'],
  root: { kind: 'chunks', fingerprints: Buffer.alloc(64, 0xab), lengthBytes: 70_000 },
  users: { '1000': 'ann' },
  groups: {},
  summary: {
    files: 1,
    directories: 2,
    bytes: 3,
    filesNew: 1,
    filesChanged: 0,
    filesUnmodified: 0,
    errors: 0,
    chunksNew: 4,
    bytesAdded: 5,
    durationMs: 6,
  },
  program: 'cairn 0.1.0',
};

/** A record's JSON with members replaced; `undefined` leaves one out. */
function altered(payload: Buffer, members: Record<string, unknown>): Buffer {
  return Buffer.from(JSON.stringify({ ...JSON.parse(payload.toString()), ...members }));
}

const readSnapshot = (payload: Buffer) => decodeSnapshotRecord(payload, { id, object });

test('a config is read as it was written', () => {
  assert.deepEqual(decodeConfig(encodeConfig(config), 'config'), config);
});

test('a config beyond the limits is damaged, and is not written', () => {
  for (const members of [
    { packBytes: 2 ** 40 },
    { packBytes: 1 },
    { chunkBytes: { min: 1, average: 524_288, max: 2_097_152 } },
    { chunkBytes: { min: 131_072, average: 65_536, max: 2_097_152 } },
    { chunkBytes: { min: 131_072, average: 524_288, max: 2 ** 30 } },
    { cipher: 'none' },
    { fingerprint: 'md5' },
    { compressionLevel: 99 },
    { leaseMs: 0 },
    { leaseMs: 30 * 24 * 3_600_000 },
    { id: '../../etc' },
    { created: 'yesterday' },
  ]) {
    const payload = altered(encodeConfig(config), members);
    assert.throws(() => decodeConfig(payload, object), damaged, JSON.stringify(members));
    assert.throws(() => encodeConfig({ ...config, ...members } as RepositoryConfig), assertion);
  }
});

test('a config of a newer version is named as such, whatever else it says', () => {
  assert.throws(() => decodeConfig(Buffer.from('{"version":2}'), object), unknown);
  assert.throws(() => decodeConfig(Buffer.from('{"version":"1"}'), object), damaged);
});

test('a keyring is read as it was written, its epochs in order', () => {
  const keyring = {
    epochs: new Map([
      [2, Buffer.alloc(32, 2)],
      [1, Buffer.alloc(32, 1)],
    ]),
    current: 2,
    fingerprintKey: Buffer.alloc(32, 3),
    chunkerSecret: Buffer.alloc(32, 4),
  };
  const payload = encodeKeyring(keyring);
  assert.deepEqual(decodeKeyring(payload, 'keyring'), keyring);
  assert.deepEqual([...decodeKeyring(payload, 'keyring').epochs.keys()], [1, 2]);
});

test('a keyring whose current epoch has no key, or that has one twice, is damaged', () => {
  const key = '11'.repeat(32);
  const keyring = (epochs: unknown, current: unknown) =>
    Buffer.from(JSON.stringify({ epochs, current, fingerprintKey: key, chunkerSecret: key }));
  assert.equal(decodeKeyring(keyring([{ id: 1, key }], 1), object).current, 1);
  assert.throws(() => decodeKeyring(keyring([{ id: 1, key }], 2), object), damaged);
  assert.throws(() => decodeKeyring(keyring([], 1), object), damaged);
  assert.throws(() => decodeKeyring(keyring([{ id: 0, key }], 0), object), damaged);
  assert.throws(() => decodeKeyring(keyring([{ id: 65_536, key }], 65_536), object), damaged);
  assert.throws(() => decodeKeyring(keyring([{ id: 1, key: '11' }], 1), object), damaged);
  const twice = [
    { id: 1, key },
    { id: 1, key },
  ];
  assert.throws(() => decodeKeyring(keyring(twice, 1), object), damaged);
});

test('secrets do not come into messages', () => {
  const secret = 'not a key, but as good as one';
  const epochs = [{ id: 1, key: secret }];
  const payload = Buffer.from(
    JSON.stringify({ epochs, current: 1, fingerprintKey: secret, chunkerSecret: secret }),
  );
  assert.throws(
    () => decodeKeyring(payload, object),
    (error: Error) => !error.message.includes(secret),
  );
});

test('a snapshot is read as it was written, its id taken from its name', () => {
  assert.deepEqual(readSnapshot(encodeSnapshotRecord(snapshot)), snapshot);
  const derived = { ...snapshot, parent: id, original: id };
  assert.deepEqual(readSnapshot(encodeSnapshotRecord(derived)), derived);
  assert(!encodeSnapshotRecord(snapshot).includes('"id"'));
});

test('members of a snapshot that a newer version added are kept', () => {
  const summary = { ...snapshot.summary, colour: 'red' };
  const payload = altered(encodeSnapshotRecord(snapshot), { weather: { rain: [1] }, summary });
  const read = readSnapshot(payload);
  assert.deepEqual(encodeSnapshotRecord(read), payload);
});

test('fences and tombstones are read as they were written', () => {
  for (const record of [
    { kind: 'fence' },
    { kind: 'tombstone' },
    { kind: 'tombstone', replacedBy: id },
  ] as const) {
    assert.deepEqual(readSnapshot(encodeSnapshotRecord(record)), record);
  }
});

test('a kind of record that a newer version has is named as such', () => {
  assert.throws(() => readSnapshot(Buffer.from('{"kind":"pause"}')), unknown);
  assert.throws(() => readSnapshot(Buffer.from('{"kind":1}')), damaged);
  assert.throws(() => readSnapshot(Buffer.from('{}')), damaged);
});

test('a snapshot with a member that cannot be is damaged, and the member named', () => {
  for (const [member, value] of [
    ['time', '2026-13-01T00:00:00Z'],
    ['time', '2026-01-01 00:00:00'],
    ['host', 5],
    ['paths', '/home'],
    ['parent', 'HEAD'],
    ['parent', null],
    ['root', { chunks: [], length: 1 }],
    ['root', { chunks: ['ab'], length: 1 }],
    ['root', { chunks: [packId], length: -1 }],
    ['users', { ann: 'ann' }],
    ['summary', { files: 1 }],
    ['summary', undefined],
  ] as const) {
    const payload = altered(encodeSnapshotRecord(snapshot), { [member]: value });
    assert.throws(() => readSnapshot(payload), { code: 'damaged', message: new RegExp(member) }, member);
  }
});

test('what is not JSON in UTF-8 is damaged', () => {
  for (const payload of ['', '{', 'null', '[]', '5', '"a"', '\ufeff{}']) {
    assert.throws(() => decodeVerdict(Buffer.from(payload), object), damaged, payload);
    assert.throws(() => readSnapshot(Buffer.from(payload)), damaged, payload);
  }
  const latin1 = Buffer.from(
    '{"purpose":"gc","host":"\xe4","user":"","started":"2026-03-01T12:00:00Z"}',
    'latin1',
  );
  assert.throws(() => decodeSession(latin1, object), damaged);
});

test('members named like those of all objects do no harm', () => {
  const payload = Buffer.from('{"kind":"fence","__proto__":{"kind":"tombstone"},"constructor":1}');
  const record = readSnapshot(payload);
  assert.equal(record.kind, 'fence');
  assert.equal(Object.getPrototypeOf(record), Object.prototype);
});

test('the records of sessions and gc are read as they were written', () => {
  const session = { purpose: 'create', host: 'elm', user: 'ann', started: '2026-03-01T12:00:00Z' };
  assert.deepEqual(decodeSession(encodeSession(session), object), session);
  const condemned = { session: id, packs: [packId] };
  assert.deepEqual(decodeCondemned(encodeCondemned(condemned), object), condemned);
  assert.deepEqual(decodeWaits(encodeWaits({ sessions: [id] }), object), { sessions: [id] });
  assert.deepEqual(decodeVerdict(encodeVerdict({ packs: [] }), object), { packs: [] });
});

test('a verdict or a condemnation cannot name what is no pack', () => {
  for (const packs of [['config'], [id], [packId.toUpperCase()], [`${packId}/`], packId]) {
    const payload = Buffer.from(JSON.stringify({ packs, session: id }));
    assert.throws(() => decodeVerdict(payload, object), damaged);
    assert.throws(() => decodeCondemned(payload, object), damaged);
  }
  assert.throws(() => decodeWaits(Buffer.from('{"sessions":["../x"]}'), object), damaged);
});

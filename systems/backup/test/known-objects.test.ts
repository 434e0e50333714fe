// Bytes that version 0.1.0 wrote, decoded and encoded again: so the format cannot drift. If a test here fails, what
// users have stored can no longer be read, or is written in a way that older programs do not read. The file is never made anew:
// a new format version gets new objects beside the old.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeDirectory } from '../src/format/decode-directory.ts';
import type { EnvelopeKind } from '../src/format/envelope-header.ts';
import { decodeIndexObject, encodeIndexObject } from '../src/format/index-object.ts';
import { objectName, waitsName } from '../src/format/object-names.ts';
import {
  decodeCondemned,
  decodeWaits,
  encodeCondemned,
  encodeWaits,
} from '../src/format/records/condemned.ts';
import { decodeSession, encodeSession } from '../src/format/records/session.ts';
import { decodeSnapshotRecord, encodeSnapshotRecord } from '../src/format/records/snapshot.ts';
import { decodeVerdict, encodeVerdict } from '../src/format/records/verdict.ts';
import { TreeWriter } from '../src/format/tree-writer.ts';
import { openEnvelope, sealEnvelope } from '../src/keys/envelope.ts';
import { openKeyFile } from '../src/keys/key-file.ts';
import { epochKeyOf } from '../src/keys/keyring.ts';
import { openConfig, openKeyring, sealConfig, sealKeyring } from '../src/keys/sealed-parameters.ts';
import * as known from './known-values.ts';

const { id, packId, rootKey, salt, keyring } = known;
const { cipher } = known.config;
const file = new URL('testdata/known-objects.json', import.meta.url);
const objects: Record<string, string> = JSON.parse(readFileSync(file, 'utf8'));

function bytesOf(what: string): Buffer {
  assert(objects[what] !== undefined, `there is no known ${what}`);
  return Buffer.from(objects[what], 'hex');
}

type Codec = {
  readonly kind: EnvelopeKind;
  readonly name: string;
  readonly value: unknown;
  readonly encode: () => Buffer;
  readonly decode: (payload: Buffer) => unknown;
};

const tombstone = { kind: 'tombstone', replacedBy: id } as const;
const condemned = { session: id, packs: [packId] };

const envelopes: Readonly<Record<string, Codec>> = {
  index: {
    kind: 'index',
    name: '',
    value: known.packs,
    encode: () => encodeIndexObject(known.packs),
    decode: (payload) => decodeIndexObject(payload, 'index'),
  },
  session: {
    kind: 'session',
    name: objectName('sessions', id),
    value: known.session,
    encode: () => encodeSession(known.session),
    decode: (payload) => decodeSession(payload, 'session'),
  },
  snapshot: {
    kind: 'snapshot',
    name: objectName('snapshots', id),
    value: known.snapshot,
    encode: () => encodeSnapshotRecord(known.snapshot),
    decode: (payload) => decodeSnapshotRecord(payload, { id, object: 'snapshot' }),
  },
  fence: {
    kind: 'snapshot',
    name: objectName('snapshots', id),
    value: { kind: 'fence' },
    encode: () => encodeSnapshotRecord({ kind: 'fence' }),
    decode: (payload) => decodeSnapshotRecord(payload, { id, object: 'fence' }),
  },
  tombstone: {
    kind: 'snapshot',
    name: objectName('tombstones', id),
    value: tombstone,
    encode: () => encodeSnapshotRecord(tombstone),
    decode: (payload) => decodeSnapshotRecord(payload, { id, object: 'tombstone' }),
  },
  condemned: {
    kind: 'condemned',
    name: objectName('condemned', id),
    value: condemned,
    encode: () => encodeCondemned(condemned),
    decode: (payload) => decodeCondemned(payload, 'condemned'),
  },
  waits: {
    kind: 'condemned',
    name: waitsName(id),
    value: { sessions: [id] },
    encode: () => encodeWaits({ sessions: [id] }),
    decode: (payload) => decodeWaits(payload, 'waits'),
  },
  verdict: {
    kind: 'verdict',
    name: objectName('verdicts', id),
    value: { packs: [packId] },
    encode: () => encodeVerdict({ packs: [packId] }),
    decode: (payload) => decodeVerdict(payload, 'verdict'),
  },
};

for (const [what, { kind, name, value, encode, decode }] of Object.entries(envelopes)) {
  test(`a known ${what} is read and written as ever`, () => {
    const payload = openEnvelope(bytesOf(what), { kind, name, cipher, keyOf: epochKeyOf(keyring) });
    assert.deepEqual(decode(payload), value);
    const key = keyring.epochs.get(2)!;
    const sealed = { kind, epoch: 2, key, cipher, name, payload: encode(), salt, compress: false };
    assert.equal(sealEnvelope(sealed).toString('hex'), objects[what]);
  });
}

test('a known compressed snapshot is read as ever', () => {
  const name = objectName('snapshots', id);
  const bytes = bytesOf('compressed snapshot');
  const payload = openEnvelope(bytes, { kind: 'snapshot', name, cipher, keyOf: epochKeyOf(keyring) });
  assert(payload.length > bytes.length);
  assert.deepEqual(decodeSnapshotRecord(payload, { id, object: name }), known.snapshot);
});

test('a known keyring and config are read and written as ever', () => {
  assert.deepEqual(openKeyring(bytesOf('keyring'), rootKey), keyring);
  assert.deepEqual(openConfig(bytesOf('config'), keyring), known.config);
  assert.equal(sealKeyring(keyring, rootKey, salt).toString('hex'), objects.keyring);
  assert.equal(sealConfig(known.config, keyring, salt).toString('hex'), objects.config);
});

test('a known key file opens as ever', async () => {
  const opened = await openKeyFile(bytesOf('key file'), { object: 'key file', password: 'correct horse' });
  assert(opened !== 'wrong-password');
  assert.deepEqual(opened.rootKey, rootKey);
});

test('a known directory is read and written as ever', () => {
  assert.deepEqual([...decodeDirectory(bytesOf('directory'), 'directory')], known.directory);
  const writer = new TreeWriter();
  for (const entry of known.directory) writer.append(entry);
  assert.equal(writer.finish().bytes.toString('hex'), objects.directory);
});

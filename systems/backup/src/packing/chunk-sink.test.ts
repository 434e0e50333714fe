import assert from 'node:assert/strict';
import { test } from 'node:test';
import { saltsInARow, testConfig, testKeyring } from '../../test/packing-fixtures.ts';
import { seededRandom } from '../../test/seeded-random.ts';
import { ChunkSink, FingerprintList } from './chunk-sink.ts';
import { FingerprintTable } from './fingerprint-table.ts';
import { createFingerprinter } from './fingerprinter.ts';
import { PackReader } from './open-pack.ts';
import { PackBuffers } from './pack-buffers.ts';

const one = Buffer.from('one chunk '.repeat(1_000));
const two = Buffer.from('another '.repeat(1_000));

test('a chunk is stored once, and has its fingerprint each time', () => {
  const sink = newSink(FingerprintTable.create());
  const fingerprints = [one, two, one].map((chunk) => Buffer.from(sink.add(chunk)));
  assert.deepEqual(fingerprints, [one, two, one].map(fingerprintOf));
  sink.flush();
  const packs = sink.takePacks();
  assert.equal(packs.length, 1);
  assert.deepEqual(stored(packs), [one, two].map(fingerprintOf).map(hex));
  const { bytesStored, ...counts } = sink.takeCounts();
  assert.deepEqual(counts, { bytesRead: 0, chunks: 3, chunksNew: 2, bytesNew: one.length + two.length });
  assert.equal(bytesStored, packs[0]!.sizeBytes);
  assert.deepEqual(sink.takePacks(), []);
  assert.equal(sink.takeCounts().chunks, 0);
});

test('what the table knew before is not stored, nor what another sink stored', () => {
  const table = FingerprintTable.create();
  table.addAll(fingerprintOf(one));
  const sinks = [newSink(table), newSink(table)];
  for (const sink of sinks) for (const chunk of [one, two]) sink.add(chunk);
  for (const sink of sinks) sink.flush();
  assert.deepEqual(stored(sinks.flatMap((sink) => [...sink.takePacks()])), [hex(fingerprintOf(two))]);
});

test('packs are given out as they fill', (t) => {
  const random = seededRandom(t);
  const sink = newSink(FingerprintTable.create());
  const expected: string[] = [];
  for (let count = 0; count < 60; count += 1) {
    const chunk = random.bytes(50_000);
    sink.add(chunk);
    expected.push(hex(fingerprintOf(chunk)));
  }
  const full = sink.takePacks();
  assert.equal(full.length, 2);
  sink.flush();
  assert.deepEqual(stored([...full, ...sink.takePacks()]), expected);
  sink.flush();
  assert.deepEqual(sink.takePacks(), []);
});

test('a dry run counts and stores nothing', () => {
  const sink = newSink(FingerprintTable.create(), { dry: true });
  for (const chunk of [one, two, one]) sink.add(chunk);
  sink.flush();
  assert.deepEqual(sink.takePacks(), []);
  const bytesNew = one.length + two.length;
  assert.deepEqual(sink.takeCounts(), { bytesRead: 0, chunks: 3, chunksNew: 2, bytesNew, bytesStored: 0 });
});

test('asking: chunks wait for their answers, in order, and what is known is let go', (t) => {
  const random = seededRandom(t);
  const sink = newSink(FingerprintTable.create(), { lookup: 'ask' });
  const chunks = Array.from({ length: 40 }, () => random.bytes(1 + random.integer(9_000)));
  const wanted: string[] = [];
  const asked: Uint8Array[] = [];
  for (const [index, chunk] of chunks.entries()) {
    sink.add(chunk);
    sink.add(chunk);
    if (index % 7 === 0) asked.push(sink.takeQuestions());
    if (index % 15 === 0) answerOldest(sink, asked, wanted);
  }
  asked.push(sink.takeQuestions());
  assert.equal(sink.takeQuestions().length, 0);
  assert(sink.heldBytes > 0);
  while (asked.length > 0) answerOldest(sink, asked, wanted);
  assert.equal(sink.heldBytes, 0);
  sink.flush();
  assert.deepEqual(stored(sink.takePacks()), wanted);
  assert(wanted.length > 5 && wanted.length < chunks.length);
});

test('answers without questions are a mistake of the caller', () => {
  const sink = newSink(FingerprintTable.create(), { lookup: 'ask' });
  sink.add(one);
  assert.throws(() => sink.answer(Uint8Array.of(0)), { name: 'AssertionError' });
});

test('a list of fingerprints is given in memory of its own', () => {
  const list = new FingerprintList();
  list.add(fingerprintOf(one));
  list.add(fingerprintOf(two));
  const taken = list.take();
  assert.equal(taken.buffer.byteLength, 64);
  assert.equal(list.take().length, 0);
  assert.deepEqual(Buffer.from(taken), Buffer.concat([fingerprintOf(one), fingerprintOf(two)]));
});

/** Every other chunk is known. */
function answerOldest(sink: ChunkSink, asked: Uint8Array[], wanted: string[]): void {
  const questions = asked.shift()!;
  const known = new Uint8Array(questions.length / 32).map((_, index) => index % 2);
  for (let index = 0; index < known.length; index += 2)
    wanted.push(hex(questions.subarray(index * 32, index * 32 + 32)));
  sink.answer(known);
}

function newSink(table: FingerprintTable, options: Partial<{ lookup: 'table' | 'ask'; dry: boolean }> = {}) {
  return new ChunkSink({
    config: testConfig,
    keyring: testKeyring,
    table: table.handle,
    buffers: PackBuffers.create(testConfig.packBytes, 0).handle,
    lookup: 'table',
    dry: false,
    type: 'data',
    newSalt: saltsInARow(),
    ...options,
  });
}

function stored(packs: ReturnType<ChunkSink['takePacks']>): readonly string[] {
  const reader = new PackReader(testConfig, testKeyring);
  return packs.flatMap((pack) => {
    const { fingerprints } = reader.openPack(pack.id, pack.bytes).contents;
    return Array.from({ length: pack.entryCount }, (_, index) =>
      hex(fingerprints.subarray(index * 32, index * 32 + 32)),
    );
  });
}

function fingerprintOf(chunk: Uint8Array): Buffer {
  const target = Buffer.alloc(32);
  createFingerprinter(testConfig, testKeyring)(chunk, target);
  return target;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

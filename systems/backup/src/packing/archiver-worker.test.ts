// The archiver as the main thread sees it: files of every kind in, and what became of each out.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { type BatchHandler, realWorld } from '@cairn/world';
import { testConfig, testKeyring } from '../../test/packing-fixtures.ts';
import { seededRandom } from '../../test/seeded-random.ts';
import { Chunker } from '../chunking/chunker.ts';
import { libc } from '../filesystem/libc.ts';
import type { ArchivedFile, ArchiverInit, ArchiverInput, ArchiverOutput } from './archiver-messages.ts';
import { bytesPerTurn, openExecutor } from './archiver-worker.ts';
import { decodeArchivedFiles, encodeFileJobs } from './file-batch.ts';
import { FingerprintTable } from './fingerprint-table.ts';
import { createFingerprinter } from './fingerprinter.ts';
import { chunkLocation, PackReader } from './open-pack.ts';
import { PackBuffers } from './pack-buffers.ts';
import type { SealedPack } from './sealed-pack.ts';

test('files come back as their chunks, large, small and empty', async (t) => {
  const random = seededRandom(t);
  const directory = await temporaryDirectory(t);
  const contents = [0, 1, 4_096, 100_000, 3_000_000].map((length) => random.bytes(length));
  const archiver = await newArchiver();
  const files = contents.map((bytes, index) => written(join(directory, `${index}`), bytes));
  const { archived, packs, counts } = archiver.all([{ kind: 'files', files: jobs(files) }]);
  assert.deepEqual(
    archived.map(({ id, outcome }) => [id, outcome]),
    files.map((_, index) => [index, 'stored']),
  );
  const chunks = chunksOf(packs);
  for (const [index, bytes] of contents.entries())
    assert.deepEqual(joined(chunks, archived[index]!.fingerprints), bytes, `file ${index}`);
  const { size, mtimeNs, ctimeNs, ino, blocks } = statSync(files[3]!, { bigint: true });
  assert.deepEqual(archived[3]!.stat, { sizeBytes: size, mtimeNs, ctimeNs, inode: ino, blocks });
  assert.equal(
    counts.bytesRead,
    contents.reduce((sum, bytes) => sum + bytes.length, 0),
  );
});

test('cuts are those of the whole content, and equal files are stored once', async (t) => {
  const directory = await temporaryDirectory(t);
  const bytes = seededRandom(t).bytes(2_500_000);
  const files = ['a', 'b'].map((name) => written(join(directory, name), bytes));
  const { archived, counts } = (await newArchiver()).all([{ kind: 'files', files: jobs(files) }]);
  const expected = fingerprintsOf(bytes);
  for (const file of archived) assert.equal(hex(file.fingerprints), hex(expected));
  assert.equal(counts.chunks, (2 * expected.length) / 32);
  assert.equal(counts.chunksNew, expected.length / 32);
});

test('a turn ends, and packs leave, before a long file does', async (t) => {
  const directory = await temporaryDirectory(t);
  const path = written(join(directory, 'long'), seededRandom(t).bytes(3 * bytesPerTurn));
  const archiver = await newArchiver();
  const first = archiver.one({ kind: 'files', files: jobs([path]) });
  assert.equal(first.open, true);
  assert.equal(first.files.length, 0);
  assert(first.packs.length >= 6 && first.counts.bytesRead === bytesPerTurn);
  const second = archiver.one({ kind: 'continue' });
  const third = archiver.one({ kind: 'continue' });
  assert.deepEqual([second.open, third.open, decodeArchivedFiles(third.files).length], [true, false, 1]);
});

test('what is no file any more does not hang or mislead', async (t) => {
  const directory = await temporaryDirectory(t);
  const place = (name: string) => join(directory, name);
  mkdirSync(place('directory'));
  symlinkSync('/etc/passwd', place('symlink'));
  symlinkSync('loop', place('loop'));
  execFileSync('mkfifo', [place('fifo')]);
  writeFileSync(place('file'), 'x');
  const names = ['directory', 'symlink', 'fifo', 'loop', 'gone', 'file/below', 'file'];
  const { archived, packs } = (await newArchiver()).all([{ kind: 'files', files: jobs(names.map(place)) }]);
  assert.deepEqual(
    archived.map(({ outcome }) => outcome),
    ['unreadable', 'unreadable', 'unreadable', 'unreadable', 'vanished', 'vanished', 'stored'],
  );
  for (const file of archived.slice(0, 4)) assert.match(file.problem!, /no regular file any more/);
  assert.match(archived[4]!.problem!, /ENOENT/);
  assert.equal(chunksOf(packs).size, 1);
});

test('reading does not touch the access time of one’s own files', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const path = written(join(await temporaryDirectory(t), 'file'), Buffer.from('content'));
  utimesSync(path, 1_000_000, 2_000_000);
  (await newArchiver()).all([{ kind: 'files', files: jobs([path]) }]);
  assert.equal(statSync(path).atimeMs, 1_000_000_000);
});

test('a file that is not as its directory entry was looked at is read again, and what it is now is stored', async (t) => {
  const path = written(join(await temporaryDirectory(t), 'file'), Buffer.from('content'));
  const { size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  const seen = { id: 0, path: Buffer.from(path), sizeBytes: Number(size), mtimeNs, ctimeNs };
  const asSeen = (await newArchiver()).all([{ kind: 'files', files: encodeFileJobs([seen]) }]);
  assert.equal(asSeen.counts.bytesRead, 7);
  const older = { ...seen, sizeBytes: 3, ctimeNs: ctimeNs - 1n };
  const { archived, counts } = (await newArchiver()).all([{ kind: 'files', files: encodeFileJobs([older]) }]);
  assert.equal(archived[0]!.outcome, 'stored');
  assert.equal(archived[0]!.sizeBytes, 7);
  assert.equal(counts.bytesRead, 3 + 7);
});

test('a file that changed while it was read is read again, and what stood still then is stored', async (t) => {
  const random = seededRandom(t);
  const bytes = random.bytes(bytesPerTurn + 1_000);
  const path = written(join(await temporaryDirectory(t), 'file'), bytes);
  const archiver = await newArchiver();
  archiver.one({ kind: 'files', files: jobs([path]) });
  bytes.fill(1, 0, 50_000);
  written(path, bytes);
  const { archived } = archiver.all([{ kind: 'continue' }]);
  assert.equal(archived[0]!.outcome, 'stored');
  assert.deepEqual(joined(chunksOf(archiver.packs), archived[0]!.fingerprints), bytes);
});

for (const change of ['grows', 'shrinks', 'is rewritten'] as const) {
  test(`a file that ${change} whenever it is read is stored as it was read, and reported`, async (t) => {
    const length = bytesPerTurn + 100_000;
    const path = written(join(await temporaryDirectory(t), 'file'), seededRandom(t).bytes(length));
    const archiver = await newArchiver();
    let output = archiver.one({ kind: 'files', files: jobs([path]) });
    let turns = 1;
    for (; output.open; turns += 1) {
      if (change === 'grows') appendFileSync(path, 'more');
      else if (change === 'shrinks') truncateSync(path, length - turns);
      else utimesSync(path, turns, turns);
      output = archiver.one({ kind: 'continue' });
    }
    const [file] = decodeArchivedFiles(output.files);
    assert.equal(file!.outcome, 'changed');
    assert(turns >= 4 && turns <= 8, `${turns} turns`);
    archiver.one({ kind: 'flush' });
    assert.equal(joined(chunksOf(archiver.packs), file!.fingerprints).length, file!.sizeBytes);
    assert.equal(Number(file!.stat!.sizeBytes), statSync(path).size);
  });
}

test('a sparse file has the chunks of the same file without holes', async (t) => {
  const random = seededRandom(t);
  const directory = await temporaryDirectory(t);
  const sizeBytes = 12_000_000;
  const descriptor = openSync(join(directory, 'sparse'), 'w');
  for (let count = 0; count < 6; count += 1)
    writeSync(
      descriptor,
      random.bytes(1 + random.integer(200_000)),
      0,
      undefined,
      random.integer(sizeBytes - 200_000),
    );
  ftruncateSync(descriptor, sizeBytes);
  closeSync(descriptor);
  execFileSync('cp', ['--sparse=never', join(directory, 'sparse'), join(directory, 'dense')]);
  const files = ['sparse', 'dense'].map((name) => join(directory, name));
  const { archived, counts } = (await newArchiver()).all([{ kind: 'files', files: jobs(files) }]);
  assert.deepEqual(archived[0]!.fingerprints, archived[1]!.fingerprints);
  assert.deepEqual(
    archived.map((file) => file.sizeBytes),
    [sizeBytes, sizeBytes],
  );
  assert.equal(counts.chunks, (2 * archived[0]!.fingerprints.length) / 32);
  assert.equal(counts.bytesRead, 2 * sizeBytes);
});

test('a sparse file that is cut short while it is read gets no zeros that were never there', async (t) => {
  const path = join(await temporaryDirectory(t), 'sparse');
  writeFileSync(path, seededRandom(t).bytes(bytesPerTurn));
  truncateSync(path, 2 * bytesPerTurn);
  const archiver = await newArchiver();
  let output = archiver.one({ kind: 'files', files: jobs([path]) });
  for (let turns = 1; output.open; turns += 1) {
    truncateSync(path, bytesPerTurn + 2_000_000 - 300_000 * turns);
    output = archiver.one({ kind: 'continue' });
  }
  const [file] = decodeArchivedFiles(output.files);
  assert.equal(file!.outcome, 'changed');
  assert.equal(file!.sizeBytes, statSync(path).size);
});

const holesUnknown = libc() === undefined && 'without node:ffi holes are read like data';

test('a hole of 200 GB takes no time', { skip: holesUnknown }, async (t) => {
  const path = join(await temporaryDirectory(t), 'hole');
  writeFileSync(path, 'at the start');
  const sizeBytes = 200_000_000_000;
  truncateSync(path, sizeBytes);
  const archiver = await newArchiver({
    config: {
      ...testConfig,
      packBytes: 2 ** 23,
      chunkBytes: { min: 2 ** 18, average: 2 ** 20, max: 2 ** 22 },
    },
  });
  const started = process.cpuUsage();
  const { archived } = archiver.all([{ kind: 'files', files: jobs([path]) }]);
  assert.equal(archived[0]!.sizeBytes, sizeBytes);
  const { user, system } = process.cpuUsage(started);
  assert(user + system < 3_000_000, `${user + system} us of CPU`);
});

test('streams of messages are cut as files are, beside a file that is under way', async (t) => {
  const random = seededRandom(t);
  const path = written(join(await temporaryDirectory(t), 'long'), random.bytes(bytesPerTurn + 1_000));
  const bytes = random.bytes(300_000);
  const archiver = await newArchiver();
  const bytesOf = (start: number, end: number, id = 7) =>
    archiver.one({
      kind: 'bytes',
      id,
      type: 'manifest',
      bytes: bytes.subarray(start, end),
      end: end === bytes.length,
    });
  archiver.one({ kind: 'files', files: jobs([path]) });
  assert.equal(bytesOf(0, 100_000).files.length, 0);
  assert.throws(() => bytesOf(0, 10, 8), { code: 'invalid-argument', message: /stream 7 has not ended/ });
  const [file] = decodeArchivedFiles(bytesOf(100_000, bytes.length).files);
  const rest = archiver.all([{ kind: 'continue' }]);
  assert.equal(hex(file!.fingerprints), hex(fingerprintsOf(bytes)));
  assert.deepEqual(
    [file!.id, file!.sizeBytes, file!.outcome, file!.stat],
    [7, bytes.length, 'stored', undefined],
  );
  const manifests = archiver.packs.filter((pack) => pack.type === 'manifest');
  assert.deepEqual(joined(chunksOf(manifests), file!.fingerprints), bytes);
  assert.equal(rest.archived[0]!.outcome, 'stored');
});

test('asking: nothing is stored before its answer, and what is known never', async (t) => {
  const directory = await temporaryDirectory(t);
  const bytes = seededRandom(t).bytes(2 * bytesPerTurn);
  const path = written(join(directory, 'file'), bytes);
  const archiver = await newArchiver({ lookup: 'ask' });
  const wanted: string[] = [];
  let output = archiver.one({ kind: 'files', files: jobs([path]) });
  assert.deepEqual(output.packs, []);
  for (; output.open; output = archiver.one({ kind: 'continue', known: alternating(output, wanted) }))
    assert(output.questions!.length <= (32 * 2 * bytesPerTurn) / testConfig.chunkBytes.min);
  archiver.one({ kind: 'flush' });
  assert.deepEqual([...chunksOf(archiver.packs).keys()].sort(), wanted.sort());
});

test('it works in a thread, and packs cross without their bytes being copied', async (t) => {
  const world = realWorld();
  const path = written(join(await temporaryDirectory(t), 'file'), seededRandom(t).bytes(3_000_000));
  const executor = await world.executors.open<ArchiverInit, ArchiverInput, ArchiverOutput>(
    new URL('./archiver-worker.ts', import.meta.url),
    init({}),
  );
  t.after(() => executor.close());
  const outputs = await Promise.all([
    executor.run({ kind: 'files', files: jobs([path]) }),
    executor.run({ kind: 'flush' }),
  ]);
  const packs = outputs.flatMap((output) => [...output.packs]);
  assert(packs.length === 3 && packs.every((pack) => pack.bytes.buffer instanceof SharedArrayBuffer));
  chunksOf(packs);
});

function init(options: Partial<ArchiverInit>): ArchiverInit {
  const table = FingerprintTable.create().handle;
  const { packBytes } = options.config ?? testConfig;
  const buffers = PackBuffers.create(packBytes, 0).handle;
  return {
    config: testConfig,
    keyring: testKeyring,
    table,
    buffers,
    lookup: 'table',
    dry: false,
    ...options,
  };
}

async function newArchiver(options: Partial<ArchiverInit> = {}): Promise<TestArchiver> {
  return new TestArchiver(await openExecutor(init(options)));
}

class TestArchiver {
  readonly #handler: BatchHandler<ArchiverInput, ArchiverOutput>;
  /** All that `one` gave out. */
  readonly packs: SealedPack[] = [];

  constructor(handler: BatchHandler<ArchiverInput, ArchiverOutput>) {
    this.#handler = handler;
  }

  one(input: ArchiverInput): ArchiverOutput {
    const [result] = this.#handler.handle([input]);
    if (!result!.ok) throw result!.error;
    this.packs.push(...result!.value.packs);
    return result!.value;
  }

  /** Goes on until nothing is open, then flushes. */
  all(inputs: readonly ArchiverInput[]) {
    const before = this.packs.length;
    const archived: ArchivedFile[] = [];
    const counts = { bytesRead: 0, chunks: 0, chunksNew: 0 };
    const take = (output: ArchiverOutput) => {
      archived.push(...decodeArchivedFiles(output.files));
      for (const name of ['bytesRead', 'chunks', 'chunksNew'] as const) counts[name] += output.counts[name];
      return output.open;
    };
    for (const input of inputs)
      for (let open = take(this.one(input)); open; ) open = take(this.one({ kind: 'continue' }));
    take(this.one({ kind: 'flush' }));
    return { archived, counts, packs: this.packs.slice(before) };
  }
}

function jobs(paths: readonly string[]) {
  return encodeFileJobs(paths.map((path, id) => ({ id, path: Buffer.from(path), sizeBytes: 0 })));
}

function written(path: string, bytes: Uint8Array): string {
  writeFileSync(path, bytes);
  return path;
}

/** Says that every other question is known; notes the others. */
function alternating({ questions = new Uint8Array(0) }: ArchiverOutput, wanted: string[]): Uint8Array {
  const known = new Uint8Array(questions.length / 32).map((_, index) => index % 2);
  for (let index = 0; index < known.length; index += 2)
    wanted.push(hex(questions.subarray(index * 32, index * 32 + 32)));
  return known;
}

/** Every chunk of the packs, opened and checked, by its fingerprint. */
function chunksOf(packs: readonly SealedPack[]): ReadonlyMap<string, Uint8Array> {
  const reader = new PackReader(testConfig, testKeyring);
  const chunks = new Map<string, Uint8Array>();
  for (const pack of packs) {
    const opened = reader.openPack(pack.id, pack.bytes);
    for (let index = 0; index < opened.entryCount; index += 1) {
      const fingerprint = opened.contents.fingerprints.subarray(index * 32, index * 32 + 32);
      const location = chunkLocation(opened, opened.contents, index);
      const ciphertext = pack.bytes.subarray(location.offset, location.offset + location.storedBytes);
      assert(!chunks.has(hex(fingerprint)), 'a chunk is stored once');
      chunks.set(hex(fingerprint), reader.openChunk(location, ciphertext, { fingerprint }));
    }
  }
  return chunks;
}

function joined(chunks: ReadonlyMap<string, Uint8Array>, fingerprints: Uint8Array): Buffer {
  const parts: Uint8Array[] = [];
  for (let offset = 0; offset < fingerprints.length; offset += 32)
    parts.push(chunks.get(hex(fingerprints.subarray(offset, offset + 32)))!);
  return Buffer.concat(parts);
}

/** A chunk is valid until the next is asked for. */
function fingerprintsOf(bytes: Uint8Array): Buffer {
  const fingerprinter = createFingerprinter(testConfig, testKeyring);
  const found: Buffer[] = [];
  for (const chunk of new Chunker(testKeyring.chunkerSecret, testConfig.chunkBytes).cut([bytes])) {
    found.push(Buffer.alloc(32));
    fingerprinter(chunk, found.at(-1)!);
  }
  return Buffer.concat(found);
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

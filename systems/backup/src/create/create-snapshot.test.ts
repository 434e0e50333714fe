import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { BlobsError } from '@cairn/engines';
import { temporaryDirectory } from '@cairn/testing';
import { assertMatchesDisk } from '../../test/compare-with-disk.ts';
import type { MemoryBlobs } from '../../test/memory-blobs.ts';
import { memoryRepository } from '../../test/memory-repository.ts';
import { contentOf, entriesOfSnapshot } from '../../test/snapshot-contents.ts';
import type { Repository } from '../core/repository.ts';
import { BackupError, type BackupErrorCode } from '../errors.ts';
import type { CreateOptions, CreateProgress, CreateResult } from './create-options.ts';
import { createSnapshot } from './create-snapshot.ts';

const owner = { host: 'elm', user: 'ann', archivers: 2 };
const parameters = {
  chunkBytes: { min: 4096, average: 16_384, max: 65_536 },
  packBytes: 8 << 20,
} as const;

type Prepared = {
  readonly directory: string;
  readonly repository: Repository;
  readonly blobs: MemoryBlobs;
  write(name: string, content: string | Buffer): string;
  create(options?: Partial<CreateOptions>): Promise<CreateResult>;
};

async function prepare(t: Parameters<typeof temporaryDirectory>[0]): Promise<Prepared> {
  const directory = await temporaryDirectory(t);
  const { repository, blobs } = await memoryRepository({ parameters });
  t.after(() => repository.close());
  return {
    directory,
    repository,
    blobs,
    write: (name, content) => {
      const path = join(directory, name);
      fs.mkdirSync(join(path, '..'), { recursive: true });
      fs.writeFileSync(path, content);
      return path;
    },
    create: (options) => createSnapshot(repository, { paths: [directory], ...owner, ...options }),
  };
}

function isError(code: BackupErrorCode, pattern = /./) {
  return (error: unknown) =>
    error instanceof BackupError && error.code === code && pattern.test(error.message);
}

/** Every file of the snapshot has the content that it has on the disk. */
async function assertContents(
  { repository, directory }: Prepared,
  { snapshot }: CreateResult,
): Promise<void> {
  const entries = await entriesOfSnapshot(repository, snapshot!);
  assertMatchesDisk(entries, directory);
  for (const [path, entry] of entries) {
    if (entry.type !== 'file') continue;
    assert.ok(
      (await contentOf(repository, entry)).equals(fs.readFileSync(Buffer.from(path, 'latin1'))),
      path,
    );
  }
}

/** Nobody may put what begins so: an error that is not tried again. */
function refusing(prefix: string): MemoryBlobs['disturb'] {
  return ({ operation, name }) => {
    if (operation !== 'put' || !name.startsWith(prefix)) return undefined;
    throw new BlobsError('failed', { attempted: `put ${name}`, detail: 'the test says so' });
  };
}

/** Sessions that a collector took for dead are gone before the snapshot is put; `also` happens with the first of them. */
function fenceOnce(blobs: MemoryBlobs, also: () => Promise<void> = async () => {}): void {
  let fenced = false;
  blobs.disturb = async ({ operation, name }) => {
    if (operation !== 'head' || !name.startsWith('sessions/') || fenced) return undefined;
    fenced = true;
    await blobs.delete(blobs.names('sessions/'));
    await also();
    return undefined;
  };
}

describe('createSnapshot', () => {
  test('stores contents and metadata as they are on the disk', async (t) => {
    const prepared = await prepare(t);
    prepared.write('large', randomBytes(3_000_000));
    prepared.write('empty', '');
    for (let i = 0; i < 500; i += 1) prepared.write(`small/${i % 7}/${i}`, `content ${i}`);
    fs.symlinkSync('large', join(prepared.directory, 'link'));
    const result = await prepared.create({ tags: ['nightly'], time: '2026-01-02T03:04:05.000000006Z' });
    assert.deepEqual(result.problems, []);
    assert.deepEqual(result.warnings, []);
    await assertContents(prepared, result);
    const { summary, ...snapshot } = result.snapshot!;
    assert.deepEqual(
      [snapshot.host, snapshot.user, snapshot.paths, snapshot.tags, snapshot.time],
      ['elm', 'ann', [prepared.directory], ['nightly'], '2026-01-02T03:04:05.000000006Z'],
    );
    assert.equal(snapshot.users['0'], 'root');
    assert.deepEqual([summary.files, summary.filesNew, summary.errors], [503, 502, 0]);
    const stored = prepared.blobs.names().filter((name) => /^(packs|index)\//.test(name));
    const storedBytes = stored.reduce((sum, name) => sum + prepared.blobs.bytesOf(name).length, 0);
    assert.equal(summary.bytesAdded, storedBytes);
  });

  test('stores no content when nothing changed, and opens no file', async (t) => {
    const prepared = await prepare(t);
    for (let i = 0; i < 200; i += 1) prepared.write(`${i % 7}/${i}`, `content ${i}`);
    const first = await prepared.create();
    const before = prepared.blobs.names('packs/');
    const again = await prepared.create();
    assert.equal(again.snapshot!.parent, first.snapshot!.id);
    assert.equal(again.summary.filesUnmodified, 200);
    // The directory above is everybody's: its times may have changed, and then the root is another.
    const added = prepared.blobs.names('packs/').length - before.length;
    assert.equal(added, again.summary.chunksNew);
    assert.ok(added <= 1);
    const entriesOf = async ({ snapshot }: CreateResult) => {
      const entries = await entriesOfSnapshot(prepared.repository, snapshot!);
      return [...entries].filter(([path]) => path.startsWith(prepared.directory));
    };
    assert.deepEqual(await entriesOf(again), await entriesOf(first));
  });

  test('stores what two files have in common once', async (t) => {
    const prepared = await prepare(t);
    const common = randomBytes(2_000_000);
    prepared.write('one', common);
    prepared.write('two', Buffer.concat([Buffer.from('in front of it'), common]));
    const { summary } = await prepared.create();
    assert.ok(summary.bytesAdded < 2_200_000, `${summary.bytesAdded} bytes`);
  });

  test('compares with the newest snapshot of the same host and paths, or the one that was asked for, or none', async (t) => {
    const prepared = await prepare(t);
    const other = join(prepared.directory, 'other');
    prepared.write('other/file', 'x');
    const first = await prepared.create();
    const second = await prepared.create();
    await prepared.create({ paths: [other] });
    await prepared.create({ host: 'oak' });
    const parentOf = async (options: Partial<CreateOptions>) =>
      (await prepared.create(options)).snapshot!.parent;
    assert.equal(await parentOf({}), second.snapshot!.id);
    assert.equal(await parentOf({ parent: first.snapshot! }), first.snapshot!.id);
    const { snapshot, summary } = await prepared.create({ parent: 'none' });
    assert.equal(snapshot!.parent, undefined);
    assert.equal(summary.filesNew, 1);
  });

  test('takes relative paths from the working directory, and each path once', async (t) => {
    const prepared = await prepare(t);
    prepared.write('a/file', 'x');
    const { snapshot } = await prepared.create({
      paths: ['a', './b/../a/', `${prepared.directory}/a`],
      workingDirectory: prepared.directory,
    });
    assert.deepEqual(snapshot!.paths, [join(prepared.directory, 'a')]);
  });

  test('leaves out what is excluded', async (t) => {
    const prepared = await prepare(t);
    for (const name of ['a.txt', 'b.o', 'c/d.o', 'c/e.txt']) prepared.write(name, name);
    const { summary } = await prepared.create({ excludes: { patterns: ['*.o'] } });
    assert.equal(summary.files, 2);
  });

  test('reports a path that is missing, and refuses when none is there', async (t) => {
    const prepared = await prepare(t);
    prepared.write('file', 'x');
    const missing = join(prepared.directory, 'missing');
    const { problems, summary } = await prepared.create({
      paths: [missing, join(prepared.directory, 'file')],
    });
    assert.deepEqual([problems.length, problems[0]!.kind, summary.errors], [1, 'vanished', 1]);
    const before = prepared.blobs.names();
    await assert.rejects(prepared.create({ paths: [missing] }), isError('source', /missing/));
    assert.deepEqual(prepared.blobs.names(), before);
  });

  test('stores a stream as a file of the name that was given', async (t) => {
    const prepared = await prepare(t);
    const content = randomBytes(2_500_000);
    async function* source() {
      for (let at = 0; at < content.length; at += 30_000) yield content.subarray(at, at + 30_000);
    }
    const { snapshot, summary } = await prepared.create({
      paths: [],
      stdin: { name: 'dumps/shop.sql', source: source() },
    });
    const entries = await entriesOfSnapshot(prepared.repository, snapshot!);
    assert.deepEqual([...entries.keys()], ['/dumps', '/dumps/shop.sql']);
    assert.ok((await contentOf(prepared.repository, entries.get('/dumps/shop.sql'))).equals(content));
    assert.deepEqual([summary.files, summary.directories, summary.bytes], [1, 1, content.length]);
  });

  test('an empty stream is an empty file, and a stream that fails leaves no snapshot', async (t) => {
    const prepared = await prepare(t);
    async function* nothing() {}
    const { snapshot } = await prepared.create({ paths: [], stdin: { name: 'x', source: nothing() } });
    const entries = await entriesOfSnapshot(prepared.repository, snapshot!);
    assert.equal((await contentOf(prepared.repository, entries.get('/x'))).length, 0);
    async function* broken() {
      yield Buffer.from('some');
      throw new Error('the pipe broke');
    }
    const before = prepared.blobs.names('snapshots/');
    const stdin = { name: 'x', source: broken() };
    await assert.rejects(prepared.create({ paths: [], stdin }), /the pipe broke/);
    assert.deepEqual(prepared.blobs.names('snapshots/'), before);
    assert.deepEqual(prepared.blobs.names('sessions/'), []);
  });

  test('a dry run counts what it would do and touches nothing', async (t) => {
    const prepared = await prepare(t);
    prepared.write('file', randomBytes(500_000));
    const before = prepared.blobs.names();
    const { snapshot, summary } = await prepared.create({ dryRun: true });
    assert.equal(snapshot, undefined);
    assert.deepEqual([summary.filesNew, summary.bytes], [1, 500_000]);
    assert.ok(summary.chunksNew > 5);
    assert.deepEqual(prepared.blobs.names(), before);
    assert.ok(
      !prepared.blobs.calls
        .slice(-20)
        .some(({ operation, name }) => operation === 'put' && name.startsWith('sessions/')),
    );
  });

  test('tells how far it is with a large file', async (t) => {
    const prepared = await prepare(t);
    const size = 100 << 20;
    prepared.write('large', Buffer.alloc(size, 'x'));
    for (let n = 0; n < 600; n += 1) prepared.write(`small/${n}`, 'y');
    const told: number[] = [];
    await prepared.create({ onProgress: ({ bytesDone }) => told.push(bytesDone) });
    assert(new Set(told.filter((bytes) => bytes > 1000 && bytes < size)).size >= 2, told.join(' '));
    assert.deepEqual(
      told,
      told.toSorted((a, b) => a - b),
    );
    assert.equal(told.at(-1), size + 600);
  });

  test('tells its progress', async (t) => {
    const prepared = await prepare(t);
    for (let i = 0; i < 100; i += 1) prepared.write(`file-${i}`, `content ${i}`);
    const told: CreateProgress[] = [];
    await prepared.create({ onProgress: (progress) => told.push(progress) });
    const last = told.at(-1)!;
    assert.deepEqual([last.files, last.filesDone, last.bytes, last.bytesDone], [100, 100, 990, 990]);
    assert.equal(last.current, join(prepared.directory, 'file-99'));
  });
});

describe('a backup that does not go to its end', () => {
  test('after an abort what was stored is indexed, and the next one goes on from there', async (t) => {
    const prepared = await prepare(t);
    const content = randomBytes(60_000_000);
    prepared.write('large', content);
    const abort = new AbortController();
    let packs = 0;
    prepared.blobs.disturb = ({ operation, name }) => {
      if (operation === 'put' && name.startsWith('packs/') && ++packs === 3) abort.abort(new Error('enough'));
      return undefined;
    };
    await assert.rejects(prepared.create({ signal: abort.signal }), /enough/);
    assert.deepEqual(prepared.blobs.names('snapshots/'), []);
    assert.deepEqual(prepared.blobs.names('sessions/'), []);
    const stored = prepared.blobs.names('packs/').length;
    assert.ok(stored >= 2);
    const result = await prepared.create();
    await assertContents(prepared, result);
    assert.ok(
      result.summary.bytesAdded < content.length - (stored - 1) * 7_000_000,
      `${result.summary.bytesAdded}`,
    );
  });

  test('a stream that stands still does not keep an abort waiting', async (t) => {
    const prepared = await prepare(t);
    const abort = new AbortController();
    const told: number[] = [];
    async function* source() {
      yield randomBytes(2 << 20);
      abort.abort(new Error('enough'));
      await new Promise(() => {});
    }
    const options: Partial<CreateOptions> = {
      paths: [],
      stdin: { name: 'x', source: source() },
      signal: abort.signal,
      onProgress: ({ bytesDone }) => told.push(bytesDone),
    };
    await assert.rejects(prepared.create(options), /enough/);
    assert.deepEqual(told, [2 << 20]);
    assert.deepEqual(prepared.blobs.names('sessions/'), []);
  });

  test('a store that fails leaves no snapshot and no session, and the error names it', async (t) => {
    const prepared = await prepare(t);
    prepared.write('file', randomBytes(10_000));
    prepared.blobs.disturb = refusing('packs/');
    await assert.rejects(prepared.create(), isError('store'));
    prepared.blobs.disturb = () => undefined;
    assert.deepEqual(prepared.blobs.names('snapshots/'), []);
    assert.deepEqual(prepared.blobs.names('sessions/'), []);
    await assertContents(prepared, await prepared.create());
  });

  test('one that was fenced starts again, and reads no file that is known', async (t) => {
    const prepared = await prepare(t);
    for (let i = 0; i < 300; i += 1) prepared.write(`d${i % 5}/${i}`, `content ${i}`);
    fenceOnce(prepared.blobs);
    const result = await prepared.create();
    assert.equal(result.summary.filesUnmodified, 300);
    assert.equal(prepared.blobs.names('snapshots/').length, 1);
    await assertContents(prepared, result);
  });

  test('one that was fenced uploads again what a collector has deleted since', async (t) => {
    const prepared = await prepare(t);
    for (let i = 0; i < 300; i += 1) prepared.write(`d${i % 5}/${i}`, `content ${i}`);
    fenceOnce(prepared.blobs, () => prepared.blobs.delete(prepared.blobs.names('packs/')));
    await assertContents(prepared, await prepared.create());
  });

  test('a stream whose session was fenced is committed if all of it is still there, and else refused', async (t) => {
    const prepared = await prepare(t);
    const stdin = () => ({
      name: 'x',
      source: ReadableStream.from([randomBytes(100_000)]) as AsyncIterable<Uint8Array>,
    });
    fenceOnce(prepared.blobs);
    const { snapshot } = await prepared.create({ paths: [], stdin: stdin() });
    const entries = await entriesOfSnapshot(prepared.repository, snapshot!);
    assert.equal((await contentOf(prepared.repository, entries.get('/x'))).length, 100_000);
    fenceOnce(prepared.blobs, () => prepared.blobs.delete(prepared.blobs.names('packs/')));
    await assert.rejects(
      prepared.create({ paths: [], stdin: stdin() }),
      isError('store', /cannot be read again/),
    );
    assert.equal(prepared.blobs.names('snapshots/').length, 1);
  });

  test('one that is fenced every time gives up', async (t) => {
    const prepared = await prepare(t);
    prepared.write('file', 'x');
    prepared.blobs.disturb = async ({ operation, name }) => {
      if (operation === 'head' && name.startsWith('sessions/')) await prepared.blobs.delete([name]);
      return undefined;
    };
    await assert.rejects(prepared.create(), isError('fenced'));
  });

  test('a parent whose manifest is damaged is done without, and that is said', async (t) => {
    const prepared = await prepare(t);
    prepared.write('file', randomBytes(50_000));
    await prepared.create();
    const { packs } = await prepared.repository.index({ refresh: true });
    const { id } = packs.find(({ type }) => type === 'manifest')!;
    prepared.blobs.alter(`packs/${id.slice(0, 2)}/${id}`, (bytes) =>
      bytes.map((byte, at) => (at === 60 ? byte ^ 1 : byte)),
    );
    const { warnings, summary } = await prepared.create();
    assert.match(warnings.join(), /manifest cannot be read/);
    assert.equal(summary.filesNew, 1);
  });
});

describe('hooks', () => {
  test('run before and after, and know how it ended', async (t) => {
    const prepared = await prepare(t);
    const log = join(prepared.directory, 'log');
    prepared.write('data/file', 'x');
    const hooks = {
      before: `echo "$CAIRN_BACKUP_HOOK" >> ${log}; echo made > ${prepared.directory}/data/by-hook`,
      after: `echo "$CAIRN_BACKUP_HOOK $CAIRN_BACKUP_OUTCOME $CAIRN_BACKUP_SNAPSHOT" >> ${log}`,
    };
    const { snapshot, summary } = await prepared.create({ hooks, paths: [join(prepared.directory, 'data')] });
    assert.equal(summary.files, 2);
    assert.equal(fs.readFileSync(log, 'utf8'), `before\nafter success ${snapshot!.id}\n`);
  });

  test('one before that fails stops the backup; one after that fails is a warning', async (t) => {
    const prepared = await prepare(t);
    prepared.write('file', 'x');
    await assert.rejects(
      prepared.create({ hooks: { before: 'exit 3' } }),
      isError('hook-failed', /ended with 3/),
    );
    assert.deepEqual(prepared.blobs.names('snapshots/'), []);
    const { warnings, snapshot } = await prepared.create({ hooks: { after: 'exit 4' } });
    assert.match(warnings.join(), /after the backup.*ended with 4/);
    assert.ok(snapshot);
  });

  test('one after hears of a failure', async (t) => {
    const prepared = await prepare(t);
    const log = prepared.write('log', '');
    prepared.blobs.disturb = refusing('sessions/');
    await assert.rejects(prepared.create({ hooks: { after: `echo $CAIRN_BACKUP_OUTCOME > ${log}` } }));
    assert.equal(fs.readFileSync(log, 'utf8'), 'failure\n');
  });
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { describe, test } from 'node:test';
import { cleanUpAfter, findProgram } from '@cairn/testing';
import { assertMatchesDisk } from '../../test/compare-with-disk.ts';
import { archive } from '../../test/walk-in-memory.ts';
import { Backups } from '../../test/walked-backups.ts';
import type { FileJob } from '../packing/archiver-messages.ts';

const asRoot = process.getuid?.() === 0 ? false : 'making devices and giving files away needs root';

describe('what is backed up', () => {
  test('every kind of entry, with all its metadata', { skip: asRoot }, async (t) => {
    const backups = await Backups.begin(t);
    backups.write('file', 'contents');
    backups.write('empty', '');
    backups.write('set-id', 'x');
    fs.chmodSync(backups.path('set-id'), 0o6755);
    fs.chownSync(backups.path('set-id'), 1234, 4_294_967_294);
    fs.mkdirSync(backups.path('sticky'));
    fs.chmodSync(backups.path('sticky'), 0o1777);
    fs.symlinkSync('nowhere', backups.path('link'));
    fs.lchownSync(backups.path('link'), 5, 6);
    fs.utimesSync(backups.path('file'), 1, 1234.000000005);
    fs.utimesSync(backups.path('empty'), 1, -77.25);
    execFileSync('mkfifo', [backups.path('fifo')]);
    execFileSync('mknod', [backups.path('character'), 'c', '1', '3']);
    execFileSync('mknod', [backups.path('block'), 'b', '259', '1048575']);
    const script = `require('net').createServer().listen('${backups.path('socket')}', () => process.kill(process.pid, 'SIGKILL'))`;
    assert.throws(() => execFileSync(process.execPath, ['-e', script]));
    const { problems } = backups.run();
    assert.deepEqual(problems, []);
    assertMatchesDisk(backups.entries(), backups.directory);
    assert.deepEqual(backups.entry('block').content, {
      kind: 'device',
      major: 259,
      minor: 1048575,
    });
  });

  test('names and link targets that are not UTF-8', async (t) => {
    const backups = await Backups.begin(t);
    const name = Buffer.concat([Buffer.from(`${backups.directory}/`), Buffer.from([0xff, 0x80, 0x41])]);
    fs.writeFileSync(name, 'x');
    fs.mkdirSync(Buffer.from(`${backups.directory}/ä\xfe`, 'latin1'));
    fs.writeFileSync(Buffer.from(`${backups.directory}/ä\xfe/below`, 'latin1'), 'y');
    fs.symlinkSync(Buffer.from([0xc3, 0x28]), backups.path('link'));
    const { problems, read } = backups.run();
    assert.deepEqual(problems, []);
    assert.equal(read.length, 2);
    assertMatchesDisk(backups.entries(), backups.directory);
  });

  test('a file with several names is read once, and links of a symlink are known', async (t) => {
    const backups = await Backups.begin(t);
    backups.write('a/first', 'same file');
    fs.mkdirSync(backups.path('b'));
    fs.linkSync(backups.path('a/first'), backups.path('b/second'));
    fs.linkSync(backups.path('a/first'), backups.path('third'));
    fs.symlinkSync('target', backups.path('link'));
    fs.linkSync(backups.path('link'), backups.path('other-link'));
    backups.run();
    assert.deepEqual(backups.read(), ['a/first']);
    assertMatchesDisk(backups.entries(), backups.directory);
    const [first, second] = ['a/first', 'b/second'].map((name) => backups.entry(name));
    assert.deepEqual(first!.content, second!.content);
  });

  test('a file with holes says so', async (t) => {
    const backups = await Backups.begin(t);
    execFileSync('truncate', ['-s', '1M', backups.path('holes')]);
    backups.write('full', Buffer.alloc(1 << 20, 1));
    backups.run();
    const sparse = (name: string) => {
      const { content } = backups.entry(name);
      return content.kind === 'file' && content.sparse;
    };
    assert.equal(sparse('holes'), true);
    assert.equal(sparse('full'), false);
  });

  const setfattr = findProgram('setfattr');
  test('extended attributes of files and directories', {
    skip: setfattr ? false : 'setfattr (attr) is needed',
  }, async (t) => {
    const backups = await Backups.begin(t);
    backups.write('d/file');
    execFileSync(setfattr!, ['-n', 'user.a', '-v', 'of the file', backups.path('d/file')]);
    execFileSync(setfattr!, ['-n', 'user.b', '-v', 'of the directory', backups.path('d')]);
    backups.run();
    const values = (name: string) =>
      backups
        .entries()
        .get(backups.path(name))!
        .extendedAttributes?.map(({ value }) => Buffer.from(value).toString());
    assert.deepEqual(values('d/file'), ['of the file']);
    assert.deepEqual(values('d'), ['of the directory']);
  });

  test('a directory of 64 KiB and more is stored on its own, and counts what is below it', async (t) => {
    const backups = await Backups.begin(t);
    for (let i = 0; i < 3000; i += 1) backups.write(`many/${i % 3}/file-with-a-long-name-${i}`, 'x');
    const { summary } = backups.run();
    assert.ok(backups.store.chunks.size >= 3);
    assert.deepEqual(summary, {
      files: 3000,
      directories: backups.directory.split('/').length - 1 + 4,
      bytes: 3000,
    });
    assertMatchesDisk(backups.entries(), backups.directory);
  });
});

describe('how directories are stored', () => {
  test('small ones lie in those above them: one chunk holds the tree', async (t) => {
    const backups = await Backups.begin(t);
    for (const name of ['a/b/c/file', 'a/d/file', 'e/file']) backups.write(name, 'equal');
    backups.run();
    assert.equal(backups.store.chunks.size, 2);
  });

  test('entries at the end that are gone since the parent are gone', async (t) => {
    const backups = await Backups.begin(t);
    for (const name of ['d/a', 'd/b', 'd/z', 'e/only']) backups.write(name);
    backups.run();
    fs.rmSync(backups.path('d/z'));
    fs.rmSync(backups.path('e/only'));
    backups.run();
    assert.deepEqual(backups.names(), ['d', 'd/a', 'd/b', 'e']);
  });

  test('one that is unchanged is stored again where its chunk may not be relied on any more', async (t) => {
    const backups = await Backups.begin(t);
    for (let i = 0; i < 1000; i += 1) backups.write(`many/file-with-a-long-name-${i}`, 'x');
    backups.run();
    const before = backups.entry('many');
    assert.ok(before.content.kind === 'directory' && before.content.tree.kind === 'chunks');
    backups.store.condemned = Buffer.from(before.content.tree.fingerprints).toString('hex');
    backups.run();
    assert.equal(backups.store.condemned, undefined, 'it was stored again');
    assert.deepEqual(backups.entry('many'), before);
  });
});

describe('which paths are taken', () => {
  test('several paths meet in one tree, each with the directories on its way', async (t) => {
    const backups = await Backups.begin(t);
    backups.write('a/one');
    backups.write('b/two');
    backups.write('c/three');
    backups.run({ paths: [backups.path('c'), backups.path('a/one')] });
    assert.deepEqual(backups.names(), ['a', 'a/one', 'c', 'c/three']);
  });

  test('a way that leads through a link is taken as the directory behind it', async (t) => {
    const backups = await Backups.begin(t);
    backups.write('real/file');
    fs.symlinkSync('real', backups.path('link'));
    backups.run({ paths: [backups.path('link/file')] });
    assert.equal(backups.entry('link').type, 'directory');
    assert.deepEqual(backups.names(), ['link', 'link/file']);
  });

  test('a path that is not there is a problem, and the rest goes on', async (t) => {
    const backups = await Backups.begin(t);
    backups.write('there');
    const { problems } = backups.run({ paths: [backups.path('gone'), backups.path('there')] });
    assert.deepEqual(
      problems.map(({ kind, path }) => [kind, Buffer.from(path).toString()]),
      [['vanished', backups.path('gone')]],
    );
    assert.deepEqual(backups.names(), ['there']);
  });

  test('what rules exclude is left out with all below it, a path that was asked for is not', async (t) => {
    const backups = await Backups.begin(t);
    for (const name of ['keep/file', 'skip/file', 'skip/asked/file', 'skip/asked/no.o']) backups.write(name);
    const excludes = { patterns: ['skip', '*.o'] };
    backups.run({ excludes });
    assert.deepEqual(backups.names(), ['keep', 'keep/file']);
    backups.run({ excludes, paths: [backups.directory, backups.path('skip/asked')] });
    assert.deepEqual(backups.names(), ['keep', 'keep/file', 'skip', 'skip/asked', 'skip/asked/file']);
  });

  test('of a cache only its tag is kept, and ignore files and sizes are heeded', async (t) => {
    const backups = await Backups.begin(t);
    backups.write('cache/CACHEDIR.TAG', 'Signature: 8a477f597d28d172789f06886806bc55');
    backups.write('cache/data');
    backups.write('code/.gitignore', 'out\n');
    backups.write('code/out/x');
    backups.write('code/source');
    backups.write('large', Buffer.alloc(1001));
    backups.run({ excludes: { caches: true, ignoreFiles: ['.gitignore'], largerThanBytes: 1000 } });
    assert.deepEqual(backups.names(), [
      'cache',
      'cache/CACHEDIR.TAG',
      'code',
      'code/.gitignore',
      'code/source',
    ]);
  });

  test('another filesystem is kept as an empty directory where that is wanted', {
    skip: asRoot,
  }, async (t) => {
    const backups = await Backups.begin(t);
    backups.write('here');
    fs.mkdirSync(backups.path('mount'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', 'none', backups.path('mount')], { stdio: 'ignore' });
    } catch {
      return t.skip('mounting is not allowed here');
    }
    cleanUpAfter(t, async () => execFileSync('umount', [backups.path('mount')]));
    backups.write('mount/below/there');
    backups.run({ oneFileSystem: true });
    assert.deepEqual(backups.names(), ['here', 'mount']);
    backups.run({ oneFileSystem: true, paths: [backups.path('mount')] });
    assert.deepEqual(backups.names(), ['mount', 'mount/below', 'mount/below/there']);
    backups.run();
    assert.deepEqual(backups.names(), ['here', 'mount', 'mount/below', 'mount/below/there']);
  });
});

describe('what is read again', () => {
  test('nothing when nothing changed, and the tree is the same bytes', async (t) => {
    const backups = await Backups.begin(t);
    for (let i = 0; i < 2000; i += 1) backups.write(`d${i % 5}/e/file-with-a-long-name-${i}`);
    const first = backups.run();
    const before = backups.entry('.');
    const again = backups.run();
    assert.deepEqual(again.read, []);
    assert.deepEqual(backups.entry('.'), before);
    assert.deepEqual(again.summary, first.summary);
    assert.deepEqual(again.counts, { filesNew: 0, filesChanged: 0, filesUnmodified: 2000 });
  });

  const changes: Readonly<Record<string, (path: string) => void>> = {
    size: (path) => fs.appendFileSync(path, 'more'),
    'content of the same size, and the mtime set back': (path) => {
      const { atime, mtime } = fs.statSync(path);
      fs.writeFileSync(path, 'CHANGED!');
      fs.utimesSync(path, atime, mtime);
    },
    mtime: (path) => fs.utimesSync(path, 1, 1),
    mode: (path) => fs.chmodSync(path, 0o600),
    'another file moved into its place': (path) => {
      fs.writeFileSync(`${path}.new`, 'changed!');
      fs.renameSync(`${path}.new`, path);
    },
    'the number of its names': (path) => fs.linkSync(path, `${path}.link`),
  };
  for (const [what, change] of Object.entries(changes)) {
    test(`a file with a change of its ${what}, and no other`, async (t) => {
      const backups = await Backups.begin(t);
      const path = backups.write('d/file', 'contents');
      backups.write('d/other', 'contents');
      backups.run();
      change(path);
      const { counts } = backups.run();
      assert.deepEqual(backups.read(), ['d/file']);
      assert.equal(counts.filesChanged, 1);
      assertMatchesDisk(backups.entries(), backups.directory);
    });
  }

  test('a file whose owner or attributes changed', { skip: asRoot }, async (t) => {
    const backups = await Backups.begin(t);
    const path = backups.write('file');
    backups.run();
    fs.chownSync(path, 1, 2);
    backups.run();
    assert.deepEqual(backups.read(), ['file']);
    assertMatchesDisk(backups.entries(), backups.directory);
  });

  test('a file of which a chunk is not known any more', async (t) => {
    const backups = await Backups.begin(t);
    backups.write('lost', 'to be lost');
    backups.write('kept', 'to be kept');
    backups.run();
    const { content } = backups.entry('lost');
    assert.ok(content.kind === 'file');
    backups.store.chunks.delete(Buffer.from(content.fingerprints).toString('hex'));
    backups.run();
    assert.deepEqual(backups.read(), ['lost']);
  });

  test('a file that could not be read before', async (t) => {
    const backups = await Backups.begin(t);
    backups.write('file');
    const unreadable = ({ id }: FileJob) =>
      ({ id, sizeBytes: 0, fingerprints: new Uint8Array(0), outcome: 'unreadable', problem: 'EIO' }) as const;
    const { problems } = backups.run({ archive: unreadable });
    assert.equal(problems[0]!.kind, 'unreadable');
    const { content } = backups.entry('file');
    assert.ok(content.kind === 'file' && !content.readable);
    backups.run();
    assert.deepEqual(backups.read(), ['file']);
  });

  test('a file that changed while it was read, though it has not changed since', async (t) => {
    const backups = await Backups.begin(t);
    backups.write('file');
    const { problems } = backups.run({
      archive: (job, store) => ({ ...archive(job, store), outcome: 'changed' }),
    });
    assert.equal(problems[0]!.kind, 'changed');
    backups.run();
    assert.deepEqual(backups.read(), ['file']);
  });

  test('a file that changed so shortly before it was read that its ctime need not show the next change', async (t) => {
    const backups = await Backups.begin(t);
    const path = backups.write('file');
    const ctimeMs = Number(fs.statSync(path, { bigint: true }).ctimeNs) / 1e6;
    backups.run({ laterMs: ctimeMs - Date.now() });
    backups.run();
    assert.deepEqual(backups.read(), ['file']);
    backups.run();
    assert.deepEqual(backups.read(), []);
  });

  test('mode and owner are those of the file that was read, when it was exchanged after the look at it', async (t) => {
    const backups = await Backups.begin(t);
    const path = backups.write('file', 'old');
    backups.run({
      archive: (job, store) => {
        fs.writeFileSync(`${path}.new`, 'new one');
        fs.chmodSync(`${path}.new`, 0o640);
        fs.renameSync(`${path}.new`, path);
        return archive(job, store);
      },
    });
    const entry = backups.entries().get(path)!;
    assert.equal(entry.mode, 0o640);
    assert.ok(entry.content.kind === 'file' && entry.content.sizeBytes === 7);
  });

  test('a subdirectory that is stored on its own, when the parent lost it', async (t) => {
    const backups = await Backups.begin(t);
    for (let i = 0; i < 2000; i += 1) backups.write(`many/file-with-a-long-name-${i}`);
    backups.run();
    const before = backups.entry('many');
    const { content } = before;
    assert.ok(content.kind === 'directory' && content.tree.kind === 'chunks');
    backups.store.chunks.delete(Buffer.from(content.tree.fingerprints).toString('hex'));
    const again = backups.run();
    assert.equal(again.read.length, 2000);
    assert.deepEqual(backups.entry('many'), before);
  });
});

describe('what cannot be read', () => {
  test('a file that vanishes before it is read is left out and reported', async (t) => {
    const backups = await Backups.begin(t);
    backups.write('going');
    backups.write('staying');
    const { problems } = backups.run({
      archive: (job, store) => {
        fs.rmSync(backups.path('going'), { force: true });
        return archive(job, store);
      },
    });
    assert.deepEqual(
      problems.map(({ kind, path }) => [kind, Buffer.from(path).toString()]),
      [['vanished', backups.path('going')]],
    );
    assert.deepEqual(backups.names(), ['staying']);
  });

  test('a user who may not read a directory or a file: both are named, and the rest goes on', {
    skip: asRoot,
  }, async (t) => {
    const backups = await Backups.begin(t);
    fs.chmodSync(backups.directory, 0o755);
    backups.write('closed/file');
    backups.write('open');
    fs.chmodSync(backups.path('closed'), 0);
    const helpers = new URL('../../test/walk-in-memory.ts', import.meta.url).href;
    const script = `
      process.setgid(65534); process.setuid(65534);
      const { ChunksInMemory, walkInMemory, entriesOf } = await import(process.argv.at(-1));
      const store = new ChunksInMemory();
      const result = walkInMemory(store, { paths: ['${backups.directory}'] });
      const names = [...entriesOf(store, result.root).keys()];
      console.log(JSON.stringify({ names, problems: result.problems.map(({ kind, path }) => [kind, Buffer.from(path).toString()]) }));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script, helpers], {
      encoding: 'utf8',
    });
    const { names, problems } = JSON.parse(output) as { names: string[]; problems: string[][] };
    assert.deepEqual(problems, [['unreadable', backups.path('closed')]]);
    assert.ok(names.includes(backups.path('closed')) && names.includes(backups.path('open')));
  });
});

// SFTP against a real OpenSSH server: conformance, and what is its own: cuts, refusals, layout, leftovers.

import assert from 'node:assert/strict';
import { mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { BlobsError, blobsConformance, openBlobs } from '@cairn/engines';
import { startSshServer, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';

const world = realWorld();
const server = await startSshServer();
after(() => server?.stop());
const skip = server === undefined && 'sshd is not installed';
if (server !== undefined) process.env.SFTP_SSH_COMMAND = server.command.join(' ');

if (server !== undefined) {
  await blobsConformance({
    name: 'sftp',
    open: async () => openBlobs({ url: server.sftpUrl(await temporaryDirectory({ after })), world }),
  });
}

test('a place on a server that must exist is not made, and one that is read only is left as it was', {
  skip,
}, async (context) => {
  const outer = await temporaryDirectory(context);
  const open = (folder: string) =>
    openBlobs({ url: server!.sftpUrl(`${outer}/${folder}`), world, mustExist: true });
  await assert.rejects(open('mistyped/further'), { name: 'BlobsError', code: 'no-bucket' });
  assert.deepEqual(await readdir(outer), []);
  await mkdir(`${outer}/there`);
  await assert.rejects(open('there'), { name: 'BlobsError', code: 'no-bucket' });
  await writeFile(`${outer}/there/photo`, 'x');
  const blobs = await open('there');
  assert.equal((await blobs.head('photo'))?.sizeBytes, 1);
  assert.deepEqual(await readdir(`${outer}/there`), ['photo']);
  assert.equal(await blobs.put('another', Buffer.from('y')), 'stored');
  await blobs.close();
});

test('a folder is written by the folder engine and over SFTP alike', { skip }, async (context) => {
  const directory = await temporaryDirectory(context);
  const remote = await openRemote(context, directory);
  const local = await openBlobs({ url: `file:${directory}`, world });
  await remote.put('packs/ab/1', Buffer.from('from afar'));
  await local.put('Packs/ä', Buffer.from('from here'));
  assert.deepEqual(await textOf(local, 'packs/ab/1'), 'from afar');
  assert.deepEqual(await textOf(remote, 'Packs/ä'), 'from here');
  const names = (listing: { blobs: readonly { name: string }[] }) => listing.blobs.map(({ name }) => name);
  assert.deepEqual(names(await remote.list({ prefix: '' })), names(await local.list({ prefix: '' })));
  const path = join(directory, 'packs+', 'ab+', '1');
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal((await stat(join(directory, 'packs+'))).mode & 0o777, 0o700);
});

test('of writers over several connections and in the folder itself one wins', { skip }, async (context) => {
  const directory = await temporaryDirectory(context);
  const places = [
    await openRemote(context, directory),
    await openRemote(context, directory),
    await openBlobs({ url: `file:${directory}`, world }),
  ];
  for (let round = 0; round < 10; round++) {
    const puts = Array.from({ length: 9 }, (_, index) =>
      places[index % 3]!.put(`snapshots/${round}`, Buffer.from(`${index}`), { ifAbsent: true }),
    );
    const outcomes = await Promise.all(puts);
    assert.equal(outcomes.filter((outcome) => outcome === 'stored').length, 1, `round ${round}`);
    assert.equal(await textOf(places[0]!, `snapshots/${round}`), `${outcomes.indexOf('stored')}`);
  }
});

test('a cut fails what is under way as unavailable, and the next call connects again', {
  skip,
}, async (context) => {
  const directory = await temporaryDirectory(context);
  const blobs = await openRemote(context, directory);
  await blobs.put('before', Buffer.alloc(3_000_000, 'x'));
  const content = await blobs.get('before');
  const reading = Array.fromAsync(content!.body);
  const putting = blobs.put('half', cutting());
  await assert.rejects(putting, isUnavailable);
  await assert.rejects(Promise.all([reading, putting]), isUnavailable);
  assert.equal(await blobs.head('half'), undefined);
  assert.equal((await blobs.head('before'))?.sizeBytes, 3_000_000);
  assert.equal(await blobs.put('half', Buffer.from('whole'), { ifAbsent: true }), 'stored');
});

test('what ssh says about a server that cannot be reached is told', { skip }, async (context) => {
  const directory = await temporaryDirectory(context);
  const open = (url: string) => openBlobs({ url, world });
  await assert.rejects(open(`sftp://127.0.0.1:1${directory}`), isUnavailable);
  await assert.rejects(open(`sftp://nobody-known@127.0.0.1:${server!.port}${directory}`), hasCode('denied'));
  await assert.rejects(open(server!.sftpUrl('/proc/none')), (error) => error instanceof BlobsError);
  await writeFile(join(directory, 'file'), '');
  await assert.rejects(open(server!.sftpUrl(`${directory}/file`)), (error) => error instanceof BlobsError);
  const before = process.env.SFTP_SSH_COMMAND;
  context.after(() => {
    process.env.SFTP_SSH_COMMAND = before;
  });
  process.env.SFTP_SSH_COMMAND = join(directory, 'no-such-ssh');
  await assert.rejects(open(server!.sftpUrl(directory)), hasCode('failed'));
});

test('what a crash left is removed a day later, and not before', { skip }, async (context) => {
  const directory = await temporaryDirectory(context);
  await mkdir(join(directory, '.tmp'));
  const [old, young, other] = ['0'.repeat(32), '1'.repeat(32), 'mine'];
  for (const [name, ageHours] of [
    [old, 25],
    [young, 23],
    [other, 99],
  ] as const) {
    const path = join(directory, '.tmp', name);
    await writeFile(path, 'half a blob');
    const time = new Date(world.clock.nowMs() - ageHours * 3_600_000);
    await utimes(path, time, time);
  }
  const blobs = await openRemote(context, directory);
  assert.deepEqual((await readdir(join(directory, '.tmp'))).sort(), [young, other].sort());
  assert.deepEqual((await blobs.list({ prefix: '' })).blobs, []);
});

test('a process with open blobs and nothing to do ends', { skip }, async (context) => {
  const { spawn } = await import('node:child_process');
  const { once } = await import('node:events');
  const directory = await temporaryDirectory(context);
  const script = `
    import { openBlobs } from '@cairn/engines';
    import { realWorld } from '@cairn/world';
    const blobs = await openBlobs({ url: ${JSON.stringify(server!.sftpUrl(directory))}, world: realWorld() });
    await blobs.put('name', Buffer.from('x'));
    console.log((await blobs.head('name')).sizeBytes);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  context.after(() => child.kill('SIGKILL'));
  const [output] = await Promise.all([Array.fromAsync(child.stdout), once(child, 'exit')]);
  assert.equal(Buffer.concat(output).toString(), '1\n');
  assert.equal(child.exitCode, 0);
});

async function openRemote(context: TestContext, directory: string) {
  const blobs = await openBlobs({ url: server!.sftpUrl(directory), world });
  context.after(() => blobs.close());
  return blobs;
}

async function textOf(
  blobs: Awaited<ReturnType<typeof openBlobs>>,
  name: string,
): Promise<string | undefined> {
  const content = await blobs.get(name);
  return content && Buffer.concat(await Array.fromAsync(content.body)).toString();
}

async function* cutting(): AsyncGenerator<Uint8Array> {
  for (let piece = 0; ; piece++) {
    if (piece === 3) server!.cutConnections();
    yield Buffer.alloc(300_000, piece);
  }
}

const isUnavailable = hasCode('unavailable');

function hasCode(code: string) {
  return (error: unknown) => error instanceof BlobsError && error.code === code;
}

// s3fs: a bucket as a file system. Needs FUSE, which containers may lack; a virtual machine or a server has it.
//
// The endpoint is in this process: whoever waits for the mounted folder synchronously waits for ever.

import assert from 'node:assert/strict';
import { accessSync, constants } from 'node:fs';
import {
  appendFile,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CreateBucketCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { cleanUpAfter, findProgram, fingerprintOf, temporaryDirectory, writeFileTree } from '@cairn/testing';
import { clientProgram } from './client-program.ts';
import { credentials, region, startS3Endpoint } from './s3-endpoint.ts';

const program = findProgram('s3fs');
const skip = reasonToSkip();
const MiB = 1024 * 1024;
const Bucket = 'mounted';

function reasonToSkip(): string | false {
  if (program === undefined) return 's3fs is not installed';
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
    return false;
  } catch {
    return 'FUSE is not there: /dev/fuse';
  }
}

type Mounted = {
  readonly folder: string;
  readonly client: S3Client;
  unmount(): Promise<unknown>;
  /** Mounts the bucket anew in another folder: nothing of what the first knew is there. */
  again(): Promise<Mounted>;
};

async function bucketMounted(t: TestContext): Promise<Mounted> {
  const { url } = await startS3Endpoint(t);
  const client = new S3Client({ endpoint: url, region, credentials, forcePathStyle: true });
  t.after(() => client.destroy());
  await client.send(new CreateBucketCommand({ Bucket }));
  return mount(t, { url, client });
}

async function mount(t: TestContext, { url, client }: { url: string; client: S3Client }): Promise<Mounted> {
  const directory = await temporaryDirectory(t);
  const folder = join(directory, 'mounted');
  await mkdir(folder);
  const password = `${credentials.accessKeyId}:${credentials.secretAccessKey}\n`;
  await writeFile(join(directory, 'password'), password, { mode: 0o600 });
  const options = [
    ...[`url=${url}`, 'use_path_request_style', `passwd_file=${directory}/password`, `tmpdir=${directory}`],
    ...['multipart_size=5', 'retries=2'],
  ];
  await clientProgram(program!).run(Bucket, folder, '-o', options.join(','));
  // Lazily: what a test that failed holds open must not keep it mounted.
  const unmounted = once(() => clientProgram('fusermount').run('-u', '-z', folder));
  cleanUpAfter(t, unmounted);
  return { folder, client, unmount: unmounted, again: () => mount(t, { url, client }) };
}

function once<Value>(work: () => Promise<Value>): () => Promise<Value> {
  let running: Promise<Value> | undefined;
  return () => (running ??= work());
}

test('s3fs keeps a tree of files, which another mount finds as it was', { skip }, async (t) => {
  const first = await bucketMounted(t);
  const directory = await temporaryDirectory(t);
  const tree = join(directory, 'tree');
  writeFileTree(tree, { largeBytes: 24 * MiB });
  const copied = async ({ folder }: Mounted, copy: string) => {
    await clientProgram('cp').run('-r', join(folder, 'tree'), join(directory, copy));
    return fingerprintOf(join(directory, copy));
  };
  await clientProgram('cp').run('-r', tree, first.folder);
  assert.deepEqual(await copied(first, 'first'), fingerprintOf(tree));
  await first.unmount();
  assert.deepEqual(await readdir(first.folder), []);

  const second = await first.again();
  assert.deepEqual(await copied(second, 'second'), fingerprintOf(tree));
  await clientProgram('rm').run('-r', join(second.folder, 'tree'));
  assert.deepEqual(await readdir(second.folder), []);
});

test('s3fs changes files in place, renames files and folders, and keeps modes and links', {
  skip,
}, async (t) => {
  const { folder, client, again, unmount } = await bucketMounted(t);
  const path = (name: string) => join(folder, name);
  const large = Buffer.alloc(12 * MiB, '0123456789abcdef\n');
  await writeFile(path('large'), large);
  const file = await open(path('large'), 'r+');
  await file.write('changed', 7 * MiB);
  await file.close();
  large.write('changed', 7 * MiB);
  await appendFile(path('large'), 'appended');
  const changed = Buffer.concat([large, Buffer.from('appended')]);
  assert(changed.equals(await readFile(path('large'))));
  await truncate(path('large'), 6 * MiB + 1);

  await mkdir(path('folder ü'));
  await writeFile(path('folder ü/a b.txt'), 'hello', { mode: 0o640 });
  await symlink('a b.txt', path('folder ü/link'));
  await rename(path('large'), path('folder ü/renamed'));
  await rename(path('folder ü'), path('folder 2'));
  await rm(path('folder 2/link'));
  await symlink('renamed', path('folder 2/link'));
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'folder 2/renamed' }));
  assert.equal(head.ContentLength, 6 * MiB + 1);
  await unmount();

  const other = await again();
  const kept = (name: string) => join(other.folder, name);
  assert.deepEqual((await readdir(kept('.'))).toSorted(), ['folder 2']);
  assert.deepEqual((await readdir(kept('folder 2'))).toSorted(), ['a b.txt', 'link', 'renamed']);
  assert(changed.subarray(0, 6 * MiB + 1).equals(await readFile(kept('folder 2/link'))));
  assert.equal((await stat(kept('folder 2/a b.txt'))).mode & 0o777, 0o640);
});

// One repository after the other in every kind of store, for clients at once whose trees overlap: backed up, changed and
// backed up again beside a gc, verified, and restored, each snapshot compared with what the client had by content and metadata.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { cleanUpAfter, startSshServer, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import {
  collectGarbage,
  createSnapshot,
  fingerprintServiceFor,
  forgetSnapshots,
  initRepository,
  openRepository,
  openStore,
  type Repository,
  restoreSnapshot,
  type Snapshot,
  verifyRepository,
} from '../src/index.ts';
import { CairnServer, serverCredentials } from './cairn-server.ts';
import { assertSameDescription, describeTree } from './compare-trees.ts';
import { installedPackages, makeGitRepository, systemTrees, workInGitRepository } from './real-trees.ts';

const ssh = await startSshServer();
after(() => ssh?.stop());
if (ssh !== undefined) process.env.SFTP_SSH_COMMAND = ssh.command.join(' ');

const world = realWorld();
const password = 'of the tests';
const packageEntries = 5_000;

type Description = ReadonlyMap<string, string>;
type Client = { readonly repository: Repository; readonly host: string; readonly paths: readonly string[] };
type Taken = {
  readonly snapshot: Snapshot;
  readonly client: Client;
  readonly was: ReadonlyMap<string, Description>;
};

for (const [store, open, skip] of [
  ['a folder', async (t) => `file:${await temporaryDirectory(t)}`, false],
  [
    'an SSH server',
    async (t) => ssh!.sftpUrl(`${await temporaryDirectory(t)}/repository`),
    ssh === undefined && 'sshd is not installed',
  ],
  ['an S3 bucket', async (t) => bucketUrl(await serverOf(t)), false],
  ['the service', async (t) => (await serverOf(t)).repositoryUrl('home'), false],
] as const satisfies readonly (readonly [string, (t: TestContext) => Promise<string>, string | false])[]) {
  test(`clients at once back up overlapping trees to ${store} and get back what they had`, {
    skip,
  }, async (t) => {
    const url = await open(t);
    await init(url);
    const git = join(await temporaryDirectory(t), 'git');
    mkdirSync(git);
    makeGitRepository(git);
    const [first, second, third] = installedPackages(packageEntries, 3);
    const clients = await Promise.all([
      openClient(t, url, { host: 'ash', paths: [git, ...first!, ...second!] }),
      openClient(t, url, { host: 'birch', paths: [...second!, ...third!, ...systemTrees()] }),
      openClient(t, url, { host: 'cedar', paths: [git, ...third!, ...systemTrees()] }),
    ]);
    const [ash, birch, cedar] = clients;

    const before = await Promise.all(clients.map((client) => backUp(url, client)));
    workInGitRepository(git);
    await forgetSnapshots(birch!.repository, [before[1]!.snapshot.id]);
    const [after1, after2] = await Promise.all([
      backUp(url, ash!),
      backUp(url, cedar!),
      collect(birch!.repository),
    ]);
    const kept = [before[0]!, before[2]!, after1, after2];
    await assertWhole(t, birch!.repository, kept, [before[0]!, after2]);

    await forgetSnapshots(ash!.repository, [before[0]!.snapshot.id, before[2]!.snapshot.id]);
    const report = await collect(ash!.repository);
    assert.deepEqual(report.waits, []);
    await assertWhole(t, cedar!.repository, [after1, after2], [after1, after2]);
  });
}

async function serverOf(t: TestContext): Promise<CairnServer> {
  const server = await CairnServer.start(t);
  await server.createBucket('backups');
  return server;
}

function bucketUrl(server: CairnServer): string {
  return `${server.bucketUrl('backups')}/of/ann`;
}

async function init(url: string): Promise<void> {
  const blobs = await openStore({ url, world, credentials: serverCredentials });
  await initRepository({
    blobs,
    world,
    password,
    host: 'elm',
    user: 'ann',
    parameters: { packBytes: 8 << 20 },
  });
  await blobs.close();
}

async function openClient(
  t: TestContext,
  url: string,
  { host, paths }: Pick<Client, 'host' | 'paths'>,
): Promise<Client> {
  const blobs = await openStore({ url, world, credentials: serverCredentials });
  const cache = url.startsWith('file:') ? undefined : { directory: await temporaryDirectory(t) };
  const repository = await openRepository({ blobs, world, password, ...(cache && { cache }) });
  cleanUpAfter(t, () => repository.close());
  return { repository, host, paths };
}

async function backUp(url: string, client: Client): Promise<Taken> {
  const was = new Map(client.paths.map((path) => [path, describe(path)]));
  const openService = fingerprintServiceFor({
    ...{ url, world, credentials: serverCredentials },
    concurrency: client.repository.config.concurrency,
  });
  const { snapshot, problems, warnings } = await createSnapshot(client.repository, {
    paths: client.paths,
    host: client.host,
    user: 'ann',
    archivers: 1,
    ...(openService && { openService }),
  });
  assert.deepEqual([problems, warnings], [[], []]);
  return { snapshot: snapshot!, client, was };
}

function collect(repository: Repository) {
  return collectGarbage(repository, { host: 'elm', user: 'ann', maxUnusedPercent: 0 });
}

/** No object is damaged, exactly these snapshots are there, and those restored are what their clients had. */
async function assertWhole(
  t: TestContext,
  repository: Repository,
  taken: readonly Taken[],
  restored: readonly Taken[],
): Promise<void> {
  const { snapshots } = await repository.snapshots();
  assert.deepEqual(snapshots.map(({ id }) => id).sort(), taken.map(({ snapshot }) => snapshot.id).sort());
  const report = await verifyRepository(repository, { readData: { kind: 'all' } });
  assert.deepEqual(
    report.findings.filter(({ severity }) => severity === 'damage'),
    [],
  );
  for (const { snapshot, client, was } of restored) {
    const target = await temporaryDirectory(t);
    const { named, warnings } = await restoreSnapshot(client.repository, snapshot, { target });
    assert.deepEqual([named, warnings], [[], []]);
    for (const [path, expected] of was) assertSameDescription(describeTree(join(target, path)), expected);
  }
}

/** What only this process reads does not change: described once. */
const described = new Map<string, Description>();

function describe(path: string): Description {
  if (path.endsWith('/git')) return describeTree(path);
  const known = described.get(path) ?? describeTree(path);
  described.set(path, known);
  return known;
}

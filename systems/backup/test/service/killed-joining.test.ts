// A shard joins a real server's index while clients back up, and the server is killed in the midst of moving its share.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { blake3 } from '@napi-rs/blake-hash';
import { objectName } from '../../src/format/object-names.ts';
import { IndexClient } from '../../src/service/client/index-client.ts';
import { connectToService, openServiceBlobs } from '../../src/service/client/service-blobs.ts';
import { keysPerRequestMax } from '../../src/service/http/store-protocol.ts';
import { CairnCommand } from '../cairn-command.ts';
import { CairnServer, serverCredentials } from '../cairn-server.ts';
import { until } from '../until.ts';

const credentials = {
  CAIRN_ACCESS_KEY: serverCredentials.accessKeyId,
  CAIRN_SECRET_KEY: serverCredentials.secretAccessKey,
};
const packs = 30;

test('a server that is killed while a shard joins goes on with it, and no backup is hurt', async (t) => {
  const server = await CairnServer.start(t);
  const cairn = await CairnCommand.on(t, server.repositoryUrl('home'), credentials);
  await cairn.succeed('init');
  const tree = await temporaryDirectory(t);
  await writeFile(join(tree, 'first'), randomBytes(3_000_000));
  await cairn.create(tree);
  await fill(server);
  const before = await usage(server);

  const document = join(server.dataDirectory, 'backup/index/home/index/shards.json');
  const joining = async () => (await readFile(document, 'utf8')).includes('"joining"');
  await writeFile(join(tree, 'second'), randomBytes(3_000_000));
  const { finished } = cairn.start('create', tree);
  const asked = ask(server, 'POST', '/shards', { shard: 'shard-2' }).catch(() => undefined);
  await until('the shard joins', joining);
  await server.kill();
  await Promise.all([asked, finished]);
  assert(await joining(), 'it was killed in the midst of it');

  await server.start();
  await cairn.create(tree);
  const after = await usage(server);
  assert.deepEqual(
    after.shards.map(({ name }) => name),
    ['shard-1', 'shard-2'],
  );
  const [old, young] = after.shards.map(({ entries }) => entries);
  assert(young! > old! * 0.5 && young! < old! * 2, `${old} and ${young} are no fair shares`);
  assert(after.fingerprints >= before.fingerprints, 'nothing that was registered is lost');
  const again = JSON.parse(await cairn.succeed('create', tree, '--json', '--force'));
  assert(
    again.summary.bytesAdded < 100_000,
    `${again.summary.bytesAdded} bytes were added for what is known`,
  );
  const restored = await temporaryDirectory(t);
  await cairn.succeed('restore', 'latest', '--from', tree, '--target', restored, '--verify');
  for (const name of ['first', 'second'])
    assert.deepEqual(await readFile(join(restored, name)), await readFile(join(tree, name)));
});

/** Fingerprints enough that their move takes a while. What holds them is no real pack, and no index object names it. */
async function fill(server: CairnServer): Promise<void> {
  const place = { url: server.repositoryUrl('home'), credentials: serverCredentials };
  const blobs = await openServiceBlobs({ ...place, world: realWorld() });
  const connection = connectToService(place);
  const client = new IndexClient(connection, { world: realWorld() });
  for (let pack = 0; pack < packs; pack++) {
    // As many as it takes to hold so many chunks.
    const bytes = randomBytes(80 + keysPerRequestMax * 51);
    const id = blake3(bytes).toString('hex');
    await blobs.put(objectName('packs', id), bytes, { ifAbsent: true });
    const body = randomBytes(keysPerRequestMax * 16);
    await client.ask({ method: 'POST', path: 'index/register', query: { pack: id }, body });
  }
  connection.close();
  await blobs.close();
}

type Usage = {
  readonly fingerprints: number;
  readonly shards: readonly { readonly name: string; readonly entries: number }[];
};

function usage(server: CairnServer): Promise<Usage> {
  return ask(server, 'GET', '');
}

async function ask(server: CairnServer, method: string, path: string, body?: unknown): Promise<Usage> {
  const { host, pathname } = new URL(server.repositoryUrl('home'));
  const { accessKeyId, secretAccessKey } = serverCredentials;
  const authorization = `Basic ${Buffer.from(`${accessKeyId}:${secretAccessKey}`).toString('base64')}`;
  const response = await fetch(`http://${host}/api/backup/repositories${pathname}${path}`, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  assert.equal(response.status, 200);
  return (await response.json()) as Usage;
}

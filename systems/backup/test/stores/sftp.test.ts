// A repository on a real OpenSSH server: backed up by clients at once, through cuts of the network, verified and restored.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Blobs } from '@cairn/engines';
import { fingerprintOf, startSshServer, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import {
  createSnapshot,
  initRepository,
  openRepository,
  openStore,
  restoreSnapshot,
  verifyRepository,
} from '../../src/index.ts';

const server = await startSshServer();
after(() => server?.stop());
if (server !== undefined) process.env.SFTP_SSH_COMMAND = server.command.join(' ');
const skip = server === undefined && 'sshd is not installed';

const world = realWorld();
const password = 'of the tests';
const owner = { host: 'elm', user: 'ann' };
const parameters = { chunkBytes: { min: 4096, average: 16_384, max: 65_536 }, packBytes: 8 << 20 };

test('clients at once back up to an SSH server, cuts notwithstanding, and restore what they stored', {
  skip,
}, async (t) => {
  const url = server!.sftpUrl(`${await temporaryDirectory(t)}/repository`);
  const place = await openStore({ url, world });
  await initRepository({ blobs: place, world, password, ...owner, parameters });
  await place.close();
  let cuts = 0;
  const clients = await Promise.all(
    [1, 2, 3].map(async () => {
      const tree = await temporaryDirectory(t);
      for (let file = 0; file < 20; file++)
        await writeFile(join(tree, `${file}`), randomBytes(file * 50_000));
      const blobs = cuttingOnce(await openStore({ url, world }), () => {
        cuts += 1;
      });
      const repository = await openRepository({ blobs, world, password });
      t.after(() => repository.close());
      return { tree, repository };
    }),
  );
  const results = await Promise.all(
    clients.map(({ tree, repository }) => createSnapshot(repository, { paths: [tree], ...owner })),
  );
  assert.equal(cuts, 3);
  for (const [client, { snapshot, problems }] of results.entries()) {
    assert.deepEqual(problems, []);
    const { tree, repository } = clients[client]!;
    const target = await temporaryDirectory(t);
    await restoreSnapshot(repository, snapshot!, { target, path: Buffer.from(tree) });
    assert.deepEqual(fingerprintOf(target), fingerprintOf(tree));
  }
  const report = await verifyRepository(clients[0]!.repository, { readData: { kind: 'all' } });
  assert.equal(report.damaged, false, JSON.stringify(report.findings));
});

test('a server that turns the first connection away is asked again', { skip }, async (t) => {
  const directory = await temporaryDirectory(t);
  const script = join(directory, 'ssh');
  const turnedAway = join(directory, 'turned-away');
  const command = server!.command.join(' ');
  // As sshd does of many that come at once (MaxStartups).
  await writeFile(
    script,
    `[ -e ${turnedAway} ] && exec ${command} "$@"\ntouch ${turnedAway}\necho 'Connection closed by remote host' >&2\nexit 255\n`,
  );
  process.env.SFTP_SSH_COMMAND = `/bin/sh ${script}`;
  t.after(async () => {
    process.env.SFTP_SSH_COMMAND = command;
  });
  const place = await openStore({ url: server!.sftpUrl(`${directory}/repository`), world });
  t.after(() => place.close());
  assert.equal(await place.head('config'), undefined);
  assert(existsSync(turnedAway));
});

/** The same place; while its first pack is on the way, every connection of the server is cut. */
function cuttingOnce(blobs: Blobs, onCut: () => void): Blobs {
  let isCut = false;
  return {
    put(name, body, options) {
      const putting = blobs.put(name, body, options);
      if (name.startsWith('packs/') && !isCut) {
        isCut = true;
        setImmediate(() => {
          server!.cutConnections();
          onCut();
        });
      }
      return putting;
    },
    get: (name, options) => blobs.get(name, options),
    head: (name) => blobs.head(name),
    delete: (names) => blobs.delete(names),
    list: (options) => blobs.list(options),
    close: () => blobs.close(),
  };
}

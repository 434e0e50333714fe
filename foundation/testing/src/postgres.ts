// A PostgreSQL of one's own for a test run: a fresh cluster in a temporary folder, on a free port of 127.0.0.1.
//
// It trusts whoever connects and does not sync: it is for testing what we say to PostgreSQL, not what its disk does.
// Its default collation is deliberately a linguistic one, so that code which relies on byte order without saying so
// fails here and not at a user's.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import { stopper } from './stop-server.ts';

export type PostgresServer = {
  /** `postgres://postgres@127.0.0.1:PORT/postgres`, a superuser without password. */
  readonly url: string;
  /** Ends the server and removes its files. Idempotent. */
  stop(): Promise<void>;
};

const startedLine = 'database system is ready to accept connections';

/** Starts a server; undefined when PostgreSQL's server programs are not installed: skip the test with `postgres`. */
export async function startPostgres(): Promise<PostgresServer | undefined> {
  const initdb = findProgram('initdb', debianDirectories());
  const postgres = findProgram('postgres', debianDirectories());
  if (initdb === undefined || postgres === undefined) return undefined;

  const owner = unprivilegedOwner();
  const directory = await mkdtemp(join(tmpdir(), 'cairn-postgres-'));
  if (owner !== undefined) chownSync(directory, owner.uid, owner.gid);
  const remove = () => rm(directory, { recursive: true, force: true });

  try {
    createCluster(initdb, { directory, owner });
    const port = await freePort();
    const server = await startServer(postgres, { directory, port, owner });
    return {
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      // PostgreSQL's fast shutdown: it ends its clients' connections instead of waiting for them.
      stop: stopper(server, { signal: 'SIGINT', remove }),
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

function createCluster(initdb: string, { directory, owner }: { directory: string; owner: Owner }): void {
  const major = Number(/\d+/.exec(execFileSync(initdb, ['--version'], { encoding: 'utf8' }))?.[0]);
  const collation = major >= 15 ? ['--locale-provider=icu', '--icu-locale=en-US'] : [];
  execFileSync(
    initdb,
    [
      '-D',
      directory,
      '-U',
      'postgres',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--locale=C.UTF-8',
      '--no-sync',
      ...collation,
    ],
    { ...owner, cwd: directory, stdio: 'pipe' },
  );
}

async function startServer(
  postgres: string,
  { directory, port, owner }: { directory: string; port: number; owner: Owner },
): Promise<ChildProcess> {
  const settings = ['fsync=off', 'unix_socket_directories=', 'listen_addresses=127.0.0.1', `port=${port}`];
  const server = spawn(postgres, ['-D', directory, ...settings.flatMap((setting) => ['-c', setting])], {
    ...owner,
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const log: string[] = [];
  for await (const chunk of server.stderr.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    log.push(chunk);
    if (!log.join('').includes(startedLine)) continue;
    // What nobody reads fills the pipe, and then whoever logs waits for ever: `resume` alone ends with this iteration.
    server.stderr.on('data', () => {}).resume();
    return server;
  }
  throw new Error(`could not start ${postgres}: ${log.join('')}`);
}

type Owner = { uid: number; gid: number } | undefined;

/** PostgreSQL refuses to run as root; Debian's packages made a user for it. */
function unprivilegedOwner(): Owner {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: '-u' | '-g') => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** Debian keeps the server's programs out of PATH, one folder per version; the newest comes first here. */
function debianDirectories(): string[] {
  const base = '/usr/lib/postgresql';
  try {
    const versions = readdirSync(base).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(base, version, 'bin'));
  } catch {
    return [];
  }
}

// An OpenSSH server of one's own for a test run: keys and configuration in a temporary folder, on a free port of 127.0.0.1,
// open to the current user by a key made for the run.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import { stopper } from './stop-server.ts';

export type SshServer = {
  readonly port: number;
  readonly user: string;
  /** The `ssh` that knows its host key and has the user's: `ssh -F ...`, without spaces in its words. */
  readonly command: readonly string[];
  /** `sftp://USER@127.0.0.1:PORT/PATH` */
  sftpUrl(path: string): string;
  /** Ends the connections under way, as a cut network would; the server goes on. */
  cutConnections(): void;
  /** Ends the server and removes its files. Idempotent. */
  stop(): Promise<void>;
};

/** Starts a server; undefined when OpenSSH's server or client is not installed: skip the test with `sshd`. */
export async function startSshServer(): Promise<SshServer | undefined> {
  const programs = { sshd: findProgram('sshd', ['/usr/sbin']), ssh: findProgram('ssh') };
  const { sshd, ssh } = programs;
  if (sshd === undefined || ssh === undefined) return undefined;
  const directory = await mkdtemp(join(tmpdir(), 'cairn-ssh-'));
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    const port = await freePort();
    const { username: user } = userInfo();
    await writeConfiguration(directory, { port, user });
    const server = await startServer(sshd, directory);
    return {
      port,
      user,
      command: [ssh, '-F', join(directory, 'ssh_config')],
      sftpUrl: (path) => `sftp://${user}@127.0.0.1:${port}${path}`,
      cutConnections: () => cutConnections(server),
      stop: stopper(server, { signal: 'SIGTERM', remove }),
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function writeConfiguration(
  directory: string,
  { port, user }: { readonly port: number; readonly user: string },
): Promise<void> {
  for (const name of ['host_key', 'user_key']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(directory, name)]);
  }
  const server = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(directory, 'host_key')}`,
    `AuthorizedKeysFile ${join(directory, 'user_key.pub')}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
    'MaxStartups 100',
    'LogLevel INFO', // it says when it listens
    'Subsystem sftp internal-sftp',
  ];
  const client = [
    'Host *',
    `  IdentityFile ${join(directory, 'user_key')}`,
    '  IdentitiesOnly yes',
    `  User ${user}`,
    '  StrictHostKeyChecking accept-new',
    `  UserKnownHostsFile ${join(directory, 'known_hosts')}`,
    '  GlobalKnownHostsFile none',
    '  BatchMode yes',
    '  LogLevel ERROR',
  ];
  await writeFile(join(directory, 'sshd_config'), `${server.join('\n')}\n`);
  await writeFile(join(directory, 'ssh_config'), `${client.join('\n')}\n`);
}

async function startServer(sshd: string, directory: string): Promise<ChildProcess> {
  // Where sshd keeps its unprivileged children when root runs it; Debian's service makes it, a container may not.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const server = spawn(sshd, ['-D', '-e', '-f', join(directory, 'sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const log: string[] = [];
  for await (const chunk of server.stderr.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    log.push(chunk);
    if (!log.join('').includes('Server listening on')) continue;
    server.stderr.on('data', () => {}).resume(); // what nobody reads fills the pipe
    return server;
  }
  throw new Error(`could not start ${sshd}: ${log.join('')}`);
}

/** The children of the server are its connections; each has a child of its own that serves the user. */
function cutConnections(server: ChildProcess): void {
  for (const connection of childrenOf(server.pid!)) {
    for (const pid of [...childrenOf(connection), connection]) killIfThere(pid);
  }
}

function childrenOf(pid: number): readonly number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return stdout
    .split(/\s+/)
    .filter((word) => word !== '')
    .map(Number);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

// The user's own `ssh` as the transport, as sftp(1), rsync and git do it: so ~/.ssh/config, agent, known_hosts, jump hosts
// and certificates hold, and no cryptography is ours.
//
// While nothing is under way the process does not keep ours alive: `ref` and `unref`.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { SftpConnectionLost } from './sftp-failure.ts';
import type { SftpPlace } from './sftp-url.ts';

type SshChild = ChildProcessByStdio<Writable, Readable, Readable>;

export class SshProcess {
  readonly #child: SshChild;
  /** The end of what it wrote to its standard error: why it ended. */
  #complaint = '';
  #failure: Error | undefined;

  /** Throws SftpConnectionLost where nothing can be started. */
  constructor(place: SftpPlace, command: readonly string[]) {
    const [program, ...options] = command;
    this.#child = spawn(program!, [...options, ...argumentsFor(place)], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.on('error', (error) => {
      this.#failure = error;
    });
    // Then there is no child either, and the error comes as an event all the same, later.
    if ((this.#child.stdin as Writable | undefined) === undefined)
      throw new SftpConnectionLost('unavailable', 'ssh did not start: there are no descriptors left for it');
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-complaintCharacters);
    });
    this.#child.stdin.on('error', () => {}); // EPIPE: the process ended, which is told by its end
  }

  get input(): Writable {
    return this.#child.stdin;
  }

  get output(): Readable {
    return this.#child.stdout;
  }

  /** Called once when it has ended, or could not be started, with why. */
  onEnd(listener: (lost: SftpConnectionLost) => void): void {
    this.#child.once('close', () => listener(this.#lost()));
  }

  ref(): void {
    this.#child.ref();
    for (const pipe of this.#pipes()) pipe.ref();
  }

  unref(): void {
    this.#child.unref();
    for (const pipe of this.#pipes()) pipe.unref();
  }

  kill(): void {
    this.#child.kill();
  }

  #pipes(): readonly Socket[] {
    return [this.#child.stdin, this.#child.stdout, this.#child.stderr] as unknown as readonly Socket[];
  }

  #lost(): SftpConnectionLost {
    const cause = this.#failure;
    if (cause !== undefined)
      return new SftpConnectionLost('failed', `ssh did not start: ${cause.message}`, { cause });
    const complaint = this.#complaint.trim().split('\n').slice(-complaintLines).join(' / ');
    const reason = deniedPattern.test(complaint) ? 'denied' : 'unavailable';
    return new SftpConnectionLost(reason, complaint === '' ? 'ssh ended' : `ssh: ${complaint}`);
  }
}

/** `ssh`, or the command in SFTP_SSH_COMMAND, divided at spaces (`ssh -F other-config -i key`). */
export function sshCommand(environment: NodeJS.ProcessEnv): readonly string[] {
  const words = (environment.SFTP_SSH_COMMAND ?? '').split(/\s+/).filter((word) => word !== '');
  return words.length === 0 ? ['ssh'] : words;
}

/** What sftp(1) passes; and a server that is silent for two minutes is gone, which TCP alone finds out much later. */
function argumentsFor({ host, user, port }: SftpPlace): readonly string[] {
  const options = [
    'ClearAllForwardings=yes',
    'ForwardX11=no',
    'ForwardAgent=no',
    'PermitLocalCommand=no',
    'ServerAliveInterval=30',
    'ServerAliveCountMax=4',
  ];
  return [
    ...options.flatMap((option) => ['-o', option]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    '-s',
    '--',
    host,
    'sftp',
  ];
}

const complaintCharacters = 4_000;
const complaintLines = 3;
const deniedPattern =
  /permission denied|host key verification failed|no matching host key|too many authentication/i;

// A server under measurement: a child process that leads a process group of its own, so that all of it can be timed
// and stopped.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { cpuSecondsOf, processIdsOf } from './cpu-time.ts';
import { memoryBytesOf, resetPeakMemory } from './memory.ts';

export type ServerOptions = {
  readonly command: string;
  readonly args: readonly string[];
  /** Added to this process's environment. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
  /** The server is ready when a line of its output (either stream) matches. */
  readonly ready: RegExp;
  /** How long it may take to get ready; 30 s by default. */
  readonly readyTimeoutMs?: number;
};

/**
 * Starts a server and resolves when it is ready. Rejects, with the end of its output, when it ends before or takes too
 * long.
 */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const child = spawn(options.command, options.args, {
    detached: true, // makes it the leader of a new process group
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.environment },
    ...(options.directory === undefined ? {} : { cwd: options.directory }),
  });
  const output: string[] = [];
  try {
    const readyLine = await waitUntilReady(child, options, output);
    return new ServerProcess(child, readyLine);
  } catch (error) {
    stopGroup(child, 'SIGKILL');
    throw error;
  }
}

export class ServerProcess {
  /** The match of `ready`, whose groups may hold the port. */
  readonly readyMatch: RegExpMatchArray;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, readyMatch: RegExpMatchArray) {
    this.#child = child;
    this.readyMatch = readyMatch;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** CPU seconds of all its processes since they started. */
  cpuSeconds(): number {
    return cpuSecondsOf(this.pid);
  }

  /** Bytes of all its processes: resident now, or at their peak since the start or the last reset. */
  memoryBytes(which: 'resident' | 'peak'): number {
    return memoryBytesOf(processIdsOf(this.pid), which);
  }

  resetPeakMemory(): void {
    resetPeakMemory(processIdsOf(this.pid));
  }

  /** CPU and wall seconds that the server and the clock used while `work` ran. */
  async measure<T>(work: () => Promise<T>): Promise<{ value: T; cpuSeconds: number; wallSeconds: number }> {
    const cpuStart = this.cpuSeconds();
    const wallStart = performance.now();
    const value = await work();
    return {
      value,
      wallSeconds: (performance.now() - wallStart) / 1000,
      cpuSeconds: this.cpuSeconds() - cpuStart,
    };
  }

  /** Asks it to end, and after `graceMs` (10 s) makes it; resolves when it has. Idempotent. */
  async stop(graceMs = 10_000): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    stopGroup(this.#child, 'SIGTERM');
    const timer = setTimeout(() => stopGroup(this.#child, 'SIGKILL'), graceMs);
    await ended;
    clearTimeout(timer);
    stopGroup(this.#child, 'SIGKILL'); // what the leader left behind
  }
}

function waitUntilReady(
  child: ChildProcess,
  options: ServerOptions,
  output: string[],
): Promise<RegExpMatchArray> {
  const { promise, resolve, reject } = Promise.withResolvers<RegExpMatchArray>();
  const fail = (why: string, cause?: unknown) =>
    reject(new Error(`could not start ${options.command}: ${why}\n${output.join('\n')}`, { cause }));
  const timeoutMs = options.readyTimeoutMs ?? 30_000;
  const timer = setTimeout(() => fail(`not ready after ${timeoutMs} ms`), timeoutMs);
  for (const stream of [child.stdout, child.stderr] as Readable[]) {
    createInterface(stream).on('line', (line) => {
      output.push(line);
      if (output.length > outputLinesMax) output.shift();
      const match = line.match(options.ready);
      if (match !== null) resolve(match);
    });
  }
  child.once('error', (error) => fail(error.message, error));
  child.once('exit', (code, signal) => fail(`it ended with ${signal ?? code}`));
  return promise.finally(() => clearTimeout(timer));
}

/** How much of the output a failure to start shows. */
const outputLinesMax = 50;

function stopGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return; // it could not even be spawned
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // none is left
  }
}

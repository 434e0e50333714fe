// Where a process's log lines go: a descriptor, written off the loop, in order, as much at a time as waits.
//
// A log that cannot be written (its disk is full, its reader stands still or is gone) must neither end nor hold up the
// process that it tells of. So a write that fails is tried again, what waits meanwhile is bounded, and what is beyond that
// is counted and told of by a line of its own. At the exit what waits is written at once, for as long as anyone takes it.

import { write as writeFile, writeSync } from 'node:fs';
import { logExitPatienceMs, logFullPipeMs, logRetryMs, logWaitingBytesMax } from '../limits.ts';

/** What is written to: a descriptor, or what a test has instead. */
export type LogFile = {
  /** Calls back with how much was taken. */
  write(bytes: Uint8Array, done: (error: NodeJS.ErrnoException | null, taken: number) => void): void;
  /** Returns how much was taken; throws what the system says. */
  writeNow(bytes: Uint8Array): number;
};

export class LogOutput {
  readonly #file: LogFile;
  #waiting: string[] = [];
  #waitingBytes = 0;
  /** Being written; what failed stays here. */
  #writing: Buffer | undefined;
  /** The kernel has a write, or will have one behind this turn of the loop. */
  #isBusy = false;
  #hasBegun = false;
  #retry: NodeJS.Timeout | undefined;
  #lost = 0;
  #isGone = false;

  constructor(file: LogFile) {
    this.#file = file;
  }

  /** Takes a line that ends in a line feed. Never throws. */
  write(line: string): void {
    if (this.#isGone) return;
    if (this.#waitingBytes + line.length > logWaitingBytesMax) {
      this.#lost += 1;
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    if (this.#isBusy || this.#retry !== undefined) return;
    this.#isBusy = true;
    // The lines of a turn together; and a turn that ends the process has its lines in order, as none is on its way.
    setImmediate(() => this.#writeSome());
  }

  /** Writes what waits on the calling thread, and gives up what nobody takes. To be called at the exit. */
  flushNow(): void {
    // What is on its way goes its way: the kernel has it, and writing it here would tell it twice.
    const left = this.#hasBegun ? undefined : this.#writing;
    const rest = Buffer.concat([...(left === undefined ? [] : [left]), this.#takeWaiting()]);
    const untilMs = performance.now() + logExitPatienceMs;
    for (let at = 0; at < rest.length && !this.#isGone; ) {
      try {
        at += this.#file.writeNow(rest.subarray(at));
      } catch (error) {
        if (!isBusy(error) || performance.now() > untilMs) return;
        Atomics.wait(sleeper, 0, 0, exitPauseMs);
      }
    }
  }

  #writeSome(): void {
    this.#writing ??= this.#takeWaiting();
    this.#isBusy = true;
    this.#hasBegun = true;
    this.#file.write(this.#writing, (error, taken) => {
      this.#isBusy = false;
      this.#hasBegun = false;
      if (error !== null) return this.#failed(error);
      const rest = this.#writing!.subarray(taken);
      this.#writing = rest.length > 0 ? rest : undefined;
      if (this.#writing !== undefined || this.#waiting.length > 0) this.#writeSome();
    });
  }

  #failed(error: NodeJS.ErrnoException): void {
    if (error.code === 'EPIPE' || error.code === 'EBADF') {
      // Who read it left, and nobody can come instead.
      this.#isGone = true;
      this.#writing = undefined;
      this.#takeWaiting();
      return;
    }
    const retryMs = isBusy(error) ? logFullPipeMs : logRetryMs;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#writeSome();
    }, retryMs).unref();
  }

  #takeWaiting(): Buffer {
    const lines = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (this.#lost > 0) lines.push(lostLine(this.#lost));
    this.#lost = 0;
    return Buffer.from(lines.join(''));
  }
}

/** The standard error of this process, one for all of its logs. */
export function standardError(): LogOutput {
  if (output === undefined) {
    const { fd } = process.stderr;
    const opened = new LogOutput({
      write: (bytes, done) => writeFile(fd, bytes, done),
      writeNow: (bytes) => writeSync(fd, bytes),
    });
    process.on('exit', () => opened.flushNow());
    output = opened;
  }
  return output;
}

let output: LogOutput | undefined;

const exitPauseMs = 20;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}

function lostLine(lines: number): string {
  const time = new Date().toISOString();
  return `${JSON.stringify({ level: 'warn', time, event: 'lines of the log were lost: it could not be written', lines })}\n`;
}

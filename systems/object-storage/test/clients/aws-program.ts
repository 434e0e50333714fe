// The aws command line for tests that run it often: the same package by the same Python, and each command a process of its own,
// but forked from one that has imported it already (aws-server.py). A program that is not such a package runs as it is.

import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { type ClientOptions, type ClientProgram, clientProgram, environmentOf } from './client-program.ts';

type Command = {
  readonly arguments: readonly string[];
  /** On top of what the server was started with. */
  readonly environment: Readonly<Record<string, string>>;
};
type End = { readonly code: number; readonly output: string; readonly errors: string };

const script = join(import.meta.dirname, 'aws-server.py');
const servers = new Map<string, Promise<AwsServer | undefined>>();

/** As `clientProgram`, for a program that is called `aws`. */
export function awsProgram(program: string, options: ClientOptions = {}): ClientProgram {
  const { leading = [], environment = {} } = options;
  return {
    async run(...parameters) {
      const server = await servers.getOrInsertComputed(program, startServer);
      if (server === undefined) return clientProgram(program, options).run(...parameters);
      const command = { arguments: [...leading, ...parameters], environment };
      const { code, output, errors } = await server.run(command);
      assert.equal(code, 0, `${program} ${parameters.join(' ')}\n${output}${errors}`);
      return output;
    },
  };
}

/** One for the Python that lies beside the program, if what that imports is the program. */
async function startServer(program: string): Promise<AwsServer | undefined> {
  const python = join(dirname(program), 'python3');
  if (!existsSync(python)) return undefined;
  const server = new AwsServer(python);
  const [found, wanted] = await Promise.all([
    server.run({ arguments: ['--version'], environment: {} }).catch(() => undefined),
    clientProgram(program).run('--version'),
  ]);
  if (found?.output === wanted) return server;
  server.end();
  return undefined;
}

class AwsServer {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  #last: Promise<unknown> = Promise.resolve();

  constructor(python: string) {
    // It ends with its standard input: with this process, whatever becomes of that.
    this.#child = spawn(python, [script], { env: environmentOf({}), stdio: ['pipe', 'pipe', 'ignore'] });
    this.#child.stdin.on('error', () => {}); // an end is told by what it does not answer
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#child.unref();
    for (const stream of [this.#child.stdin, this.#child.stdout]) (stream as Socket).unref();
  }

  /** One after the other. */
  run(command: Command): Promise<End> {
    const end = this.#last.then(() => this.#ask(command));
    this.#last = end.catch(() => {});
    return end;
  }

  end(): void {
    this.#child.stdin.end();
  }

  async #ask(command: Command): Promise<End> {
    const stdout = this.#child.stdout as unknown as Socket;
    stdout.ref(); // a process that waits for an answer goes on
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
    const line = await this.#lines.next();
    stdout.unref();
    if (line.done) throw new Error(`${script} ended`);
    return JSON.parse(line.value);
  }
}

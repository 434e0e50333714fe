// `cairn up` as a process of its own, on ports that are free, for tests of the whole: real sockets, signals and kills.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { cleanUpAfter } from '@cairn/testing';

export const rootCredentials = {
  accessKeyId: 'CAIRNTESTROOTKEY0001',
  secretAccessKey: 'a-secret-of-the-tests-only-0123456789abcd',
} as const;

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type CairnProcess = {
  readonly child: ChildProcess;
  /** URL by `system protocol`, as printed. */
  readonly endpoints: ReadonlyMap<string, string>;
  /** All lines of standard output up to now. */
  readonly lines: readonly string[];
  readonly errors: () => string;
  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Exit>;
};

export type StartOptions = {
  readonly data: string;
  readonly parameters?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** What its standard error is instead of a pipe that is read. */
  readonly errorsTo?: number;
};

const program = resolve(import.meta.dirname, '../apps/cairn/bin/cairn.js');
const commandMsMax = 60_000;
const freePorts = ['service', 'object-storage.s3', 'message-queue.kafka', 'message-queue.sqs'].flatMap(
  (listener) => ['--set', `${listener}.port=0`],
);

/** `ready` as `--json` prints it. */
const readyEvent = '{"event":"ready"}';

/** Environment of a command that proves itself as root. */
export const rootEnvironment = {
  CAIRN_ROOT_ACCESS_KEY: rootCredentials.accessKeyId,
  CAIRN_ROOT_SECRET_KEY: rootCredentials.secretAccessKey,
} as const;

/** Starts `cairn up` and resolves when it printed `ready`; it is killed when the test ends. Rejects when it exits. */
export async function startCairn(
  test: { after(cleanUp: () => Promise<void>): void },
  { data, parameters = [], environment = rootEnvironment, errorsTo }: StartOptions,
): Promise<CairnProcess> {
  const running = spawnCairn(['up', '--data', data, ...freePorts, ...parameters], environment, errorsTo);
  cleanUpAfter(test, () => end(running.child, 'SIGKILL'));
  const endpoints = new Map<string, string>();
  for await (const line of running.output) {
    const [, system, protocol, url] = /^(\S+) (\S+) (\w+:\/\/\S+)$/.exec(line) ?? [];
    if (system !== undefined) endpoints.set(`${system} ${protocol}`, url!);
    if (line !== 'ready' && line !== readyEvent) continue;
    return { ...running, endpoints, end: (signal) => end(running.child, signal) };
  }
  const exit = await running.exited;
  throw new Error(
    `cairn up ended with ${exit.code ?? exit.signal} before it was ready:\n${running.errors()}`,
  );
}

/** Runs a command to its end; one that goes on for a minute is killed, and has no exit code. */
export async function runCairn(
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = rootEnvironment,
): Promise<{ code: number | null; output: string; errors: string }> {
  const running = spawnCairn(parameters, environment);
  const overdue = setTimeout(() => running.child.kill('SIGKILL'), commandMsMax);
  const { code } = await running.exited;
  clearTimeout(overdue);
  return { code, output: running.lines.map((line) => `${line}\n`).join(''), errors: running.errors() };
}

function spawnCairn(
  parameters: readonly string[],
  environment: Readonly<Record<string, string>>,
  errorsTo?: number,
) {
  const child = spawn(process.execPath, [program, ...parameters], {
    env: { ...cleanEnvironment(), ...environment },
    // The channel is what a Node of another version holds that started this one: see bin/cairn.js.
    stdio: ['ignore', 'pipe', errorsTo ?? 'pipe', 'ipc'],
  });
  const lines: string[] = [];
  const errors: string[] = [];
  const output = createInterface({ input: child.stdout! });
  output.on('line', (line) => lines.push(line));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => errors.push(text));
  const exited = once(child, 'close').then(([code, signal]): Exit => ({ code, signal }));
  return { child, lines, output, exited, errors: () => errors.join('') };
}

/** Without what the developer's shell or the test runner would tell it. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const names = Object.keys(process.env).filter(
    (name) => !/^(CAIRN_|NODE_(TEST_|OPTIONS|COMPILE_CACHE))/.test(name),
  );
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<Exit> {
  if (child.exitCode === null && child.signalCode === null) {
    const closed = once(child, 'close');
    assert(child.kill(signal), 'the process runs until it is ended here');
    await closed;
  }
  return { code: child.exitCode, signal: child.signalCode };
}

/** The URL of an endpoint, which must have been printed. */
export function endpointOf(cairn: Pick<CairnProcess, 'endpoints'>, name: string): string {
  const url = cairn.endpoints.get(name);
  assert(url !== undefined, `no endpoint '${name}' among ${[...cairn.endpoints.keys()].join(', ')}`);
  return url;
}

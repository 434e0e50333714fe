// `cairn backup ...` as processes of their own, for what only a process shows: exit codes, what it prints, and kills.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type TestContext, temporaryDirectory } from '@cairn/testing';

const program = fileURLToPath(new URL('../../../apps/cairn/bin/cairn.js', import.meta.url));

export const commandPassword = 'of the tests';

export type CairnCommandOptions = {
  readonly url: string;
  readonly cache: string;
  readonly environment: Readonly<Record<string, string>>;
};

export type CairnResult = {
  /** undefined when a signal ended it. */
  readonly code: number | undefined;
  readonly output: string;
  readonly errors: string;
};

export type RunningCairn = {
  readonly child: ChildProcess;
  readonly finished: Promise<CairnResult>;
};

export class CairnCommand {
  readonly #environment: Readonly<Record<string, string>>;

  constructor(environment: Readonly<Record<string, string>>) {
    this.#environment = environment;
  }

  /** Commands on the repository at `url`, with a cache of its own that vanishes with the test. */
  static async on(
    t: TestContext,
    url: string,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<CairnCommand> {
    return CairnCommand.with({ url, cache: await temporaryDirectory(t), environment });
  }

  static with({ url, cache, environment }: CairnCommandOptions): CairnCommand {
    return new CairnCommand({
      CAIRN_BACKUP_REPOSITORY: url,
      CAIRN_BACKUP_PASSWORD: commandPassword,
      CAIRN_BACKUP_CACHE: cache,
      CAIRN_NO_PROMPT: '1',
      ...environment,
    });
  }

  start(...words: readonly string[]): RunningCairn {
    const child = spawn(process.execPath, [program, 'backup', ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...withoutCairn(), ...this.#environment },
    });
    const closed = once(child, 'close');
    const printed = Promise.all([text(child.stdout), text(child.stderr)]);
    const finished = Promise.all([closed, printed]).then(([[code], [output, errors]]) => ({
      code: (code as number | null) ?? undefined,
      output,
      errors,
    }));
    return { child, finished };
  }

  run(...words: readonly string[]): Promise<CairnResult> {
    return this.start(...words).finished;
  }

  /** Standard output of a command that has to end with 0. */
  async succeed(...words: readonly string[]): Promise<string> {
    const { code, output, errors } = await this.run(...words);
    assert.equal(code, 0, `cairn backup ${words.join(' ')} ended with ${code}:\n${output}${errors}`);
    return output;
  }

  /** The id of the snapshot that `create` made. */
  async create(...words: readonly string[]): Promise<string> {
    return JSON.parse(await this.succeed('create', '--json', ...words)).snapshot;
  }

  /** Ids of all snapshots, or of those that filters select, oldest first. */
  async snapshots(...filters: readonly string[]): Promise<readonly string[]> {
    const listed = JSON.parse(await this.succeed('list', '--json', ...filters)) as { readonly id: string }[];
    return listed.map(({ id }) => id);
  }
}

/** Nothing of the developer's shell or of the test runner. */
function withoutCairn(): NodeJS.ProcessEnv {
  const foreign = /^(CAIRN_|NODE_(TEST_|OPTIONS|COMPILE_CACHE)|AWS_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

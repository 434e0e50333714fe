// The password of a repository, from the first of: `--password-file`, `--password-command`, CAIRN_BACKUP_PASSWORD, a prompt.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { Interrupted } from './interruption.ts';

export type PasswordSources = {
  readonly passwordFile?: string | undefined;
  readonly passwordCommand?: string | undefined;
};

export type PasswordQuestion = {
  /** What the prompt asks for. */
  readonly prompt: string;
  /** Of `init` and `key add`: asked twice. */
  readonly confirm: boolean;
  /** The variable that may hold it, and the options that may name it. */
  readonly variable: string;
  readonly options: string;
};

/** Of the repository that a command is about. */
export const forRepository: PasswordQuestion = {
  prompt: 'password of the repository: ',
  confirm: false,
  variable: 'CAIRN_BACKUP_PASSWORD',
  options: '--password-file or --password-command',
};

/** Fails with `usage` when there is none and nobody to ask. */
export async function readPassword(
  context: CommandContext,
  { passwordFile, passwordCommand }: PasswordSources,
  wanted: Partial<PasswordQuestion> = {},
): Promise<string> {
  const { prompt, confirm, variable, options } = { ...forRepository, ...wanted };
  if (passwordFile !== undefined) return fromFile(resolve(context.directory, passwordFile));
  if (passwordCommand !== undefined) return fromCommand(context, passwordCommand);
  const password = context.environment[variable];
  if (password !== undefined) return notEmpty(password, variable);
  if (!process.stdin.isTTY || context.environment.CAIRN_NO_PROMPT !== undefined) {
    throw new CommandFailed('usage', `no password: set ${variable}, or name ${options}`);
  }
  return ask(prompt, confirm);
}

async function fromFile(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailed('usage', `could not read the password file '${path}': ${error.message}`);
  });
  return notEmpty(firstLine(text), `password file '${path}'`);
}

async function fromCommand({ environment, directory }: CommandContext, command: string): Promise<string> {
  // What it complains of is for whoever sits there; there is nothing for it to read, so it cannot wait for that.
  const child = spawn('/bin/sh', ['-c', command], {
    ...{ cwd: directory, env: { ...environment } },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [[code, signal], output] = await Promise.all([
    once(child, 'close') as Promise<[number | null, string | null]>,
    Array.fromAsync(child.stdout),
  ]);
  if (code === 0) return notEmpty(firstLine(Buffer.concat(output).toString()), 'password command');
  // Neither the command's text nor its output: either may hold the secret.
  const ending = code === null ? `ended by ${signal}` : `exit code ${code}`;
  throw new CommandFailed('usage', `the password command failed (${ending})`);
}

async function ask(prompt: string, confirm: boolean): Promise<string> {
  const password = notEmpty(await readHidden(prompt), 'password');
  if (confirm && (await readHidden('the same again: ')) !== password)
    throw new CommandFailed('usage', 'the two passwords differ');
  return password;
}

/** Throws `Interrupted` at Ctrl-C and Ctrl-D. */
async function readHidden(prompt: string): Promise<string> {
  const { read } = await import('read');
  const { stdin, stderr } = process;
  const given = Promise.withResolvers<string>();
  // Ctrl-D ends the line without one; behind Enter it is there already.
  const left = () => setImmediate(() => given.reject(new Interrupted()));
  stdin.once('pause', left);
  read({ silent: true, input: stdin, output: stderr, prompt }).then(given.resolve, (error: Error) =>
    given.reject(error.message === 'canceled' ? new Interrupted() : error),
  );
  try {
    return await given.promise;
  } finally {
    stdin.removeListener('pause', left);
    stderr.write('\n'); // the one that was typed is not shown
  }
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0]!;
}

function notEmpty(password: string, source: string): string {
  if (password === '') throw new CommandFailed('usage', `the ${source} is empty`);
  return password;
}

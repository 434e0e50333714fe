// `cairn backup serve`: snapshots as folders of a read-only WebDAV server, to browse, copy from and mount.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { resolveSnapshot, serveWebdav, type WebdavOptions } from '@cairn/backup';
import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { addExamples } from '../../output/examples.ts';
import { printable } from '../../output/printable.ts';
import { interruption } from './interruption.ts';
import {
  addBandwidthOptions,
  addRepositoryOptions,
  type BandwidthOptions,
  type RepositoryOptions,
} from './repository-options.ts';
import { withRepository } from './with-repository.ts';

type ServeOptions = RepositoryOptions &
  BandwidthOptions & {
    readonly listen: string;
    readonly user?: string;
    readonly userPasswordFile?: string;
    readonly auth: boolean;
  };

type Access = Pick<WebdavOptions, 'credentials' | 'anonymous'>;

const defaultAddress = '127.0.0.1:7001';
/** What is under way when a signal comes has so long to end. */
const graceMs = 5_000;

export function addServeCommand(noun: Command, context: CommandContext): void {
  const command = addBandwidthOptions(
    addRepositoryOptions(
      noun
        .command('serve')
        .description(
          'Serves snapshots read-only over WebDAV until SIGINT or SIGTERM: /snapshots/TIME, /ids/ID, /hosts/HOST/TIME, /tags/TAG/TIME, `latest` in each.',
        )
        .argument('[snapshot]', 'serve the tree of this one alone: an id, the beginning of one, or latest'),
    ),
  )
    .option('--listen <address>', 'where to; port 0 takes a free one', defaultAddress)
    .option('--user <name>', 'ask for this user and a password (HTTP Basic, in the clear)')
    .option('--user-password-file <file>', "the user's password, from the first line of a file")
    .option('--no-auth', 'ask for nothing on an address that other machines reach');
  addExamples(command, [
    'cairn backup serve',
    'cairn backup serve latest --listen 127.0.0.1:0',
    'cairn backup serve --listen 192.168.1.5:7001 --user ann --user-password-file secret',
  ]);
  command.action((name: string | undefined, options: ServeOptions) => serve(context, name, options));
}

async function serve(
  context: CommandContext,
  name: string | undefined,
  options: ServeOptions,
): Promise<void> {
  const address = addressOf(options.listen);
  const access = await accessOf(context, options);
  await checkReach(address.host, access);
  const wanted = {
    ...address,
    ...access,
    onProblem: (problem: string) => context.printError(printable(`${problem}\n`)),
  };
  // Before the line is printed: who reads it may send the signal at once.
  const { signal, dispose } = interruption();
  try {
    await withRepository(context, options, async (repository) => {
      const snapshot = name === undefined ? undefined : await resolveSnapshot(repository, name);
      const server = await serveWebdav(repository, { ...wanted, ...(snapshot && { snapshot }) });
      const { url } = server;
      context.print(
        options.json === true
          ? `${JSON.stringify({ event: 'endpoint', system: 'backup', protocol: 'webdav', url })}\n`
          : `backup webdav ${url}\n`,
      );
      await aborted(signal);
      await server.close(AbortSignal.timeout(graceMs));
    });
  } finally {
    dispose();
  }
}

/** `HOST:PORT`, `[IPV6]:PORT`. */
function addressOf(text: string): Pick<WebdavOptions, 'host' | 'port'> {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host !== undefined && Number(port) <= 65_535) return { host, port: Number(port) };
  throw new CommandFailed('usage', `could not use --listen '${text}': wanted is HOST:PORT`);
}

async function accessOf(
  { directory }: CommandContext,
  { user, userPasswordFile, auth }: ServeOptions,
): Promise<Access> {
  if (user === undefined && userPasswordFile === undefined) return auth ? {} : { anonymous: true };
  if (user === undefined || userPasswordFile === undefined || user.includes(':') || !auth)
    throw new CommandFailed(
      'usage',
      'wanted is --user NAME (without a colon) together with --user-password-file FILE, or --no-auth',
    );
  const password = await passwordFrom(resolve(directory, userPasswordFile));
  return { credentials: { user, password } };
}

/** The library refuses, too; here it is said with the options' names, before anybody types a password. */
async function checkReach(host: string, { credentials, anonymous }: Access): Promise<void> {
  // Loaded here, as the other commands do without it.
  const { isLoopbackHost } = await import('@cairn/service');
  if (isLoopbackHost(host) || credentials !== undefined || anonymous === true) return;
  const message = `could not listen on ${host}: other machines reach it: name --user and --user-password-file, or --no-auth`;
  throw new CommandFailed('usage', message);
}

async function passwordFrom(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailed('usage', `could not read the password of the user: ${error.message}`);
  });
  const password = text.split(/\r?\n/, 1)[0]!;
  if (password === '') throw new CommandFailed('usage', `the password in '${path}' is empty`);
  return password;
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve: done } = Promise.withResolvers<void>();
  if (signal.aborted) done();
  signal.addEventListener('abort', () => done(), { once: true });
  return promise;
}

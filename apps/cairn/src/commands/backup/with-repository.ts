// Opens the repository that a command names, runs the command on it, closes it; and turns the system's errors into exit codes.

import { homedir, hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import {
  BackupError,
  type BackupErrorCode,
  type OpenStoreOptions,
  openRepository,
  openStore,
  type Repository,
  showsSecretOnTheWay,
} from '@cairn/backup';
import type { Blobs } from '@cairn/engines';
import { realWorld } from '@cairn/world';
import { giveFreedMemoryBackMeanwhile, useOneArena } from '../../allocator.ts';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed, type ExitName } from '../../exit-codes.ts';
import { printable } from '../../output/printable.ts';
import { interruption } from './interruption.ts';
import { forRepository, type PasswordQuestion, readPassword } from './password.ts';
import { type BandwidthOptions, patienceOf, type RepositoryOptions } from './repository-options.ts';

export type OpeningOptions = Pick<
  RepositoryOptions,
  'repo' | 'passwordFile' | 'passwordCommand' | 'cache' | 'retryFor'
> &
  BandwidthOptions;

/** Runs `work` with the repository and closes it after. */
export function withRepository<Result>(
  context: CommandContext,
  options: OpeningOptions,
  work: (repository: Repository) => Promise<Result>,
  question: Partial<PasswordQuestion> = {},
): Promise<Result> {
  return withStore(context, { ...options, mustExist: true }, async (blobs) => {
    const password = await readPassword(context, options, question);
    const directory = cacheOf(context, options);
    const patienceMs = patienceOf(options);
    const repository = await openRepository({
      ...{ blobs, password, world: realWorld() },
      ...(directory !== undefined && { cache: { directory } }),
      ...(patienceMs !== undefined && { patienceMs }),
    }).catch((error: unknown) => {
      throw isWrongPassword(error) ? wrongPassword(error, question) : error;
    });
    try {
      return await work(repository);
    } finally {
      await repository.close();
    }
  });
}

function isWrongPassword(error: unknown): error is BackupError {
  return error instanceof BackupError && error.code === 'wrong-password';
}

/** Of two repositories each has a password of its own. */
function wrongPassword(error: BackupError, question: Partial<PasswordQuestion>): CommandFailed {
  const { variable, options } = { ...forRepository, ...question };
  const message = `${error.message}; look at ${variable}, ${options}`;
  return new CommandFailed('unauthenticated', message, { cause: error });
}

/** The same with the place alone, which `init` makes a repository of. */
export async function withStore<Result>(
  context: CommandContext,
  options: Pick<OpeningOptions, 'repo' | keyof BandwidthOptions> & { readonly mustExist?: boolean },
  work: (blobs: Blobs) => Promise<Result>,
): Promise<Result> {
  useOneArena();
  const stopTrimming = giveFreedMemoryBackMeanwhile();
  // The world's timers let a process end; one that waits for the next try of a request must not.
  const alive = setInterval(() => {}, 2 ** 30);
  const { bandwidth, dispose } = bandwidthOf(options);
  try {
    const url = repositoryUrl(context, options.repo);
    requireAccessKey(context, url);
    warnOfSecret(context, url);
    return await explained(url, async () => {
      const blobs = await openStore({
        ...{ url, world: realWorld(), mustExist: options.mustExist ?? false },
        ...(bandwidth !== undefined && { bandwidth }),
      });
      try {
        return await work(blobs);
      } finally {
        await blobs.close();
      }
    });
  } finally {
    dispose();
    clearInterval(alive);
    stopTrimming();
  }
}

/** A signal ends what waits for its turn, whatever the command does about it besides. */
function bandwidthOf({ limitUpload, limitDownload }: BandwidthOptions): {
  readonly bandwidth?: OpenStoreOptions['bandwidth'];
  dispose(): void;
} {
  if ((limitUpload ?? limitDownload) === undefined) return { dispose() {} };
  const { signal, dispose } = interruption();
  const bandwidth = {
    signal,
    ...(limitUpload !== undefined && { uploadBytesPerSecond: limitUpload }),
    ...(limitDownload !== undefined && { downloadBytesPerSecond: limitDownload }),
  };
  return { bandwidth, dispose };
}

/** The system's errors as exit codes. */
export async function explained<Result>(url: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BackupError)
      throw new CommandFailed(exitOf(error), withHint(url, error), { cause: error });
    // A folder's engine and the disk below it.
    if (error instanceof Error && ['BlobsError', 'DiskError'].includes(error.name))
      throw new CommandFailed('unreachable', error.message, { cause: error });
    throw error;
  }
}

export function repositoryUrl({ environment }: CommandContext, named: string | undefined): string {
  const url = named ?? environment.CAIRN_BACKUP_REPOSITORY;
  if (url !== undefined && url !== '') return url;
  throw new CommandFailed('usage', 'no repository: name one with --repo URL or CAIRN_BACKUP_REPOSITORY');
}

/** Of a repository at the service. The root's own is taken, too. */
export function requireAccessKey({ environment }: CommandContext, url: string): void {
  if (!/^cairns?:/i.test(url)) return;
  const { CAIRN_ACCESS_KEY, CAIRN_SECRET_KEY, CAIRN_ROOT_ACCESS_KEY, CAIRN_ROOT_SECRET_KEY } = environment;
  if ((CAIRN_ACCESS_KEY && CAIRN_SECRET_KEY) || (CAIRN_ROOT_ACCESS_KEY && CAIRN_ROOT_SECRET_KEY)) return;
  throw new CommandFailed('unauthenticated', 'no access key: set CAIRN_ACCESS_KEY and CAIRN_SECRET_KEY');
}

/** Once: an agent opens its repository at each run. */
export function warnOfSecret(context: CommandContext, url: string): void {
  if (!showsSecretOnTheWay(url) || warned.has(context)) return;
  warned.add(context);
  const [host] = url.slice('cairn://'.length).split('/');
  context.printError(
    `warning: the secret of the access key goes to ${printable(host!)} in the clear; cairns:// sends it over TLS\n`,
  );
}

const warned = new WeakSet<CommandContext>();

/** On whose behalf snapshots are made. */
export function whoami(host?: string): { readonly host: string; readonly user: string } {
  return { host: host ?? hostname(), user: userInfo().username };
}

/** Of a folder on this machine a copy would save nothing. */
function cacheOf({ environment }: CommandContext, { cache, repo }: OpeningOptions): string | undefined {
  const url = repo ?? environment.CAIRN_BACKUP_REPOSITORY ?? '';
  if (cache === false || isFolder(url)) return undefined;
  return cache ?? environment.CAIRN_BACKUP_CACHE ?? join(homedir(), '.cache', 'cairn-backup');
}

/** Not behind a protocol of its own; it may be a share of another machine's. */
export function isFolder(url: string): boolean {
  return /^(file:|[^:]*$)/i.test(url);
}

/** A store that answers, but has no space left or refuses, is not out of reach: scripts must not just try again. */
function exitOf({ code, cause }: BackupError): ExitName {
  const refused = cause instanceof Error && 'code' in cause && ['full', 'failed'].includes(`${cause.code}`);
  return code === 'store' && refused ? 'no' : (exitNames[code] ?? 'no');
}

function withHint(url: string, { code, message, cause }: BackupError): string {
  const isS3 = /^(s3|https?):/i.test(url);
  const isBucket = isS3 && cause instanceof Error && 'code' in cause && cause.code === 'no-bucket';
  const hint = isBucket ? 'make the bucket first' : (isS3 && s3Hints[code]) || hints[code];
  return hint === undefined ? message : `${message}; ${hint}`;
}

const s3Hints: Partial<Record<BackupErrorCode, string>> = {
  unauthenticated: 'look at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile in AWS_PROFILE',
};

/** What somebody in a hurry does next. */
const hints: Partial<Record<BackupErrorCode, string>> = {
  'no-repository': 'cairn backup init makes one',
  'repository-exists': 'back up to it, or name another place',
  unauthenticated: 'look at CAIRN_ACCESS_KEY and CAIRN_SECRET_KEY',
  'no-snapshot': 'cairn backup list shows what there is',
  'no-path': 'cairn backup files SNAPSHOT shows what there is',
  'quota-exceeded': 'make room with forget and gc, or ask for a larger quota',
  damaged: 'cairn backup verify tells what is hurt, repair saves what can be read',
};

/** All others are `no`. */
const exitNames: Partial<Record<BackupErrorCode, ExitName>> = {
  'invalid-url': 'usage',
  'invalid-argument': 'usage',
  'wrong-password': 'unauthenticated',
  unauthenticated: 'unauthenticated',
  store: 'unreachable',
};

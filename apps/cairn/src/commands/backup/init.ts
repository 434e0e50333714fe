// `cairn backup init`: makes a repository.

import {
  type InitOptions as InitLibraryOptions,
  initRepository,
  type RepositoryParameters,
} from '@cairn/backup';
import { realWorld } from '@cairn/world';
import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { wholeNumber } from '../../output/option-values.ts';
import { printResult } from '../../output/print-result.ts';
import { readPassword } from './password.ts';
import { addRepositoryOptions, patienceOf, type RepositoryOptions } from './repository-options.ts';
import { byteSize } from './sizes.ts';
import { repositoryUrl, whoami, withRepository, withStore } from './with-repository.ts';

type InitOptions = RepositoryOptions & {
  readonly compression?: number;
  readonly fingerprint?: string;
  readonly sameChunksAs?: string;
  readonly fromPasswordFile?: string;
  readonly cipher?: string;
  readonly concurrency?: string;
  readonly chunkSize?: string;
  readonly packSize?: number;
  readonly leaseMinutes?: number;
};

export function addInitCommand(noun: Command, context: CommandContext): void {
  addRepositoryOptions(
    noun
      .command('init')
      .description('Makes a repository, sealed with a password that cannot be recovered when it is lost.')
      .argument('[url]', 'the same as --repo'),
  )
    .option('--compression <level>', 'zstd level 1-19, 0 for none (default: 3)', wholeNumber('--compression'))
    .option('--fingerprint <algorithm>', 'blake3 or sha256 (default: blake3)')
    .option(
      '--same-chunks-as <url>',
      'take sizes and secrets of chunks from this repository, so that copies between the two and backups of the same files share chunks; who has either password can then test both for content',
    )
    .option(
      '--from-password-file <file>',
      'the password of that repository (default: CAIRN_BACKUP_FROM_PASSWORD, else a prompt)',
    )
    .option('--cipher <cipher>', 'aes-256-gcm or chacha20-poly1305 (default: aes-256-gcm)')
    .option('--concurrency <mode>', 'optimistic, or pessimistic through the service (default: optimistic)')
    .option('--chunk-size <min,average,max>', 'sizes of chunks (default: 128K,512K,2M)')
    .option('--pack-size <size>', 'size of packs, 8M to 64M (default: 8M)', byteSize('--pack-size'))
    .option(
      '--lease-minutes <n>',
      'after so long a silent writer is taken for dead (default: 30)',
      wholeNumber('--lease-minutes'),
    )
    .action((url: string | undefined, options: InitOptions) =>
      init(context, repositoryUrl(context, url ?? options.repo), options),
    );
}

async function init(context: CommandContext, repo: string, options: InitOptions): Promise<void> {
  const given = parametersOf(options);
  const model = await modelOf(context, options);
  const parameters = { ...given, ...model?.parameters };
  const password = await readPassword(context, options, {
    prompt: 'password of the new repository: ',
    confirm: true,
  });
  await withStore(context, { repo }, async (blobs) => {
    const made = await initRepository({
      ...{ blobs, world: realWorld(), password, parameters, ...whoami() },
      patienceMs: patienceOf(options),
      ...(model !== undefined && { secrets: model.secrets }),
    });
    printResult(context, options, {
      result: made,
      text: () => `made repository ${made.id.slice(0, 8)}; without its password nothing in it can be read\n`,
    });
  });
}

/** What two repositories have to have in common for their chunks to be the same. */
type Model = Required<Pick<InitLibraryOptions, 'secrets'>> & {
  readonly parameters: Pick<RepositoryParameters, 'fingerprint' | 'chunkBytes'>;
};

async function modelOf(context: CommandContext, options: InitOptions): Promise<Model | undefined> {
  const { sameChunksAs, fromPasswordFile, cache, fingerprint, chunkSize } = options;
  if (sameChunksAs === undefined) return undefined;
  if ((fingerprint ?? chunkSize) !== undefined) {
    const message = '--fingerprint and --chunk-size are those of --same-chunks-as: leave them out';
    throw new CommandFailed('usage', message);
  }
  const opening = {
    repo: sameChunksAs,
    ...(fromPasswordFile !== undefined && { passwordFile: fromPasswordFile }),
    ...(cache !== undefined && { cache }),
  };
  return withRepository(
    context,
    opening,
    async ({ config, keyring }) => ({
      secrets: { fingerprintKey: keyring.fingerprintKey, chunkerSecret: keyring.chunkerSecret },
      parameters: { fingerprint: config.fingerprint, chunkBytes: config.chunkBytes },
    }),
    {
      prompt: 'password of the repository whose chunks it shares: ',
      variable: 'CAIRN_BACKUP_FROM_PASSWORD',
      options: '--from-password-file',
    },
  );
}

function parametersOf(options: InitOptions) {
  const { compression, fingerprint, cipher, concurrency, chunkSize, packSize, leaseMinutes } = options;
  return {
    ...(compression !== undefined && { compressionLevel: compression }),
    ...(fingerprint !== undefined && {
      fingerprint: oneOf('--fingerprint', fingerprint, ['blake3', 'sha256']),
    }),
    ...(cipher !== undefined && { cipher: oneOf('--cipher', cipher, ['aes-256-gcm', 'chacha20-poly1305']) }),
    ...(concurrency !== undefined && {
      concurrency: oneOf('--concurrency', concurrency, ['optimistic', 'pessimistic']),
    }),
    ...(chunkSize !== undefined && { chunkBytes: chunkSizes(chunkSize) }),
    ...(packSize !== undefined && { packBytes: packSize }),
    ...(leaseMinutes !== undefined && { leaseMs: leaseMinutes * 60_000 }),
  };
}

function oneOf<const Choice extends string>(
  option: string,
  text: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((one) => one === text);
  if (choice !== undefined) return choice;
  throw new CommandFailed('usage', `could not use ${option} '${text}': wanted is ${choices.join(' or ')}`);
}

function chunkSizes(text: string): { min: number; average: number; max: number } {
  const [min, average, max, ...more] = text.split(',').map(byteSize('--chunk-size'));
  if (max !== undefined && more.length === 0) return { min: min!, average: average!, max };
  throw new CommandFailed('usage', `could not use --chunk-size '${text}': wanted is MIN,AVERAGE,MAX`);
}

// The options that every backup command has: which repository, how it is opened, how the result is printed.

import type { Command } from 'commander';
import { addJsonOption, type JsonOption } from '../../output/command-options.ts';
import { wholeNumber } from '../../output/option-values.ts';
import { byteSize } from './sizes.ts';

export type RepositoryOptions = JsonOption & {
  readonly repo?: string;
  readonly passwordFile?: string;
  readonly passwordCommand?: string;
  readonly cache?: string | false;
  /** Seconds. */
  readonly retryFor?: number;
};

/** Of commands on what the service knows of a repository: they open nothing, so no password is asked for. */
export type ServiceOptions = Pick<RepositoryOptions, 'json' | 'repo'>;

export function addServiceOptions(command: Command): Command {
  return addJsonOption(command).option(
    '--repo <url>',
    'the repository (default: CAIRN_BACKUP_REPOSITORY): cairn(s)://HOST[:7000]/REPOSITORY',
  );
}

export function addRepositoryOptions(command: Command): Command {
  return addJsonOption(command)
    .option(
      '--repo <url>',
      'the repository (default: CAIRN_BACKUP_REPOSITORY): file:PATH, s3://BUCKET[/PREFIX], http(s)://HOST/BUCKET[/PREFIX], sftp://USER@HOST/PATH, cairn(s)://HOST[:7000]/REPOSITORY',
    )
    .option('--password-file <file>', 'take the password from the first line of a file')
    .option('--password-command <command>', 'take it from the first line that a command prints')
    .option(
      '--cache <dir>',
      'keep index and manifests here (default: CAIRN_BACKUP_CACHE, else ~/.cache/cairn-backup)',
    )
    .option('--no-cache', 'keep nothing')
    .option(
      '--retry-for <seconds>',
      'how long to try again when the store goes away meanwhile (default: 120)',
      wholeNumber('--retry-for', 0, 7 * 86_400),
    );
}

export type BandwidthOptions = {
  /** Bytes per second. */
  readonly limitUpload?: number;
  readonly limitDownload?: number;
};

/** Of commands that move what was backed up. */
export function addBandwidthOptions(command: Command): Command {
  return command
    .option(
      '--limit-upload <bytes>',
      'send no more than so much a second, on average over some packs: 500K, 2M',
      byteSize('--limit-upload', bandwidthLeast),
    )
    .option(
      '--limit-download <bytes>',
      'fetch no more than so much a second: 500K, 2M',
      byteSize('--limit-download', bandwidthLeast),
    );
}

/** With less, a server would take a reader that waits for its turn for one that is gone. */
const bandwidthLeast = '16K';

/** As the library takes it; undefined leaves it to the library. */
export function patienceOf({ retryFor }: Pick<RepositoryOptions, 'retryFor'>): number | undefined {
  return retryFor === undefined ? undefined : retryFor * 1_000;
}

// `cairn backup create`: a snapshot of paths, or of standard input.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  type CreateOptions,
  type CreateProgress,
  type CreateResult,
  countSource,
  createSnapshot,
  fingerprintServiceFor,
  pathBytes,
  pathText,
  type Repository,
  resolveSnapshot,
} from '@cairn/backup';
import { realWorld } from '@cairn/world';
import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { bytesText } from '../../output/bytes.ts';
import { collected } from '../../output/command-options.ts';
import { countText } from '../../output/count.ts';
import { addExamples } from '../../output/examples.ts';
import { wholeNumber } from '../../output/option-values.ts';
import { printResult } from '../../output/print-result.ts';
import { CreateBar } from './create-bar.ts';
import { addExcludeOptions, type ExcludeOptions, excludesOf } from './exclude-options.ts';
import { interruptibly } from './interruption.ts';
import { programName } from './program-name.ts';
import { openProgressBar } from './progress.ts';
import {
  addBandwidthOptions,
  addRepositoryOptions,
  type BandwidthOptions,
  patienceOf,
  type RepositoryOptions,
} from './repository-options.ts';
import { isFolder, repositoryUrl, whoami, withRepository } from './with-repository.ts';

export type CreateCommandOptions = RepositoryOptions &
  BandwidthOptions &
  ExcludeOptions & {
    readonly dryRun?: boolean;
    readonly tag?: readonly string[];
    readonly host?: string;
    readonly filesFrom?: readonly string[];
    readonly oneFileSystem?: boolean;
    readonly stdin?: string;
    readonly parent?: string;
    readonly force?: boolean;
    readonly time?: string;
    readonly before?: string;
    readonly after?: string;
    readonly threads?: number;
  };

export function addCreateCommand(noun: Command, context: CommandContext): void {
  const command = addCreateOptions(
    addRepositoryOptions(
      noun
        .command('create')
        .description(
          'Backs up files and directories. What is known is not stored again. Exits with 3 when something could not be read: the rest is in the snapshot.',
        )
        .argument('[path...]', 'what to back up'),
    ),
  );
  addExamples(command, [
    'cairn backup create /home /etc --exclude-caches --tag nightly',
    'pg_dump shop | cairn backup create --stdin shop.sql',
  ]);
  command.action((paths: readonly string[], options: CreateCommandOptions) => {
    expectPaths(context, paths);
    return withRepository(context, options, async (repository) => {
      const result = await runCreate(context, repository, { paths, options });
      printResult(context, options, { result: resultJson(result), text: () => resultText(result) });
      if (result.problems.length === 0) return;
      throw new CommandFailed('partial', problemsText(result, options));
    });
  });
}

/** Other tools take the repository first; and what is not UTF-8 has lost its bytes among arguments. */
export function expectPaths({ directory }: CommandContext, paths: readonly string[]): void {
  const mangled = paths.find((path) => path.includes('\ufffd') && !existsSync(resolve(directory, path)));
  if (mangled !== undefined) {
    const message = `there is no '${mangled}': a name that is not UTF-8 is written as files prints it (raw:/srv/%ff), or comes in --files-from`;
    throw new CommandFailed('usage', message);
  }
  const url = paths.find((path) => /^(file:|s3:|https?:|sftp:|cairns?:)/i.test(path));
  if (url === undefined) return;
  const message = `'${url}' is taken for a repository, which is named by --repo URL; a file of that name is './${url}'`;
  throw new CommandFailed('usage', message);
}

/** Those that `schedule` takes, too. */
export function addCreateOptions(command: Command): Command {
  return addBandwidthOptions(addExcludeOptions(command))
    .option('--dry-run', 'read and compare, store nothing')
    .option('--tag <tag[,tag]>', 'tag the snapshot; may be repeated', collected)
    .option('--host <name>', 'host of the snapshot (default: this one)')
    .option(
      '--files-from <file>',
      'more paths, one a line as it is, or ended by NUL; - for standard input',
      collected,
    )
    .option('--one-file-system', 'do not enter directories where another file system is mounted')
    .option('--stdin <name>', 'back up standard input as a file of this name')
    .option('--parent <snapshot>', 'compare with this one (default: the newest of the same host and paths)')
    .option('--force', 'read every file, even if it looks unchanged')
    .option(
      '--time <time>',
      'time of the snapshot: 2026-11-29T12:00:00Z, +01:00 at its end, or without either the local time (default: now)',
    )
    .option('--before <command>', 'run by /bin/sh first; when it fails there is no backup')
    .option('--after <command>', 'run by /bin/sh at the end, however it ended')
    .option(
      '--threads <n>',
      'threads that read, compress and encrypt (default: one per core)',
      wholeNumber('--threads', 1, 256),
    );
}

/** Reads options, shows progress, stops on Ctrl-C. */
export function runCreate(
  context: CommandContext,
  repository: Repository,
  { paths, options }: { readonly paths: readonly string[]; readonly options: CreateCommandOptions },
): Promise<CreateResult> {
  return interruptibly(async (signal) => {
    const wanted = await createOptions(context, repository, { paths, options });
    const count = (stopped: AbortSignal) => countSource(repository.world, { ...wanted, signal: stopped });
    const bar = new CreateBar(openProgressBar(options), wanted.stdin === undefined ? count : undefined);
    try {
      const onProgress = (progress: CreateProgress) => bar.show(progress);
      return await createSnapshot(repository, { ...wanted, signal, onProgress });
    } finally {
      await bar.stop();
    }
  });
}

async function createOptions(
  context: CommandContext,
  repository: Repository,
  { paths, options }: { readonly paths: readonly string[]; readonly options: CreateCommandOptions },
): Promise<CreateOptions> {
  const { stdin, parent, time, threads, before, after } = options;
  const listed = await pathsFrom(context, options.filesFrom ?? []);
  if (stdin === undefined && paths.length + listed.length === 0)
    throw new CommandFailed('usage', 'nothing to back up: name paths, --files-from or --stdin');
  const { concurrency } = repository.config;
  const url = repositoryUrl(context, options.repo);
  const patienceMs = patienceOf(options);
  const openService = fingerprintServiceFor({ url, world: realWorld(), concurrency, patienceMs });
  return {
    paths: [...paths.map(pathBytes), ...listed],
    workingDirectory: resolve(context.directory),
    ...whoami(options.host),
    excludes: await excludesOf(context, options),
    tags: (options.tag ?? []).flatMap((tags) => tags.split(',')).filter(Boolean),
    oneFileSystem: options.oneFileSystem ?? false,
    dryRun: options.dryRun ?? false,
    inCallingThread: true,
    program: programName(),
    ...(openService !== undefined && { openService }),
    ...(stdin !== undefined && { stdin: { name: stdin, source: standardInput(context) } }),
    ...(options.force
      ? { parent: 'none' as const }
      : parent && { parent: await resolveSnapshot(repository, parent) }),
    ...(time !== undefined && { time: instantOf(time) }),
    ...(threads !== undefined && { archivers: threads }),
    // A folder takes a pack in the time of some turns: more on their way would only be memory.
    ...(isFolder(url) && { uploadBytesAtOnce: 16 * 1024 * 1024 }),
    ...((before ?? after) !== undefined && {
      hooks: { ...(before !== undefined && { before }), ...(after !== undefined && { after }) },
    }),
  };
}

/** In UTC, as a snapshot has it. */
function instantOf(time: string): string {
  try {
    return Temporal.Instant.from(time).toString();
  } catch {
    return localInstantOf(time);
  }
}

function localInstantOf(time: string): string {
  try {
    const { timeZoneId } = Temporal.Now.zonedDateTimeISO();
    return Temporal.PlainDateTime.from(time).toZonedDateTime(timeZoneId).toInstant().toString();
  } catch {
    const message = `could not use --time '${time}': wanted is a time such as 2026-11-29T12:00:00Z`;
    throw new CommandFailed('usage', message);
  }
}

function standardInput(context: CommandContext): AsyncIterable<Uint8Array> {
  const input = context.input?.();
  if (input === undefined) throw new CommandFailed('usage', 'there is no standard input');
  return input;
}

/** Names need not be UTF-8, so they stay bytes. */
async function pathsFrom(context: CommandContext, files: readonly string[]): Promise<readonly Uint8Array[]> {
  const paths: Uint8Array[] = [];
  for (const file of files) {
    const bytes = file === '-' ? await allOf(standardInput(context)) : await readNamed(context, file);
    const separator = bytes.includes(0) ? 0 : 10;
    for (let at = 0; at < bytes.length; ) {
      const end = bytes.indexOf(separator, at);
      const line = bytes.subarray(at, end === -1 ? bytes.length : end);
      if (line.length > 0) paths.push(Uint8Array.from(line));
      at += line.length + 1;
    }
  }
  return paths;
}

async function allOf(input: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(input));
}

async function readNamed({ directory }: CommandContext, file: string): Promise<Buffer> {
  return readFile(resolve(directory, file)).catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailed('usage', `could not read --files-from '${file}': ${error.message}`);
  });
}

function resultJson({ snapshot, summary, problems, warnings }: CreateResult): object {
  return {
    snapshot: snapshot?.id,
    summary,
    problems: problems.map(({ path, ...problem }) => ({ path: pathText(path), ...problem })),
    warnings,
  };
}

function resultText({ snapshot, summary, warnings }: CreateResult): string {
  const { files, directories, bytes, filesNew, filesChanged, filesUnmodified } = summary;
  const lines = [
    `${countText(files, 'file')}, ${countText(directories, 'directory', 'directories')}, ${bytesText(bytes)}`,
    `${filesNew} new, ${filesChanged} changed, ${filesUnmodified} unmodified files`,
    `added ${bytesText(summary.bytesAdded)} in ${countText(summary.chunksNew, 'chunk')}, ${(summary.durationMs / 1000).toFixed(1)} s`,
    ...warnings.map((warning) => `warning: ${warning}`),
    snapshot === undefined ? 'dry run: nothing was stored' : `snapshot ${snapshot.id.slice(0, 8)}`,
  ];
  return `${lines.join('\n')}\n`;
}

const problemsShown = 50;

function problemsText({ problems }: CreateResult, { json }: RepositoryOptions): string {
  if (json === true) return '';
  const lines = problems.slice(0, problemsShown).map(({ path, problem }) => `${pathText(path)}: ${problem}`);
  if (problems.length > problemsShown)
    lines.push(`and ${problems.length - problemsShown} more (--json names all)`);
  const are =
    problems.length === 1
      ? '1 file is missing or not as it was'
      : `${problems.length} files are missing or not as they were`;
  return [...lines, `${are} at one moment`].join('\n');
}

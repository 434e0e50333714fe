// The options that leave files out, the same for `create`, `schedule` and `rewrite`.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type ExcludeRules, patternLines } from '@cairn/backup';
import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { collected } from '../../output/command-options.ts';
import { byteSize } from './sizes.ts';

export type ExcludeOptions = PatternOptions & {
  readonly excludeCaches?: boolean;
  readonly ignoreFile?: readonly string[];
  readonly excludeLargerThan?: number;
};

export type PatternOptions = {
  readonly exclude?: readonly string[];
  readonly excludeFile?: readonly string[];
};

export function addPatternOptions(command: Command): Command {
  return command
    .option(
      '--exclude <pattern>',
      "leave out, in gitignore's grammar: from / when it begins so, else anywhere; may be repeated, later ones win",
      collected,
    )
    .option('--exclude-file <file>', 'a file of such patterns; may be repeated', collected);
}

export function addExcludeOptions(command: Command): Command {
  return addPatternOptions(command)
    .option('--exclude-caches', 'leave out what is in directories with a CACHEDIR.TAG')
    .option(
      '--ignore-file <name>',
      'files of this name hold patterns for their directory (.gitignore)',
      collected,
    )
    .option(
      '--exclude-larger-than <size>',
      'leave out larger files: 100M, 2G',
      byteSize('--exclude-larger-than'),
    );
}

export async function patternsOf(
  context: CommandContext,
  options: PatternOptions,
): Promise<readonly string[]> {
  const patterns: string[] = [];
  for (const file of options.excludeFile ?? []) {
    const binary = await readFile(resolve(context.directory, file), 'latin1').catch(
      (error: NodeJS.ErrnoException) => {
        throw new CommandFailed('usage', `could not read --exclude-file '${file}': ${error.message}`);
      },
    );
    patterns.push(...patternLines(binary));
  }
  return [...patterns, ...(options.exclude ?? [])];
}

export async function excludesOf(
  context: CommandContext,
  options: ExcludeOptions,
): Promise<Partial<ExcludeRules>> {
  return {
    patterns: await patternsOf(context, options),
    caches: options.excludeCaches ?? false,
    ignoreFiles: options.ignoreFile ?? [],
    ...(options.excludeLargerThan !== undefined && { largerThanBytes: options.excludeLargerThan }),
  };
}

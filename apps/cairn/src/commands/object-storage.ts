// `cairn object-storage`: the state of the store.

import type { Finding, ObjectInspection, ObjectStorageStats } from '@cairn/object-storage';
import type { Command } from 'commander';
import { runCall } from '../client/run-call.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailed } from '../exit-codes.ts';
import { addClientOptions, type ClientOptions } from '../output/command-options.ts';
import { table } from '../output/table.ts';
import { timeText } from '../output/time.ts';
import { addSystemNoun } from './system-noun.ts';

const system = 'object-storage';

export function addObjectStorageCommands(program: Command, context: CommandContext): void {
  const noun = addSystemNoun(program, system).description('Buckets and objects, as seen from the store.');

  addClientOptions(noun.command('stats').description('Counts what is stored.')).action(
    (options: ClientOptions) =>
      runCall<ObjectStorageStats>(context, options, {
        system,
        method: 'GET',
        path: ['stats'],
        text: statsText,
      }),
  );

  addClientOptions(
    noun
      .command('check')
      .description('Looks for damage, without changing anything; exits with 1 when there is.')
      .option('--deep', 'read and verify every byte'),
  ).action((options: ClientOptions & { deep?: boolean }) =>
    runCall<{ findings: readonly Finding[] }>(context, options, {
      system,
      method: 'GET',
      path: ['check'],
      query: { deep: options.deep },
      text: findingsText,
      verdict: ({ findings }) => {
        const damaged = findings.filter(({ severity }) => severity === 'damage').length;
        if (damaged > 0) throw new CommandFailed('no', `${damaged} things are damaged`);
      },
    }),
  );

  addClientOptions(
    noun
      .command('inspect')
      .description('Shows an object and where its bytes lie.')
      .argument('<bucket>')
      .argument('<key>')
      .option('--version-id <id>', 'a version, instead of the current object'),
  ).action((bucket: string, key: string, options: ClientOptions & { versionId?: string }) =>
    runCall<ObjectInspection>(context, options, {
      system,
      method: 'GET',
      path: ['inspect'],
      query: { bucket, key, ...(options.versionId !== undefined && { versionId: options.versionId }) },
      text: inspectionText,
    }),
  );
}

type PlacedRun = {
  readonly blob: string;
  readonly log: number | undefined;
  readonly segment?: number;
  readonly position?: number;
  readonly blocks?: number;
};

function inspectionText(inspection: ObjectInspection): string {
  const { sizeBytes, etag, modifiedMs, versionId, placements } = inspection;
  const rows: readonly PlacedRun[] = placements.flatMap(({ blob, log, runs }) =>
    runs.length === 0 ? [{ blob, log }] : runs.map((run) => ({ blob, log, ...run })),
  );
  const where = table(rows, [
    { title: 'BLOB', value: ({ blob }) => blob },
    { title: 'LOG', value: ({ log }) => log },
    { title: 'SEGMENT', value: ({ segment }) => segment },
    { title: 'POSITION', value: ({ position }) => position },
    { title: 'BLOCKS', value: ({ blocks }) => blocks },
  ]);
  const version = versionId === undefined ? '' : `, version ${versionId}`;
  return `${sizeBytes} bytes, etag ${etag}, modified ${timeText(modifiedMs)}${version}\n${where}`;
}

function statsText(stats: ObjectStorageStats): string {
  return table(Object.entries(stats), [
    { title: 'WHAT', value: ([name]) => name },
    { title: 'COUNT', value: ([, count]) => count },
  ]);
}

function findingsText({ findings }: { findings: readonly Finding[] }): string {
  if (findings.length === 0) return 'sound\n';
  return findings.map(({ severity, where, detail }) => `${severity}: ${where}: ${detail}\n`).join('');
}

// `cairn object-storage inspect`: an object and where its bytes lie.

import type { ObjectInspection } from '@cairn/object-storage';
import type { Command } from 'commander';
import { runCall } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { addClientOptions, type ClientOptions } from '../../output/command-options.ts';
import { table } from '../../output/table.ts';
import { timeText } from '../../output/time.ts';

export function addInspectCommand(noun: Command, context: CommandContext): void {
  addClientOptions(
    noun
      .command('inspect')
      .description('Shows an object and where its bytes lie.')
      .argument('<bucket>')
      .argument('<key>')
      .option('--version-id <id>', 'a version, instead of the current object'),
  ).action((bucket: string, key: string, options: ClientOptions & { versionId?: string }) =>
    runCall<ObjectInspection>(context, options, {
      system: 'object-storage',
      method: 'GET',
      path: ['inspect'],
      query: { bucket, key, versionId: options.versionId },
      text: inspectionText,
    }),
  );
}

type PlacedRun = {
  readonly blob: string;
  readonly place: string | undefined;
  readonly log: number | undefined;
  readonly segment?: number;
  readonly position?: number;
  readonly blocks?: number;
};

function inspectionText(inspection: ObjectInspection): string {
  const { sizeBytes, etag, modifiedMs, versionId, placements } = inspection;
  const rows: readonly PlacedRun[] = placements.flatMap(({ blob, place, log, runs }) =>
    runs.length === 0 ? [{ blob, place, log }] : runs.map((run) => ({ blob, place, log, ...run })),
  );
  const moved = rows.some(({ place }) => place !== undefined);
  const where = table(rows, [
    { title: 'BLOB', value: ({ blob }) => blob },
    ...(moved ? [{ title: 'PLACE', value: ({ place }: PlacedRun) => place }] : []),
    { title: 'LOG', value: ({ log }) => log },
    { title: 'SEGMENT', value: ({ segment }) => segment },
    { title: 'POSITION', value: ({ position }) => position },
    { title: 'BLOCKS', value: ({ blocks }) => blocks },
  ]);
  const version = versionId === undefined ? '' : `, version ${versionId}`;
  return `${sizeBytes} bytes, etag ${etag}, modified ${timeText(modifiedMs)}${version}\n${where}`;
}

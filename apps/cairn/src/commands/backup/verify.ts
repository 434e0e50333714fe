// `cairn backup verify`: whether everything that was stored can be restored. Reads only.

import {
  type Finding,
  parseReadShare,
  type ReadShare,
  type VerifyReport,
  verifyRepository,
} from '@cairn/backup';
import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { bytesText } from '../../output/bytes.ts';
import { countText } from '../../output/count.ts';
import { printResult } from '../../output/print-result.ts';
import { interruptibly } from './interruption.ts';
import { openProgressBar } from './progress.ts';
import {
  addBandwidthOptions,
  addRepositoryOptions,
  type BandwidthOptions,
  type RepositoryOptions,
} from './repository-options.ts';
import { withRepository } from './with-repository.ts';

type VerifyCommandOptions = RepositoryOptions & BandwidthOptions & { readonly readData?: string | true };

export function addVerifyCommand(noun: Command, context: CommandContext): void {
  addBandwidthOptions(
    addRepositoryOptions(
      noun
        .command('verify')
        .description(
          'Checks every object and every snapshot, and names the files that are hurt. Exits with 1 when there is damage.',
        ),
    ),
  )
    .option('--read-data [share]', 'read packs whole, too: all, a random share (10%), or a part (3/10)')
    .action((options: VerifyCommandOptions) =>
      withRepository(context, options, async (repository) => {
        const readData = shareOf(options.readData);
        const bar = openProgressBar(options);
        const report = await interruptibly((signal) =>
          verifyRepository(repository, {
            ...{ readData, signal, inCallingThread: true },
            onProgress: ({ stage, done, total, bytes, bytesTotal, findings }) =>
              bar.show({
                ...(stage === 'packs' && bytesTotal > 0
                  ? { done: bytes, total: bytesTotal, unit: 'bytes' as const }
                  : { done, unit: 'objects' as const, ...(total > 0 && { total }) }),
                text: findings > 0 ? `${stage}, ${findings} findings` : stage,
              }),
          }),
        ).finally(() => bar.stop());
        printResult(context, options, { result: report, text: verifyText });
        if (report.damaged) throw new CommandFailed('no', 'the repository is damaged: see repair');
      }),
    );
}

function shareOf(readData: string | true | undefined): ReadShare {
  if (readData === undefined) return { kind: 'none' };
  return readData === true || readData === 'all' ? { kind: 'all' } : parseReadShare(readData);
}

function verifyText(report: VerifyReport): string {
  const { snapshots, packs, packsRead, bytesRead, chunks, files } = report;
  const read = packsRead > 0 ? `, ${packsRead} read whole (${bytesText(bytesRead)})` : '';
  const counts = `${countText(snapshots, 'snapshot')}, ${countText(files, 'file')}, ${countText(chunks, 'chunk')} in ${countText(packs, 'pack')}${read}\n`;
  return `${findingsText(report.findings)}${counts}${report.damaged ? '' : 'no damage\n'}`;
}

const hurtShown = 20;

/** Also what `repair` found. */
export function findingsText(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ severity, object, problem, hurt = [] }) => [
    `${severity}: ${object}: ${problem}`,
    ...hurt.slice(0, hurtShown).map(({ snapshot, path }) => `  hurts ${snapshot.slice(0, 8)} ${path}`),
    ...(hurt.length > hurtShown ? [`  and ${hurt.length - hurtShown} more (--json names all)`] : []),
  ]);
  return lines.map((line) => `${line}\n`).join('');
}

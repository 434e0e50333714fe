// `cairn object-storage repair`: makes the index anew from the segments, and tells which objects are hurt.

import type { HurtObject, RepairReport } from '@cairn/object-storage';
import type { Command } from 'commander';
import { repairFolder } from '../../client/repair-folder.ts';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import {
  addConfigurationOptions,
  addJsonOption,
  type ConfigurationOptions,
  type JsonOption,
} from '../../output/command-options.ts';
import { countText } from '../../output/count.ts';
import { printResult } from '../../output/print-result.ts';
import { drivesText } from './drives.ts';

export function addRepairCommand(noun: Command, context: CommandContext): void {
  addJsonOption(
    addConfigurationOptions(
      noun
        .command('repair')
        .description(
          'Makes the index anew from the segments, reads everything, and names the objects that are hurt. Deletes none. Refuses while the folder is in use; exits with 1 when an object is hurt.',
        ),
    ),
  ).action(async (options: ConfigurationOptions & JsonOption) => {
    const report = (await repairFolder(context, options, 'object-storage')) as RepairReport;
    printResult(context, options, { result: report, text: reportText });
    if (report.hurt.length > 0) throw new CommandFailed('no', `${report.hurt.length} objects are hurt`);
  });
}

function reportText(report: RepairReport): string {
  const lines = [
    ...(report.replacedIndex === undefined ? [] : [`the old index was kept as ${report.replacedIndex}`]),
    `${report.rottenIndexRows} rows of the index were rotten, ${were(report.recoveredBlobs, 'blob')} found in segments`,
    `${report.countedSegments} segments and ${report.recountedShares} shares of blobs were counted, ${report.orphanBlobs} orphans removed`,
    `${countText(report.readBlobs, 'blob')} with ${report.readBytes} bytes ${report.readBlobs === 1 ? 'was' : 'were'} read and verified`,
    ...(report.drives === undefined ? [] : [drivesText(report).trimEnd()]),
    ...report.metadataProblems.map((problem) => `the metadata store is damaged: ${problem}`),
    ...report.repaired.map(
      (object) => `repaired from a replica at ${object.from}: ${nameText(object)}: ${object.detail}`,
    ),
    ...report.hurt.map((object) => `hurt: ${nameText(object)}: ${object.detail}; ${object.unrepaired}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** `1 blob was`, `2 blobs were`. */
function were(count: number, one: string): string {
  return `${countText(count, one)} ${count === 1 ? 'was' : 'were'}`;
}

function nameText({ bucket, key, versionId, uploadId, partNumber }: HurtObject): string {
  const version = versionId === undefined ? '' : ` version ${versionId}`;
  const upload = uploadId === undefined ? '' : ` upload ${uploadId}`;
  const part = partNumber === undefined ? '' : ` part ${partNumber}`;
  return `${bucket}/${key}${version}${upload}${part}`;
}

// RESULTS.md: the table of a full run, or what a run of some cases puts in its place row by row, and notes written by hand.

import type { Machine } from './machine.ts';
import type { CaseMeasurement } from './measure-case.ts';
import { parseTable, renderTable, rowOf } from './report.ts';

/** What is written below this line in RESULTS.md is kept when the file is rewritten. */
export const notesMarker = '<!-- What follows is written by hand and kept. -->';

export type ResultsFile = {
  readonly name: string;
  readonly measurements: readonly CaseMeasurement[];
  /** Of all cases, in the order of the table. Rows of the previous file that are not measured now are kept. */
  readonly caseNames: readonly string[];
  readonly machine: Machine;
  readonly date: Date;
  readonly command: string;
  /** What was measured of the machine besides. */
  readonly facts: readonly string[];
  /** The file as it was, undefined when there was none. */
  readonly previous: string | undefined;
};

/** Rows that another CPU measured are not kept: side by side they would mislead. */
export function renderResultsFile(file: ResultsFile): string {
  const { machine, measurements, date } = file;
  const cpu = `- CPU: ${machine.cpuModel}, ${machine.cores} cores, SHA instructions: ${yesOrNo(machine.shaInstructions)}`;
  const kept = file.previous?.includes(`\n${cpu}\n`) ? tableOf(file.previous) : '';
  const rows = new Map(parseTable(kept).map((row) => [row[0]!, row]));
  for (const measurement of measurements) rows.set(measurement.result.case, rowOf(measurement, date));
  const peers = new Set([...peersIn(kept), ...peerVersionsOf(measurements)]);
  return [
    `# Benchmarks of ${file.name}`,
    '',
    `Measured by \`${file.command}\`: medians of so many turns of both sides, alternating.`,
    'A ratio above 1 means that ours is better; differences under 15% are noise.',
    '',
    cpu,
    `- Memory: ${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB; kernel: ${machine.kernel}`,
    ...file.facts.map((fact) => `- ${fact}`),
    `- Node ${machine.nodeVersion}${peers.size === 0 ? '' : `${peersTitle}${[...peers].join(', ')}`}`,
    '',
    renderTable(file.caseNames.map((name) => rows.get(name)).filter((row) => row !== undefined)),
    '',
    notesMarker,
    notesOf(file.previous),
  ].join('\n');
}

const peersTitle = '; peers: ';

function tableOf(previous: string): string {
  return previous.split(notesMarker, 1)[0]!;
}

function notesOf(previous: string | undefined): string {
  const start = previous?.indexOf(notesMarker) ?? -1;
  return start < 0 ? '' : previous!.slice(start + notesMarker.length).replace(/^\n/, '');
}

function peersIn(table: string): readonly string[] {
  return table.match(/^- Node .*; peers: (.*)$/m)?.[1]?.split(', ') ?? [];
}

function peerVersionsOf(measurements: readonly CaseMeasurement[]): readonly string[] {
  return measurements.flatMap(({ peerLabel, peerVersion }) =>
    peerVersion === undefined ? [] : [`${peerLabel.replace(/^[\d.]+ x /, '')} ${peerVersion}`],
  );
}

function yesOrNo(value: boolean | undefined): string {
  if (value === undefined) return 'unknown';
  return value ? 'yes' : 'no';
}

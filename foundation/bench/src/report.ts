// Results for readers: an aligned table for the terminal, RESULTS.md for the repository, JSON lines for programs.

import type { Machine } from './machine.ts';
import type { CaseMeasurement } from './measure-case.ts';

/** What is written below this line in RESULTS.md is kept when the file is rewritten. */
export const notesMarker = '<!-- What follows is written by hand and kept. -->';

export function renderJson(measurement: CaseMeasurement): string {
  return JSON.stringify(measurement.result);
}

/** A table that is aligned as it is and valid Markdown. */
export function renderTable(measurements: readonly CaseMeasurement[]): string {
  const header = ['case', 'unit', 'ours', 'spread', 'peer', 'value', 'ratio', 'goal', ''];
  const rows = measurements.map(toCells);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => pad(cell, { column, width: widths[column]! })).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => ruleOf({ column, width })).join('|')}|`;
  return [line(header), rule, ...rows.map(line)].join('\n');
}

export function renderResultsFile(options: {
  readonly name: string;
  readonly measurements: readonly CaseMeasurement[];
  readonly machine: Machine;
  readonly date: Date;
  readonly command: string;
  readonly alternations: number;
  /** What was measured of the machine besides. */
  readonly facts: readonly string[];
  /** The file as it was, undefined when there was none. */
  readonly previous: string | undefined;
}): string {
  const { name, machine, date, measurements } = options;
  const peers = peerVersionsOf(measurements);
  return [
    `# Benchmarks of ${name}`,
    '',
    `Measured on ${date.toISOString().slice(0, 10)} by \`${options.command}\`: medians of ${options.alternations}`,
    'measurements of each side, alternating. A ratio above 1 means that ours is better; differences under 15% are noise.',
    'Spread is the distance between the quartiles of ours, relative to its median.',
    '',
    `- CPU: ${machine.cpuModel}, ${machine.cores} cores, SHA instructions: ${yesOrNo(machine.shaInstructions)}`,
    `- Memory: ${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB; kernel: ${machine.kernel}`,
    ...options.facts.map((fact) => `- ${fact}`),
    `- Node ${machine.nodeVersion}${peers.length === 0 ? '' : `; peers: ${peers.join(', ')}`}`,
    '',
    renderTable(measurements),
    '',
    notesMarker,
    notesOf(options.previous),
  ].join('\n');
}

function notesOf(previous: string | undefined): string {
  const start = previous?.indexOf(notesMarker) ?? -1;
  return start < 0 ? '' : previous!.slice(start + notesMarker.length).replace(/^\n/, '');
}

function toCells(measurement: CaseMeasurement): readonly string[] {
  const { result, spread, peerLabel } = measurement;
  return [
    result.case,
    result.unit,
    formatNumber(result.ours),
    `${Math.round(spread * 100)}%`,
    peerLabel,
    result.peer === null ? '-' : formatNumber(result.peer),
    result.ratio === null ? '-' : result.ratio.toFixed(2),
    result.goal === null ? '-' : formatGoal(result.goal),
    verdictOf(measurement),
  ];
}

function verdictOf({ result, peerLabel }: CaseMeasurement): string {
  if (result.ratio === null) return result.peerName === null ? '' : `${peerLabel} is not installed`;
  if (result.goal === null) return '';
  return result.ratio >= result.goal ? 'met' : 'missed';
}

/** Three significant digits, never an exponent. */
export function formatNumber(value: number): string {
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(decimals, 6));
}

function formatGoal(goal: number): string {
  return String(Number(goal.toFixed(3)));
}

const numericColumns = new Set([2, 3, 5, 6, 7]);

function pad(cell: string, { column, width }: { column: number; width: number }): string {
  return numericColumns.has(column) ? cell.padStart(width) : cell.padEnd(width);
}

function ruleOf({ column, width }: { column: number; width: number }): string {
  return numericColumns.has(column) ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2);
}

function peerVersionsOf(measurements: readonly CaseMeasurement[]): readonly string[] {
  const versions = measurements.flatMap(({ peerLabel, peerVersion }) =>
    peerVersion === undefined ? [] : [`${peerLabel.replace(/^[\d.]+ x /, '')} ${peerVersion}`],
  );
  return [...new Set(versions)];
}

function yesOrNo(value: boolean | undefined): string {
  if (value === undefined) return 'unknown';
  return value ? 'yes' : 'no';
}

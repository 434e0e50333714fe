// Results for readers: an aligned table for the terminal and RESULTS.md; JSON lines for programs.

import type { CaseMeasurement, Range } from './measure-case.ts';

/** One row of the table; the first cell is the case. */
export type Row = readonly string[];

const columns = [
  ...[
    'case',
    'unit',
    'ours',
    'min-max',
    'peer',
    'value',
    'min-max',
    'ratio',
    'goal',
    '',
    'turns',
    'measured',
  ],
] as const;
const numericColumns = new Set([2, 3, 5, 6, 7, 8, 10]);

export function renderJson(measurement: CaseMeasurement): string {
  return JSON.stringify(measurement.result);
}

/** A table that is aligned as it is and valid Markdown. */
export function renderTable(rows: readonly Row[]): string {
  const widths = columns.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: Row) =>
    `| ${cells.map((cell, column) => pad(cell, { column, width: widths[column]! })).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => ruleOf({ column, width })).join('|')}|`;
  return [line(columns), rule, ...rows.map(line)].join('\n');
}

/** The rows of a table in a text; none where it has other columns. */
export function parseTable(text: string): readonly Row[] {
  const lines = text.split('\n').filter((line) => line.startsWith('| '));
  const [header, ...rows] = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return header?.join() === columns.join() ? rows : [];
}

export function rowOf(measurement: CaseMeasurement, date: Date): Row {
  const { result, oursRange, peerRange, peerLabel, turns } = measurement;
  return [
    result.case,
    result.unit,
    formatNumber(result.ours),
    formatRange(oursRange),
    peerLabel,
    result.peer === null ? '-' : formatNumber(result.peer),
    peerRange === undefined ? '-' : formatRange(peerRange),
    result.ratio === null ? '-' : result.ratio.toFixed(2),
    result.goal === null ? '-' : formatGoal(result.goal),
    verdictOf(measurement),
    String(turns),
    date.toISOString().slice(0, 10),
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

function formatRange({ min, max }: Range): string {
  return `${formatNumber(min)}-${formatNumber(max)}`;
}

function formatGoal(goal: number): string {
  return String(Number(goal.toFixed(3)));
}

function pad(cell: string, { column, width }: { column: number; width: number }): string {
  return numericColumns.has(column) ? cell.padStart(width) : cell.padEnd(width);
}

function ruleOf({ column, width }: { column: number; width: number }): string {
  return numericColumns.has(column) ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2);
}

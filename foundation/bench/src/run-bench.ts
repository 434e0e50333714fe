// The command line of a bench: `node bench/bench.ts [--json | --tiny] [--case TEXT]... [--against DIRECTORY]
// [--turns N] [--record]`.
//
// A full run prints a table and rewrites RESULTS.md beside the bench. The flags do not, since their numbers are for programs,
// meaningless, not all, or of something else; with --record the rows of some cases, or of fewer turns, take their place in it.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { BenchCase } from './bench-case.ts';
import { describeMachine } from './machine.ts';
import { alternationsMin, type CaseMeasurement, measureCase } from './measure-case.ts';
import { renderJson, renderTable, rowOf } from './report.ts';
import { renderResultsFile } from './results-file.ts';

export type Bench = {
  /** The system's folder name. */
  readonly name: string;
  /** `import.meta.url` of the bench; RESULTS.md is written beside it. */
  readonly file: string;
  readonly cases: readonly BenchCase[];
  /** The cases with another checkout of ours, in that directory, in the peer's place. */
  readonly casesAgainst?: (directory: string) => readonly BenchCase[];
  /** Lines about the machine for the results, such as a speed that goals depend on. */
  readonly facts?: readonly string[];
  /** The file beside the bench that a full run writes; by default RESULTS.md. */
  readonly resultsFile?: string;
  /** Measurements of each side; at least, and by default, seven. */
  readonly alternations?: number;
  /** What prints the results again; by default the package's script. */
  readonly command?: string;
  /** Called with what will be measured, before anything is. */
  readonly begin?: (plan: BenchPlan) => void;
};

/** The cases, by their names, that a command line asks for, and how often each side is measured. */
export type BenchPlan = {
  readonly cases: readonly string[];
  readonly turns: number;
  /** Whether the results will be written to RESULTS.md. */
  readonly recorded: boolean;
};

/** Runs a bench as the process's command line asks. A case that fails is reported and makes the exit code 1. */
export async function runBench(bench: Bench): Promise<void> {
  const failed = await runBenchWith(bench, process.argv.slice(2), (line) => console.log(line));
  if (failed > 0) process.exitCode = 1;
}

/** The same with the arguments and the output given; returns how many cases failed. */
export async function runBenchWith(
  bench: Bench,
  commandLine: readonly string[],
  print: (line: string) => void,
): Promise<number> {
  const flags = parseFlags(commandLine);
  const alternations =
    flags.turns === undefined ? (bench.alternations ?? alternationsMin) : Number(flags.turns);
  assert(
    alternations >= (flags.turns === undefined ? alternationsMin : 1),
    `medians need at least ${alternationsMin} alternations, --turns N at least 1`,
  );
  assert(
    !flags.record || !(flags.tiny || flags.json || flags.against !== undefined),
    '--record is for numbers of this checkout against its peers: not with --tiny, --json or --against',
  );
  const all = casesOf(bench, flags.against);
  const cases = chosen(all, flags.case);
  const recorded = !flags.tiny && !flags.json && (flags.record || isFullRun(flags));
  bench.begin?.({ cases: cases.map(({ name }) => name), turns: flags.tiny ? 1 : alternations, recorded });

  const measurements: CaseMeasurement[] = [];
  let failed = 0;
  for (const benchCase of cases) {
    try {
      const measurement = await measureCase(benchCase, { context: { tiny: flags.tiny }, alternations });
      measurements.push(measurement);
      if (flags.json) print(renderJson(measurement));
    } catch (error) {
      failed++;
      console.error(`case ${benchCase.name} failed:`, error);
    }
  }
  if (flags.json) return failed;
  const date = new Date();
  print(renderTable(measurements.map((measurement) => rowOf(measurement, date))));
  if (flags.tiny) print('a tiny run: everything works, the numbers mean nothing');
  else if (recorded && (failed === 0 || flags.record)) await writeResults(bench, measurements, date);
  return failed;
}

async function writeResults(
  bench: Bench,
  measurements: readonly CaseMeasurement[],
  date: Date,
): Promise<void> {
  const path = new URL(`./${bench.resultsFile ?? 'RESULTS.md'}`, bench.file);
  const text = renderResultsFile({
    name: bench.name,
    measurements,
    caseNames: bench.cases.map(({ name }) => name),
    machine: describeMachine(),
    date,
    command: bench.command ?? `npm run bench -w systems/${bench.name}`,
    facts: bench.facts ?? [],
    previous: await readPrevious(path),
  });
  await writeFile(path, text);
}

async function readPrevious(path: URL): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

type Flags = ReturnType<typeof parseFlags>;

function parseFlags(commandLine: readonly string[]) {
  const { values } = parseArgs({
    args: [...commandLine],
    options: {
      json: { type: 'boolean', default: false },
      tiny: { type: 'boolean', default: false },
      case: { type: 'string', multiple: true, default: [] },
      record: { type: 'boolean', default: false },
      against: { type: 'string' },
      turns: { type: 'string' },
    },
  });
  return values;
}

function chosen(all: readonly BenchCase[], texts: readonly string[]): readonly BenchCase[] {
  for (const text of texts)
    assert(
      all.some(({ name }) => name.includes(text)),
      `--case ${text}: no case has that in its name, there are ${all.map(({ name }) => name).join(', ')}`,
    );
  return texts.length === 0 ? all : all.filter(({ name }) => texts.some((text) => name.includes(text)));
}

function isFullRun({ case: some, against, turns }: Flags): boolean {
  return some.length === 0 && against === undefined && turns === undefined;
}

function casesOf(bench: Bench, against: string | undefined): readonly BenchCase[] {
  if (against === undefined) return bench.cases;
  assert(bench.casesAgainst !== undefined, '--against: this bench cannot compare two checkouts');
  return bench.casesAgainst(resolve(against));
}

// The body of every `npm run simulate -w FOLDER`:
//
//   (nothing)                       each scenario under 1,000 seeds
//   --seeds N [--first-seed N]      each scenario under N seeds, counted up from the first (1)
//   --seed N                        replays one seed; if it fails, shrinks its plan and traces the shortest
//   --scenario NAME                 only this scenario
//
// Exit code 0 when all seeds passed, 1 when one failed, 2 when the arguments make no sense.

import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import type { TraceEntry } from '../simulated/timeline.ts';
import { describeFailure } from './describe-failure.ts';
import { runSeeds } from './run-seeds.ts';
import { planOf, runSteps, type Scenario } from './scenario.ts';
import { shrink } from './shrink.ts';

const seedsDefault = 1000;
const seedEnd = 2 ** 32;

export type SimulateOptions = {
  /** `process.argv` without its first two unless given. */
  readonly args?: readonly string[];
  /** Takes a line of output; standard output unless given. */
  readonly print?: (line: string) => void;
  /** Folder of the package, for the replay command; from npm's environment unless given. */
  readonly workspace?: string;
};

/** Runs as the arguments say, prints what happened, and gives the exit code (which it also sets on the process). */
export async function simulateMain(
  scenarios: readonly Scenario<unknown>[],
  options: SimulateOptions = {},
): Promise<number> {
  const print = options.print ?? ((line) => console.log(line));
  const workspace = options.workspace ?? workspaceOfNpm();
  const request = parseRequest(scenarios, options.args ?? process.argv.slice(2));
  const code =
    'problem' in request ? refuse(request.problem, print) : await simulate(request, { print, workspace });
  process.exitCode = code;
  return code;
}

type Output = { readonly print: (line: string) => void; readonly workspace: string };

type Request = {
  readonly chosen: readonly Scenario<unknown>[];
  readonly firstSeed: number;
  readonly seeds: number | undefined;
};

async function simulate({ chosen, firstSeed, seeds }: Request, output: Output): Promise<number> {
  for (const scenario of chosen) {
    const passed =
      seeds === undefined
        ? await replay(scenario, firstSeed, output)
        : await search(scenario, { firstSeed, seeds }, output);
    if (!passed) return 1;
  }
  return 0;
}

async function search(
  scenario: Scenario<unknown>,
  range: { firstSeed: number; seeds: number },
  output: Output,
): Promise<boolean> {
  const startedMs = performance.now();
  const progressEvery = Math.max(1, Math.ceil(range.seeds / 10));
  const { passed, failure } = await runSeeds(scenario, {
    ...range,
    onProgress: (count) => {
      if (count % progressEvery === 0)
        output.print(`${scenario.name}: ${count} of ${range.seeds} seeds passed`);
    },
  });
  if (failure !== undefined) return explain(scenario, failure.seed, output);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  output.print(`${scenario.name}: all ${passed} seeds from ${range.firstSeed} passed in ${seconds} s`);
  return true;
}

async function replay(scenario: Scenario<unknown>, seed: number, output: Output): Promise<boolean> {
  const outcome = await runSteps(scenario, { seed, steps: planOf(scenario, seed) });
  if (!outcome.passed) return explain(scenario, seed, output);
  output.print(`${scenario.name}: seed ${seed} passed`);
  return true;
}

/** Shrinks the failing seed, prints the trace of the shortest plan, then what failed and how to see it again. */
async function explain(
  scenario: Scenario<unknown>,
  seed: number,
  { print, workspace }: Output,
): Promise<boolean> {
  const shrunk = await shrink(scenario, seed);
  if (shrunk === undefined) {
    print(
      `${scenario.name}: seed ${seed} failed, then passed when run again: the scenario is not deterministic`,
    );
    return false;
  }
  const { steps } = shrunk;
  await runSteps(scenario, { seed, steps, onTrace: (entry) => print(describeEntry(entry)) });
  print(`(${planOf(scenario, seed).length} steps planned, cut down in ${shrunk.runs} runs)`);
  print(describeFailure({ scenario: scenario.name, seed, error: shrunk.error, steps, workspace }));
  return false;
}

function describeEntry({ timeMs, owner, label, detail }: TraceEntry): string {
  return `${timeMs.toFixed(3).padStart(12)} ms  ${owner}  ${label} ${detail}`.trimEnd();
}

function refuse(problem: string, print: (line: string) => void): number {
  print(problem);
  print('usage: simulate [--scenario NAME] [--seed N | --seeds N [--first-seed N]]');
  return 2;
}

function parseRequest(
  scenarios: readonly Scenario<unknown>[],
  args: readonly string[],
): Request | { problem: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        scenario: { type: 'string' },
        seed: { type: 'string' },
        seeds: { type: 'string' },
        'first-seed': { type: 'string' },
      },
    });
    const first = values.seed ?? values['first-seed'] ?? '1';
    return {
      chosen: choose(scenarios, values.scenario),
      firstSeed: parseCount('seed', first),
      seeds:
        values.seed === undefined ? parseCount('seeds', values.seeds ?? String(seedsDefault)) : undefined,
    };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function choose(
  scenarios: readonly Scenario<unknown>[],
  name: string | undefined,
): readonly Scenario<unknown>[] {
  if (name === undefined) return scenarios;
  const chosen = scenarios.filter((scenario) => scenario.name === name);
  if (chosen.length > 0) return chosen;
  const names = scenarios.map((scenario) => scenario.name).join(', ');
  throw new Error(`could not find scenario ${name}: there are ${names}`);
}

function parseCount(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value < seedEnd) return value;
  throw new Error(`could not read --${name} ${text}: it must be an integer from 0 to 2^32 - 1`);
}

/** npm runs a workspace's script in its folder and names the folder it was called from. */
function workspaceOfNpm(): string {
  return relative(process.env.INIT_CWD ?? process.cwd(), process.cwd()) || '.';
}

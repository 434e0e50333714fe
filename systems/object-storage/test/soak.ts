// `npm run soak -w systems/object-storage`: thousands of seeds, hundreds of kills, 100,000 objects in a bucket, a lifecycle pass
// over a million. Writes what was run to bench/SOAK.md.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '@cairn/bench';
import { checkSeeds, type Scenario, SeededRandom } from '@cairn/world/simulated';
import { killRounds } from './kill/kill-rounds.ts';
import { checkLifecyclePass, lifecycleSettings } from './scale/lifecycle-pass.ts';
import { checkManyObjects } from './scale/many-objects.ts';
import { ScaleServer } from './scale/scale-server.ts';
import { scenarios } from './simulation/scenario.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10000' },
    kills: { type: 'string', default: '200' },
    objects: { type: 'string', default: '100000' },
    expiring: { type: 'string', default: '1000000' },
  },
});
const seeds = Number(values.seeds);
const kills = Number(values.kills);
const objects = Number(values.objects);
const expiring = Number(values.expiring);
assert(
  [seeds, kills, objects, expiring].every(Number.isInteger),
  '--seeds, --kills, --objects and --expiring are whole numbers',
);

const workspace = 'systems/object-storage';
const rows: string[] = [];
for (const scenario of Object.values(scenarios) as readonly Scenario<unknown>[]) {
  const startMs = performance.now();
  const passed = await checkSeeds(scenario, { seeds, workspace });
  report(`simulation \`${scenario.name}\``, `${passed} seeds from 1`, startMs);
}

const directory = await mkdtemp(join(tmpdir(), 'cairn-soak-'));
const random = new SeededRandom(1);
const killsStartMs = performance.now();
const { acknowledged, removedSegments } = await killRounds({
  directory,
  rounds: kills,
  drawLines: () => random.integer(2_000),
});
await rm(directory, { recursive: true });
report(
  'kill -9 of a writing process',
  `${kills} kills, ${acknowledged} acknowledged calls, ${removedSegments} removed segments`,
  killsStartMs,
);

await withServer([], async (server) => {
  const startMs = performance.now();
  await checkManyObjects(server, objects);
  report('objects of one bucket', `${objects} put, listed in order by every listing, deleted`, startMs);
});

await withServer(lifecycleSettings, async (server) => {
  const startMs = performance.now();
  const { passSeconds, residentBytesBefore, residentBytesMax } = await checkLifecyclePass(server, expiring);
  const mebibytes = [residentBytesBefore, residentBytesMax].map((bytes) => Math.round(bytes / 2 ** 20));
  const extent = `${expiring} objects expired in ${Math.round(passSeconds)} s, memory ${mebibytes[0]} MiB before and at most ${mebibytes[1]}`;
  report('lifecycle pass at the default pace', extent, startMs);
});

await writeFile(new URL('../bench/SOAK.md', import.meta.url), page());

async function withServer(
  settings: readonly string[],
  work: (server: ScaleServer) => Promise<void>,
): Promise<void> {
  const cleanUps: (() => Promise<void>)[] = [];
  const server = await ScaleServer.start({ after: (cleanUp) => void cleanUps.unshift(cleanUp) }, settings);
  await work(server);
  for (const cleanUp of cleanUps) await cleanUp();
}

function report(what: string, extent: string, sinceMs: number): void {
  const seconds = Math.round((performance.now() - sinceMs) / 1000);
  rows.push(`| ${what} | ${extent} | passed | ${seconds} s |`);
  console.log(`${what}: ${extent}, passed in ${seconds} s`);
}

function page(): string {
  const { cpuModel } = describeMachine();
  return `# Last soak of object storage

\`npm run soak -w systems/object-storage -- --seeds ${seeds} --kills ${kills} --objects ${objects} --expiring ${expiring}\` on ${new Date().toISOString().slice(0, 10)}, ${cpuModel}, Node ${process.version}.

| what | extent | result | time |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { BenchCase } from './bench-case.ts';
import { notesMarker } from './results-file.ts';
import { type Bench, type BenchPlan, runBenchWith } from './run-bench.ts';

const folder = await mkdtemp(join(tmpdir(), 'cairn-bench-'));
after(() => rm(folder, { recursive: true }));
const resultsPath = join(folder, 'RESULTS.md');

const put: BenchCase = {
  name: 'put-4kib',
  unit: 'op/CPU-s',
  better: 'more',
  goal: 2,
  ours: async () => 30_000,
  peer: { name: 'other', version: async () => '1.2.3', run: async () => 10_000 },
};
const get: BenchCase = {
  name: 'get-4kib',
  unit: 'us/op',
  better: 'less',
  ours: async () => 12.345,
  peer: { name: 'absent', version: async () => undefined, run: async () => 1 },
};

function benchOf(cases: readonly BenchCase[]): Bench {
  return {
    name: 'object-storage',
    file: pathToFileURL(join(folder, 'bench.ts')).href,
    cases,
    facts: ['CRC-32: 3.1 GB/s'],
  };
}

async function run(commandLine: readonly string[], cases = [put, get]) {
  const lines: string[] = [];
  const failed = await runBenchWith(benchOf(cases), commandLine, (line) => lines.push(line));
  return { failed, lines };
}

test('--json prints one object per case and line, and nothing else', async () => {
  const { lines } = await run(['--json']);
  assert.deepEqual(lines, [
    '{"case":"put-4kib","unit":"op/CPU-s","ours":30000,"peer":10000,"peerName":"other","ratio":3,"goal":2}',
    '{"case":"get-4kib","unit":"us/op","ours":12.345,"peer":null,"peerName":"absent","ratio":null,"goal":null}',
  ]);
});

test('--json, --tiny and --case write no RESULTS.md', async () => {
  await run(['--json']);
  await run(['--tiny']);
  const { lines } = await run(['--case', 'put']);
  assert.match(lines.join('\n'), /put-4kib/);
  assert.doesNotMatch(lines.join('\n'), /get-4kib/);
  await assert.rejects(stat(resultsPath), { code: 'ENOENT' });
});

test('a tiny run measures once and says that its numbers mean nothing', async () => {
  let calls = 0;
  const { lines } = await run(['--tiny'], [{ ...put, ours: async () => ++calls }]);
  assert.equal(calls, 1);
  assert.match(lines.join('\n'), /the numbers mean nothing/);
});

test('--turns measures fewer times, for a first look: no RESULTS.md', async () => {
  let calls = 0;
  await run(['--turns', '2'], [{ ...put, ours: async () => ++calls }]);
  assert.equal(calls, 3, 'a warm-up and two');
  await assert.rejects(stat(resultsPath), { code: 'ENOENT' });
  await assert.rejects(run(['--turns', '0']), /at least 1/);
});

test('a case name that matches nothing is refused with the names there are', async () => {
  await assert.rejects(run(['--case', 'pot']), /put-4kib, get-4kib/);
});

test('a case that fails is counted, the others still run, and RESULTS.md is left alone', async (context) => {
  context.mock.method(console, 'error', () => {});
  const broken = { ...put, name: 'broken', ours: () => Promise.reject(new Error('no')) };
  const { failed, lines } = await run([], [broken, get]);
  assert.equal(failed, 1);
  assert.match(lines.join('\n'), /get-4kib/);
  await assert.rejects(stat(resultsPath), { code: 'ENOENT' });
});

test('--against puts another checkout in the place of the peer, and writes no RESULTS.md', async () => {
  const lines: string[] = [];
  const casesAgainst = (directory: string) => [
    { ...put, peer: { ...put.peer!, name: directory } as BenchCase['peer'] & {} },
  ];
  await runBenchWith({ ...benchOf([put]), casesAgainst }, ['--against', '/other'], (line) =>
    lines.push(line),
  );
  assert.match(lines.join('\n'), /put-4kib .* \/other /);
  await assert.rejects(stat(resultsPath), { code: 'ENOENT' });
  await assert.rejects(run(['--against', '/other']), /cannot compare/);
});

test('a full run prints an aligned table and rewrites RESULTS.md, keeping the notes', async () => {
  await writeFile(resultsPath, `# Old\n\n${notesMarker}\n\nWhere the time goes: signatures.\n`);
  const { lines } = await run([]);
  const table = lines.join('\n').split('\n');
  assert.equal(new Set(table.map((line) => line.length)).size, 1, 'all rows are equally wide');
  assert.match(
    table[2]!,
    /put-4kib +\| op\/CPU-s +\| 30000 \| +30000-30000 \| other +\| 10000 \| 10000-10000 \| +3\.00 \| +2 \| met +\| +7 \| \d{4}-/,
  );
  assert.match(table[3]!, /get-4kib .* 12\.3 .* absent +\| +- \| +- \| +- \| +- \| absent is not installed/);
  const written = await readFile(resultsPath, 'utf8');
  assert(written.includes(lines.join('\n')), 'the file has the table');
  assert.match(written, /^# Benchmarks of object-storage\n/);
  assert.match(written, /SHA instructions: (yes|no|unknown)/);
  assert.match(written, /npm run bench -w systems\/object-storage/);
  assert.match(written, /peers: other 1\.2\.3\n/);
  assert.match(written, /^- CRC-32: 3\.1 GB\/s$/m);
  assert.doesNotMatch(written, /# Old/);
  assert(written.endsWith('\nWhere the time goes: signatures.\n'));
});

test('--record puts the rows of some cases in their places, with how often they were measured', async () => {
  await writeFile(resultsPath, `# Old\n\n${notesMarker}\n\nNotes.\n`);
  await run([]);
  const faster = { ...put, ours: async () => 50_000 };
  const { lines } = await run(['--record', '--case', 'put', '--turns', '3'], [faster, get]);
  assert.doesNotMatch(lines.join('\n'), /get-4kib/);
  const written = await readFile(resultsPath, 'utf8');
  assert.match(written, /put-4kib .* 50000 .* 5\.00 .*\| +3 \|/);
  assert.match(written, /get-4kib .* 12\.3 .*\| +7 \|/);
  assert.match(written, /peers: other 1\.2\.3\n/);
  assert(written.endsWith('\nNotes.\n'));
  await assert.rejects(run(['--record', '--tiny']), /not with --tiny/);
});

test('--record keeps no row that another CPU measured', async () => {
  await run([]);
  const elsewhere = (await readFile(resultsPath, 'utf8')).replace(/^- CPU: .*$/m, '- CPU: another, 1 cores');
  await writeFile(resultsPath, elsewhere);
  await run(['--record', '--case', 'put']);
  assert.doesNotMatch(await readFile(resultsPath, 'utf8'), /get-4kib/);
});

test('a case that fails keeps its row when the others are recorded', async (context) => {
  context.mock.method(console, 'error', () => {});
  await run([]);
  const broken = { ...get, ours: () => Promise.reject(new Error('no')) };
  const { failed } = await run(['--record'], [put, broken]);
  assert.equal(failed, 1);
  assert.match(await readFile(resultsPath, 'utf8'), /get-4kib .* 12\.3 /);
});

test('several --case choose what has any of them in its name, and a bench is told what will be measured', async () => {
  const plans: BenchPlan[] = [];
  const cases = [put, get, { ...put, name: 'delete' }];
  const bench = { ...benchOf(cases), begin: (plan: BenchPlan) => void plans.push(plan) };
  await runBenchWith(bench, ['--case', 'put', '--case', 'delete', '--turns', '2'], () => {});
  await runBenchWith(bench, ['--record', '--turns', '1'], () => {});
  await runBenchWith(bench, ['--tiny'], () => {});
  const all = ['put-4kib', 'get-4kib', 'delete'];
  assert.deepEqual(plans, [
    { cases: ['put-4kib', 'delete'], turns: 2, recorded: false },
    { cases: all, turns: 1, recorded: true },
    { cases: all, turns: 1, recorded: false },
  ]);
});

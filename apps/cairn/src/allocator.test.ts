import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const { header } = process.report.getReport() as {
  readonly header: { readonly glibcVersionRuntime?: string };
};
const skip = header.glibcVersionRuntime === undefined && 'only glibc keeps what was freed';

const prelude = `
  import { foreignFunctions } from '@cairn/native';
  import { giveFreedMemoryBack, giveFreedMemoryBackMeanwhile, useOneArena } from ${JSON.stringify(new URL('./allocator.ts', import.meta.url).href)};
  const { functions } = foreignFunctions.dlopen(null, {
    malloc: { arguments: ['uint64'], return: 'pointer' },
    free: { arguments: ['pointer'], return: 'void' },
    malloc_stats: { arguments: [], return: 'void' },
  });`;

function run(script: string): { readonly output: string; readonly errors: string } {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', prelude + script],
    { cwd: import.meta.dirname, encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
  return { output: stdout, errors: stderr };
}

test('threads that start later have no arenas of their own', { skip }, () => {
  const { errors } = run(`
    import { Worker } from 'node:worker_threads';
    import { once } from 'node:events';
    useOneArena();
    functions.malloc_stats();
    console.error('threads');
    const workers = Array.from({ length: 4 }, () => new Worker('setInterval(() => {}, 1000)', { eval: true }));
    await Promise.all(workers.map((worker) => once(worker, 'online')));
    functions.malloc_stats();
    process.exit();`);
  const [before, after] = errors.split('threads').map((text) => text.match(/^Arena \d+:/gm)!.length);
  assert.equal(after, before);
});

test('what was freed goes back to the system', { skip }, () => {
  const { output } = run(`
    const blocks = Array.from({ length: 16_384 }, () => functions.malloc(4096n));
    // The last one keeps the arena from shrinking by itself.
    for (const block of blocks.slice(0, -1)) functions.free(block);
    const before = process.memoryUsage.rss();
    giveFreedMemoryBack();
    console.log(before - process.memoryUsage.rss());`);
  assert(Number(output) > 48 * 1024 * 1024, `${output} bytes were given back of 64 MiB`);
});

test('it goes back while a command works, and keeps no process alive', { skip }, () => {
  const { output } = run(`
    const stop = giveFreedMemoryBackMeanwhile();
    const blocks = Array.from({ length: 16_384 }, () => functions.malloc(4096n));
    for (const block of blocks.slice(0, -1)) functions.free(block);
    const before = process.memoryUsage.rss();
    const began = performance.now();
    const missing = () => 48 * 1024 * 1024 - (before - process.memoryUsage.rss());
    while (missing() > 0 && performance.now() - began < 20_000) await new Promise(setImmediate);
    console.log(missing());
    stop();
    giveFreedMemoryBackMeanwhile();`);
  assert(Number(output) <= 0, `${output} bytes more of 64 MiB should have been given back`);
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { constantRegions } from './program-pages.ts';

const skip = process.platform !== 'linux' && 'only Linux tells what is mapped';

function mapping(head: string, anonymous: number): string {
  return `${head}\nSize:               1024 kB\nRss:                 512 kB\nAnonymous:   ${`${anonymous} kB`.padStart(14)}\nVmFlags: rd mr mw me\n`;
}

test('let go of is what is constant: neither writable, nor relocated, nor mapped by others than the loader', () => {
  const smaps = [
    mapping('00400000-0082e000 r--p 00000000 fe:00 1 /opt/my node', 0),
    mapping('0082e000-03489000 r-xp 0042e000 fe:00 1 /opt/my node', 0),
    mapping('03489000-072a7000 r--p 03089000 fe:00 1 /opt/my node', 4),
    mapping('072a7000-072dd000 rw-p 06ea7000 fe:00 1 /opt/my node', 0),
    mapping('20000000-20001000 r-xp 00000000 00:00 0', 0),
    mapping('7f0000000000-7f0000001000 r-xp 00000000 fe:00 2 /opt/my node.so', 0),
    mapping('7f1000000000-7f1000001000 r-xp 00000000 fe:00 1 /opt/my node', 0),
  ].join('');
  assert.deepEqual(constantRegions(smaps, '/opt/my node'), [
    { address: 0x400000n, bytes: 0x42e000n },
    { address: 0x82e000n, bytes: 0x2c5b000n },
  ]);
  assert.deepEqual(constantRegions('', '/opt/my node'), []);
});

test('pages of the program are let go of, and it goes on, in all of its threads', { skip }, () => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { once } from 'node:events';
      import { readFileSync } from 'node:fs';
      import { Worker } from 'node:worker_threads';
      import { letGoOfProgramPages } from ${JSON.stringify(new URL('./program-pages.ts', import.meta.url).href)};
      const mapped = () => Number(readFileSync('/proc/self/status', 'latin1').match(/^RssFile:\\s+(\\d+) kB$/m)[1]) / 1024;
      const before = mapped();
      letGoOfProgramPages();
      console.log(before - mapped());
      const worker = new Worker(
        'import { parentPort } from "node:worker_threads"; parentPort.on("message", (text) => parentPort.postMessage(JSON.parse(text)))',
        { eval: true },
      );
      for (let round = 0; round < 100; round += 1) {
        worker.postMessage(JSON.stringify({ round }));
        letGoOfProgramPages();
        const [answer] = await once(worker, 'message');
        if (answer.round !== round) process.exit(1);
      }
      process.exit();`,
    ],
    { cwd: import.meta.dirname, encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
  assert(Number(stdout) > 8, `${stdout} MiB were let go of`);
});

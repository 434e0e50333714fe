import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStatus } from './memory.ts';
import { startServer } from './server-process.ts';

test('resident and peak memory are read by their names', () => {
  const text = 'Name:\tVmRSS: 1 kB\nVmPeak:\t  900 kB\nVmHWM:\t   500 kB\nVmRSS:\t     400 kB\n';
  assert.equal(parseStatus(text, 'resident'), 400 * 1024);
  assert.equal(parseStatus(text, 'peak'), 500 * 1024);
  assert.throws(() => parseStatus('Name:\tzombie\n', 'peak'), /VmHWM/);
});

// Takes 64 MiB at SIGUSR2 and gives them back.
const taking = `
  process.on('SIGUSR2', () => {
    Buffer.alloc(64 << 20, 1);
  });
  setInterval(() => {}, 1e6);
  console.log('ready');
`;

test('a peak is seen after it is over, until it is reset', { skip: notLinux() }, async () => {
  const server = await startServer({ command: process.execPath, args: ['-e', taking], ready: /^ready$/ });
  try {
    server.resetPeakMemory();
    const before = server.memoryBytes('peak');
    process.kill(server.pid, 'SIGUSR2');
    while (server.memoryBytes('peak') < before + (60 << 20))
      await new Promise((resolve) => setImmediate(resolve));
    // In this order, as it may still be taking more. The kernel counts pages per thread and adds them up now and then, so the
    // two differ by some hundred pages (proc(5), VmRSS).
    const resident = server.memoryBytes('resident');
    assert(server.memoryBytes('peak') >= resident - (8 << 20));
  } finally {
    await server.stop();
  }
});

function notLinux(): string | false {
  return process.platform === 'linux' ? false : 'needs /proc';
}

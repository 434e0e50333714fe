import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { startServer } from './server-process.ts';

const skip = process.platform === 'linux' ? false : 'needs /proc';

// Burns 0.3 s in a child that ends and is waited for, and 0.1 s in one that lives on and listens, then says so.
const burning = `
  const { spawn, spawnSync } = require('node:child_process');
  const burn = (seconds, then = '') =>
    ['-e', 'while (process.cpuUsage().user + process.cpuUsage().system < ' + seconds * 1e6 + ');' + then];
  const listen = 'const s = net.createServer().listen(0, "127.0.0.1", () => console.log(s.address().port))';
  spawnSync(process.execPath, burn(0.3));
  const living = spawn(process.execPath, burn(0.1, listen));
  living.stdout.once('data', (port) => console.log('listening on port ' + port));
`;

test('CPU burnt by children is seen, whether they ended or live on, and stop ends all', {
  skip,
}, async () => {
  const server = await startServer({
    command: process.execPath,
    args: ['-e', burning],
    ready: /^listening on port (\d+)$/,
  });
  const socket = connect(Number(server.readyMatch[1]), '127.0.0.1').on('error', () => {});
  // Not `once`, which rejects on an error: a killed process may reset the connection, and that is an end as well.
  const closed = new Promise((resolve) => socket.once('close', resolve));
  try {
    await once(socket, 'connect');
    const cpuSeconds = server.cpuSeconds();
    assert(cpuSeconds >= 0.38, `0.3 s and 0.1 s were burnt, ${cpuSeconds} s were seen`);
    const idle = await server.measure(async () => 'done');
    assert.equal(idle.value, 'done');
    assert(
      idle.cpuSeconds >= 0 && idle.cpuSeconds < 0.1,
      `nothing was burnt, ${idle.cpuSeconds} s were seen`,
    );
  } finally {
    await server.stop();
  }
  await closed; // the child that listens has ended as well
});

test('a server that ends before it is ready is reported with what it printed', async () => {
  const start = startServer({
    command: process.execPath,
    args: ['-e', 'console.error("port 80 is taken"); process.exitCode = 3'],
    ready: /^ready$/,
  });
  await assert.rejects(start, /it ended with 3\nport 80 is taken/);
});

test('a server that is not there is reported', async () => {
  await assert.rejects(startServer({ command: '/does/not/exist', args: [], ready: /x/ }), /ENOENT/);
});

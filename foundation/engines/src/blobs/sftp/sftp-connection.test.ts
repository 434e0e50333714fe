import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { SftpConnection } from './sftp-connection.ts';
import { SftpConnectionLost } from './sftp-failure.ts';
import type { SshProcess } from './ssh-process.ts';

const stat = { type: 'stat', fields: [{ text: '/' }] } as const;

/** A server of version 3 that says what a test has it say. */
function server() {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let killed = 0;
  const kill = () => {
    killed += 1;
  };
  const ssh = { input, output, onEnd() {}, ref() {}, unref() {}, kill } as unknown as SshProcess;
  const say = (...bytes: readonly number[]) =>
    output.write(Uint8Array.from([0, 0, 0, bytes.length, ...bytes]));
  say(2, 0, 0, 0, 3);
  return { ssh, say, killed: () => killed };
}

test('a server that has a request and is silent is lost, and its ssh ended', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { ssh, killed } = server();
  const { connection } = await SftpConnection.open(ssh, { silenceMs: 50 });
  const isSilent = (error: unknown) => error instanceof SftpConnectionLost && /silent/.test(error.message);
  const requests = [connection.request(stat), connection.request(stat)];
  t.mock.timers.tick(49);
  assert(!connection.isLost);
  t.mock.timers.tick(1);
  for (const request of requests) await assert.rejects(request, isSilent);
  assert.equal(killed(), 1);
  assert(connection.isLost);
});

test('one of whom nobody wants anything may be silent', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { ssh, say } = server();
  const { connection } = await SftpConnection.open(ssh, { silenceMs: 50 });
  const answered = connection.request(stat);
  say(101, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0); // id 0, status 0, no message, no language
  assert.equal((await answered).kind, 'status');
  t.mock.timers.tick(1_000);
  assert(!connection.isLost);
});

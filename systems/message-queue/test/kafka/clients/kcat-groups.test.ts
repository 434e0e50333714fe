// kcat (librdkafka) as members of one group: they come, one is killed, and together they count every message.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { cleanUpAfter, findProgram, type TestContext } from '@cairn/testing';
import { startBroker } from '../start-broker.ts';

const kcat = findProgram('kcat');
const skip = kcat === undefined ? 'kcat is not installed' : false;
const messagesCount = 3_000;

async function produce(address: string, lines: readonly string[]): Promise<void> {
  const child = spawn(kcat!, ['-b', address, '-t', 'letters', '-P', '-K:'], { stdio: 'pipe' });
  child.stdin.end(`${lines.join('\n')}\n`);
  const [code] = await once(child, 'close');
  assert.equal(code, 0, await text(child.stderr));
}

/** Prints what it consumes, a message a line; what it printed is committed twice a second. */
function join(t: TestContext, address: string, seen: (line: string) => void): ChildProcess {
  const settings = ['session.timeout.ms=6000', 'heartbeat.interval.ms=200', 'auto.commit.interval.ms=500'];
  const options = [...settings, 'auto.offset.reset=earliest'].flatMap((setting) => ['-X', setting]);
  const child = spawn(kcat!, ['-b', address, ...options, '-u', '-q', '-G', 'readers', 'letters'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  createInterface({ input: child.stdout! }).on('line', seen);
  cleanUpAfter(t, async () => {
    child.kill('SIGKILL');
  });
  return child;
}

test('kcat: members of a group come, one is killed, and no message is missed', { skip }, async (t) => {
  const { queue, address } = await startBroker(t);
  await queue.topics.create({ name: 'letters', partitionCount: 6 });
  const lines = Array.from({ length: messagesCount }, (_, index) => `key${index}:message ${index}`);
  const missing = new Set(lines.map((line) => line.slice(line.indexOf(':') + 1)));
  const done = Promise.withResolvers<void>();
  const first = Promise.withResolvers<void>();
  const seen = (line: string) => {
    first.resolve();
    missing.delete(line);
    if (missing.size === 0) done.resolve();
  };
  const doomed = join(t, address, seen);
  await produce(address, lines.slice(0, 1_000));
  await first.promise;
  join(t, address, seen);
  await produce(address, lines.slice(1_000, 2_000));
  doomed.kill('SIGKILL');
  join(t, address, seen);
  await produce(address, lines.slice(2_000));
  await done.promise;
  const { groups } = queue.groups.listGroups({ statesFilter: [], typesFilter: ['classic'] });
  assert.deepEqual(
    groups.map(({ groupId, protocolType }) => [groupId, protocolType]),
    [['readers', 'consumer']],
  );
});

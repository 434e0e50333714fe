// kcat, which is librdkafka of Debian.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { findProgram } from '@cairn/testing';
import { keysIdentity, startKafka } from '../start-kafka.ts';

const kcat = findProgram('kcat');
const skip = kcat === undefined ? 'kcat is not installed' : false;

async function run(
  arguments_: readonly string[],
  input = '',
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(kcat!, arguments_, { stdio: 'pipe' });
  child.stdin.end(input);
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code, stdout, stderr };
}

for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
  test(`kcat produces and consumes with ${codec}`, { skip }, async (t) => {
    const { address } = await startKafka(t, { onDisk: true });
    const lines = Array.from({ length: 1_000 }, (_, index) => `key${index}:value ${index} ${'x'.repeat(50)}`);
    const produced = await run(
      ['-b', address, '-t', 'letters', '-P', '-K:', '-z', codec],
      `${lines.join('\n')}\n`,
    );
    assert.deepEqual([produced.code, produced.stderr], [0, '']);
    const consumed = await run(['-b', address, '-t', 'letters', '-C', '-e', '-K:', '-q', '-o', 'beginning']);
    assert.equal(consumed.code, 0, consumed.stderr);
    assert.deepEqual(consumed.stdout.trimEnd().split('\n'), lines);
  });
}

test('kcat lists brokers and topics, and asks for offsets by time', { skip }, async (t) => {
  const { address, topics } = await startKafka(t, { onDisk: true });
  await topics.create({ name: 'three', partitionCount: 3 });
  const listed = await run(['-b', address, '-L', '-J']);
  const metadata = JSON.parse(listed.stdout);
  assert.deepEqual(metadata.brokers, [{ id: 1, name: address }]);
  assert.deepEqual(
    metadata.topics.map(({ topic, partitions }: { topic: string; partitions: unknown[] }) => [
      topic,
      partitions.length,
    ]),
    [['three', 3]],
  );
  await run(['-b', address, '-t', 'three', '-p', '1', '-P'], 'one\ntwo\n');
  const end = await run(['-b', address, '-Q', '-t', 'three:1:-1']);
  assert.match(end.stdout, /three \[1\] offset 2/);
  const beginning = await run(['-b', address, '-Q', '-t', 'three:1:1000']);
  assert.match(beginning.stdout, /three \[1\] offset 0/);
});

for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']) {
  test(`kcat logs in with ${mechanism}`, { skip }, async (t) => {
    const { address } = await startKafka(t, {
      onDisk: true,
      identity: keysIdentity({ ada: 'a,secret=with/all+of it' }),
    });
    const login = (password: string) => [
      ...['-b', address, '-X', 'security.protocol=SASL_PLAINTEXT', '-X', `sasl.mechanisms=${mechanism}`],
      ...['-X', 'sasl.username=ada', '-X', `sasl.password=${password}`, '-m', '3'],
    ];
    const produced = await run([...login('a,secret=with/all+of it'), '-t', 'mine', '-P'], 'hello\n');
    assert.equal(produced.code, 0, produced.stderr);
    const refused = await run([...login('wrong'), '-L']);
    assert.match(refused.stderr, /Invalid username or password|Authentication failed/i);
    assert.notEqual(refused.code, 0);
  });
}

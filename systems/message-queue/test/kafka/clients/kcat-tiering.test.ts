// kcat reads a topic from its beginning, across the boundary of its two tiers, while segments are moved and after.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { findProgram, temporaryDirectory } from '@cairn/testing';
import { createTiered, moveAll } from '../../tiering/tiered-topic.ts';
import { startBroker } from '../start-broker.ts';

const kcat = findProgram('kcat');
const skip = kcat === undefined ? 'kcat is not installed' : false;

async function run(arguments_: readonly string[], input = ''): Promise<string> {
  const child = spawn(kcat!, arguments_, { stdio: 'pipe' });
  child.stdin.end(input);
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  assert.equal(code, 0, stderr);
  return stdout;
}

for (const codec of ['none', 'zstd'])
  test(`kcat reads what was moved, and while it is moved: ${codec}`, { skip }, async (t) => {
    const blobsUrl = `file:${await temporaryDirectory(t)}`;
    const { queue, address } = await startBroker(t, { blobsUrl });
    const tiered = await createTiered(queue);
    const lines = Array.from({ length: 12_000 }, (_, index) => {
      const filling = Buffer.from(`${index}`.repeat(200)).toString('base64').slice(0, 600);
      return `${index} ${filling}`;
    });
    const small = ['-X', 'batch.size=100000', '-X', 'linger.ms=1'];
    await run(['-b', address, '-t', 'old', '-P', '-z', codec, ...small], `${lines.join('\n')}\n`);
    while (tiered.tiers.bytes.waiting === 0)
      await run(['-b', address, '-t', 'old', '-P'], `${'x'.repeat(900_000)}\n`);
    const extra = tiered.partition.endOffset - lines.length;
    const consume = async () => {
      const consumed = await run(['-b', address, '-t', 'old', '-C', '-e', '-q', '-o', 'beginning']);
      const found = consumed.trimEnd().split('\n');
      assert.equal(found.length, lines.length + extra);
      assert.deepEqual(found.slice(0, lines.length), lines);
    };
    const consuming = consume();
    await moveAll(tiered);
    await consuming;
    assert.ok(tiered.tiers.localStartOffset > 0, 'segments left the disk');
    await consume();
    const time = await run(['-b', address, '-Q', '-t', 'old:0:1000']);
    assert.match(time, /old \[0\] offset 0/);
  });

// The log on the real disk, with a process that is really killed.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { checkSegmentLog, openSegmentLog, recordHeaderBytes } from '../src/index.ts';

const kills = 4;
const recordsPerLife = 60;

test('kill -9 in mid-write loses nothing that was acknowledged, time after time', async (t) => {
  const directory = await temporaryDirectory(t);
  const acknowledged: number[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    acknowledged.push(...(await writeUntilKilled(directory)));
    const numbers: number[] = [];
    const log = await openSegmentLog({
      world: realWorld(),
      directory,
      segmentBytesMax: 256 * 1024,
      onRecovered: ({ payload }) => {
        const number = Buffer.from(payload).readUInt32LE(0);
        const expected = Buffer.alloc(4 + ((number * 977) % 9000), number);
        expected.writeUInt32LE(number, 0);
        assert.ok(expected.equals(payload), `record ${number} is as it was written`);
        numbers.push(number);
      },
    });
    assert.deepEqual(log.damage, []);
    await log.close();
    const found = new Set(numbers);
    for (const number of acknowledged) assert.ok(found.has(number), `record ${number} was acknowledged`);
  }
  const report = await checkSegmentLog(realWorld(), directory);
  assert.deepEqual({ damage: report.damage, tornTail: report.tornTail }, { damage: [], tornTail: undefined });
  assert.ok(report.segments > 1);
});

async function writeUntilKilled(directory: string): Promise<number[]> {
  const writer = spawn(
    process.execPath,
    [fileURLToPath(new URL('killed-writer.ts', import.meta.url)), directory],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = once(writer, 'exit');
  const acknowledged: number[] = [];
  for await (const line of createInterface({ input: writer.stdout })) {
    acknowledged.push(Number(line));
    if (acknowledged.length === recordsPerLife) writer.kill('SIGKILL');
  }
  await ended;
  assert.equal(writer.signalCode, 'SIGKILL');
  return acknowledged;
}

test('what one process appends, rolls and closes another reads, on the calling thread too', async (t) => {
  const directory = `${await temporaryDirectory(t)}/log`;
  const world = realWorld();
  const options = { world, directory, segmentBytesMax: 1024 * 1024 };
  const log = await openSegmentLog(options);
  const payload = Buffer.alloc(40_000, 'x');
  const locations = [];
  for (let record = 0; record < 40; record += 1)
    locations.push(await log.append([[payload], [payload.subarray(1)]]));
  await log.close();
  const reopened = await openSegmentLog({ ...options, recoverFrom: log.end });
  assert.deepEqual(reopened.end, log.end);
  assert.deepEqual(
    reopened.segments().map(({ segment }) => segment),
    [1, 2, 3, 4],
  );
  for (const location of locations) {
    const [first, second] = await reopened.read(location, {
      count: 2,
      lengthBytes: 79_999 + 2 * recordHeaderBytes,
    });
    assert.ok(payload.equals(first!));
    assert.ok(payload.subarray(1).equals(second!));
    const [now] = reopened.readNow(location, { count: 1, lengthBytes: 40_000 + recordHeaderBytes })!;
    assert.ok(payload.equals(now!));
  }
  await reopened.remove(1);
  await reopened.close();
});

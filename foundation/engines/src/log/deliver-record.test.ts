import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Simulation } from '@cairn/world/simulated';
import { type Delivering, deliverRecord } from './deliver-record.ts';
import type { LogRecord } from './log.ts';
import type { EngineProduce } from './log-engine.ts';

const record: LogRecord = {
  ...{ topic: 'orders', partition: 2, offset: 7, timestampMs: 1, key: Buffer.from('k'), value: null },
  headers: [],
};
const never = new AbortController().signal;

/** Runs it in virtual time, and gives how long it took. */
async function deliver(changes: Partial<Delivering> & Partial<Delivering['request']>, of = record) {
  const simulation = new Simulation({ seed: 1 });
  return simulation.run(async () => {
    const { clock } = simulation;
    const request = {
      ...{ group: 'g', retry: { attempts: 4, delayMs: 100, delayMsMax: 250 }, deadLetterTopic: 'dead' },
      handle: () => Promise.reject(new Error('it failed')),
      ...changes,
    };
    const startMs = clock.monotonicMs();
    const produce = async () => [];
    const outcome = await deliverRecord(of, {
      ...{ request, clock, produce, ending: never, lost: never },
      ...changes,
    });
    return { outcome, tookMs: Math.round(clock.monotonicMs() - startMs) };
  });
}

test('delays double up to their bound', async () => {
  const { outcome, tookMs } = await deliver({});
  assert.deepEqual([outcome, tookMs], ['done', 100 + 200 + 250]);
});

test('a dead letter that cannot be written is tried again: its record is not done before', async () => {
  let refusals = 3;
  const letters: EngineProduce[] = [];
  const { outcome } = await deliver({
    produce: async (request) => {
      if (refusals-- > 0) throw new Error('the disk is full');
      letters.push(request);
      return [];
    },
  });
  assert.deepEqual([outcome, letters.length], ['done', 1]);
});

test('a dead letter that fails again keeps where it came from first, and tells what failed last', async () => {
  const letters: EngineProduce[] = [];
  const origin = ['topic', 'partition', 'offset', 'error'].map((name) => ({
    ...{ key: `cairn-dead-letter-${name}`, value: Buffer.from(`first ${name}`) },
  }));
  await deliver(
    {
      produce: async (request) => {
        letters.push(request);
        return [];
      },
    },
    { ...record, headers: origin },
  );
  const { headers } = letters[0]!.records[0]!;
  assert.deepEqual(
    headers.map(({ key, value }) => `${key.slice('cairn-dead-letter-'.length)}: ${value}`),
    ['topic: first topic', 'partition: first partition', 'offset: first offset', 'error: Error: it failed'],
  );
});

test('nothing is begun once it is to end', async () => {
  const ending = AbortSignal.abort();
  const { outcome } = await deliver({ ending, handle: () => assert.fail('it was called') });
  assert.equal(outcome, 'stopped');
});

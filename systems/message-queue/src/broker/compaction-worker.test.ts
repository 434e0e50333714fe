import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog, createMetrics } from '@cairn/telemetry';
import { Simulation } from '@cairn/world/simulated';
import { compactionEveryMs } from '../limits.ts';
import { CompactionWorker } from './compaction-worker.ts';
import type { Topics } from './topics/topics.ts';

type Fake = { readonly name: string; readonly isCompacted: boolean; readonly ratio: number };

/** Topics of two partitions that note who is compacted; `broken` fails. */
function fakeTopics(
  fakes: readonly Fake[],
  compacting: (name: string, signal: AbortSignal) => Promise<void>,
) {
  const calls: string[] = [];
  const topics = fakes.map(({ name, isCompacted }) => ({
    ...{ name, topicId: name, partitionCount: 2, settings: { isCompacted } },
  }));
  const partition = ({ name }: { name: string }, index: number) => ({
    dirtyRatio: async () => fakes.find((fake) => fake.name === name)!.ratio,
    compact: async ({ signal }: { signal: AbortSignal }) => {
      calls.push(`${name} ${index}`);
      await compacting(name, signal);
      return { readBytes: 100, writtenBytes: 10, cleanedTo: 5 };
    },
  });
  const all = { all: () => topics, findById: (id: string) => topics.find(({ topicId }) => topicId === id) };
  return { calls, topics: { ...all, partition } as unknown as Topics };
}

async function within(work: (parts: ReturnType<typeof partsOf>) => Promise<void>): Promise<void> {
  const simulation = new Simulation({ seed: 1 });
  await simulation.run(() => work(partsOf(simulation)));
}

function partsOf(simulation: Simulation) {
  const { clock } = simulation.machine('broker').world;
  const lines: string[] = [];
  const log = createLog({ level: 'warn', clock, destination: { write: (line) => void lines.push(line) } });
  return { clock, lines, telemetry: { log, metrics: createMetrics() } };
}

test('compacted topics are compacted in rounds, partition by partition, and counted', () =>
  within(async ({ clock, telemetry }) => {
    const fakes = [
      { name: 'a', isCompacted: true, ratio: 0.25 },
      { name: 'b', isCompacted: false, ratio: 1 },
      { name: 'c', isCompacted: true, ratio: 0.75 },
    ];
    const { calls, topics } = fakeTopics(fakes, async () => {});
    const worker = new CompactionWorker({ topics, clock, telemetry });
    await clock.sleep(compactionEveryMs + 1);
    assert.deepEqual(calls, ['a 0', 'a 1', 'c 0', 'c 1']);
    const metrics = telemetry.metrics.expose();
    assert.match(metrics, /^cairn_kafka_compaction_passes_total 4$/m);
    assert.match(metrics, /^cairn_kafka_compaction_read_bytes_total 400$/m);
    assert.match(metrics, /^cairn_kafka_compaction_written_bytes_total 40$/m);
    assert.match(metrics, /^cairn_kafka_compaction_dirty_ratio_max 0.75$/m);
    await worker.stop();
  }));

test('regression: one that fails is told once and tried again less often each time, and the others are compacted', () =>
  within(async ({ clock, telemetry, lines }) => {
    const fakes = [
      { name: 'broken', isCompacted: true, ratio: 1 },
      { name: 'sound', isCompacted: true, ratio: 1 },
    ];
    const { calls, topics } = fakeTopics(fakes, async (name) => {
      if (name === 'broken') throw new Error('the disk is full');
    });
    const worker = new CompactionWorker({ topics, clock, telemetry });
    await clock.sleep(2 * compactionEveryMs + 2);
    const round = ['broken 0', 'broken 1', 'sound 0', 'sound 1'];
    assert.deepEqual(calls, [...round, ...round]);
    assert.equal(lines.length, 2);
    assert.match(lines[0]!, /the disk is full/);
    const triesOf = (name: string) => calls.filter((call) => call === name).length;
    const before = triesOf('sound 0');
    await clock.sleep(3_600_000);
    assert.ok(triesOf('broken 0') < 14, `${triesOf('broken 0')} passes failed in an hour`);
    assert.equal(triesOf('sound 0') - before, 3_600_000 / compactionEveryMs);
    assert.equal(lines.length, 2);
    const failures = triesOf('broken 0') + triesOf('broken 1');
    assert.match(
      telemetry.metrics.expose(),
      new RegExp(`^cairn_kafka_compaction_failures_total ${failures}$`, 'm'),
    );
    await worker.stop();
  }));

test('partitions that are damaged are counted', () =>
  within(async ({ clock, telemetry }) => {
    const fakes = [{ name: 'a', isCompacted: true, ratio: 1 }];
    const { topics } = fakeTopics(fakes, async () => {});
    const partition = topics.partition.bind(topics);
    const damaged = async (...call: Parameters<typeof partition>) =>
      Object.assign(await partition(...call), { compact: async () => undefined, isUncleanable: true });
    const worker = new CompactionWorker({
      topics: Object.assign(topics, { partition: damaged }),
      clock,
      telemetry,
    });
    await clock.sleep(compactionEveryMs + 1);
    assert.match(telemetry.metrics.expose(), /^cairn_kafka_compaction_uncleanable_partitions 2$/m);
    await worker.stop();
  }));

test('stopping it ends the pass under way', () =>
  within(async ({ clock, telemetry, lines }) => {
    const { calls, topics } = fakeTopics([{ name: 'a', isCompacted: true, ratio: 1 }], (_, signal) =>
      clock.sleep(1e9, signal),
    );
    const worker = new CompactionWorker({ topics, clock, telemetry });
    await clock.sleep(compactionEveryMs + 1);
    await worker.stop();
    assert.deepEqual([calls, lines], [['a 0'], []]);
  }));

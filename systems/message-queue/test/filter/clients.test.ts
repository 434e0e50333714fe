// Clients that we did not write, as members of groups with a filter: they get what it lets through and nothing else, and move
// on over runs of which they get nothing, also where those are longer than one fetch looks at, or at the end of the log.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { cleanUpAfter, findProgram, type TestContext } from '@cairn/testing';
import { Consumer, stringDeserializers } from '@platformatic/kafka';
import { Kafka, logLevel } from 'kafkajs';
import { type Compression, compressions } from '../../src/batch/batch-header.ts';
import { filterLookedAtBytesMax } from '../../src/limits.ts';
import { startBroker } from '../kafka/start-broker.ts';
import { type Tagged, taggedBatch } from './tagged-batches.ts';

const kcat = findProgram('kcat');
const python = '/usr/bin/python3';
const lacking = (module: string): string | false =>
  spawnSync(python, ['-c', `import ${module}`]).status === 0
    ? false
    : `the Python module ${module} is not installed`;

const group = 'filtered';
const filter = '(red || blue) && !old';

type Reader = { readonly address: string; readonly onLine: (line: string) => void };

const unwanted = (value: string): Tagged => ({ value, tags: 'green' });
const mixed = (name: string): readonly Tagged[] => [
  unwanted('no'),
  { value: `${name} red`, tags: 'red' },
  { value: `${name} old`, tags: 'red, old' },
  { value: `${name} untagged` },
  { value: `${name} blue`, tags: 'green , blue' },
  unwanted('no'),
];

/** Batches in their order, and the offsets and values that are wanted of them. */
function batchesOf(): {
  readonly batches: readonly (readonly Tagged[])[];
  readonly wanted: readonly string[];
} {
  const large = 'x'.repeat(100_000);
  const oneRun = Array.from({ length: 9 }, () => unwanted(large));
  // Some of the answers have to have nothing, at the beginning of the log and later.
  const runs = (fetches: number) =>
    Array.from({ length: Math.ceil((fetches * filterLookedAtBytesMax) / 900_000) }, () => oneRun);
  const batches = [
    ...runs(1.2),
    [unwanted('no'), unwanted('no')],
    mixed('first'),
    ...runs(2.5),
    mixed('second'),
    [{ value: 'all', tags: 'red' }],
    ...Array.from({ length: 5 }, () => [unwanted('no')]),
  ];
  const wanted = batches.flat().flatMap(({ value, tags = '' }, offset) => {
    const isWanted = /red|blue/.test(tags) && !tags.includes('old');
    return isWanted ? [`${offset} ${value}`] : [];
  });
  return { batches, wanted };
}

async function startFiltered(t: TestContext, compression: Compression) {
  const { queue, address } = await startBroker(t);
  const topic = await queue.topics.create({ name: 'paints' });
  const partition = await queue.topics.partition(topic, 0);
  const append = async (records: readonly Tagged[]) =>
    partition.append({ records: await taggedBatch(records, { compression }) });
  const { batches, wanted } = batchesOf();
  for (const batch of batches) await append(batch);
  await queue.groups.configs.change(group, () => ({ 'cairn.filter': filter }), { validateOnly: false });
  return { queue, address, append, wanted, count: batches.flat().length };
}

async function readsWhatIsWanted(
  t: TestContext,
  { read, codec }: { read: (reader: Reader, t: TestContext) => Promise<void>; codec: Compression },
): Promise<void> {
  const { address, append, wanted, count } = await startFiltered(t, codec);
  const lines: string[] = [];
  const { promise: all, resolve } = Promise.withResolvers<void>();
  let appending: Promise<unknown> = Promise.resolve();
  const onLine = (line: string) => {
    lines.push(line);
    // While it waits at the end of the log.
    if (lines.length === wanted.length)
      appending = append([unwanted('no')]).then(() =>
        append([unwanted('no'), { value: 'end', tags: 'blue' }]),
      );
    if (lines.length > wanted.length) resolve();
  };
  await read({ address, onLine }, t);
  await all;
  await appending;
  assert.deepEqual(lines, [...wanted, `${count + 2} end`]);
}

/** What a process prints, until the test is over. */
async function watch(
  t: TestContext,
  {
    program,
    parameters,
    onLine,
  }: { program: string; parameters: readonly string[] } & Pick<Reader, 'onLine'>,
): Promise<void> {
  const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'ignore'] });
  cleanUpAfter(t, async () => void child.kill('SIGKILL'));
  createInterface({ input: child.stdout }).on('line', onLine);
}

async function kcatReads({ address, onLine }: Reader, t: TestContext): Promise<void> {
  const settings = ['client.id=kcat-filtered', 'auto.offset.reset=earliest', 'fetch.wait.max.ms=100'];
  const parameters = ['-b', address, '-G', group, '-q', '-u', '-f', '%o %s\n'];
  for (const setting of settings) parameters.push('-X', setting);
  await watch(t, { program: kcat!, parameters: [...parameters, 'paints'], onLine });
}

const readAll = `
import sys
from kafka import KafkaConsumer
consumer = KafkaConsumer('paints', bootstrap_servers=sys.argv[1], group_id='filtered', client_id='python-filtered',
    auto_offset_reset='earliest', fetch_max_wait_ms=100)
for message in consumer:
    print('%d %s' % (message.offset, message.value.decode()), flush=True)
`;

async function pythonReads({ address, onLine }: Reader, t: TestContext): Promise<void> {
  await watch(t, { program: python, parameters: ['-c', readAll, address], onLine });
}

async function kafkajsReads({ address, onLine }: Reader, t: TestContext): Promise<void> {
  const kafka = new Kafka({ clientId: 'kafkajs-filtered', brokers: [address], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: group, maxWaitTimeInMs: 100 });
  cleanUpAfter(t, () => consumer.disconnect());
  await consumer.connect();
  await consumer.subscribe({ topic: 'paints', fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message: { offset, value } }) => onLine(`${offset} ${value}`),
  });
}

async function platformaticReads({ address, onLine }: Reader, t: TestContext): Promise<void> {
  const consumer = new Consumer({
    ...{ clientId: 'platformatic-filtered', bootstrapBrokers: [address], groupId: group, retries: 1 },
    deserializers: stringDeserializers,
  });
  cleanUpAfter(t, async () => void (await consumer.close(true)));
  const stream = await consumer.consume({ topics: ['paints'], mode: 'earliest', maxWaitTime: 100 });
  stream.on('data', ({ offset, value }) => onLine(`${offset} ${value}`));
}

const pythonModules = { none: 'kafka', gzip: 'kafka', snappy: 'snappy', lz4: 'lz4.frame', zstd: 'zstandard' };
const limit = { timeout: 60_000 };

for (const codec of compressions) {
  const reads = (read: (reader: Reader, t: TestContext) => Promise<void>) => (t: TestContext) =>
    readsWhatIsWanted(t, { read, codec });
  const skip = kcat === undefined ? 'kcat is not installed' : false;
  const skipPython = lacking('kafka') || lacking(pythonModules[codec]);
  test(`kcat reads what its group wants: ${codec}`, { skip, ...limit }, reads(kcatReads));
  test(
    `kafka-python reads what its group wants: ${codec}`,
    { skip: skipPython, ...limit },
    reads(pythonReads),
  );
  // What it unpacks without packages of others.
  if (codec === 'none' || codec === 'gzip')
    test(`kafkajs reads what its group wants: ${codec}`, limit, reads(kafkajsReads));
  test(`@platformatic/kafka reads what its group wants: ${codec}`, limit, reads(platformaticReads));
}

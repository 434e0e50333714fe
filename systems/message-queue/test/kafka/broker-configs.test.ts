// What is set of the broker and of its cluster while it runs: shown with where it is from, in force for topics that set nothing,
// and there again after a restart.

import assert from 'node:assert/strict';
import test from 'node:test';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import type { Topics } from '../../src/broker/topics/topics.ts';
import { repairMessageQueue } from '../../src/check/repair-message-queue.ts';
import { kafkaErrors } from '../../src/errors.ts';
import { openMessageQueue } from '../../src/index.ts';
import * as replaceConfigs from '../../src/kafka/messages/alter-configs-request.ts';
import * as replacedConfigs from '../../src/kafka/messages/alter-configs-response.ts';
import * as describeConfigs from '../../src/kafka/messages/describe-configs-request.ts';
import * as describedConfigs from '../../src/kafka/messages/describe-configs-response.ts';
import * as alterConfigs from '../../src/kafka/messages/incremental-alter-configs-request.ts';
import * as alteredConfigs from '../../src/kafka/messages/incremental-alter-configs-response.ts';
import { change } from '../check/broker-folder.ts';
import { batchOf } from '../partition/partition-fixture.ts';
import { produce } from './requests.ts';
import { startKafka } from './start-kafka.ts';
import { TestClient } from './test-client.ts';

const { INVALID_CONFIG, INVALID_REQUEST, NOT_ENOUGH_REPLICAS } = kafkaErrors;
/** As Kafka's protocol numbers where a value is from. */
const source = { topic: 1, broker: 2, cluster: 3, started: 4, default: 5 };
const operation = { set: 0, remove: 1, append: 2 };

async function start(t: TestContext, options: Parameters<typeof startKafka>[1] = {}) {
  const kafka = await startKafka(t, options);
  const client = await TestClient.connect(t, kafka.port);
  const alter = async (
    resourceName: string,
    configs: readonly (readonly [name: string, value: string | null, operation?: number])[],
    validateOnly = false,
  ) => {
    const alterable = configs.map(([name, value, configOperation = operation.set]) => ({
      name,
      value,
      configOperation,
    }));
    const answer = await client.ask('incrementalAlterConfigs', {
      version: 1,
      request: { resources: [{ resourceType: 4, resourceName, configs: alterable }], validateOnly },
      encode: alterConfigs.encodeIncrementalAlterConfigsRequest,
      decode: alteredConfigs.decodeIncrementalAlterConfigsResponse,
    });
    return answer!.responses[0]!;
  };
  const replace = async (resourceName: string, configs: Readonly<Record<string, string>>) => {
    const entries = Object.entries(configs).map(([name, value]) => ({ name, value }));
    const answer = await client.ask('alterConfigs', {
      version: 2,
      request: { resources: [{ resourceType: 4, resourceName, configs: entries }], validateOnly: false },
      encode: replaceConfigs.encodeAlterConfigsRequest,
      decode: replacedConfigs.decodeAlterConfigsResponse,
    });
    return answer!.responses[0]!.errorCode;
  };
  const describe = async (
    resourceType: number,
    resourceName: string,
    keys: readonly string[] | null = null,
  ) => {
    const answer = await client.ask('describeConfigs', {
      version: 4,
      request: {
        resources: [{ resourceType, resourceName, configurationKeys: keys }],
        includeSynonyms: true,
        includeDocumentation: false,
      },
      encode: describeConfigs.encodeDescribeConfigsRequest,
      decode: describedConfigs.decodeDescribeConfigsResponse,
    });
    return answer!.results[0]!.configs;
  };
  const shown = async (resourceType: number, resourceName: string, key: string) => {
    const [entry] = await describe(resourceType, resourceName, [key]);
    return entry && [entry.value, entry.configSource];
  };
  return { ...kafka, client, alter, replace, describe, shown };
}

test('the broker goes before the cluster, that before what it was started with, and a topic before all', async (t) => {
  const { alter, topics, describe, shown } = await start(t, {
    topicsOptions: { defaults: { 'retention.ms': '5000' } },
  });
  await topics.create({ name: 'a' });
  await topics.create({ name: 'own', texts: { 'retention.ms': '9' } });
  const retention = () => topics.find('a')?.settings.retentionMs;
  assert.deepEqual(await shown(2, 'a', 'retention.ms'), ['5000', source.started]);
  assert.equal((await alter('', [['log.retention.ms', '60000']])).errorCode, 0);
  assert.deepEqual(await shown(2, 'a', 'retention.ms'), ['60000', source.cluster]);
  assert.deepEqual(await shown(4, '1', 'log.retention.ms'), ['60000', source.cluster]);
  assert.deepEqual(await shown(4, '', 'log.retention.ms'), ['60000', source.cluster]);
  assert.equal(retention(), 60_000);
  assert.equal((await alter('1', [['log.retention.ms', '70000']])).errorCode, 0);
  const [entry] = await describe(2, 'a', ['retention.ms']);
  assert.deepEqual(
    entry?.synonyms.map(({ name, value, source: from }) => [name, value, from]),
    [
      ['log.retention.ms', '70000', source.broker],
      ['log.retention.ms', '60000', source.cluster],
      ['log.retention.ms', '5000', source.started],
      ['log.retention.ms', '1209600000', source.default],
    ],
  );
  assert.deepEqual([retention(), topics.find('own')?.settings.retentionMs], [70_000, 9]);
  assert.equal((await alter('1', [['log.retention.ms', null, operation.remove]])).errorCode, 0);
  assert.equal((await alter('', [['log.retention.ms', null, operation.remove]])).errorCode, 0);
  assert.equal(retention(), 5_000);
  const later = await topics.create({ name: 'later' });
  assert.equal(later.settings.retentionMs, 5_000);
});

test('what is altered is in force for partitions that are open', async (t) => {
  const { alter, client, topics } = await start(t, { onDisk: true });
  await topics.create({ name: 'a' });
  const send = async () => {
    const answer = await client.ask('produce', produce('a', { batch: batchOf(['a']) }));
    return answer?.responses[0]?.partitionResponses[0]?.errorCode;
  };
  assert.equal(await send(), 0);
  assert.equal((await alter('', [['min.insync.replicas', '2']])).errorCode, 0);
  assert.equal(await send(), NOT_ENOUGH_REPLICAS.code);
  assert.equal(
    (
      await alter('', [
        ['min.insync.replicas', '1'],
        ['message.max.bytes', '20'],
      ])
    ).errorCode,
    0,
  );
  assert.equal(await send(), kafkaErrors.MESSAGE_TOO_LARGE.code);
});

test('a list is appended to what is in force, and AlterConfigs takes what it does not name away', async (t) => {
  const { alter, replace, topics, describe } = await start(t);
  await topics.create({ name: 'a' });
  await alter('1', [['log.cleanup.policy', 'compact', operation.append]]);
  assert.ok(topics.find('a')?.settings.isCompacted && topics.find('a')?.settings.isDeleted);
  assert.equal(await replace('1', { 'log.segment.bytes': '2097152' }), 0);
  assert.deepEqual(
    [topics.find('a')?.settings.isCompacted, topics.find('a')?.settings.segmentBytesMax],
    [false, 2_097_152],
  );
  const set = (await describe(4, '1')).filter(({ configSource }) => configSource === source.broker);
  assert.deepEqual(
    set.map(({ name }) => name),
    ['log.segment.bytes'],
  );
});

test('what is set at the start, or is no configuration, is refused, and nothing of the request is done', async (t) => {
  const { alter, replace, topics } = await start(t);
  const refused = await alter('1', [
    ['log.retention.ms', '7'],
    ['auto.create.topics.enable', 'false'],
  ]);
  assert.equal(refused.errorCode, INVALID_REQUEST.code);
  assert.equal(refused.errorMessage, 'Cannot update these configs dynamically: auto.create.topics.enable');
  assert.equal((await alter('1', [['no.such.name', '1']])).errorCode, INVALID_REQUEST.code);
  assert.equal((await alter('1', [['log.retention.ms', 'x']])).errorCode, INVALID_REQUEST.code);
  assert.equal((await alter('1', [['log.retention.ms', null]])).errorCode, INVALID_REQUEST.code);
  assert.equal((await alter('7', [['log.retention.ms', '1']])).errorCode, INVALID_REQUEST.code);
  assert.equal((await alter('1', [['log.retention.ms', '7']], true)).errorCode, 0);
  assert.equal(await replace('1', { 'broker.id': '2' }), INVALID_REQUEST.code);
  assert.deepEqual(topics.configs.textsOf('broker'), {});
  const relogin = 'sasl.kerberos.min.time.before.relogin';
  assert.equal(
    (await alter('', [[relogin, '58000']])).errorCode,
    INVALID_REQUEST.code,
    'it is of one broker',
  );
  assert.equal((await alter('1', [[relogin, '58000']])).errorCode, 0);
});

test('min.insync.replicas is always set for the cluster, and never for a broker (KIP-966)', async (t) => {
  const { alter, topics, shown, describe } = await start(t);
  await topics.create({ name: 'a' });
  assert.deepEqual(await shown(2, 'a', 'min.insync.replicas'), ['1', source.cluster]);
  assert.deepEqual(
    (await describe(4, '')).map(({ name, value }) => [name, value]),
    [['min.insync.replicas', '1']],
  );
  assert.equal((await alter('1', [['min.insync.replicas', '2']])).errorCode, INVALID_CONFIG.code);
  assert.equal(
    (await alter('', [['min.insync.replicas', null, operation.remove]])).errorCode,
    INVALID_CONFIG.code,
  );
});

test('what was set is there after a restart; a damaged row sets nothing until it is restored', async (t) => {
  const directory = await temporaryDirectory(t);
  const opened = async (work: (topics: Topics) => Promise<void>) => {
    const queue = await openMessageQueue({ directory });
    await work(queue.topics);
    await queue.close();
  };
  const wanted = { 'min.insync.replicas': '1', 'retention.ms': '60000', 'segment.bytes': '2097152' };
  await opened(async (topics) => {
    await topics.configureBroker('cluster', () => ({ 'log.retention.ms': '60000' }), { validateOnly: false });
    await topics.configureBroker('broker', () => ({ 'log.segment.bytes': '2097152' }), {
      validateOnly: false,
    });
    await topics.create({ name: 'a' });
  });
  await opened(async (topics) => {
    assert.deepEqual(topics.defaults, wanted);
    assert.equal(topics.find('a')?.settings.retentionMs, 60_000);
  });
  change(directory, "update setting set value = replace(value, '60000', '60001')");
  await opened(async (topics) => assert.equal(topics.defaults['retention.ms'], undefined));
  const { remadeFiles } = await repairMessageQueue({ directory }, { acceptLoss: false });
  assert.deepEqual(
    remadeFiles.map(({ file }) => file),
    ['the setting cluster-configuration'],
  );
  await opened(async (topics) => assert.deepEqual(topics.defaults, wanted));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { World } from '@cairn/world';
import type { EngineProduce, EngineSubscribe, LogEngine } from './log-engine.ts';
import { LogError } from './log-error.ts';
import { openLog, registerLog } from './open-log.ts';

const world = {} as World; // no engine is reached

test('an unknown scheme is refused with those that are known, and the URL is not repeated', async () => {
  for (const url of ['amqp://anna:s3cr3t@host', 'nothing', '', '/a/path']) {
    await assert.rejects(openLog({ url, world }), (error) => {
      assert(error instanceof LogError);
      assert.equal(error.code, 'invalid-url');
      assert.match(error.message, /kafka: kafkas:/);
      assert.doesNotMatch(error.message, /s3cr3t/);
      return true;
    });
  }
});

test('an engine gets bytes and defaults, whatever was given, and its subscriptions end before it does', async () => {
  const produced: EngineProduce[] = [];
  const subscribed: EngineSubscribe[] = [];
  const ended: string[] = [];
  const engine: LogEngine = {
    produce: async (request) => {
      produced.push(request);
      return [];
    },
    subscribe: async (request) => {
      subscribed.push(request);
      const stop = async () => void ended.push('subscription');
      return { ended: new Promise<void>(() => {}), stop };
    },
    close: async () => void ended.push('engine'),
  };
  registerLog('test-log', async () => engine);
  assert.throws(() => registerLog('test-log', async () => engine));
  assert.throws(() => registerLog('kafka', async () => engine));
  const log = await openLog({ url: 'test-log:', world });
  await log.produce({ topic: 't', records: [{ value: 'é', headers: [{ key: 'h', value: 'v' }] }] });
  const bytes = { key: null, value: Buffer.from('é'), headers: [{ key: 'h', value: Buffer.from('v') }] };
  assert.deepEqual(produced, [
    { topic: 't', records: [{ ...bytes, timestampMs: undefined, partition: undefined }] },
  ]);
  const handle = () => {};
  await log.subscribe({ topics: ['t', 't'], group: 'g', handle });
  await log.subscribe({ topics: ['t'], group: 'g', handle, deadLetterTopic: 'dead', from: 'latest' });
  const [plain, buried] = subscribed;
  assert.deepEqual(
    [plain!.topics, plain!.from, plain!.retry.attempts, plain!.uncommitted],
    [['t'], 'earliest', Number.POSITIVE_INFINITY, false],
  );
  assert.deepEqual([buried!.from, buried!.retry.attempts], ['latest', 5]);
  await Promise.all([log.close(), log.close()]);
  assert.deepEqual(ended, ['subscription', 'subscription', 'engine']);
  await assert.rejects(log.subscribe({ topics: ['t'], group: 'g', handle }), { code: 'closed' });
});

// Members of a consumer group (KIP-848) by an expression, through the whole broker: each gets what it may describe.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { ConsumerGroupHeartbeatRequest } from '../../src/kafka/messages/consumer-group-heartbeat-request.ts';
import { encodeConsumerGroupHeartbeatRequest } from '../../src/kafka/messages/consumer-group-heartbeat-request.ts';
import { decodeConsumerGroupHeartbeatResponse } from '../../src/kafka/messages/consumer-group-heartbeat-response.ts';
import { beat, joinBeat } from '../groups/group-fixture.ts';
import { logIn } from './log-in.ts';
import { startBroker } from './start-broker.ts';
import { keysIdentity } from './start-kafka.ts';
import { TestClient } from './test-client.ts';

const codec = {
  version: 1,
  encode: encodeConsumerGroupHeartbeatRequest,
  decode: decodeConsumerGroupHeartbeatResponse,
};

test('regression: of what an expression matches a member is assigned what it may describe, another gets the rest', async (t) => {
  const identity = keysIdentity(
    { ada: 'secret', bob: 'secret' },
    (name, { resource }) => name === 'bob' || !resource.endsWith('/secrets'),
  );
  const { queue, port } = await startBroker(t, { identity });
  const orders = await queue.topics.create({ name: 'orders', partitionCount: 2 });
  const secrets = await queue.topics.create({ name: 'secrets', partitionCount: 1 });
  const member = async (memberId: string) => {
    const client = await TestClient.connect(t, port);
    await logIn(client, `\0${memberId}\0secret`);
    return async (request: ConsumerGroupHeartbeatRequest) => {
      const answer = await client.ask('consumerGroupHeartbeat', {
        ...codec,
        request: { ...request, memberId },
      });
      assert.equal(answer?.errorCode, 0, `${answer?.errorMessage}`);
      return answer?.assignment?.topicPartitions;
    };
  };
  const [ada, bob] = [await member('ada'), await member('bob')];
  const wanted = { subscribedTopicNames: null, subscribedTopicRegex: '.*' };
  const all = [{ topicId: orders.topicId, partitions: [0, 1] }];
  assert.deepEqual(await ada(joinBeat(wanted)), all);
  assert.deepEqual(await bob(joinBeat(wanted)), [{ topicId: secrets.topicId, partitions: [0] }]);
  const { groups } = queue.groups.consumerGroupDescribe({
    ...{ groupIds: ['group'], includeAuthorizedOperations: false },
  });
  const ofAda = groups[0]!.members.find(({ memberId }) => memberId === 'ada')!;
  for (const { topicPartitions } of [ofAda.assignment, ofAda.targetAssignment])
    assert.deepEqual(
      topicPartitions.map(({ topicName }) => topicName),
      ['orders'],
    );
  assert.equal(
    await ada(beat({ memberEpoch: 1, topicPartitions: all })),
    undefined,
    'it has what it is to have',
  );
});

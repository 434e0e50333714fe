// What ApiVersions says, held against the ranges of Kafka 4.3: clients choose what they send, and switch features on, by them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiVersions } from './requests.ts';
import { startBroker } from './start-broker.ts';
import { TestClient } from './test-client.ts';

/** Key, name, least and greatest version: what no client works without, and what the features need that are here. */
const needed = `
0 Produce 0-13
1 Fetch 4-18
2 ListOffsets 1-11
3 Metadata 0-13
8 OffsetCommit 2-10
9 OffsetFetch 1-10
10 FindCoordinator 0-6
11 JoinGroup 0-9
12 Heartbeat 0-4
13 LeaveGroup 0-5
14 SyncGroup 0-5
15 DescribeGroups 0-6
16 ListGroups 0-5
17 SaslHandshake 0-1
18 ApiVersions 0-4
19 CreateTopics 2-7
20 DeleteTopics 1-6
21 DeleteRecords 0-2
22 InitProducerId 0-6
23 OffsetForLeaderEpoch 2-4
24 AddPartitionsToTxn 0-5
25 AddOffsetsToTxn 0-4
26 EndTxn 0-5
28 TxnOffsetCommit 0-5
29 DescribeAcls 1-3
30 CreateAcls 1-3
31 DeleteAcls 1-3
32 DescribeConfigs 1-4
33 AlterConfigs 0-2
35 DescribeLogDirs 1-5
36 SaslAuthenticate 0-2
37 CreatePartitions 0-3
42 DeleteGroups 0-2
44 IncrementalAlterConfigs 0-1
47 OffsetDelete 0-0
48 DescribeClientQuotas 0-1
49 AlterClientQuotas 0-1
60 DescribeCluster 0-2
68 ConsumerGroupHeartbeat 0-1
69 ConsumerGroupDescribe 0-1
75 DescribeTopicPartitions 0-0
`;

/**
 * Of tools. AlterUserScramCredentials is refused name by name, as by a Kafka whose metadata version has no SCRAM, which
 * advertises it too: a tool is told why. Not here: client telemetry (71, 72), which librdkafka would send at once, and the
 * APIs of several brokers, share groups and streams groups.
 */
const ofTools = `
50 DescribeUserScramCredentials 0-0
51 AlterUserScramCredentials 0-0
61 DescribeProducers 0-0
65 DescribeTransactions 0-0
66 ListTransactions 0-2
74 ListConfigResources 0-1
`;

test('the APIs that are advertised are those of Kafka 4.3 that clients need, in its versions', async (t) => {
  const { port } = await startBroker(t);
  const client = await TestClient.connect(t, port);
  const answer = await client.ask('apiVersions', apiVersions(3));
  const advertised = answer?.apiKeys.map((api) => `${api.apiKey} ${api.minVersion}-${api.maxVersion}`);
  const rows = [...needed.trim().split('\n'), ...ofTools.trim().split('\n')].map((row) => row.split(' '));
  const expected = rows
    .toSorted(([left], [right]) => Number(left) - Number(right))
    .map(([key, , versions]) => `${key} ${versions}`);
  assert.deepEqual(advertised, expected);
});

// The log port's engine `kafka:` against librdkafka's built-in cluster, as far as that goes: what it lacks is named. It answers
// no InitProducerId that our client sends (hence `idempotence=off`), and waits for nearly a session in each rebalance.

import { after, test } from 'node:test';
import { findProgram } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { logConformance } from '../src/log/conformance.ts';
import { openLog } from '../src/log/open-log.ts';
import { startMockCluster } from './mock-cluster.ts';

const kcat = findProgram('kcat');
if (kcat === undefined) test('librdkafka’s cluster', { skip: 'kcat is not installed' }, () => {});
else {
  const cluster = await startMockCluster(kcat);
  after(() => cluster.stop());
  let topics = 0;
  await logConformance({
    name: 'kafka on librdkafka’s cluster',
    open: () => openLog({ url: `kafka://${cluster.address}?idempotence=off`, world: realWorld() }),
    topic: async () => `topic-${topics++}`,
    atOnce: true,
    gaps: {
      'a record that is larger than the topic allows is refused, and nothing else': 'it takes any size',
    },
    unreliable: {
      'members share the partitions, and take over those of one that leaves':
        'it refuses a second member with INVALID_REQUEST, or lets it wait for most of a session',
    },
  });
}

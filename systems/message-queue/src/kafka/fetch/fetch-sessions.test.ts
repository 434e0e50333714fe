// How many fetch sessions there are.

import assert from 'node:assert/strict';
import test from 'node:test';
import { SeededRandom } from '@cairn/world/simulated';
import { fetchSessionIdleMs } from '../../limits.ts';
import type { FetchRequest } from '../messages/fetch-request.ts';
import { zeroUuid } from '../wire/values.ts';
import { FetchSessions } from './fetch-sessions.ts';

const partition = {
  partition: 0,
  currentLeaderEpoch: -1,
  fetchOffset: 0,
  lastFetchedEpoch: -1,
  logStartOffset: -1,
  partitionMaxBytes: 1,
  replicaDirectoryId: zeroUuid,
  highWatermark: -1,
};
const request: FetchRequest = {
  clusterId: null,
  replicaId: -1,
  maxWaitMs: 0,
  minBytes: 1,
  maxBytes: 1,
  isolationLevel: 0,
  sessionId: 0,
  sessionEpoch: 0,
  topics: [{ topic: 'a', topicId: zeroUuid, partitions: [partition] }],
  forgottenTopicsData: [],
  rackId: '',
};

function open(sessionsMax: number) {
  const clock = { nowMs: 0, monotonicMs: () => clock.nowMs };
  const sessions = new FetchSessions({ clock, random: new SeededRandom(1), sessionsMax });
  const idOf = (owner = 'ada') => {
    const plan = sessions.plan(request, owner);
    return plan.kind === 'full' ? plan.session?.id : undefined;
  };
  return { clock, sessions, idOf };
}

test('without room a client is served without a session, until one was not used for long', () => {
  const { clock, sessions, idOf } = open(2);
  const [first, second] = [idOf(), idOf()];
  assert.ok(first !== undefined && second !== undefined);
  assert.equal(idOf(), undefined);
  clock.nowMs = fetchSessionIdleMs - 1;
  // The first is used, so the second is the oldest.
  assert.equal(sessions.plan({ ...request, sessionId: first, sessionEpoch: 1 }, 'ada').kind, 'incremental');
  clock.nowMs = fetchSessionIdleMs;
  assert.ok(idOf() !== undefined);
  assert.equal(sessions.plan({ ...request, sessionId: second, sessionEpoch: 1 }, 'ada').kind, 'refused');
  assert.equal(sessions.size, 2);
});

test('a session is its owner’s: nobody else uses it or ends it', () => {
  const { sessions, idOf } = open(10);
  const sessionId = idOf('ada')!;
  assert.equal(sessions.plan({ ...request, sessionId, sessionEpoch: 1 }, 'eve').kind, 'refused');
  sessions.plan({ ...request, sessionId, sessionEpoch: -1 }, 'eve');
  assert.equal(sessions.plan({ ...request, sessionId, sessionEpoch: 1 }, 'ada').kind, 'incremental');
});

// What the broker is: the id of its cluster, which stays, and the number of its starts, which is the leader epoch.

import type { Transaction } from '@cairn/engines';
import { statement } from './tables.ts';

const selectSetting = statement({ name: 'text' }, (db, p) =>
  db.selectFrom('setting').select('value').where('name', '=', p.name),
);
const upsertSetting = statement({ name: 'text', value: 'text' }, (db, p) =>
  db
    .insertInto('setting')
    .values({ name: p.name, value: p.value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: p.value })),
);

export type BrokerStart = { readonly clusterId: string; readonly leaderEpoch: number };

/** Counts this start. `newClusterId` becomes the cluster's when it has none yet. */
export function* startBroker(input: { newClusterId: string }): Transaction<BrokerStart> {
  const found = yield* selectSetting.first({ name: 'cluster-id' });
  const clusterId = found?.value ?? input.newClusterId;
  if (found === undefined) yield* upsertSetting.run({ name: 'cluster-id', value: clusterId });
  const starts = yield* selectSetting.first({ name: 'starts' });
  // The first epoch is 0, as Kafka's.
  const leaderEpoch = starts === undefined ? 0 : Number(starts.value) + 1;
  yield* upsertSetting.run({ name: 'starts', value: String(leaderEpoch) });
  return { clusterId, leaderEpoch };
}

/** From now on there is a store of delayed records, which a start has to open. */
export function* noteDelays(_input: Record<string, never>): Transaction<void> {
  yield* upsertSetting.run({ name: 'delays', value: 'used' });
}

export function* hasDelays(_input: Record<string, never>): Transaction<boolean> {
  return (yield* selectSetting.first({ name: 'delays' })) !== undefined;
}

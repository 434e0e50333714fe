// The store of delayed records: a database of its own in the data folder.

import { defineStore, type Sql } from '@cairn/engines';
import { addRowChecksums, createDelayTables } from './delay-tables.ts';
import { beginEpoch, claimDue, forgetTopic, listDelayTopics, listPending } from './deliveries.ts';
import { restoreDelayed, restoreDelivery } from './restoring.ts';
import { claimProducerId, findProducerId, forgetBatches, takeIn } from './taking-in.ts';
import { verifyClaims, verifyRecords } from './verifying.ts';

const delayStore = defineStore({
  module: import.meta.url,
  name: 'delays',
  migrations: [createDelayTables, addRowChecksums],
  reads: { listPending, listDelayTopics, findProducerId, verifyRecords, verifyClaims },
  writes: {
    ...{ takeIn, claimDue, beginEpoch, forgetBatches, forgetTopic, claimProducerId },
    ...{ restoreDelayed, restoreDelivery },
  },
});

export default delayStore;
export type DelaySql = Sql<typeof delayStore>;

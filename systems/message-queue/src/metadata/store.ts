// The metadata store: topics, access, groups, transactions, queues and what the broker remembers of itself, in the sql
// engine.

import { defineStore, type Sql } from '@cairn/engines';
import { createAcls, deleteAcls, listAcls, restoreAcl, sealAcls } from './acls.ts';
import { hasDelays, listSettings, noteDelays, putSetting, restoreSetting, startBroker } from './broker.ts';
import {
  changeClientQuotas,
  listClientQuotas,
  restoreClientQuota,
  sealClientQuotas,
} from './client-quotas.ts';
import { listGroupConfigs, putGroupConfig } from './group-configs.ts';
import { deleteGroup, findGroup, listGroups, writeGroup } from './groups.ts';
import { migrations } from './migrations.ts';
import {
  completeOffsets,
  deleteOffsets,
  expireOffsets,
  findGroupOffsets,
  findOffsets,
  forgetTopicOffsets,
  hasOffsets,
  listOffsetTopics,
} from './offsets.ts';
import { changeQueueRows, findQueueRows, listStrayGone, restoreGone } from './queue-rows.ts';
import {
  claimQueueSecret,
  createQueue,
  deleteQueue,
  forgetQueueDeletion,
  listMoves,
  listQueueDeletions,
  listQueues,
  putMove,
  putQueue,
  restoreMove,
  restoreQueue,
  sealQueues,
} from './queues.ts';
import {
  changeTopic,
  createTopic,
  deleteTopic,
  forgetTopicDeletion,
  listTopicDeletions,
  listTopics,
  restoreTopic,
} from './topics.ts';
import {
  forgetTransaction,
  listTransactions,
  putTransaction,
  reclaimTransaction,
  takeProducerIds,
} from './transactions.ts';

const metadataStore = defineStore({
  module: import.meta.url,
  name: 'message-queue',
  migrations,
  reads: {
    hasDelays,
    listSettings,
    listTopics,
    listTopicDeletions,
    listAcls,
    listClientQuotas,
    listGroups,
    findGroup,
    listGroupConfigs,
    hasOffsets,
    findOffsets,
    findGroupOffsets,
    listOffsetTopics,
    listTransactions,
    listQueues,
    listQueueDeletions,
    findQueueRows,
    listStrayGone,
    listMoves,
  },
  writes: {
    startBroker,
    restoreSetting,
    putSetting,
    noteDelays,
    createTopic,
    restoreTopic,
    changeTopic,
    deleteTopic,
    forgetTopicDeletion,
    createAcls,
    deleteAcls,
    sealAcls,
    restoreAcl,
    changeClientQuotas,
    sealClientQuotas,
    restoreClientQuota,
    writeGroup,
    deleteGroup,
    putGroupConfig,
    deleteOffsets,
    expireOffsets,
    forgetTopicOffsets,
    completeOffsets,
    putTransaction,
    reclaimTransaction,
    forgetTransaction,
    takeProducerIds,
    claimQueueSecret,
    createQueue,
    putQueue,
    sealQueues,
    restoreQueue,
    restoreGone,
    deleteQueue,
    forgetQueueDeletion,
    changeQueueRows,
    putMove,
    restoreMove,
  },
});

export default metadataStore;
export type MetadataSql = Sql<typeof metadataStore>;

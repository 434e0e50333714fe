// The metadata store: topics, access and what the broker remembers of itself, in the sql engine.

import { defineStore, type Sql } from '@cairn/engines';
import { createAcls, deleteAcls, listAcls } from './acls.ts';
import { startBroker } from './broker.ts';
import { changeClientQuotas, listClientQuotas } from './client-quotas.ts';
import { migrations } from './migrations.ts';
import {
  changeTopic,
  createTopic,
  deleteTopic,
  forgetTopicDeletion,
  listTopicDeletions,
  listTopics,
} from './topics.ts';

const metadataStore = defineStore({
  module: import.meta.url,
  name: 'message-queue',
  migrations,
  reads: { listTopics, listTopicDeletions, listAcls, listClientQuotas },
  writes: {
    startBroker,
    createTopic,
    changeTopic,
    deleteTopic,
    forgetTopicDeletion,
    createAcls,
    deleteAcls,
    changeClientQuotas,
  },
});

export default metadataStore;
export type MetadataSql = Sql<typeof metadataStore>;

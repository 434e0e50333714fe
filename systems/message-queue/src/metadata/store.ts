// The metadata store in the sql engine.

import { defineStore, type Sql } from '@cairn/engines';
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

const metadataStore = defineStore({
  module: import.meta.url,
  name: 'message-queue',
  migrations,
  reads: { listGroups, findGroup, hasOffsets, findOffsets, findGroupOffsets, listOffsetTopics },
  writes: { writeGroup, deleteGroup, deleteOffsets, expireOffsets, forgetTopicOffsets, completeOffsets },
});

export default metadataStore;
export type MetadataSql = Sql<typeof metadataStore>;

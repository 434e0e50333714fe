// The metadata store, for which what makes room finds room on a full disk: deleting topics, queues and messages, and settings that let
// retention take more.

import type { MetadataSql } from '../metadata/store.ts';
import type { SpareRoom } from '../partition/spare-room.ts';

const roomMaking: ReadonlySet<string> = new Set([
  'deleteTopic',
  'changeTopic',
  'forgetTopicDeletion',
  'deleteQueue',
  'putQueue',
  'forgetQueueDeletion',
  // Which messages are gone.
  'changeQueueRows',
] satisfies Parameters<MetadataSql['write']>[0][]);

export function withSpareRoom(sql: MetadataSql, spare: SpareRoom): MetadataSql {
  const write: MetadataSql['write'] = (name, input) => {
    const work = () => sql.write(name, input);
    return roomMaking.has(name) ? spare.use(work) : work();
  };
  return {
    write,
    read: (name, input) => sql.read(name, input),
    lookup: (name, input) => sql.lookup(name, input),
    check: () => sql.check(),
    close: () => sql.close(),
  };
}

// The systems there are. `npm run new-system` adds to this list; nothing else names them one by one.

import { backupSystem } from '@cairn/backup/system';
import { identitySystem } from '@cairn/identity';
import { messageQueueSystem } from '@cairn/message-queue';
import { objectStorageSystem } from '@cairn/object-storage';
import type { SystemDefinition } from '@cairn/service';
import { asEventSource, withBucketEvents } from './bucket-events/with-bucket-events.ts';
import { withLocalBlobs } from './local-blobs.ts';
import { withLocalLog } from './local-log.ts';

export const systems: readonly SystemDefinition[] = [
  identitySystem,
  // In this order: what takes events comes behind what tells them, and may keep old segments in it.
  withLocalBlobs(asEventSource(objectStorageSystem)),
  withLocalLog(withBucketEvents(messageQueueSystem)),
  backupSystem,
] as const;

// The systems there are. `npm run new-system` adds to this list; nothing else names them one by one.

import { identitySystem } from '@cairn/identity';
import { messageQueueSystem } from '@cairn/message-queue';
import { objectStorageSystem } from '@cairn/object-storage';
import type { SystemDefinition } from '@cairn/service';
import { withLocalBlobs } from './local-blobs.ts';

export const systems: readonly SystemDefinition[] = [
  identitySystem,
  withLocalBlobs(objectStorageSystem),
  messageQueueSystem,
] as const;

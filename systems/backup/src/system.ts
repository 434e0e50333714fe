// The backup system as the service shell lists it. What it runs on is loaded when it starts: a process that mounts other
// systems only is smaller by that. An entry of its own, `@cairn/backup/system`: a command has no use for it, nor for zod.

import type { SystemDefinition } from '@cairn/service';
import { z } from 'zod';
import type { BackupService } from './service/start-backup-service.ts';

const config = z.strictObject({});

type BackupConfig = z.output<typeof config>;

export const backupSystem: SystemDefinition<BackupConfig, BackupService> = {
  name: 'backup',
  nouns: [],
  uses: ['identity'],
  config,
  async start(context) {
    const { startBackupService } = await import('./service/start-backup-service.ts');
    return startBackupService(context);
  },
};

// What `cairn up` mounts: the configuration of backup, and how it starts and stops.

import type { RunningSystem, SystemContext, SystemDefinition } from '@cairn/service';
import { z } from 'zod';

const config = z.strictObject({});

type BackupConfig = z.output<typeof config>;

export const backupSystem: SystemDefinition<BackupConfig, object> = {
  name: 'backup',
  nouns: [],
  uses: [],
  config,
  start,
};

async function start(_context: SystemContext<BackupConfig>): Promise<RunningSystem<object>> {
  return { api: {}, endpoints: [], routes: [], health: async () => ({ ready: true }), async stop() {} };
}

// The backup service as a process of its own, for a bench to measure: identity and backup, on the folder that it is given.

import type { Identity } from '@cairn/identity';
import { identitySystem } from '@cairn/identity';
import { loadConfiguration, startService } from '@cairn/service';
import { createMetrics, silentLog } from '@cairn/telemetry';
import { realWorld } from '@cairn/world';
import { backupSystem } from '../../src/system.ts';

const directory = process.argv[2]!;
const definitions = [identitySystem, backupSystem];
const service = await startService({
  definitions,
  configuration: await loadConfiguration({
    definitions,
    directory,
    flags: { data: `${directory}/data`, set: ['service.port=0'] },
  }),
  world: realWorld(),
  print: () => {},
  authenticator: (system) => system<Identity>('identity').authenticator,
  telemetry: { log: silentLog, metrics: createMetrics() },
});
console.log(`ready ${service.endpoints.find(({ system }) => system === 'service')!.url}`);
process.once('SIGTERM', () => void service.stop().then(() => process.exit(0)));

// Ours, with background work that never ends: a scrubber whose period is too short for its default pace, and lifecycle
// rules whose days are seconds. It stands still (SIGSTOP) while it is paused, so that it takes nothing from the server
// that it is compared with.

import { rm } from 'node:fs/promises';
import { sendRequest } from '@cairn/bench';
import { freePort } from '@cairn/testing';
import { type CairnServer, makeDataFolder, startCairn, thisCheckout } from './cairn.ts';
import { host, type ServerKind } from './server.ts';

export type UpkeepServer = CairnServer & {
  pause(): void;
  resume(): void;
  /** What was done since the start, by the server's metrics. */
  readonly upkeep: () => Promise<Upkeep>;
};
export type Upkeep = { readonly scrubbedBytes: number; readonly expiredObjects: number };

/** A pass in a second would take hundreds of megabytes per second, where the default pace is 34. */
const settings = ['object-storage.data.scrubPeriodDays=0.00001', 'object-storage.lifecycle.daySeconds=1'];

export const cairnWithUpkeep: ServerKind<UpkeepServer> = {
  name: 'with upkeep',
  version: async () => 'scrub and lifecycle at default pace',
  start: async () => {
    const data = await makeDataFolder();
    const servicePort = await freePort();
    const server = await startCairn(thisCheckout, data, [...settings, `service.port=${servicePort}`]);
    const signal = (name: 'SIGSTOP' | 'SIGCONT') => process.kill(-server.process.pid, name);
    return {
      ...server,
      pause: () => signal('SIGSTOP'),
      resume: () => signal('SIGCONT'),
      upkeep: () => readUpkeep(servicePort),
      stop: async () => {
        signal('SIGCONT');
        await server.stop();
        await rm(data, { recursive: true });
      },
    };
  },
};

async function readUpkeep(port: number): Promise<Upkeep> {
  const request = Buffer.from(`GET /metrics HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
  const metrics = (await sendRequest({ host, port }, request)).body.toString();
  return {
    scrubbedBytes: sampleOf(metrics, 'cairn_object_storage_scrubbed_bytes_total'),
    expiredObjects: sampleOf(metrics, 'cairn_object_storage_lifecycle_actions_total{action="expire-object"}'),
  };
}

/** 0 where it has not been counted yet. */
function sampleOf(metrics: string, name: string): number {
  const line = metrics.split('\n').find((some) => some.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length));
}

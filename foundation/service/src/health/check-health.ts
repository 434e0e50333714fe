// How the mounted systems are, asked all at once. A system that throws or does not answer in time is not ready.

import type { Clock } from '@cairn/world';
import { healthTimeoutMs } from '../limits.ts';
import type { Endpoint, RunningSystem, SystemHealth } from '../system-definition.ts';
import { reasonOf } from '../unusable-start.ts';

export type MountedSystem = { readonly name: string; readonly running: RunningSystem<unknown> };

export type SystemStatus = {
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
  readonly ready: boolean;
  readonly detail?: string;
};

export async function checkHealth(
  mounted: readonly MountedSystem[],
  clock: Clock,
): Promise<readonly SystemStatus[]> {
  return Promise.all(
    mounted.map(async ({ name, running }) => {
      return { name, endpoints: running.endpoints, ...(await healthOf(running, clock)) };
    }),
  );
}

async function healthOf(running: RunningSystem<unknown>, clock: Clock): Promise<SystemHealth> {
  const timeout = Promise.withResolvers<SystemHealth>();
  const timer = clock.setTimer(healthTimeoutMs, () => {
    timeout.resolve({ ready: false, detail: `no answer within ${healthTimeoutMs} ms` });
  });
  try {
    return await Promise.race([running.health(), timeout.promise]);
  } catch (error) {
    return { ready: false, detail: reasonOf(error) };
  } finally {
    timer.cancel();
  }
}

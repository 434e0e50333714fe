// `GET /api/systems`: what is mounted, where, and how it is.

import { z } from 'zod';
import { type ApiRoute, defineRoute } from '../api-route.ts';
import type { SystemStatus } from '../health/check-health.ts';

const systemsOutput = z.object({
  systems: z.array(
    z.object({
      name: z.string(),
      ready: z.boolean(),
      detail: z.string().optional(),
      endpoints: z.array(z.object({ protocol: z.string(), url: z.string() })),
    }),
  ),
});

export function systemsRoute(status: () => Promise<readonly SystemStatus[]>): ApiRoute {
  return defineRoute({
    method: 'GET',
    path: '',
    summary: 'Lists the mounted systems with their endpoints and health.',
    action: 'cairn:ListSystems',
    input: z.strictObject({}),
    output: systemsOutput,
    handle: async () => ({
      systems: (await status()).map((system) => ({ ...system, endpoints: [...system.endpoints] })),
    }),
  });
}

// What producers and consumers of a cluster have in common.

import type { KafkaPlace } from './kafka-place.ts';

export function clientOptions({ idempotent: _, ...place }: KafkaPlace) {
  return {
    ...place,
    clientId: 'cairn',
    connectTimeout: 10_000,
    timeout: 30_000,
    ...{ retries: 5, retryDelay: 200 },
    metadataMaxAge: 30_000,
  } as const;
}

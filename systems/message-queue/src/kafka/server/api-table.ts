// APIs by their key, and what ApiVersions says of them.

import type { Api, ApiName, Handlers } from '../handlers/handler.ts';
import type { ApiVersion } from '../messages/api-versions-response.ts';
import { apis } from '../messages/apis.ts';

export type NamedApi = Api & { readonly name: ApiName };

const byKey: ReadonlyMap<number, NamedApi> = new Map(
  Object.entries(apis).map(([name, api]) => [api.key, { ...(api as Api), name: name as ApiName }]),
);

export function apiOf(key: number): NamedApi | undefined {
  return byKey.get(key);
}

/**
 * Those that are served, in the order of their keys. Produce is advertised from 0 on and refused below 3, as by Kafka:
 * librdkafka does not compress otherwise (KAFKA-18659).
 */
export function advertisedApis(handlers: Handlers): readonly ApiVersion[] {
  return [...byKey.values()]
    .filter(({ name }) => handlers[name] !== undefined)
    .sort((left, right) => left.key - right.key)
    .map(({ name, key, versionMin, versionMax }) => ({
      apiKey: key,
      minVersion: name === 'produce' ? 0 : versionMin,
      maxVersion: versionMax,
    }));
}

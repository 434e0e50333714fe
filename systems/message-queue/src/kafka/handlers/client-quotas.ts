// DescribeClientQuotas and AlterClientQuotas: byte rates of producers and consumers. What would not be enforced (rates of
// requests, of connections, of changes) is refused.

import type { EntityData, EntryData } from '../messages/alter-client-quotas-request.ts';
import type { ComponentData } from '../messages/describe-client-quotas-request.ts';
import type { ClientQuotas } from '../quotas/client-quotas.ts';
import { isQuotaName, type QuotaEntity, type QuotaName } from '../quotas/quota-entity.ts';
import type { BrokerParts } from './broker-parts.ts';
import type { Handler } from './handler.ts';
import { noError, type Refusal, refusal, refusalOf } from './refusals.ts';

export type QuotaParts = Pick<BrokerParts, 'log'> & { readonly quotas: ClientQuotas };

const entityTypes = ['user', 'client-id'] as const;
type EntityType = (typeof entityTypes)[number];
/** As Kafka's protocol numbers how an entity is matched. */
const matchTypes = { exact: 0, default: 1, any: 2 } as const;

export function describeClientQuotasHandler({ quotas }: QuotaParts): Handler<'describeClientQuotas'> {
  return async ({ components, strict }, { access }) => {
    if (!(await access.allowsCluster('describeConfigs')))
      return { throttleTimeMs: 0, ...refusal('CLUSTER_AUTHORIZATION_FAILED'), entries: null };
    const unknown = components.find(({ entityType }) => !isEntityType(entityType));
    // There are no quotas by address, which is an answer and no mistake.
    const found =
      unknown === undefined ? quotas.all().filter(({ entity }) => matches(entity, components, strict)) : [];
    const entries = found.map(({ entity, quotas }) => ({
      entity: Object.entries(entity).map(([entityType, entityName]) => ({ entityType, entityName })),
      values: Object.entries(quotas).map(([key, value]) => ({ key, value })),
    }));
    return { throttleTimeMs: 0, ...noError, entries };
  };
}

function matches(entity: QuotaEntity, components: readonly ComponentData[], strict: boolean): boolean {
  if (strict && Object.keys(entity).length !== components.length) return false;
  return components.every(({ entityType, matchType, match }) => {
    const name = entity[entityType as EntityType];
    if (name === undefined) return false;
    if (matchType === matchTypes.any) return true;
    return matchType === matchTypes.default ? name === null : name === match;
  });
}

export function alterClientQuotasHandler({ quotas, log }: QuotaParts): Handler<'alterClientQuotas'> {
  return async ({ entries, validateOnly }, { access }) => {
    const isAllowed = await access.allowsCluster('alterConfigs');
    const altered = [];
    for (const entry of entries) {
      const outcome = isAllowed
        ? await alter(entry, { quotas, validateOnly, log })
        : refusal('CLUSTER_AUTHORIZATION_FAILED');
      altered.push({ ...outcome, entity: entry.entity });
    }
    return { throttleTimeMs: 0, entries: altered };
  };
}

async function alter(
  { entity: parts, ops }: EntryData,
  { quotas, validateOnly, log }: QuotaParts & { validateOnly: boolean },
): Promise<Refusal> {
  const entity = entityOf(parts);
  if (entity === undefined) return refusal('INVALID_REQUEST', `quotas are for ${entityTypes.join(' and ')}`);
  const change: Partial<Record<QuotaName, number | undefined>> = {};
  for (const { key, value, remove } of ops) {
    if (!isQuotaName(key)) return refusal('INVALID_REQUEST', `the quota ${key} is not enforced here`);
    if (!remove && !(value > 0 && Number.isFinite(value)))
      return refusal('INVALID_REQUEST', `the quota ${key} has to be above 0, not ${value}`);
    change[key] = remove ? undefined : value;
  }
  if (validateOnly) return noError;
  try {
    await quotas.change(entity, change);
    return noError;
  } catch (error) {
    return refusalOf(error, log);
  }
}

function entityOf(parts: readonly EntityData[]): QuotaEntity | undefined {
  const types = parts.map(({ entityType }) => entityType);
  const isValid = parts.length > 0 && types.every(isEntityType) && new Set(types).size === types.length;
  if (!isValid) return undefined;
  return Object.fromEntries(parts.map(({ entityType, entityName }) => [entityType, entityName]));
}

function isEntityType(type: string): type is EntityType {
  return (entityTypes as readonly string[]).includes(type);
}

// Whom a quota is for: a user, a client id, or both; each by name or as the default of all that have none of their own.
//
// The first of these that has a quota counts, as in Kafka; `*` is the default:
//
//   user, client    user, *    user    *, client    *, *    * (user)    client    * (client)

/** Absent: not told apart by it. Null: the default. */
export type QuotaEntity = { readonly user?: string | null; readonly 'client-id'?: string | null };

const quotaNames = ['producer_byte_rate', 'consumer_byte_rate'] as const;
export type QuotaName = (typeof quotaNames)[number];
export type Quotas = Readonly<Partial<Record<QuotaName, number>>>;

export function isQuotaName(name: string): name is QuotaName {
  return (quotaNames as readonly string[]).includes(name);
}

/** Text that is the same for the same entity. */
export function entityKey(entity: QuotaEntity): string {
  const { user, 'client-id': client } = entity;
  return JSON.stringify({
    ...(user === undefined ? {} : { user }),
    ...(client === undefined ? {} : { 'client-id': client }),
  });
}

export function entityOf(key: string): QuotaEntity {
  return JSON.parse(key) as QuotaEntity;
}

/** What a row sets; undefined when it is damaged. */
export function storedQuotas(row: {
  readonly entity: string;
  readonly quotas: string;
  readonly isIntact: boolean;
}): Quotas | undefined {
  if (!row.isIntact) return undefined;
  try {
    const entity: unknown = JSON.parse(row.entity);
    const quotas: unknown = JSON.parse(row.quotas);
    if (!isObject(entity) || !isObject(quotas)) return undefined;
    if (entityKey(entity as QuotaEntity) !== row.entity) return undefined;
    const isSound = Object.entries(quotas).every(([name, value]) => isQuotaName(name) && isRate(value));
    return isSound ? (quotas as Quotas) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isRate(value: unknown): boolean {
  return typeof value === 'number' && value > 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * In the order in which they count: where a quota is looked up, and who shares its use. Everyone under a default has a
 * share of their own.
 */
export function candidates(
  user: string,
  client: string,
): readonly { readonly key: string; readonly shared: string }[] {
  const both = entityKey({ user, 'client-id': client });
  const alone = entityKey({ user });
  const anyone = entityKey({ 'client-id': client });
  return [
    { key: both, shared: both },
    { key: entityKey({ user, 'client-id': null }), shared: both },
    { key: alone, shared: alone },
    { key: entityKey({ user: null, 'client-id': client }), shared: both },
    { key: entityKey({ user: null, 'client-id': null }), shared: both },
    { key: entityKey({ user: null }), shared: alone },
    { key: anyone, shared: anyone },
    { key: entityKey({ 'client-id': null }), shared: anyone },
  ];
}

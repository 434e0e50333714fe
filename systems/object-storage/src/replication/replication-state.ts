// What a version says of its replication: a member of its attributes, which the metadata store changes in the transactions
// that put something into the outbox and take it out.

/** User metadata of a replica at another server: the place of the version that it is of. */
export const replicaMark = 'cairn-replica-of';

/** A copy that replication made, or what becomes of the version at its destinations, by their ARNs. */
export type Replication =
  | { readonly replica: true }
  | { readonly replica?: undefined; readonly to: Readonly<Record<string, DestinationState>> };

export type DestinationState = {
  readonly status: 'PENDING' | 'COMPLETED' | 'FAILED';
  /** That it has there: it was brought there once. */
  readonly versionId?: string | undefined;
};

export type ReplicationStatus = 'PENDING' | 'COMPLETED' | 'FAILED' | 'REPLICA';

/** As Amazon sums it up: failed when one failed, completed when all are. Undefined for a version that goes nowhere. */
export function statusOf(replication: Replication | undefined): ReplicationStatus | undefined {
  if (replication === undefined) return undefined;
  if (replication.replica) return 'REPLICA';
  const states = Object.values(replication.to).map(({ status }) => status);
  if (states.includes('FAILED')) return 'FAILED';
  return states.includes('PENDING') ? 'PENDING' : 'COMPLETED';
}

/** Of the JSON of ObjectAttributes; that of a delete marker may be empty. Most have none, and are not parsed. */
export function replicationOf(attributes: string): Replication | undefined {
  if (!attributes.includes('"replication":')) return undefined;
  return (JSON.parse(attributes) as { readonly replication?: Replication }).replication;
}

/** The same JSON, which says something else of the replication. */
export function withReplication(attributes: string, replication: Replication | undefined): string {
  const known = attributes === '' ? {} : (JSON.parse(attributes) as Readonly<Record<string, unknown>>);
  return JSON.stringify({ ...known, replication });
}

/** What it says of one destination is set. */
export function withDestination(
  replication: Replication | undefined,
  destination: string,
  state: DestinationState,
): Replication {
  const to = replication === undefined || replication.replica ? {} : replication.to;
  return { to: { ...to, [destination]: { ...to[destination], ...state } } };
}

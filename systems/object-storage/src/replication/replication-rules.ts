// A bucket's replication configuration as it is kept: the document `replication` is JSON of it. Checked before it was
// stored (s3/xml/replication-configuration.ts). Pure, because the metadata store decides by it in transactions.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html
//
//   a version and a destination     the rule of the highest priority that covers the version decides, and no other
//   a delete marker                 the same by prefix alone; the rule says whether markers go along

import type { ObjectTag, StorageClass } from '../core/object-storage.ts';

export const replicationDocument = 'replication';

export type ReplicationFilter = {
  readonly prefix?: string | undefined;
  /** All of them. */
  readonly tags?: readonly ObjectTag[] | undefined;
};

export type ReplicationRule = {
  readonly id: string;
  readonly enabled: boolean;
  /** The greater goes first; no two rules have the same. */
  readonly priority: number;
  readonly filter: ReplicationFilter;
  /** Where the filter stood, for who asks for the rules: `Prefix` of the rule (the form of before 2018), `Filter`, `And`. */
  readonly form: 'prefix' | 'filter' | 'and';
  /** Its ARN. */
  readonly destination: string;
  /** When the bucket was made that it is, where it is one of this storage: another of its name is another destination. */
  readonly destinationMadeMs?: number | undefined;
  /** Of the replicas; that of the object when undefined. */
  readonly storageClass?: StorageClass | undefined;
  /** Replicas belong to the destination's owner, and nobody else is let in to them. */
  readonly ownerTranslated?: boolean | undefined;
  readonly deleteMarkers: boolean;
  /** What was there before the rule. */
  readonly existingObjects: boolean;
  /** What is kept only to be given back. */
  readonly shown?: ShownSettings | undefined;
};

export type ShownSettings = {
  readonly account?: string | undefined;
  readonly timeMinutes?: number | undefined;
  /** `none`: metrics without a threshold. */
  readonly metricsMinutes?: number | 'none' | undefined;
  readonly existingObjects?: boolean | undefined;
  readonly replicaModifications?: boolean | undefined;
  readonly encryptedObjects?: boolean | undefined;
};

export type ReplicationConfiguration = {
  readonly role: string;
  readonly rules: readonly ReplicationRule[];
};

/** The bucket of this storage that an ARN names; undefined for any other target. */
export function localBucketOf(destination: string): string | undefined {
  return /^arn:aws:s3:::([^/]+)$/.exec(destination)?.[1];
}

/** What rules look at. */
export type ReplicatedVersion = {
  readonly key: string;
  readonly tags?: readonly ObjectTag[] | undefined;
  readonly marker: boolean;
};

/** The rules by which a version is replicated, one for each destination that it goes to. */
export function rulesFor(document: string, version: ReplicatedVersion): readonly ReplicationRule[] {
  const deciding = new Map<string, ReplicationRule>();
  for (const rule of activeRulesOf(document)) {
    if (!deciding.has(rule.destination) && covers(rule, version)) deciding.set(rule.destination, rule);
  }
  return [...deciding.values()].filter((rule) => !version.marker || rule.deleteMarkers);
}

function covers({ filter }: ReplicationRule, { key, tags = [], marker }: ReplicatedVersion): boolean {
  if (!key.startsWith(filter.prefix ?? '')) return false;
  const wanted = filter.tags ?? [];
  // A delete marker has no tags.
  if (marker) return wanted.length === 0;
  return wanted.every((tag) => tags.some(({ key: name, value }) => name === tag.key && value === tag.value));
}

export function destinationsOf(document: string): ReadonlySet<string> {
  return new Set(activeRulesOf(document).map(({ destination }) => destination));
}

/** Parsed documents by their texts: every change in a bucket asks for the same one. */
const knownRules = new Map<string, readonly ReplicationRule[]>();
const knownRulesMax = 16;

/** Those that are enabled, the highest priority first. */
function activeRulesOf(document: string): readonly ReplicationRule[] {
  const known = knownRules.get(document);
  if (known !== undefined) return known;
  const { rules } = JSON.parse(document) as ReplicationConfiguration;
  const active = rules
    .filter(({ enabled }) => enabled)
    .toSorted((left, right) => right.priority - left.priority);
  if (knownRules.size >= knownRulesMax) knownRules.clear();
  knownRules.set(document, active);
  return active;
}

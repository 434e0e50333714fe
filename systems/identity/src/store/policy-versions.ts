// Transactions on the versions of managed policies. The default one is in the row of its policy, where decisions read it;
// the others have rows of their own, and change places with it when one of them becomes the default.

import type { Transaction } from '@cairn/engines';
import { findPolicy, type PolicyRow } from './policies.ts';
import { statement } from './tables.ts';

export type PolicyVersionRow = {
  readonly version: number;
  readonly document: string;
  readonly created_ms: number;
};

const selectOthers = statement({ policy: 'text' }, (db, p) =>
  db
    .selectFrom('policy_version')
    .select(['version', 'document', 'created_ms'])
    .where('policy', '=', p.policy)
    .orderBy('version'),
);
const selectOther = statement({ policy: 'text', version: 'integer' }, (db, p) =>
  db
    .selectFrom('policy_version')
    .select(['version', 'document', 'created_ms'])
    .where('policy', '=', p.policy)
    .where('version', '=', p.version),
);
const selectAllOthers = statement({ policy: 'text', version: 'integer', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('policy_version')
    .select(['policy', 'version', 'document'])
    .where((row) =>
      row.or([
        row('policy', '>', p.policy),
        row.and([row('policy', '=', p.policy), row('version', '>', p.version)]),
      ]),
    )
    .orderBy('policy')
    .orderBy('version')
    .limit(p.limit),
);
const insertOther = statement(
  { policy: 'text', version: 'integer', document: 'text', created_ms: 'integer' },
  (db, p) =>
    db
      .insertInto('policy_version')
      .values({ policy: p.policy, version: p.version, document: p.document, created_ms: p.created_ms }),
);
const removeOther = statement({ policy: 'text', version: 'integer' }, (db, p) =>
  db.deleteFrom('policy_version').where('policy', '=', p.policy).where('version', '=', p.version),
);
const updateDefault = statement(
  { name: 'text', version: 'integer', document: 'text', created_ms: 'integer' },
  (db, p) =>
    db
      .updateTable('policy')
      .set({ default_version: p.version, document: p.document, version_created_ms: p.created_ms })
      .where('name', '=', p.name),
);
const updateLast = statement({ name: 'text', version: 'integer', now_ms: 'integer' }, (db, p) =>
  db.updateTable('policy').set({ last_version: p.version, updated_ms: p.now_ms }).where('name', '=', p.name),
);

export type PolicyVersions = {
  readonly defaultVersion: number;
  /** The newest first. */
  readonly versions: readonly PolicyVersionRow[];
};

/** Undefined when there is no such policy. */
export function* policyVersions(input: { name: string }): Transaction<PolicyVersions | undefined> {
  const policy = yield* findPolicy(input);
  if (policy === undefined) return undefined;
  const others = yield* selectOthers.all({ policy: input.name });
  const versions = [defaultOf(policy), ...others].toSorted((a, b) => b.version - a.version);
  return { defaultVersion: policy.default_version, versions };
}

/** All versions that are not the default of their policy, after one of them: for checks. */
export function* listOtherPolicyVersions(input: {
  after: { policy: string; version: number };
  limit: number;
}): Transaction<readonly { readonly policy: string; readonly version: number; readonly document: string }[]> {
  return yield* selectAllOthers.all({ ...input.after, limit: input.limit });
}

/** Answers the new version's number: the one after the greatest that there ever was. */
export function* createPolicyVersion(input: {
  name: string;
  document: string;
  now_ms: number;
  setAsDefault: boolean;
  versionsMax: number;
}): Transaction<number | 'NoSuchPolicy' | 'LimitExceeded'> {
  const { name, document, now_ms, setAsDefault, versionsMax } = input;
  const policy = yield* findPolicy({ name });
  if (policy === undefined) return 'NoSuchPolicy';
  const others = yield* selectOthers.all({ policy: name });
  if (others.length + 1 >= versionsMax) return 'LimitExceeded';
  const version = policy.last_version + 1;
  yield* updateLast.run({ name, version, now_ms });
  const created = { version, document, created_ms: now_ms };
  if (setAsDefault) yield* replaceDefault(policy, created);
  else yield* insertOther.run({ policy: name, ...created });
  return version;
}

/** Idempotent. */
export function* setDefaultPolicyVersion(input: {
  name: string;
  version: number;
}): Transaction<'set' | 'NoSuchPolicy' | 'NoSuchVersion'> {
  const { name, version } = input;
  const policy = yield* findPolicy({ name });
  if (policy === undefined) return 'NoSuchPolicy';
  if (policy.default_version === version) return 'set';
  const wanted = yield* selectOther.first({ policy: name, version });
  if (wanted === undefined) return 'NoSuchVersion';
  yield* removeOther.run({ policy: name, version });
  yield* replaceDefault(policy, wanted);
  return 'set';
}

export function* deletePolicyVersion(input: {
  name: string;
  version: number;
}): Transaction<'deleted' | 'NoSuchPolicy' | 'NoSuchVersion' | 'IsDefault'> {
  const { name, version } = input;
  const policy = yield* findPolicy({ name });
  if (policy === undefined) return 'NoSuchPolicy';
  if (policy.default_version === version) return 'IsDefault';
  return (yield* removeOther.run({ policy: name, version })) > 0 ? 'deleted' : 'NoSuchVersion';
}

/** The default so far becomes one of the others. */
function* replaceDefault(policy: PolicyRow, next: PolicyVersionRow): Transaction<void> {
  yield* insertOther.run({ policy: policy.name, ...defaultOf(policy) });
  yield* updateDefault.run({ name: policy.name, ...next });
}

function defaultOf({ default_version, document, version_created_ms }: PolicyRow): PolicyVersionRow {
  return { version: default_version, document, created_ms: version_created_ms };
}

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
const removeStrays = statement(
  { policy: 'text', default_version: 'integer', last_version: 'integer' },
  (db, p) =>
    db
      .deleteFrom('policy_version')
      .where('policy', '=', p.policy)
      .where((row) => row.or([row('version', '=', p.default_version), row('version', '>', p.last_version)])),
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
  const others = (yield* selectOthers.all({ policy: input.name })).filter((one) => isVersionOf(policy, one));
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
  yield* forgetStrays(policy);
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
  yield* forgetStrays(policy);
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
  yield* forgetStrays(policy);
  return (yield* removeOther.run({ policy: name, version })) > 0 ? 'deleted' : 'NoSuchVersion';
}

/**
 * Rows of an earlier policy of the same name: a process of a release that knows of no versions deletes a policy without them, and
 * makes another. They are none of its versions.
 */
function* forgetStrays({ name, default_version, last_version }: PolicyRow): Transaction<void> {
  yield* removeStrays.run({ policy: name, default_version, last_version });
}

function isVersionOf({ default_version, last_version }: PolicyRow, { version }: PolicyVersionRow): boolean {
  return version !== default_version && version <= last_version;
}

/** The default so far becomes one of the others. */
function* replaceDefault(policy: PolicyRow, next: PolicyVersionRow): Transaction<void> {
  yield* insertOther.run({ policy: policy.name, ...defaultOf(policy) });
  yield* updateDefault.run({ name: policy.name, ...next });
}

/** Who makes a policy and knows of no versions says nothing of when its version was made. */
function defaultOf({
  default_version,
  document,
  version_created_ms,
  created_ms,
}: PolicyRow): PolicyVersionRow {
  return { version: default_version, document, created_ms: version_created_ms || created_ms };
}

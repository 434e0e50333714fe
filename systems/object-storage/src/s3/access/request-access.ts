// May this principal do that? Asked for every request, and again for each further thing that it touches.
//
//   1  a Deny that matches, of identity or the bucket, ends it; of the bucket, for root too
//   2  an Allow of the principal's own policies, or being root          ground: `account`
//   3  an Allow of the bucket's policy, as far as it counts             ground: `policy`
//   4  owning the bucket                                                ground: `owner`
//   5  the list of the bucket                                           ground: `acl`
//   6  owning the object, or its list                                   ground: `object`
//
// Steps 1 to 3 are one question to identity, asked again with the object's tags when a policy asks for one of them, and of
// parts with what their upload was asked with. For 6,
// in place of 4 and 5, an object's row is read only where it decides: for reads of it and of its list, in a bucket where
// lists count, by somebody whom nothing else let in.
//
// Between that and the read another version may take the object's place. So who reads one asks `judgeOf` what the row that
// he got has to satisfy.

import { type CompiledPolicy, type ContextRecord, parsePolicy, whenMissing } from '@cairn/identity';
import type { Principal } from '@cairn/service';
import type { ObjectInfo, ObjectStorage } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { S3Decision, S3Identity, S3Question } from '../identity-port.ts';
import { asksForExistingTag, existingTagConditions } from '../tags/tag-conditions.ts';
import { type Acl, grants, type Permission, privateAcl, type Requester } from './acl.ts';
import { bucketPermissions, objectPermissions } from './acl-permissions.ts';
import { keysOfAction } from './action-keys.ts';
import { type BucketAccess, bucketAccess } from './bucket-access.ts';
import { bucketPolicyName } from './bucket-policy.ts';
import type { ObjectOwnership } from './object-ownership.ts';
import { type OwnerMode, ownerIdOf } from './owners.ts';
import { asksForSettled } from './settled-headers.ts';

/** What let somebody in. */
export type Ground = 'account' | 'policy' | 'owner' | 'acl' | 'object';

/** Throws AccessDenied for an object that the requester may not reach after all. */
export type Judge = (object: ObjectInfo) => void;

/** What is asked about. Without a bucket it is the service. */
export type Target = {
  readonly bucket: string;
  readonly key?: string | undefined;
  readonly versionId?: string | undefined;
};

export type AccessOptions = {
  readonly identity: Pick<S3Identity, 'authorize'>;
  readonly storage: Pick<ObjectStorage, 'bucketConfiguration' | 'headObject' | 'listParts'>;
  readonly account: string;
  readonly owners: OwnerMode;
  /** Of buckets that have no setting of their own. */
  readonly objectOwnership: ObjectOwnership;
};

type Asking = {
  readonly principal: Principal;
  /** Condition keys of the request. */
  readonly context: S3Question['context'];
  /** Those of the upload that it puts a part of, or completes: looked up when a policy asks for one. */
  readonly ofUpload?: (() => Promise<ContextValues>) | undefined;
};

/**
 * Users to whom nobody gave a policy are owners of their own: they may make buckets, and see theirs. Everyone else does
 * what his policies say.
 */
const tenancy = parsePolicy(
  JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: '*',
      Action: ['s3:CreateBucket', 's3:ListAllMyBuckets'],
      Resource: '*',
      Condition: { NumericEquals: { 'cairn:PrincipalPolicies': 0 } },
    },
  }),
  { kind: 'resource', name: 'every user is an owner' },
);
const noPolicies: readonly CompiledPolicy[] = [];
/**
 * What the account's root may always do, so that no policy can lock it out for good. To strangers no policy gives it, as at
 * Amazon: else one that lets everyone do everything would let everyone take the bucket over.
 */
const policyActions: ReadonlySet<string> = new Set([
  's3:GetBucketPolicy',
  's3:PutBucketPolicy',
  's3:DeleteBucketPolicy',
]);

export class RequestAccess {
  readonly #options: AccessOptions;
  readonly #asking: Asking;
  #requester: Requester | undefined;

  constructor(options: AccessOptions, asking: Asking) {
    this.#options = options;
    this.#asking = asking;
  }

  /** Made when it is asked for: who is let in by his own policies is asked for nothing else. */
  get requester(): Requester {
    const { principal } = this.#asking;
    this.#requester ??= {
      id: ownerIdOf(principal, this.#options),
      anonymous: principal.type === 'anonymous',
    };
    return this.#requester;
  }

  /**
   * The ground on which it is allowed, at once when it is known at once; undefined when it is not. Throws NoSuchBucket, and
   * MethodNotAllowed for the policy of a bucket that lets in strangers to itself.
   */
  groundOf(action: string, target: Target, more: ContextValues = noValues): MaybeLater<Ground | undefined> {
    if (target.bucket === '' || action === 's3:CreateBucket') {
      const policies = this.#options.owners === 'user' ? [tenancy] : noPolicies;
      return whenThere(this.#byPolicies({ action, target, policies, more }), allowed);
    }
    return whenThere(this.#options.storage.bucketConfiguration(target), (configuration) =>
      this.#groundIn(bucketAccess(configuration), { action, target, more }),
    );
  }

  #groundIn(
    bucket: BucketAccess,
    { action, target, more }: Omit<Question, 'policies'>,
  ): MaybeLater<Ground | undefined> {
    const exempt = this.#asking.principal.type === 'root' && policyActions.has(action);
    const policies = exempt ? noPolicies : bucket.policies;
    return whenThere(this.#byPolicies({ action, target, policies, more }), (verdict) => {
      if (verdict === 'policy' && policyActions.has(action) && !this.#isOfAccount()) {
        if (this.owns(bucket.owner)) return 'owner';
        throw new ObjectStorageError('MethodNotAllowed', { bucket: target.bucket });
      }
      return verdict === 'undecided' ? this.#byOwnership(action, target, bucket) : allowed(verdict);
    });
  }

  /** Where the account owns everything, its users are the owner's. */
  #isOfAccount(): boolean {
    return this.#options.owners === 'account' && !this.requester.anonymous;
  }

  /**
   * What an object has to satisfy beyond the ground on which a read of it was let in; undefined for nothing. On the ground
   * of the bucket's policy: that the bucket's owner has it. As at Amazon a policy does not speak for what others own.
   */
  judgeOf(
    ground: Ground | undefined,
    { bucket: name, permission }: { bucket: string; permission: Permission },
  ): MaybeLater<Judge | undefined> {
    if (ground !== 'object' && ground !== 'policy') return undefined;
    return whenThere(this.#options.storage.bucketConfiguration({ bucket: name }), (configuration) => {
      const bucket = bucketAccess(configuration);
      if (ground === 'policy' && !this.#listsCount(bucket)) return undefined;
      return (object) => {
        const spokenFor = ground === 'policy' && (object.access?.owner ?? bucket.owner) === bucket.owner;
        if (spokenFor || this.#reaches(object, { bucket, permission })) return;
        throw new ObjectStorageError('AccessDenied');
      };
    });
  }

  /**
   * Whether he who makes something may set that of it as well: nothing denies it, and it is the maker's to say (`makers`),
   * or he is let in. `policies` are those of the bucket, of one that is there.
   */
  async maySet(
    action: string,
    target: Target,
    { makers, policies = noPolicies }: { makers: boolean; policies?: readonly CompiledPolicy[] },
  ): Promise<boolean> {
    const verdict = await this.#byPolicies({ action, target, policies, more: noValues });
    return verdict === 'undecided' ? makers : verdict !== 'denied';
  }

  /** Of a bucket without a setting, the server's default. */
  ownershipOf({ ownership }: Pick<BucketAccess, 'ownership'>): ObjectOwnership {
    return ownership ?? this.#options.objectOwnership;
  }

  #byPolicies(asked: Question): MaybeLater<Verdict> {
    const { ofUpload } = this.#asking;
    const isOfUpload = ofUpload !== undefined && asked.action === 's3:PutObject' && !asked.uploadKnown;
    let wantsTags = false;
    let wantsUpload = false;
    const note = (key: string): void => {
      wantsTags ||= asksForExistingTag(key);
      wantsUpload ||= isOfUpload && asksForSettled(key);
    };
    return whenThere(this.#decide(asked, note), (decision) => {
      if (wantsUpload) return this.#byPoliciesAndUpload(asked);
      return wantsTags && asked.target.key ? this.#byPoliciesAndTags(asked) : verdictOf(decision);
    });
  }

  async #byPoliciesAndUpload(asked: Question): Promise<Verdict> {
    const more = { ...asked.more, ...(await this.#asking.ofUpload?.()) };
    return this.#byPolicies({ ...asked, more, uploadKnown: true });
  }

  /** What is not there has no tags. */
  async #byPoliciesAndTags(asked: Question): Promise<Verdict> {
    const object = await this.#objectOf(asked.target);
    const more = { ...asked.more, ...existingTagConditions(object?.tags ?? []) };
    return verdictOf(await this.#decide({ ...asked, more }, undefined));
  }

  #decide(asked: Question, note: ((key: string) => void) | undefined): MaybeLater<S3Decision> {
    const { action, target, policies } = asked;
    const { principal, context } = this.#asking;
    const { versionId } = target;
    // Wherever the version is named: in the query, as the source of a copy, or among those to be deleted.
    const more = versionId === undefined ? asked.more : { ...asked.more, 's3:VersionId': versionId };
    return this.#options.identity.authorize(principal, {
      action,
      resource: arnOf(target),
      context: (): ContextRecord => ({
        ...keysOfAction(action, context()),
        ...more,
        [whenMissing]: note,
      }),
      ...(policies.length > 0 && { resourcePolicies: policies }),
    });
  }

  #byOwnership(action: string, target: Target, bucket: BucketAccess): MaybeLater<Ground | undefined> {
    const listsCount = this.#listsCount(bucket);
    const ofObject = objectPermissions.get(action);
    if (listsCount && ofObject !== undefined && target.key) {
      return this.#byObject(target, { bucket, permission: ofObject });
    }
    if (this.owns(bucket.owner)) return 'owner';
    const ofBucket = bucketPermissions.get(action);
    if (!listsCount || ofBucket === undefined) return undefined;
    return this.#isGranted(bucket.acl, ofBucket, bucket) ? 'acl' : undefined;
  }

  async #byObject(
    target: Target,
    { bucket, permission }: { bucket: BucketAccess; permission: Permission },
  ): Promise<Ground | undefined> {
    const object = await this.#objectOf(target);
    const may =
      object === undefined
        ? (await this.#maySeeAbsence(target)) !== undefined
        : this.#reaches(object, { bucket, permission });
    return may ? 'object' : undefined;
  }

  #reaches(
    { access }: ObjectInfo,
    { bucket, permission }: { bucket: BucketAccess; permission: Permission },
  ): boolean {
    // Switched off since somebody was let in by one: then all is the bucket's owner's.
    if (!this.#listsCount(bucket)) return this.owns(bucket.owner);
    const owner = access?.owner ?? bucket.owner;
    return this.owns(owner) || this.#isGranted(access?.grants ?? privateAcl(owner), permission, bucket);
  }

  #listsCount(bucket: BucketAccess): boolean {
    return this.ownershipOf(bucket) !== 'BucketOwnerEnforced';
  }

  /** Undefined when there is none. */
  async #objectOf({ bucket, key = '', versionId }: Target): Promise<ObjectInfo | undefined> {
    try {
      return await this.#options.storage.headObject({ bucket, key, versionId });
    } catch (error) {
      if (error instanceof ObjectStorageError && absences.has(error.code)) return undefined;
      throw error;
    }
  }

  /** That a key is not there is told to those who may list it. */
  #maySeeAbsence({ bucket, key = '', versionId }: Target): MaybeLater<Ground | undefined> {
    const action = versionId === undefined ? 's3:ListBucket' : 's3:ListBucketVersions';
    return this.groundOf(action, { bucket }, { 's3:prefix': key });
  }

  /** Whoever took on a role is none, though what they make is the account's: their policies say what they may do. */
  get #isOwner(): boolean {
    return this.#options.owners === 'user' && this.#asking.principal.type !== 'role';
  }

  owns(owner: string): boolean {
    return this.#isOwner && !this.requester.anonymous && owner === this.requester.id;
  }

  #isGranted(acl: Acl, permission: Permission, { block }: BucketAccess): boolean {
    const requester = this.#isOwner ? this.requester : { ...this.requester, id: '' };
    return grants(acl, { requester, permission, ignorePublic: block.ignorePublicAcls });
  }
}

/** What it is about is not there, or is a delete marker. */
const absences: ReadonlySet<string> = new Set(['NoSuchKey', 'NoSuchVersion', 'MethodNotAllowed']);

type MaybeLater<Value> = Value | Promise<Value>;

function whenThere<Value, Result>(
  value: MaybeLater<Value>,
  next: (value: Value) => MaybeLater<Result>,
): MaybeLater<Result> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Condition keys that a question has besides those of its request, or in their place: undefined for none. */
export type ContextValues = Readonly<Record<string, string | readonly string[] | undefined>>;
const noValues: ContextValues = {};

type Question = {
  readonly action: string;
  readonly target: Target;
  readonly policies: readonly CompiledPolicy[];
  readonly more: ContextValues;
  /** What its upload was asked with is among them. */
  readonly uploadKnown?: true;
};

type Verdict = 'account' | 'policy' | 'denied' | 'undecided';

function verdictOf({ decision, statement }: S3Decision): Verdict {
  if (decision === 'explicit-deny') return 'denied';
  if (decision === 'implicit-deny') return 'undecided';
  const name = statement?.policy;
  return name === bucketPolicyName || name === tenancy.name ? 'policy' : 'account';
}

function allowed(verdict: Verdict): Ground | undefined {
  return verdict === 'account' || verdict === 'policy' ? verdict : undefined;
}

/** The list of buckets is about all of them: policies, Amazon's examples too, let it by `*` and by `arn:aws:s3:::*`. */
function arnOf({ bucket, key = '' }: Target): string {
  if (bucket === '') return 'arn:aws:s3:::*';
  return key === '' ? `arn:aws:s3:::${bucket}` : `arn:aws:s3:::${bucket}/${key}`;
}

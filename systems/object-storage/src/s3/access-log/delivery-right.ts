// May the service that delivers logs write into a bucket? Its policy has to let in `logging.s3.amazonaws.com`, or its list
// the group of log delivery, as at Amazon; owning both buckets is not enough. A list cannot say whose logs it is for: it lets
// in those of the buckets of its owner.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
//
// `aws:SourceAccount` is the account, and the canonical id of who owns the source besides: every user is an owner here.

import { evaluate, servicePrincipal } from '@cairn/identity';
import type { BucketConfiguration } from '../../core/object-storage.ts';
import { logDelivery } from '../access/acl.ts';
import { bucketAccess } from '../access/bucket-access.ts';
import type { ObjectOwnership } from '../access/object-ownership.ts';

const service = servicePrincipal('logging.s3.amazonaws.com');

export type LogSource = Pick<BucketConfiguration, 'bucket' | 'owner'>;
export type DeliveryQuestion = {
  readonly source: LogSource;
  readonly target: BucketConfiguration;
  /** Of an object and the prefix of all: either may be let in, none may be denied. */
  readonly names: readonly string[];
  readonly account: string;
  /** Of buckets without a setting. */
  readonly objectOwnership: ObjectOwnership;
};

export function mayDeliver(question: DeliveryQuestion): boolean {
  const { source, target, account, objectOwnership } = question;
  const bucket = bucketAccess(target);
  const decisions = [account, source.owner].map((sourceAccount) => byPolicy(question, sourceAccount));
  if (decisions.includes('allow')) return true;
  if (decisions.includes('explicit-deny')) return false;
  if (source.owner !== target.owner) return false;
  if ((bucket.ownership ?? objectOwnership) === 'BucketOwnerEnforced') return false;
  return bucket.acl.some(
    ({ grantee, permission }) =>
      grantee === logDelivery && (permission === 'WRITE' || permission === 'FULL_CONTROL'),
  );
}

type Decision = ReturnType<typeof evaluate>['decision'];

function byPolicy({ source, target, names }: DeliveryQuestion, sourceAccount: string): Decision {
  const context = {
    'aws:SourceArn': `arn:aws:s3:::${source.bucket}`,
    'aws:SourceAccount': sourceAccount,
    'aws:PrincipalIsAWSService': 'true',
    'aws:PrincipalServiceName': service.name,
    'aws:SecureTransport': 'true',
  };
  const { policies } = bucketAccess(target);
  const decisions = names.map((name) => {
    const resource = `arn:aws:s3:::${target.bucket}/${name}`;
    const request = { principal: service, action: 's3:PutObject', resource, context };
    return evaluate({ policies, request }).decision;
  });
  const byWeight = ['explicit-deny', 'allow'] as const;
  return byWeight.find((decision) => decisions.includes(decision)) ?? 'implicit-deny';
}

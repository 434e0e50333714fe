// May the service that delivers logs write into a bucket? Its policy has to let in `logging.s3.amazonaws.com`, or its list
// the group of log delivery, as at Amazon; owning both buckets is not enough.
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
  /** Of an object, or the prefix of all. */
  readonly key: string;
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
  if ((bucket.ownership ?? objectOwnership) === 'BucketOwnerEnforced') return false;
  return bucket.acl.some(
    ({ grantee, permission }) =>
      grantee === logDelivery && (permission === 'WRITE' || permission === 'FULL_CONTROL'),
  );
}

function byPolicy({ source, target, key }: DeliveryQuestion, sourceAccount: string) {
  return evaluate({
    policies: bucketAccess(target).policies,
    request: {
      principal: service,
      action: 's3:PutObject',
      resource: `arn:aws:s3:::${target.bucket}/${key}`,
      context: {
        'aws:SourceArn': `arn:aws:s3:::${source.bucket}`,
        'aws:SourceAccount': sourceAccount,
        'aws:PrincipalIsAWSService': 'true',
        'aws:PrincipalServiceName': service.name,
        'aws:SecureTransport': 'true',
      },
    },
  }).decision;
}

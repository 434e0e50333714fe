// What is set for a bucket at the source, in the form that it has here: one entry for each kind of setting.

import type { ConfigurationDocuments, StorageClass } from '../../core/object-storage.ts';
import { checkBucketPolicy } from '../../s3/access/bucket-policy.ts';
import { documentText, policyDocument } from '../../s3/access/documents.ts';
import { bucketTags } from '../../s3/tags/tag-set.ts';
import { parseCorsConfiguration } from '../../s3/xml/cors-configuration.ts';
import { parseEncryptionConfiguration } from '../../s3/xml/encryption-configuration.ts';
import { parseLifecycleConfiguration } from '../../s3/xml/lifecycle-configuration.ts';
import { parseObjectLockConfiguration } from '../../s3/xml/object-lock-configuration.ts';
import { parseOwnershipControls } from '../../s3/xml/ownership-controls.ts';
import { parsePublicAccessBlock } from '../../s3/xml/public-access-block.ts';
import { requirePlaces } from '../../s3/xml/required-places.ts';
import { atOnce } from '../../s3/xml/steps.ts';
import { parseTagging } from '../../s3/xml/tagging.ts';
import { parseXml } from '../../s3/xml/xml-reader.ts';
import type { Source } from '../source/open-source.ts';
import { rawAnswer } from '../source/raw-answer.ts';

export type SettingsPlace = { readonly bucket: string; readonly as: string };
/** `placed`: storage classes that have a place here. */
export type SettingsTarget = SettingsPlace & { readonly placed: readonly StorageClass[] };
type Named = { readonly Bucket: string };
export type Setting = {
  readonly title: string;
  /** Of the answer. Servers that do not know a query parameter may answer with a listing. Undefined for JSON. */
  readonly root: string | undefined;
  readonly name: string;
  readonly ask: (source: Source, named: Named) => Promise<Buffer>;
  readonly documents: (bytes: Buffer, target: SettingsTarget) => ConfigurationDocuments;
};

export const lifecycle: Setting = {
  title: 'lifecycle rules',
  root: 'LifecycleConfiguration',
  name: 'lifecycle',
  ask: (source, named) => rawAnswer(source, new source.sdk.GetBucketLifecycleConfigurationCommand(named)),
  documents: (bytes, { placed }) => {
    const rules = atOnce(parseLifecycleConfiguration(bytes));
    requirePlaces(rules, placed);
    return documentText('lifecycle', { rules, minimumTransitionSize: 'all_storage_classes_128K' });
  },
};

const objectLock: Setting = {
  title: 'object lock',
  root: 'ObjectLockConfiguration',
  name: 'object-lock',
  ask: (source, named) => rawAnswer(source, new source.sdk.GetObjectLockConfigurationCommand(named)),
  documents: (bytes) => documentText('object-lock', parseObjectLockConfiguration(bytes)),
};

export const settings: readonly Setting[] = [
  objectLock,
  {
    title: 'tags',
    root: 'Tagging',
    name: 'tagging',
    ask: (source, named) => rawAnswer(source, new source.sdk.GetBucketTaggingCommand(named)),
    documents: (bytes) => documentText('tagging', bucketTags(parseTagging(bytes))),
  },
  {
    title: 'CORS rules',
    root: 'CORSConfiguration',
    name: 'cors',
    ask: (source, named) => rawAnswer(source, new source.sdk.GetBucketCorsCommand(named)),
    documents: (bytes) => documentText('cors', parseCorsConfiguration(bytes)),
  },
  {
    title: 'default encryption',
    root: 'ServerSideEncryptionConfiguration',
    name: 'encryption',
    ask: (source, named) => rawAnswer(source, new source.sdk.GetBucketEncryptionCommand(named)),
    documents: (bytes) => documentText('encryption', parseEncryptionConfiguration(bytes)),
  },
  {
    title: 'object ownership',
    root: 'OwnershipControls',
    name: 'object-ownership',
    ask: (source, named) => rawAnswer(source, new source.sdk.GetBucketOwnershipControlsCommand(named)),
    documents: (bytes) => documentText('object-ownership', parseOwnershipControls(bytes)),
  },
  {
    title: 'public access block',
    root: 'PublicAccessBlockConfiguration',
    name: 'public-access-block',
    ask: (source, named) => rawAnswer(source, new source.sdk.GetPublicAccessBlockCommand(named)),
    documents: (bytes) => documentText('public-access-block', parsePublicAccessBlock(bytes)),
  },
  {
    title: 'bucket policy',
    root: undefined,
    name: policyDocument,
    ask: (source, named) => rawAnswer(source, new source.sdk.GetBucketPolicyCommand(named)),
    documents: (bytes, { bucket, as }) => {
      const name = bucket.replaceAll('.', '\\.');
      const text = bytes
        .toString()
        .replaceAll(new RegExp(`arn:aws:s3:::${name}(?=["/*])`, 'g'), `arn:aws:s3:::${as}`);
      checkBucketPolicy(text, as);
      return { [policyDocument]: text };
    },
  },
];

/** What cannot be taken, because it names what is not here; told when the source has it. */
export const others: readonly (Omit<Setting, 'documents' | 'name'> & {
  readonly has: (bytes: Buffer) => boolean;
})[] = [
  {
    title: 'notifications',
    root: 'NotificationConfiguration',
    ask: (source, named) =>
      rawAnswer(source, new source.sdk.GetBucketNotificationConfigurationCommand(named)),
    has: hasElements,
  },
  {
    title: 'replication',
    root: 'ReplicationConfiguration',
    ask: (source, named) => rawAnswer(source, new source.sdk.GetBucketReplicationCommand(named)),
    has: hasElements,
  },
  {
    title: 'website',
    root: 'WebsiteConfiguration',
    ask: (source, named) => rawAnswer(source, new source.sdk.GetBucketWebsiteCommand(named)),
    has: hasElements,
  },
  {
    title: 'access logging',
    root: 'BucketLoggingStatus',
    ask: (source, named) => rawAnswer(source, new source.sdk.GetBucketLoggingCommand(named)),
    has: hasElements,
  },
  {
    title: 'access control list',
    root: 'AccessControlPolicy',
    ask: (source, named) => rawAnswer(source, new source.sdk.GetBucketAclCommand(named)),
    has: hasGrants,
  },
];

function hasElements(bytes: Buffer): boolean {
  return parseXml(bytes).children.length > 0;
}

/** Of more than the owner. */
function hasGrants(bytes: Buffer): boolean {
  const list = parseXml(bytes).children.find(({ name }) => name === 'AccessControlList');
  return (list?.children.length ?? 0) > 1;
}

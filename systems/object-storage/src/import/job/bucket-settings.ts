// What is set for a bucket there, in the form that it has here. Each call is optional: what the source does not have, or
// does not show, is told and done without. What is set here already stays.

import type { ConfigurationDocuments, ObjectStorage } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { checkBucketPolicy } from '../../s3/access/bucket-policy.ts';
import { documentText, policyDocument } from '../../s3/access/documents.ts';
import { bucketTags } from '../../s3/tags/tag-set.ts';
import { parseCorsConfiguration } from '../../s3/xml/cors-configuration.ts';
import { parseEncryptionConfiguration } from '../../s3/xml/encryption-configuration.ts';
import { parseLifecycleConfiguration } from '../../s3/xml/lifecycle-configuration.ts';
import { parseObjectLockConfiguration } from '../../s3/xml/object-lock-configuration.ts';
import { parseOwnershipControls } from '../../s3/xml/ownership-controls.ts';
import { parsePublicAccessBlock } from '../../s3/xml/public-access-block.ts';
import { atOnce } from '../../s3/xml/steps.ts';
import { parseTagging } from '../../s3/xml/tagging.ts';
import { parseXml } from '../../s3/xml/xml-reader.ts';
import type { Source } from '../source/open-source.ts';
import { type Patience, patiently } from '../source/patient.ts';
import { rawAnswer } from '../source/raw-answer.ts';
import { codeOf, isRefused, reasonOf, statusOf } from '../source/source-error.ts';

type Named = { readonly Bucket: string };
type Setting = {
  readonly title: string;
  /** Of the answer. Servers that do not know a query parameter may answer with a listing. Undefined for JSON. */
  readonly root: string | undefined;
  readonly name: string;
  readonly ask: (source: Source, named: Named) => Promise<Buffer>;
  readonly documents: (bytes: Buffer, place: SettingsPlace) => ConfigurationDocuments;
};

const lifecycle: Setting = {
  title: 'lifecycle rules',
  root: 'LifecycleConfiguration',
  name: 'lifecycle',
  ask: (source, named) => rawAnswer(source, new source.sdk.GetBucketLifecycleConfigurationCommand(named)),
  documents: (bytes) =>
    documentText('lifecycle', {
      rules: atOnce(parseLifecycleConfiguration(bytes)),
      minimumTransitionSize: 'all_storage_classes_128K',
    }),
};

const objectLock: Setting = {
  title: 'object lock',
  root: 'ObjectLockConfiguration',
  name: 'object-lock',
  ask: (source, named) => rawAnswer(source, new source.sdk.GetObjectLockConfigurationCommand(named)),
  documents: (bytes) => documentText('object-lock', parseObjectLockConfiguration(bytes)),
};

const settings: readonly Setting[] = [
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
const others: readonly (Omit<Setting, 'documents' | 'name'> & {
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

export type SettingsPlace = { readonly bucket: string; readonly as: string };

/** Gives what was not taken. Lifecycle rules come with `takeLifecycle`: they would delete what is still under way. */
export async function takeSettings(
  parts: { readonly source: Source; readonly storage: ObjectStorage; readonly patience: Patience },
  place: SettingsPlace,
): Promise<readonly string[]> {
  const notices: string[] = [];
  for (const setting of settings) notices.push(...(await take(parts, place, setting)));
  for (const { title, root, ask, has } of others) {
    const bytes = await answer(parts, root, () => ask(parts.source, { Bucket: place.bucket }));
    if (typeof bytes !== 'string' && bytes !== undefined && has(bytes))
      notices.push(`bucket ${place.bucket}: not taken is its ${title}: what that names is not here`);
  }
  return notices;
}

export function takeLifecycle(
  parts: Parameters<typeof takeSettings>[0],
  place: SettingsPlace,
): Promise<readonly string[]> {
  return take(parts, place, lifecycle);
}

async function take(
  parts: Parameters<typeof takeSettings>[0],
  place: SettingsPlace,
  { title, name, root, ask, documents }: Setting,
): Promise<readonly string[]> {
  const { bucket, as } = place;
  const configured = await parts.storage.bucketConfiguration({ bucket: as });
  if (configured.documents[name] !== undefined) return [];
  const bytes = await answer(parts, root, () => ask(parts.source, { Bucket: bucket }));
  if (bytes === undefined) return [];
  if (typeof bytes === 'string') return [`bucket ${bucket}: the source did not show its ${title}: ${bytes}`];
  try {
    await parts.storage.configureBucket({ bucket: as, documents: documents(bytes, place) });
    return [];
  } catch (error) {
    if (!(error instanceof ObjectStorageError)) throw error;
    return [`bucket ${bucket}: not taken is its ${title}: ${error.code}: ${error.message}`];
  }
}

/** Undefined when nothing is set, a reason when the source does not say. */
async function answer(
  { patience }: { readonly patience: Patience },
  root: string | undefined,
  ask: () => Promise<Buffer>,
): Promise<Buffer | string | undefined> {
  try {
    const bytes = await patiently(patience, ask);
    return rootOf(bytes) === root ? bytes : 'it answers with something else';
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    // radosgw and others have codes of their own for what is not set.
    if (/^NoSuch|NotFound/.test(codeOf(error))) return undefined;
    if (isRefused(error)) return reasonOf(error);
    throw error;
  }
}

/** Undefined for what is no XML. */
function rootOf(bytes: Buffer): string | undefined {
  if (bytes[0] !== '<'.charCodeAt(0)) return undefined;
  return parseXml(bytes).name;
}

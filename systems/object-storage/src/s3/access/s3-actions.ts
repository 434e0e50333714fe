// The actions and condition keys that a bucket's policy may name. Amazon refuses what it does not know, and so does this:
// a Deny with a slip of the pen in it would protect nothing.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html

import { Glob, globTokens } from '@cairn/identity';

/** Without `s3:`, in words of what they are about. */
const actions = `
AbortMultipartUpload BypassGovernanceRetention CreateBucket DeleteBucket DeleteBucketPolicy DeleteBucketWebsite
DeleteObject DeleteObjectTagging DeleteObjectVersion DeleteObjectVersionTagging GetAccelerateConfiguration
GetAnalyticsConfiguration GetBucketAbac GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging
GetBucketMetadataTableConfiguration GetBucketNotification GetBucketObjectLockConfiguration GetBucketOwnershipControls
GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging
GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration GetIntelligentTieringConfiguration
GetInventoryConfiguration GetLifecycleConfiguration GetMetricsConfiguration GetObject GetObjectAcl GetObjectAttributes
GetObjectLegalHold GetObjectRetention GetObjectTagging GetObjectTorrent GetObjectVersion GetObjectVersionAcl
GetObjectVersionAttributes GetObjectVersionForReplication GetObjectVersionTagging GetObjectVersionTorrent
GetReplicationConfiguration InitiateReplication ListAllMyBuckets ListBucket ListBucketMultipartUploads
ListBucketVersions ListMultipartUploadParts ObjectOwnerOverrideToBucketOwner PutAccelerateConfiguration
PutAnalyticsConfiguration PutBucketAbac PutBucketAcl PutBucketCORS PutBucketLogging PutBucketNotification
PutBucketObjectLockConfiguration PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock
PutBucketRequestPayment PutBucketTagging PutBucketVersioning PutBucketWebsite PutEncryptionConfiguration
PutIntelligentTieringConfiguration PutInventoryConfiguration PutLifecycleConfiguration PutMetricsConfiguration
PutObject PutObjectAcl PutObjectLegalHold PutObjectRetention PutObjectTagging PutObjectVersionAcl
PutObjectVersionTagging PutReplicationConfiguration ReplicateDelete ReplicateObject ReplicateTags RestoreObject
TagResource UpdateBucketMetadataInventoryTableConfiguration UpdateBucketMetadataJournalTableConfiguration
`;

const knownActions = wordsOf(actions).map((name) => `s3:${name.toLowerCase()}`);

/** Whether a pattern of a policy names any action of S3. */
export function namesAction(pattern: string): boolean {
  const glob = new Glob(globTokens(pattern.toLowerCase()));
  return knownActions.some((action) => glob.matches(action));
}

/** Those that begin with `s3:`; a slash at the end takes the name of a tag behind it. */
const conditionKeys = `
authType delimiter ExistingObjectTag/ if-match if-none-match LocationConstraint max-keys ObjectCreationOperation object-lock-legal-hold
object-lock-mode object-lock-remaining-retention-days object-lock-retain-until-date prefix RequestObjectTag/
RequestObjectTagKeys ResourceAccount signatureAge signatureversion TlsVersion VersionId x-amz-acl
x-amz-content-sha256 x-amz-copy-source x-amz-grant-full-control x-amz-grant-read x-amz-grant-read-acp
x-amz-grant-write x-amz-grant-write-acp x-amz-metadata-directive x-amz-object-ownership x-amz-server-side-encryption
x-amz-server-side-encryption-aws-kms-key-id x-amz-server-side-encryption-customer-algorithm x-amz-storage-class
x-amz-website-redirect-location
`;

const knownKeys = wordsOf(conditionKeys).map((name) => `s3:${name.toLowerCase()}`);

/** Keys of AWS as a whole have no list here; those of S3 have. */
export function isConditionKey(key: string): boolean {
  const lower = key.toLowerCase();
  if (/^(?:aws|cairn):./.test(lower)) return true;
  return knownKeys.some((known) => (known.endsWith('/') ? lower.startsWith(known) : lower === known));
}

function wordsOf(text: string): string[] {
  return text.trim().split(/\s+/);
}

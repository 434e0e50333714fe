// A good document of every operation that reads XML, for tests to damage.

import { parseAccessControlPolicy } from './access-control-policy.ts';
import { parseBucketLoggingStatus } from './bucket-logging-status.ts';
import { parseCompleteMultipartUpload } from './complete-multipart-upload.ts';
import { parseCorsConfiguration } from './cors-configuration.ts';
import { parseCreateBucketConfiguration } from './create-bucket-configuration.ts';
import { parseDeleteRequest } from './delete-request.ts';
import { parseEncryptionConfiguration } from './encryption-configuration.ts';
import { parseLifecycleConfiguration } from './lifecycle-configuration.ts';
import { parseNotificationConfiguration } from './notification-configuration.ts';
import { parseLegalHold, parseRetention } from './object-lock.ts';
import { parseObjectLockConfiguration } from './object-lock-configuration.ts';
import { parseOwnershipControls } from './ownership-controls.ts';
import { parsePublicAccessBlock } from './public-access-block.ts';
import { parseReplicationConfiguration } from './replication-configuration.ts';
import { parseRequestPayment } from './request-payment.ts';
import { parseRestoreRequest } from './restore-request.ts';
import { atOnce } from './steps.ts';
import { parseTagging } from './tagging.ts';
import { parseVersioningConfiguration } from './versioning-configuration.ts';

export type RequestDocument = {
  readonly root: string;
  /** What stands in the root. */
  readonly content: string;
  readonly parse: (bytes: Uint8Array) => unknown;
};

const emptyMd5 = 'd41d8cd98f00b204e9800998ecf8427e';
const acl: RequestDocument = {
  root: 'AccessControlPolicy',
  content: `<Owner><ID>000000000000</ID></Owner><AccessControlList><Grant>
    <Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"
    ><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>
    <Permission>READ</Permission></Grant></AccessControlList>`,
  parse: parseAccessControlPolicy,
};
const tagging: RequestDocument = {
  root: 'Tagging',
  content: '<TagSet><Tag><Key>kept</Key><Value>a &#43; b</Value></Tag></TagSet>',
  parse: parseTagging,
};

export const requestDocuments = {
  CreateBucket: {
    root: 'CreateBucketConfiguration',
    content: `<LocationConstraint>us-east-1</LocationConstraint>
      <Tags><Tag><Key>kept</Key><Value>a</Value></Tag></Tags>`,
    parse: parseCreateBucketConfiguration,
  },
  CompleteMultipartUpload: {
    root: 'CompleteMultipartUpload',
    content: `<Part><PartNumber>1</PartNumber><ETag>&quot;${emptyMd5}&quot;</ETag></Part>
      <Part><PartNumber>2</PartNumber><ETag>${emptyMd5}</ETag><ChecksumCRC32>AAAAAA==</ChecksumCRC32></Part>`,
    parse: (bytes) => atOnce(parseCompleteMultipartUpload(bytes)),
  },
  PutBucketCors: {
    root: 'CORSConfiguration',
    content: `<CORSRule><ID>kept</ID><AllowedOrigin>https://*.example.com</AllowedOrigin>
      <AllowedMethod>GET</AllowedMethod><AllowedHeader>x-amz-*</AllowedHeader><ExposeHeader>etag</ExposeHeader>
      <MaxAgeSeconds>3000</MaxAgeSeconds></CORSRule>`,
    parse: parseCorsConfiguration,
  },
  PutBucketTagging: tagging,
  PutBucketEncryption: {
    root: 'ServerSideEncryptionConfiguration',
    content: `<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>
      </ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule>`,
    parse: parseEncryptionConfiguration,
  },
  PutBucketLifecycleConfiguration: {
    root: 'LifecycleConfiguration',
    content: `<Rule><ID>kept</ID><Status>Enabled</Status><Filter><And><Prefix>logs/</Prefix><Tag><Key>a</Key>
      <Value>b</Value></Tag><ObjectSizeGreaterThan>500</ObjectSizeGreaterThan></And></Filter>
      <Expiration><Days>30</Days></Expiration><NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays>
      </NoncurrentVersionExpiration></Rule>`,
    parse: (bytes) => atOnce(parseLifecycleConfiguration(bytes)),
  },
  PutBucketReplication: {
    root: 'ReplicationConfiguration',
    content: `<Role>arn:aws:iam::000000000000:role/kept</Role><Rule><ID>kept</ID><Priority>1</Priority>
      <Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</Status>
      <DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication>
      <Destination><Bucket>arn:aws:s3:::copies</Bucket></Destination></Rule>`,
    parse: (bytes) => parseReplicationConfiguration(bytes, []),
  },
  PutPublicAccessBlock: {
    root: 'PublicAccessBlockConfiguration',
    content: '<IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>false</BlockPublicPolicy>',
    parse: parsePublicAccessBlock,
  },
  PutBucketOwnershipControls: {
    root: 'OwnershipControls',
    content: '<Rule><ObjectOwnership>BucketOwnerPreferred</ObjectOwnership></Rule>',
    parse: parseOwnershipControls,
  },
  PutBucketLogging: {
    root: 'BucketLoggingStatus',
    content: `<LoggingEnabled><TargetBucket>logs</TargetBucket><TargetPrefix>kept</TargetPrefix>
      <TargetObjectKeyFormat><PartitionedPrefix><PartitionDateSource>EventTime</PartitionDateSource>
      </PartitionedPrefix></TargetObjectKeyFormat></LoggingEnabled>`,
    parse: parseBucketLoggingStatus,
  },
  PutBucketNotificationConfiguration: {
    root: 'NotificationConfiguration',
    content: `<QueueConfiguration><Id>kept</Id><Queue>arn:aws:sqs:us-east-1:000000000000:name</Queue>
      <Event>s3:ObjectCreated:*</Event><Filter><S3Key><FilterRule><Name>prefix</Name><Value>images/</Value>
      </FilterRule></S3Key></Filter></QueueConfiguration>`,
    parse: parseNotificationConfiguration,
  },
  PutBucketRequestPayment: {
    root: 'RequestPaymentConfiguration',
    content: '<Payer>BucketOwner</Payer>',
    parse: parseRequestPayment,
  },
  PutBucketVersioning: {
    root: 'VersioningConfiguration',
    content: '<Status>Enabled</Status><MfaDelete>Disabled</MfaDelete>',
    parse: parseVersioningConfiguration,
  },
  PutObjectLockConfiguration: {
    root: 'ObjectLockConfiguration',
    content: `<ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode>
      <Days>30</Days></DefaultRetention></Rule>`,
    parse: parseObjectLockConfiguration,
  },
  PutBucketAcl: acl,
  PutObjectAcl: acl,
  PutObjectTagging: tagging,
  PutObjectRetention: {
    root: 'Retention',
    content: '<Mode>GOVERNANCE</Mode><RetainUntilDate>2100-01-01T00:00:00Z</RetainUntilDate>',
    parse: parseRetention,
  },
  PutObjectLegalHold: { root: 'LegalHold', content: '<Status>ON</Status>', parse: parseLegalHold },
  RestoreObject: {
    root: 'RestoreRequest',
    content: '<Days>7</Days><GlacierJobParameters><Tier>Standard</Tier></GlacierJobParameters>',
    parse: parseRestoreRequest,
  },
  DeleteObjects: {
    root: 'Delete',
    content: `<Object><Key>kept</Key></Object><Object><Key>a &amp; b</Key><VersionId>null</VersionId></Object>
      <Quiet>true</Quiet>`,
    parse: (bytes) => atOnce(parseDeleteRequest(bytes)),
  },
} as const satisfies Record<string, RequestDocument>;

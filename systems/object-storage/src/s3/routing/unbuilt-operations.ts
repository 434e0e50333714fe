// The operations of Amazon S3 that are not built: answered NotImplemented by name, and never taken for another one.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html

import type { Level, Operation } from './operation.ts';

export type UnbuiltOperation = Pick<Operation, 'name' | 'level' | 'method' | 'marks'>;

/** Name, method, and the query parameters that mark it. Of two that have the same, `x-id` says which is meant. */
const service = `
ListDirectoryBuckets GET max-directory-buckets
`;

const bucket = `
GetBucketAbac GET abac
PutBucketAbac PUT abac
GetBucketAccelerateConfiguration GET accelerate
PutBucketAccelerateConfiguration PUT accelerate
DeleteBucketAnalyticsConfiguration DELETE analytics
GetBucketAnalyticsConfiguration GET analytics
ListBucketAnalyticsConfigurations GET analytics
PutBucketAnalyticsConfiguration PUT analytics
DeleteBucketIntelligentTieringConfiguration DELETE intelligent-tiering
GetBucketIntelligentTieringConfiguration GET intelligent-tiering
ListBucketIntelligentTieringConfigurations GET intelligent-tiering
PutBucketIntelligentTieringConfiguration PUT intelligent-tiering
DeleteBucketInventoryConfiguration DELETE inventory
GetBucketInventoryConfiguration GET inventory
ListBucketInventoryConfigurations GET inventory
PutBucketInventoryConfiguration PUT inventory
CreateBucketMetadataConfiguration POST metadataConfiguration
DeleteBucketMetadataConfiguration DELETE metadataConfiguration
GetBucketMetadataConfiguration GET metadataConfiguration
UpdateBucketMetadataAnnotationTableConfiguration PUT metadataAnnotationTable
UpdateBucketMetadataInventoryTableConfiguration PUT metadataInventoryTable
UpdateBucketMetadataJournalTableConfiguration PUT metadataJournalTable
CreateBucketMetadataTableConfiguration POST metadataTable
DeleteBucketMetadataTableConfiguration DELETE metadataTable
GetBucketMetadataTableConfiguration GET metadataTable
DeleteBucketMetricsConfiguration DELETE metrics
GetBucketMetricsConfiguration GET metrics
ListBucketMetricsConfigurations GET metrics
PutBucketMetricsConfiguration PUT metrics
CreateSession GET session
DeleteBucketWebsite DELETE website
GetBucketWebsite GET website
PutBucketWebsite PUT website
`;

const object = `
DeleteObjectAnnotation DELETE annotation
GetObjectAnnotation GET annotation
ListObjectAnnotations GET annotation
PutObjectAnnotation PUT annotation
UpdateObjectEncryption PUT encryption
SelectObjectContent POST select
GetObjectTorrent GET torrent
`;

/** Of Lambda functions, which answer a GET at an access point: its path is no bucket's, its header marks it. */
export const writeGetObjectResponse = {
  name: 'WriteGetObjectResponse',
  method: 'POST',
  header: 'x-amz-request-route',
} as const;

export const unbuiltOperations: readonly UnbuiltOperation[] = [
  ...rowsOf('service', service),
  ...rowsOf('bucket', bucket),
  ...rowsOf('object', object),
];

function rowsOf(level: Level, table: string): UnbuiltOperation[] {
  return table
    .trim()
    .split('\n')
    .map((row) => {
      const [name = '', method = '', ...marks] = row.split(' ');
      return { name, level, method, marks };
    });
}

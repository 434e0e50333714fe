// The document of an error.
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#RESTErrorResponses
//
//   <Error>
//     <Code>NoSuchKey</Code> <Message>...</Message>
//     <Key>, <BucketName>, <UploadId>, and whatever else the error names
//     <Resource>/bucket/key</Resource> <RequestId>...</RequestId> <HostId>...</HostId>
//   </Error>

import type { ObjectStorageError } from '../../errors.ts';
import { plainXmlDocument, type XmlElement } from './xml-writer.ts';

export type ErrorOccasion = {
  /** The path that was asked for, decoded. */
  readonly resource: string;
  readonly requestId: string;
  readonly hostId: string;
};

export function errorDocument(
  { code, message, detail }: Pick<ObjectStorageError, 'code' | 'message' | 'detail'>,
  occasion: ErrorOccasion,
): string {
  const { bucket, key, uploadId, fields } = detail;
  return plainXmlDocument('Error', [
    ['Code', code],
    ['Message', message],
    ['BucketName', bucket],
    ['Key', key],
    ['UploadId', uploadId],
    ...Object.entries(fields ?? {}).map(([name, value]): XmlElement => [name, value]),
    ['Resource', occasion.resource],
    ['RequestId', occasion.requestId],
    ['HostId', occasion.hostId],
  ]);
}

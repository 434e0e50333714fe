// ListMultipartUploads' answer. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html

import type { ListUploadsPage, UploadInfo } from '../../core/object-storage.ts';
import { commonPrefixElements, type EncodingType, encodedName, ownerElement, timestamp } from './elements.ts';
import { type XmlElement, xmlDocument } from './xml-writer.ts';

export type ListMultipartUploadsResult = {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string;
  readonly keyMarker: string;
  readonly uploadIdMarker: string;
  readonly maxUploads: number;
  readonly encodingType: EncodingType;
  readonly page: ListUploadsPage;
};

export function listMultipartUploadsResult(result: ListMultipartUploadsResult): string {
  const { encodingType, page, delimiter } = result;
  const encoded = (name: string) => encodedName(name, encodingType);
  return xmlDocument('ListMultipartUploadsResult', [
    ['Bucket', result.bucket],
    ['KeyMarker', encoded(result.keyMarker)],
    ['UploadIdMarker', result.uploadIdMarker],
    ['NextKeyMarker', page.next === undefined ? undefined : encoded(page.next.key)],
    ['NextUploadIdMarker', page.next?.uploadId],
    ['Prefix', encoded(result.prefix)],
    ['Delimiter', delimiter === '' ? undefined : encoded(delimiter)],
    ['EncodingType', encodingType],
    ['MaxUploads', result.maxUploads],
    ['IsTruncated', page.next !== undefined],
    ...page.uploads.map((upload): XmlElement => ['Upload', uploadElements(upload, encodingType)]),
    ...commonPrefixElements(page.commonPrefixes, encodingType),
  ]);
}

function uploadElements(
  { key, uploadId, owner, initiatedMs, storageClass }: UploadInfo,
  encodingType: EncodingType,
): XmlElement[] {
  return [
    ['Key', encodedName(key, encodingType)],
    ['UploadId', uploadId],
    ownerElement('Initiator', owner),
    ownerElement('Owner', owner),
    ['StorageClass', storageClass ?? 'STANDARD'],
    ['Initiated', timestamp(initiatedMs)],
  ];
}

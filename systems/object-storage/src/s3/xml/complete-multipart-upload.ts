// CompleteMultipartUpload's request.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
//
//   <CompleteMultipartUpload>
//     <Part>                                    1 to 10,000
//       <PartNumber>1</PartNumber>
//       <ETag>"d41d..."</ETag>                  quotes optional
//       <ChecksumCRC32>base64</ChecksumCRC32>   at most one, of any algorithm
//     </Part>
//   </CompleteMultipartUpload>

import type { CompletedPart } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { partNumberMax } from '../../limits.ts';
import type { Steps } from './steps.ts';
import { parseXmlInSteps, type XmlNode } from './xml-reader.ts';
import { elementsOf, malformed, requireRoot, trimmedTextOf } from './xml-schema.ts';

/** Throws MalformedXML, InvalidArgument for a part number out of range. */
export function* parseCompleteMultipartUpload(bytes: Uint8Array): Steps<readonly CompletedPart[]> {
  const root = requireRoot(yield* parseXmlInSteps(bytes), 'CompleteMultipartUpload');
  const { Part } = elementsOf(root, { Part: 'many' });
  if (Part.length === 0 || Part.length > partNumberMax) throw malformed();
  const parts: CompletedPart[] = [];
  for (const node of Part) {
    parts.push(partOf(node));
    if (parts.length % partsPerStep === 0) yield;
  }
  return parts;
}

const partsPerStep = 500;

function partOf(node: XmlNode): CompletedPart {
  const { PartNumber, ETag, ...checksums } = elementsOf(node, {
    PartNumber: 'one',
    ETag: 'one',
    ChecksumCRC32: 'optional',
    ChecksumCRC32C: 'optional',
    ChecksumCRC64NVME: 'optional',
    ChecksumSHA1: 'optional',
    ChecksumSHA256: 'optional',
    ChecksumSHA512: 'optional',
    ChecksumMD5: 'optional',
    ChecksumXXHASH64: 'optional',
    ChecksumXXHASH3: 'optional',
    ChecksumXXHASH128: 'optional',
  });
  const claimed = Object.values(checksums).flat();
  if (claimed.length > 1) throw malformed();
  return {
    partNumber: partNumberOf(trimmedTextOf(PartNumber[0])!),
    etag: trimmedTextOf(ETag[0])!.replaceAll('"', '').toLowerCase(),
    checksum: trimmedTextOf(claimed[0]),
  };
}

function partNumberOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw malformed();
  const number = Number(text);
  if (number >= 1 && number <= partNumberMax) return number;
  throw new ObjectStorageError('InvalidArgument', {
    message: `PartNumber must be >= 1 and <= ${partNumberMax}`,
    fields: { ArgumentName: 'partNumber', ArgumentValue: text },
  });
}

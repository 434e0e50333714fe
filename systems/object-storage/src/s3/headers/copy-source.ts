// `x-amz-copy-source`: which object is copied.
//
//   copy-source = ["/"] bucket "/" key ["?versionId=" id]      percent-encoded

import type { VersionName } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { percentDecode } from '../target/percent-encoding.ts';

const versionMark = '?versionId=';

/** Throws InvalidArgument, NotImplemented for access points. */
export function parseCopySource(header: string): VersionName {
  const at = header.lastIndexOf(versionMark);
  const path = percentDecode(at === -1 ? header : header.slice(0, at));
  const name = path?.startsWith('/') ? path.slice(1) : path;
  if (name?.startsWith('arn:')) throw new ObjectStorageError('NotImplemented');
  const slash = name?.indexOf('/') ?? -1;
  if (name === undefined || slash < 1 || slash === name.length - 1) {
    throw new ObjectStorageError('InvalidArgument', {
      message: 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
      fields: { ArgumentName: 'x-amz-copy-source', ArgumentValue: header },
    });
  }
  const object = { bucket: name.slice(0, slash), key: name.slice(slash + 1) };
  if (at === -1) return object;
  // What cannot be decoded is no version's id, and refused as one.
  const versionId = header.slice(at + versionMark.length);
  return { ...object, versionId: percentDecode(versionId) ?? versionId };
}

// `x-amz-copy-source`: which object is copied.
//
//   copy-source = ["/"] bucket "/" key ["?versionId=" id]      percent-encoded

import type { ObjectName } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { percentDecode } from '../target/percent-encoding.ts';
import { requireCurrentVersion } from './version.ts';

/** Throws InvalidArgument, NoSuchVersion, NotImplemented for access points. */
export function parseCopySource(header: string): ObjectName {
  const at = header.lastIndexOf('?versionId=');
  if (at !== -1) requireCurrentVersion(header.slice(at + '?versionId='.length));
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
  return { bucket: name.slice(0, slash), key: name.slice(slash + 1) };
}

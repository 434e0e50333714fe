// What listings tell of copies of archived objects, to clients that ask for it:
//
//   x-amz-optional-object-attributes: RestoreStatus
//
// A listed row does not say it. So each object of a class with a place is looked up, of a page that a client asks this of.

import type { ListedObject, ObjectStorage, RestoreState } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import type { S3Request } from './handler.ts';

const header = 'x-amz-optional-object-attributes';

/** Versions among them say which by their ids. Throws InvalidArgument for another attribute. */
export async function withRestoreStates<Listed extends ListedObject & { readonly versionId?: string }>(
  request: S3Request,
  { storage, listed }: { storage: ObjectStorage; listed: readonly Listed[] },
): Promise<readonly Listed[]> {
  if (!wantsRestoreStates(request.headers)) return listed;
  const shown: Listed[] = [];
  for (const each of listed) {
    await request.turn();
    const { storageClass } = each;
    const isPlaced = storageClass !== undefined && storage.placedClasses.includes(storageClass);
    shown.push(isPlaced ? { ...each, restore: await restoreOf(request.bucket, each, storage) } : each);
  }
  return shown;
}

function wantsRestoreStates(headers: RequestHeaders): boolean {
  const value = headers[header];
  if (value === undefined) return false;
  const names = value.split(',').map((name) => name.trim());
  if (names.every((name) => name === 'RestoreStatus')) return true;
  throw new ObjectStorageError('InvalidArgument', {
    message: 'Invalid attribute name specified',
    fields: { ArgumentName: header, ArgumentValue: value },
  });
}

/** Of what is no longer what was listed nothing is said. */
async function restoreOf(
  bucket: string,
  { key, versionId, etag }: ListedObject & { readonly versionId?: string },
  storage: ObjectStorage,
): Promise<RestoreState | undefined> {
  try {
    const info = await storage.headObject({ bucket, key, versionId });
    return info.etag === etag ? info.restore : undefined;
  } catch (error) {
    if (error instanceof ObjectStorageError && goneCodes.has(error.code)) return undefined;
    throw error;
  }
}

const goneCodes: ReadonlySet<string> = new Set(['NoSuchKey', 'NoSuchVersion']);

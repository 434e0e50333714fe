// Conditions of reads and of the sources of copies: RFC 9110 13, in the order of 13.2.2.

import type { ObjectInfo } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';

export type ReadConditions = {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
  readonly ifUnmodifiedSince: string | undefined;
};

type Validators = Pick<ObjectInfo, 'etag' | 'modifiedMs'>;

export function readConditions(headers: RequestHeaders): ReadConditions {
  return {
    ifMatch: headers['if-match'],
    ifNoneMatch: headers['if-none-match'],
    ifModifiedSince: headers['if-modified-since'],
    ifUnmodifiedSince: headers['if-unmodified-since'],
  };
}

/** `x-amz-copy-source-if-match` and so on. */
export function copySourceConditions(headers: RequestHeaders): ReadConditions {
  return {
    ifMatch: headers['x-amz-copy-source-if-match'],
    ifNoneMatch: headers['x-amz-copy-source-if-none-match'],
    ifModifiedSince: headers['x-amz-copy-source-if-modified-since'],
    ifUnmodifiedSince: headers['x-amz-copy-source-if-unmodified-since'],
  };
}

/** Throws PreconditionFailed, or NotModified where the client has what it asks for. */
export function requireConditions(conditions: ReadConditions, object: Validators): void {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, object)) throw failed('If-Match');
  } else if (modifiedAfter(object, ifUnmodifiedSince) === true) throw failed('If-Unmodified-Since');
  if (ifNoneMatch !== undefined) {
    if (matches(ifNoneMatch, object)) throw new ObjectStorageError('NotModified');
  } else if (modifiedAfter(object, ifModifiedSince) === false) throw new ObjectStorageError('NotModified');
}

/** As `requireConditions`, where nothing can be "not modified": PreconditionFailed it is. */
export function requireCopyConditions(conditions: ReadConditions, source: Validators): void {
  try {
    requireConditions(conditions, source);
  } catch (error) {
    if (error instanceof ObjectStorageError && error.code === 'NotModified') {
      throw failed('x-amz-copy-source-If-None-Match');
    }
    throw error;
  }
}

/** Whether a list of entity tags, in quotes or not, or `*`, holds the object's. */
export function matches(list: string, { etag }: Pick<Validators, 'etag'>): boolean {
  return list.split(',').some((item) => {
    const tag = item.trim().replace(/^W\//, '').replaceAll('"', '');
    return tag === '*' || tag === etag;
  });
}

/** To the second, as dates in headers are. Undefined when the header is missing or no date. */
function modifiedAfter({ modifiedMs }: Validators, date: string | undefined): boolean | undefined {
  const timeMs = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(timeMs) ? undefined : Math.floor(modifiedMs / 1000) * 1000 > timeMs;
}

function failed(condition: string): ObjectStorageError {
  return new ObjectStorageError('PreconditionFailed', { fields: { Condition: condition } });
}

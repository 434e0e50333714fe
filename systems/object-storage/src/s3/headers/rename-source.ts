// `x-amz-rename-source`: which object of the bucket gets another name, and what it has to be.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_RenameObject.html
//
//   rename-source = ["/"] key      percent-encoded; the conditions of the source are headers with this name in front

import type { RenameObjectRequest } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import { percentDecode } from '../target/percent-encoding.ts';
import type { ReadConditions } from './read-conditions.ts';

const header = 'x-amz-rename-source';

/** Throws InvalidArgument. */
export function parseRenameSource(headers: RequestHeaders): string {
  const value = headers[header] ?? '';
  const decoded = percentDecode(value);
  const key = decoded?.startsWith('/') ? decoded.slice(1) : decoded;
  if (key !== undefined && key !== '') return key;
  throw new ObjectStorageError('InvalidArgument', {
    message: 'The rename source must be the name of an object, percent-encoded.',
    fields: { ArgumentName: header, ArgumentValue: value },
  });
}

export function renameSourceConditions(headers: RequestHeaders): ReadConditions {
  return {
    ifMatch: headers[`${header}-if-match`],
    ifNoneMatch: headers[`${header}-if-none-match`],
    ifModifiedSince: headers[`${header}-if-modified-since`],
    ifUnmodifiedSince: headers[`${header}-if-unmodified-since`],
  };
}

/** Conditions of the object that is replaced. What is no date is no condition, as everywhere in HTTP. */
export function renameTargetTimes(headers: RequestHeaders): NonNullable<RenameObjectRequest['targetTimes']> {
  return {
    modifiedAfterSecond: secondOf(headers['if-modified-since']),
    unmodifiedAfterSecond: secondOf(headers['if-unmodified-since']),
  };
}

function secondOf(date: string | undefined): number | undefined {
  const timeMs = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(timeMs) ? undefined : Math.floor(timeMs / 1_000);
}

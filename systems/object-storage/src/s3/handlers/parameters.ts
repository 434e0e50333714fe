// Query parameters by their form. What is not of the form is refused with InvalidArgument.

import { ObjectStorageError } from '../../errors.ts';
import { listKeysMax, partNumberMax } from '../../limits.ts';
import type { Query } from '../target/query.ts';
import type { EncodingType } from '../xml/elements.ts';

/** `max-keys` and its like: 0 to 2^31 - 1, and never more than 1,000 are given. */
export function pageLimit(query: Query, name: string): number {
  return Math.min(integerParameter(query, name) ?? listKeysMax, listKeysMax);
}

export function integerParameter(query: Query, name: string): number | undefined {
  return integerArgument(name, query.get(name));
}

/** Undefined for what is missing or empty. */
export function integerArgument(name: string, value: string | undefined): number | undefined {
  if (value === undefined || value === '') return undefined;
  const number = /^-?\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= 0 && number <= integerMax) return number;
  const message =
    number < 0 && number >= -integerMax
      ? `Argument ${name} must be an integer between 0 and ${integerMax}`
      : `Provided ${name} not an integer or within integer range`;
  throw new ObjectStorageError('InvalidArgument', {
    message,
    fields: { ArgumentName: name, ArgumentValue: value },
  });
}

const integerMax = 2 ** 31 - 1;

export function partNumber(query: Query): number {
  const value = query.get('partNumber') ?? '';
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= 1 && number <= partNumberMax) return number;
  throw new ObjectStorageError('InvalidArgument', {
    message: `Part number must be an integer between 1 and ${partNumberMax}, inclusive`,
    fields: { ArgumentName: 'partNumber', ArgumentValue: value },
  });
}

export function encodingType(query: Query): EncodingType {
  const value = query.get('encoding-type');
  if (value === undefined || value === '') return undefined;
  if (value.toLowerCase() === 'url') return 'url';
  throw new ObjectStorageError('InvalidArgument', {
    message: 'Invalid Encoding Method specified in Request',
    fields: { ArgumentName: 'encoding-type', ArgumentValue: value },
  });
}

/** Of an operation whose marker it is: routing has seen to it that it is there. */
export function uploadId(query: Query): string {
  return query.get('uploadId') ?? '';
}

export function invalidParameter({
  name,
  value,
  wanted,
}: {
  name: string;
  value: string;
  wanted: string;
}): ObjectStorageError {
  return new ObjectStorageError('InvalidArgument', {
    message: `Argument ${name} must be ${wanted}`,
    fields: { ArgumentName: name, ArgumentValue: value },
  });
}

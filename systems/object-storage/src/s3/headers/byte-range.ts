// The Range header of RFC 9110 14.2, one range only. S3 answers several with the whole object, as it answers a header
// that it cannot make sense of.

import type { ByteRange } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';

/** Undefined for the whole object. Throws InvalidRange when no byte of the range is there. */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  if (first === '') return suffix(Number(last), { header: header!, sizeBytes });
  const [start, end] = [Number(first), last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1)];
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= sizeBytes) throw notSatisfiable({ header: header!, sizeBytes });
  return { start, length: end - start + 1 };
}

function suffix(length: number, object: { header: string; sizeBytes: number }): ByteRange {
  if (length === 0 || object.sizeBytes === 0) throw notSatisfiable(object);
  const bytes = Math.min(length, object.sizeBytes);
  return { start: object.sizeBytes - bytes, length: bytes };
}

function notSatisfiable({ header, sizeBytes }: { header: string; sizeBytes: number }): ObjectStorageError {
  return new ObjectStorageError('InvalidRange', {
    fields: { RangeRequested: header, ActualObjectSize: String(sizeBytes) },
  });
}

/**
 * `x-amz-copy-source-range`, which has to name both ends and lie within the source. Throws InvalidArgument for what is no
 * range, and InvalidRange for one that ends behind the source, as radosgw does and its conformance suite wants; Amazon has
 * InvalidArgument there too.
 */
export function parseCopyRange(header: string, sizeBytes: number): ByteRange {
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header) ?? [];
  const [start, end] = [Number(first), Number(last)];
  if (first === undefined || end < start) {
    throw new ObjectStorageError('InvalidArgument', {
      message:
        'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
      fields: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header },
    });
  }
  if (end >= sizeBytes) throw notSatisfiable({ header, sizeBytes });
  return { start, length: end - start + 1 };
}

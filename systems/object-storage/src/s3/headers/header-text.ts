// Text in headers: sent as UTF-8, shown by Node as Latin-1, one character per byte.

import { ObjectStorageError } from '../../errors.ts';

/** What a client meant. Throws InvalidArgument when it is not UTF-8. */
export function decodeHeader(value: string): string {
  if (isAscii(value)) return value;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(value, 'latin1'));
  } catch {
    throw new ObjectStorageError('InvalidArgument', {
      message: 'A header holds bytes that are not UTF-8.',
      fields: { ArgumentValue: value },
    });
  }
}

/** For Node to write. */
export function encodeHeader(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0x7f) return false;
  }
  return true;
}

// Text in headers: sent as UTF-8, shown by Node as Latin-1, one character per byte.

import { ObjectStorageError } from '../../errors.ts';

// Not by an import, which reads every export of the module: one of them loads Node's fetch, 16 MB.
const { validateHeaderName, validateHeaderValue } = process.getBuiltinModule('node:http');

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

/** A header that came as a query parameter, as it had come as one. Throws InvalidArgument for what HTTP cannot carry. */
export function headerOfParameter(name: string, text: string): string {
  const value = encodeHeader(text);
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return value;
  } catch (cause) {
    throw new ObjectStorageError('InvalidArgument', {
      message: 'A query parameter that stands for a header holds characters that a header cannot.',
      fields: { ArgumentName: name, ArgumentValue: text },
      cause,
    });
  }
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0x7f) return false;
  }
  return true;
}

// How a request says where its body ends (RFC 9112 6). This is where requests are smuggled: a proxy that takes another
// end than we do lets a client put a request of its own into somebody else's connection.
//
// | Transfer-Encoding | Content-Length | the body                                          |
// | ----------------- | -------------- | ------------------------------------------------- |
// | none              | none           | is empty                                          |
// | none              | 1 to 16 digits | has that many bytes                               |
// | none              | anything else  | refused, two equal ones in a list too             |
// | chunked           | none           | is in chunks; refused from HTTP/1.0               |
// | chunked           | any            | refused                                           |
// | others            |                | refused: as unsupported if chunked is last        |

import type { HeaderFields } from './header-fields.ts';
import { HttpProblem } from './http-problem.ts';

/** The number of bytes, or that they come in chunks. */
export type BodyFraming = number | 'chunked';

export function bodyFraming(headers: Readonly<HeaderFields>, minor: number): BodyFraming {
  const coding = headers['transfer-encoding'];
  const length = headers['content-length'];
  if (coding !== undefined) {
    if (length !== undefined) throw new HttpProblem('malformed', 'a length and a transfer coding');
    return chunkedFraming(coding.toLowerCase(), minor);
  }
  return length === undefined ? 0 : parseLength(length);
}

function chunkedFraming(coding: string, minor: number): 'chunked' {
  if (minor === 0) throw new HttpProblem('malformed', 'a transfer coding in HTTP/1.0');
  if (coding === 'chunked') return 'chunked';
  const codings = coding.split(',').map((each) => each.trim());
  const chunkedAt = codings.indexOf('chunked');
  const known = chunkedAt > 0 && chunkedAt === codings.length - 1;
  throw new HttpProblem(known ? 'coding-unsupported' : 'malformed', 'transfer coding');
}

function parseLength(text: string): number {
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) throw new HttpProblem('malformed', 'content length');
    length = length * 10 + digit;
  }
  const valid = text.length > 0 && text.length <= lengthDigitsMax && Number.isSafeInteger(length);
  if (!valid) throw new HttpProblem('malformed', 'content length');
  return length;
}

const lengthDigitsMax = 16;

// `x-amz-tagging`: the tags of an object that is written, in the form of a query.
//
//   tagging = tag *("&" tag)        tag = key ["=" value]        percent-encoded UTF-8, "+" for a blank

import type { ObjectTag } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { objectTagsMax } from '../limits.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import { percentDecode, percentEncode } from '../target/percent-encoding.ts';
import { objectTags, tooManyObjectTags } from './tag-set.ts';

export const taggingHeader = 'x-amz-tagging';

/**
 * The tags that a request gives what it writes; undefined for none. Those of a copy that keeps its source's count for
 * nothing. Throws InvalidArgument, InvalidTag, BadRequest for too many.
 */
export function taggingOf(headers: RequestHeaders): readonly ObjectTag[] | undefined {
  const header = headers[taggingHeader];
  if (header === undefined || header === '') return undefined;
  if (headers['x-amz-copy-source'] !== undefined && taggingDirective(headers) === 'COPY') return undefined;
  const tags = header.split('&').map((tag) => tagOf(tag, header));
  if (tags.length > objectTagsMax) throw new ObjectStorageError('BadRequest', { message: tooManyObjectTags });
  if (new Set(tags.map(({ key }) => key)).size < tags.length) throw malformed(header);
  return objectTags(tags);
}

/** What becomes of the source's tags. Throws InvalidArgument. */
export function taggingDirective(headers: RequestHeaders): 'COPY' | 'REPLACE' {
  const directive = headers['x-amz-tagging-directive'] ?? 'COPY';
  if (directive === 'COPY' || directive === 'REPLACE') return directive;
  throw new ObjectStorageError('InvalidArgument', {
    message: 'Unknown tagging directive.',
    fields: { ArgumentName: 'x-amz-tagging-directive', ArgumentValue: directive },
  });
}

export function taggingText(tags: readonly ObjectTag[]): string {
  return tags.map(({ key, value }) => `${percentEncode(key)}=${percentEncode(value)}`).join('&');
}

function tagOf(text: string, header: string): ObjectTag {
  const equals = text.indexOf('=');
  const [key, value] = equals === -1 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
  return { key: decoded(key, header), value: decoded(value, header) };
}

function decoded(text: string, header: string): string {
  return percentDecode(text.replaceAll('+', ' ')) ?? refuse(header);
}

function refuse(header: string): never {
  throw malformed(header);
}

function malformed(header: string): ObjectStorageError {
  return new ObjectStorageError('InvalidArgument', {
    message:
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
    fields: { ArgumentName: taggingHeader, ArgumentValue: header },
  });
}

// The tags of a message: what its headers `cairn-tags` list, separated by commas; blanks around a tag do not count. A
// record with more headers, or longer lists, than a filter looks at is wanted by every group.

import type { KeyedRecord } from '../batch/keyed-records.ts';
import { Cursor, InvalidRecordsError, type MessageHeader } from '../batch/records.ts';
import { filterHeadersMax, filterTagBytesMax } from '../limits.ts';
import type { TagFilter } from './tag-filter.ts';

const tagsHeader = 'cairn-tags';

const tagsHeaderBytes = Buffer.from(tagsHeader);
const noTags: ReadonlySet<string> = new Set();

/** Undefined: there is more of them than anybody looks at. */
export type Tags = ReadonlySet<string> | undefined;

export function isWanted(tags: Tags, filter: TagFilter): boolean {
  return tags === undefined || filter.matches(tags);
}

export function tagsOfHeaders(headers: readonly MessageHeader[]): Tags {
  if (headers.length > filterHeadersMax) return undefined;
  return tagsOf(headers.filter(({ key }) => key === tagsHeader).map(({ value }) => value));
}

/** Of a record as it lies in the unpacked bytes of its batch. Throws InvalidRecordsError. */
export function tagsOfRecord(
  { restAt, end }: Pick<KeyedRecord, 'restAt' | 'end'>,
  unpacked: Uint8Array,
): Tags {
  const cursor = new Cursor(unpacked.subarray(restAt, end));
  cursor.varint();
  cursor.nullable();
  cursor.nullable();
  const count = cursor.varint();
  if (count > filterHeadersMax) return undefined;
  const lists: (Uint8Array | null)[] = [];
  for (let index = 0; index < count; index++) {
    const key = cursor.nullable();
    const value = cursor.nullable();
    if (key !== null && isTagsHeader(key)) lists.push(value);
  }
  if (count < 0 || cursor.left !== 0)
    throw new InvalidRecordsError('the headers of a record are not as long as they say');
  return tagsOf(lists);
}

function isTagsHeader(key: Uint8Array): boolean {
  return key.length === tagsHeaderBytes.length && tagsHeaderBytes.equals(key);
}

function tagsOf(lists: readonly (Uint8Array | null)[]): Tags {
  if (lists.length === 0) return noTags;
  if (lists.reduce((sum, list) => sum + (list?.length ?? 0), 0) > filterTagBytesMax) return undefined;
  const texts = lists.flatMap((list) => (list === null ? [] : textOf(list).split(',')));
  return new Set(texts.map((text) => text.trim()).filter((text) => text !== ''));
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}

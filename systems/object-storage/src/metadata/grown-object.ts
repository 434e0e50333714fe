// What an object is when something was appended to it: its size, entity tag, checksum and attributes. Pure.

import { checksumOf, combineCrc, isCrc } from '@cairn/hashing';
import type { StoredChecksum } from '../core/object-storage.ts';
import { replicationOf, withReplication } from '../replication/replication-state.ts';
import { checksumFrom, checksumText, storageClassFrom } from './checksum-text.ts';
import type { ObjectRow } from './current-object.ts';
import { attributesWithLock, lockOf } from './object-lock.ts';
import type { NewObject } from './objects.ts';
import { withoutImported } from './placing.ts';

/** `data` is the upload of its parts, `attributes` what it keeps beside them. */
export function grownObject(
  object: ObjectRow,
  { added, data, attributes }: { added: NewObject; data: string; attributes: string },
): NewObject {
  const count = (object.part_count ?? 1) + 1;
  return {
    ...{ key: object.key, size: object.size + added.size, data, attributes, part_count: count },
    modified_ms: added.modified_ms,
    etag: grownTag(object.etag, { added: added.etag, count }),
    checksum: checksumText(grownChecksum(object, added), storageClassFrom(object.checksum)),
  };
}

/** Of one append, what a multipart upload of the two would have; of more, the same of the tag before and what came. */
function grownTag(before: string, { added, count }: { added: string; count: number }): string {
  const digests = [before, added].map((etag) => Buffer.from(etag.slice(0, 32), 'hex'));
  return `${checksumOf('md5', Buffer.concat(digests)).toString('hex')}-${count}`;
}

/** Cyclic checksums of the whole can be told from those of its pieces; of others there is nothing true to say. */
function grownChecksum(object: ObjectRow, added: NewObject): StoredChecksum | undefined {
  const [first, second] = [checksumFrom(object.checksum), checksumFrom(added.checksum)];
  if (first?.type !== 'FULL_OBJECT' || second?.algorithm !== first.algorithm) return undefined;
  const { algorithm } = first;
  if (!isCrc(algorithm)) return undefined;
  const digest = combineCrc(algorithm, {
    first: Buffer.from(first.value, 'base64'),
    second: Buffer.from(second.value, 'base64'),
    secondBytes: added.size,
  });
  return { algorithm, value: digest.toString('base64'), type: 'FULL_OBJECT' };
}

/** Where it came from, and what became of it elsewhere, is not said of what a client changed. */
export function ownAttributes(attributes: string): string {
  const own = withoutImported(attributes);
  return replicationOf(own) === undefined ? own : withReplication(own, undefined);
}

/** Of the version behind one: what keeps that says nothing of it. It is locked as what is appended says. */
export function nextAttributes(before: string, added: string): string {
  return attributesWithLock(ownAttributes(before), lockOf(added));
}

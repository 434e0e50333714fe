// Objects that grew by appends, for other S3 servers: these take no part below 5 MiB but the last, and make another entity
// tag of the parts than appends do. So such an object goes there in one piece, and has the tag of one.

import { createChecksum } from '@cairn/hashing';
import type { Readable } from '../core/object-content.ts';
import { partBytesMin } from '../limits.ts';
import type { ObjectToReplicate } from './replication-destination.ts';

/** Whether any server makes the same object of its parts. Of one that was imported nobody knows which tag they make. */
export async function isOfUploadedParts({ info, parts }: ObjectToReplicate): Promise<boolean> {
  const md5 = createChecksum('md5');
  let count = 0;
  let endsHere = false;
  for await (const { etag, sizeBytes } of parts()) {
    if (endsHere) return false;
    endsHere = sizeBytes < partBytesMin;
    md5.update(Buffer.from(etag, 'hex'));
    count += 1;
  }
  return info.imported !== undefined || `${md5.digest().toString('hex')}-${count}` === info.etag;
}

/** The same object as of one piece. `tagged` gives it the entity tag of the bytes that were read since. */
export function inOnePiece({ info, open, ...object }: ObjectToReplicate): ObjectToReplicate & {
  tagged(): ObjectToReplicate['info'];
} {
  const md5 = createChecksum('md5');
  return {
    ...object,
    info,
    open: async (range) => digested(await open(range), md5),
    tagged: () => ({ ...info, etag: md5.digest().toString('hex') }),
  };
}

function digested(content: Readable, md5: ReturnType<typeof createChecksum>): Readable {
  return {
    sizeBytes: content.sizeBytes,
    whole: undefined,
    close: () => content.close(),
    async *chunks() {
      for await (const chunk of content.chunks()) {
        md5.update(chunk);
        yield chunk;
      }
    },
  };
}

/** The object with the entity tag that it has at a server that has it in one piece. Reads all of it. */
export async function taggedAsOnePiece(object: ObjectToReplicate): Promise<ObjectToReplicate['info']> {
  const piece = inOnePiece(object);
  const content = await piece.open(undefined);
  try {
    for await (const _ of content.chunks());
    return piece.tagged();
  } finally {
    content.close();
  }
}

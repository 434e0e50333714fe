// Bytes that came from elsewhere, against what is known here of those that were lost. Nothing is taken on trust: not one
// byte too few or too many, and every digest that is known has to be right, one at least.
//
//   what is known                          what it has to be
//   an entity tag of 32 digits             the MD5 of the bytes; not where the object was imported, whose tag may be of another
//                                          kind, and not where a checksum is right that nobody can forge
//   a checksum of the whole object, part   that of the bytes
//   neither                                nothing proves the bytes: they are refused

import { createChecksum } from '@cairn/hashing';
import type { HurtPiece, HurtVersion } from '../../metadata/hurt-holders.ts';
import { ReplicaMissing } from '../../replication/replication-destination.ts';
import type { Readable } from '../object-content.ts';
import type { ObjectAttributes } from '../object-storage.ts';

type Checked = Pick<HurtVersion, 'attributes'> & { readonly piece: HurtPiece };

const unforgeable: ReadonlySet<string> = new Set(['sha1', 'sha256', 'sha512']);

/** Chunks that stay as they are; the last one only if all of them are what was lost. Throws ReplicaMissing. */
export async function* proved(content: Readable, version: Checked): AsyncIterable<Uint8Array> {
  const { sizeBytes, checksum } = version.piece;
  const md5 = createChecksum('md5');
  const other = checksum && createChecksum(checksum.algorithm);
  let passed = 0;
  let last: Uint8Array | undefined;
  for await (const chunk of content.chunks()) {
    passed += chunk.byteLength;
    if (passed > sizeBytes)
      throw new ReplicaMissing(`it has more than the ${sizeBytes} bytes that were lost`);
    md5.update(chunk);
    other?.update(chunk);
    if (last !== undefined) yield last;
    last = Uint8Array.from(chunk);
  }
  const found = { md5: md5.digest().toString('hex'), other: other?.digest().toString('base64') };
  const problem =
    passed < sizeBytes
      ? `it has ${passed} of the ${sizeBytes} bytes that were lost`
      : difference(found, version);
  if (problem !== undefined) throw new ReplicaMissing(problem);
  if (last !== undefined) yield last;
}

function difference(
  found: { readonly md5: string; readonly other: string | undefined },
  { piece: { etag, checksum }, attributes }: Checked,
): string | undefined {
  if (checksum !== undefined && found.other !== checksum.value)
    return `its ${checksum.algorithm} is another one`;
  const tagged = /^[0-9a-f]{32}$/.test(etag);
  if (tagged && found.md5 === etag) return undefined;
  if (checksum === undefined)
    return tagged ? 'its MD5 is another one' : 'nothing here says what the bytes were';
  const { imported } = JSON.parse(attributes) as ObjectAttributes;
  const tells = tagged && imported === undefined && !unforgeable.has(checksum.algorithm);
  return tells ? 'its MD5 is another one' : undefined;
}

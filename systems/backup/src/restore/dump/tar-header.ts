// The header of one entry of a tar archive: ustar (POSIX.1-1988), and before it the extended header of POSIX.1-2001 (pax) for what
// ustar has no room for. Extended attributes are `SCHILY.xattr.NAME`, as star, GNU tar and libarchive write them.
//
//   0 name 100  100 mode 8  108 uid 8  116 gid 8  124 size 12  136 mtime 12  148 checksum 8  156 type 1  157 link name 100
//   257 "ustar\0" "00"  265 user name 32  297 group name 32  329 major 8  337 minor 8  345 prefix 155

import type { ExtendedAttribute, Timestamp } from '../../format/tree-entry.ts';

export const tarBlockBytes = 512;

export type TarEntry = {
  readonly type:
    | 'file'
    | 'hard-link'
    | 'symlink'
    | 'character-device'
    | 'block-device'
    | 'directory'
    | 'fifo';
  /** Without a leading slash; a directory's ends in one. */
  readonly path: Uint8Array;
  readonly linkTo: Uint8Array;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly user: string;
  readonly group: string;
  readonly sizeBytes: number;
  readonly mtime: Timestamp;
  readonly major: number;
  readonly minor: number;
  readonly attributes: readonly ExtendedAttribute[];
};

const typeFlags = {
  file: '0',
  'hard-link': '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
} as const satisfies Record<TarEntry['type'], string>;

const nameBytes = 100;
const ownerNameBytes = 32;
/** Seven octal digits, and eleven. */
const ownerHighest = 0o7777777;
const numberHighest = 0o77777777777;

/** All blocks that stand before the entry's content. */
export function tarHeader(entry: TarEntry): Uint8Array {
  const records = paxRecords(entry);
  const header = ustarHeader(entry, typeFlags[entry.type]);
  if (records.length === 0) return header;
  const body = Buffer.concat(records);
  const extended = { ...entry, path: Buffer.from('pax'), linkTo: new Uint8Array(), sizeBytes: body.length };
  return Buffer.concat([
    ustarHeader({ ...extended, mode: 0o644 }, 'x'),
    body,
    tarPadding(body.length),
    header,
  ]);
}

/** Zeros up to the next block. */
export function tarPadding(sizeBytes: number): Uint8Array {
  return new Uint8Array((tarBlockBytes - (sizeBytes % tarBlockBytes)) % tarBlockBytes);
}

/** What does not fit is cut or zero here, and stands in the extended header. */
function ustarHeader(entry: TarEntry, typeFlag: string): Buffer {
  const header = Buffer.alloc(tarBlockBytes);
  header.set(entry.path.subarray(0, nameBytes));
  writeOctal(header, { at: 100, bytes: 8 }, entry.mode);
  writeOctal(header, { at: 108, bytes: 8 }, fitting(entry.uid, ownerHighest));
  writeOctal(header, { at: 116, bytes: 8 }, fitting(entry.gid, ownerHighest));
  writeOctal(header, { at: 124, bytes: 12 }, fitting(entry.sizeBytes, numberHighest));
  writeOctal(header, { at: 136, bytes: 12 }, fitting(entry.mtime.seconds, numberHighest));
  header.fill(' ', 148, 156);
  header.write(typeFlag, 156);
  header.set(entry.linkTo.subarray(0, nameBytes), 157);
  header.write('ustar\x0000', 257, 'latin1');
  header.set(Buffer.from(entry.user).subarray(0, ownerNameBytes - 1), 265);
  header.set(Buffer.from(entry.group).subarray(0, ownerNameBytes - 1), 297);
  writeOctal(header, { at: 329, bytes: 8 }, fitting(entry.major, ownerHighest));
  writeOctal(header, { at: 337, bytes: 8 }, fitting(entry.minor, ownerHighest));
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

function writeOctal(
  header: Buffer,
  field: { readonly at: number; readonly bytes: number },
  value: number,
): void {
  header.write(`${value.toString(8).padStart(field.bytes - 1, '0')}\0`, field.at, 'latin1');
}

function fitting(value: number, highest: number): number {
  return value >= 0 && value <= highest ? value : 0;
}

function paxRecords(entry: TarEntry): readonly Uint8Array[] {
  const records: Uint8Array[] = [];
  const add = (key: string, value: Uint8Array | string) => records.push(paxRecord(key, Buffer.from(value)));
  // POSIX wants `hdrcharset=BINARY` for names that are not UTF-8; GNU tar, which takes all as bytes, warns of it and writes none.
  if (needsRecord(entry.path)) add('path', entry.path);
  if (needsRecord(entry.linkTo)) add('linkpath', entry.linkTo);
  if (entry.sizeBytes > numberHighest) add('size', `${entry.sizeBytes}`);
  if (entry.uid > ownerHighest) add('uid', `${entry.uid}`);
  if (entry.gid > ownerHighest) add('gid', `${entry.gid}`);
  const { seconds, nanoseconds } = entry.mtime;
  if (nanoseconds !== 0 || seconds < 0 || seconds > numberHighest) add('mtime', decimal(entry.mtime));
  for (const { name, value } of entry.attributes)
    records.push(paxRecord(`SCHILY.xattr.${Buffer.from(name).toString('latin1')}`, value));
  return records;
}

function needsRecord(text: Uint8Array): boolean {
  return text.length > nameBytes || text.some((byte) => byte > 0x7e);
}

/** Seconds round down and nanoseconds count up, also before 1970; the text is that of the sum. */
function decimal({ seconds, nanoseconds }: Timestamp): string {
  if (seconds >= 0 || nanoseconds === 0) return `${seconds}.${digits(nanoseconds)}`;
  return `-${-(seconds + 1)}.${digits(1_000_000_000 - nanoseconds)}`;
}

function digits(nanoseconds: number): string {
  return `${nanoseconds}`.padStart(9, '0');
}

/** `LENGTH KEY=VALUE\n`, where the length counts its own digits. */
function paxRecord(key: string, value: Uint8Array): Uint8Array {
  const rest = Buffer.concat([Buffer.from(` ${key}=`, 'latin1'), value, Buffer.from('\n')]);
  let length = rest.length;
  while (`${length}`.length + rest.length !== length) length = `${length}`.length + rest.length;
  return Buffer.concat([Buffer.from(`${length}`), rest]);
}

// Where a blob lies in a folder: any name has one path, any two names have two, and no path leads out.
//
//   name            path                  why
//   a/b             a+/b                  what ends with + is a folder, so that the blob `a` and `a/b` can both be
//   ../x            %2e.+/x               a leading dot is escaped: `.` and `..` are names like others, and what really
//                                         starts with a dot is ours (`.tmp`)
//   Ä.JPG           %c3%84.%4a%50%47      only a-z 0-9 . _ - stand for themselves: some file systems fold case and accents
//   a//             a+/%+/%               an empty segment is a single %
//   (90 bytes)      (80 bytes)&/(rest)    no segment of 80 bytes or more, as most file systems take at most 255 bytes;
//                                         & says that the segment goes on
//
// Everything that starts with the same 80 bytes is under one &, so that siblings never interleave with what is in it:
// a folder's entries, sorted by the bytes of names that they stand for, give all names below it in order.
//
// Names are handled as byte strings here: one character for each byte of UTF-8, so that `<` compares bytes.

import assert from 'node:assert/strict';

export type ByteString = string;

export function toByteString(text: string): ByteString {
  return Buffer.from(text, 'utf8').toString('latin1');
}

export function fromByteString(bytes: ByteString): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** The folders from the root down to the blob's file, and the file. */
export function pathOf(name: ByteString): { readonly folders: readonly string[]; readonly file: string } {
  const segments = name.split('/');
  const last = segments.pop()!;
  const folders = segments.flatMap((segment) => {
    const { continued, rest } = divide(segment);
    return [...continued, `${encode(rest)}+`];
  });
  const { continued, rest } = divide(last);
  return { folders: [...folders, ...continued], file: encode(rest) };
}

/** What an entry of a folder stands for: one blob, or all names that start with `bytes`. */
export type FolderEntry = { readonly isFolder: boolean; readonly bytes: ByteString; readonly entry: string };

/** Reads an entry back; undefined when it is none of ours (`.tmp`, or what somebody else put there). */
export function parseEntry(entry: string): FolderEntry | undefined {
  const mark = entry.at(-1);
  const isFolder = mark === '+' || mark === '&';
  const bytes = decode(isFolder ? entry.slice(0, -1) : entry);
  if (bytes === undefined) return undefined;
  return { isFolder, bytes: mark === '+' ? `${bytes}/` : bytes, entry };
}

function divide(segment: ByteString): { continued: readonly string[]; rest: ByteString } {
  const continued: string[] = [];
  let rest = segment;
  for (; rest.length >= segmentBytes; rest = rest.slice(segmentBytes)) {
    continued.push(`${encode(rest.slice(0, segmentBytes))}&`);
  }
  return { continued, rest };
}

function encode(bytes: ByteString): string {
  if (bytes === '') return '%';
  return bytes.replaceAll(/^\.|[^a-z0-9._-]/g, escapeByte);
}

function decode(encoded: string): ByteString | undefined {
  if (encoded === '%') return '';
  const bytes = encoded.replaceAll(/%([0-9a-f]{2})/g, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return encoded !== '' && encode(bytes) === encoded ? bytes : undefined;
}

function escapeByte(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

const segmentBytes = 80;
/** Each byte may take three characters, and a mark one. */
assert(segmentBytes * 3 + 1 <= 255);

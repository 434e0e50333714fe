// Forms as they arrive: RFC 7578's example, bounds, and memory that does not grow with the file.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ObjectStorageError } from '../../errors.ts';
import { formFieldsBytesMax } from '../limits.ts';
import { readForm } from './form-reader.ts';

const lines = (...text: string[]) => Buffer.from(text.join('\r\n'));
const disposition = (name: string, more = '') => `Content-Disposition: form-data; name="${name}"${more}`;

async function read(...pieces: Uint8Array[]): Promise<[fields: [string, string][], file: string]> {
  const { fields, file } = await readForm(pieces, 'b');
  let text = '';
  for await (const piece of file) text += Buffer.from(piece).toString();
  return [[...fields], text];
}

async function codeOf(...pieces: Uint8Array[]): Promise<string> {
  return read(...pieces).then(
    () => 'read',
    (error) => (error instanceof ObjectStorageError ? error.code : String(error)),
  );
}

test('fields come before the file, and what is behind it is nothing', async () => {
  const form = lines(
    'a preamble',
    '--b',
    disposition('Key'),
    '',
    'a/ü',
    '--b  ',
    disposition('file', '; filename="x"'),
    'Content-Type: text/plain',
    '',
    'one\r\n--\r\n--c two',
    '--b',
    disposition('acl'),
    '',
    'public-read',
    '--b--',
    'an epilogue',
  );
  assert.deepEqual(await read(form), [[['key', 'a/ü']], 'one\r\n--\r\n--c two']);
});

test('what is not well-formed, has no file, or says a thing twice is refused', async () => {
  const key = ['--b', disposition('key'), '', 'k'];
  for (const [code, form] of [
    ['MalformedPOSTRequest', lines('')],
    ['MalformedPOSTRequest', lines(...key)],
    ['MalformedPOSTRequest', lines('x--b', disposition('file'), '', 'x', '--b--')],
    ['MalformedPOSTRequest', lines('--b', 'Content-Type: text/plain', '', 'x', '--b--')],
    ['MalformedPOSTRequest', lines('--bx', disposition('file'), '', 'x', '--b--')],
    ['MalformedPOSTRequest', lines('--b', disposition('file'), '', 'x', '--bx')],
    [
      'MalformedPOSTRequest',
      Buffer.concat([lines('--b', disposition('key'), '', ''), Buffer.from([0xff]), lines('', '--b--')]),
    ],
    ['IncorrectNumberOfFilesInPostRequest', lines(...key, '--b--')],
    ['InvalidArgument', lines(...key, ...key, '--b', disposition('file'), '', 'x', '--b--')],
  ] as const) {
    assert.equal(await codeOf(form), code, form.toString());
  }
});

test('fields are bounded, however small the pieces are, and so is what follows the file', async () => {
  const field = lines('--b', disposition('key'), '', 'x'.repeat(formFieldsBytesMax));
  assert.equal(await codeOf(field), 'MaxPostPreDataLengthExceededError');
  const bytes = Array.from(field, (byte) => Uint8Array.of(byte));
  assert.equal(await codeOf(...bytes), 'MaxPostPreDataLengthExceededError');
  const file = lines('--b', disposition('file'), '', 'x', '--b--', '');
  assert.equal(await codeOf(file, Buffer.alloc(formFieldsBytesMax)), 'MalformedPOSTRequest');
});

test('a file is given as it comes, without being copied or gathered', async () => {
  const head = lines('--b', disposition('file'), '', '');
  const pieces = Array.from({ length: 100 }, () => Buffer.alloc(65_536, 'x'));
  let taken = 0;
  function* source() {
    yield head;
    for (const piece of pieces) {
      taken++;
      yield piece;
    }
    yield lines('', '--b--');
  }
  const { file } = await readForm(source(), 'b');
  let [given, whole, sizeBytes] = [0, 0, 0];
  for await (const piece of file) {
    given++;
    sizeBytes += piece.length;
    if (pieces.some(({ buffer }) => buffer === piece.buffer)) whole++;
    assert(taken - given <= 1, 'no piece is taken before the last one was given');
  }
  assert.deepEqual([whole, sizeBytes], [100, 100 * 65_536]);
});

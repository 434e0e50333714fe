// XML out and in: everything escaped, everything strict, every bound kept.

import assert from 'node:assert/strict';
import test from 'node:test';
import { ObjectStorageError, type ObjectStorageErrorCode } from '../../errors.ts';
import { xmlElementsMax } from '../limits.ts';
import { accessControlPolicy } from './access-control-policy.ts';
import { locationConstraint } from './bucket-documents.ts';
import { parseCompleteMultipartUpload } from './complete-multipart-upload.ts';
import { parseCreateBucketConfiguration } from './create-bucket-configuration.ts';
import { parseDeleteRequest } from './delete-request.ts';
import { deleteResult } from './delete-result.ts';
import { timestamp } from './elements.ts';
import { errorDocument } from './error-document.ts';
import { listObjectsResult, listObjectsV2Result } from './list-objects-result.ts';
import { atOnce } from './steps.ts';
import { parseXml, parseXmlInSteps } from './xml-reader.ts';
import { xmlDocument } from './xml-writer.ts';

const read = (text: string) => parseXml(Buffer.from(text));

function refuses(parse: () => unknown, code: ObjectStorageErrorCode = 'MalformedXML'): void {
  assert.throws(parse, (error) => error instanceof ObjectStorageError && error.code === code, String(parse));
}

test('what is written is read as the same text', () => {
  for (const text of ['', 'a<b>&"\'c', ' blanks ', 'line\r\n\tend', 'ü😀', ']]>', '\u0085\u009f']) {
    const document = xmlDocument('Root', [
      ['Text', text],
      ['Absent', undefined],
      ['Number', 5],
    ]);
    const root = read(document);
    assert.deepEqual(
      root.children.map(({ name, text }) => [name, text]),
      [
        ['Text', text],
        ['Number', '5'],
      ],
    );
  }
});

test('a control character becomes a reference, as Amazon writes it', () => {
  assert.match(xmlDocument('Key', 'a\u0001b\ufffe'), /<Key[^>]*>a&#x1;b&#xfffe;<\/Key>$/);
});

test('documents that are not well-formed, or not plain, are refused', () => {
  for (const text of [
    '',
    'text',
    '<a>',
    '<a></b>',
    '<a/><b/>',
    '<a>&unknown;</a>',
    '<a>&#0;</a>',
    '<a>\u0001</a>',
    '<a b=c/>',
    '<a>text<b/></a>',
    '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    '<?php x?><a/>',
    '<?xml version="1.0" encoding="ISO-8859-1"?><a/>',
  ]) {
    refuses(() => read(text));
  }
  refuses(() => parseXml(Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e])));
});

test('a long document is read in steps, wherever they cut it', () => {
  for (let before = 16_370; before < 16_390; before++) {
    const content = `${'x'.repeat(before)}😀&amp;\r\n`;
    const steps = parseXmlInSteps(Buffer.from(`<a>${content}</a>`));
    assert.equal(steps.next().done, false);
    assert.equal(atOnce(steps).text, `${'x'.repeat(before)}😀&\n`);
  }
});

test('depth and number of elements are bounded', () => {
  refuses(() => read(`${'<a>'.repeat(9)}${'</a>'.repeat(9)}`));
  read(`${'<a>'.repeat(8)}${'</a>'.repeat(8)}`);
  refuses(() => read(`<a>${'<b/>'.repeat(xmlElementsMax)}</a>`));
});

test('a Delete names keys exactly, versions, and conditions', () => {
  const text =
    '<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key> a/&lt;b&#13; </Key></Object>\n<Object><Key>c</Key><VersionId>null</VersionId><ETag>&quot;e&quot;</ETag><Size>3</Size></Object><Quiet>true</Quiet></Delete>';
  assert.deepEqual(atOnce(parseDeleteRequest(Buffer.from(text))), {
    objects: [
      { key: ' a/<b\r ', versionId: undefined, condition: undefined },
      {
        ...{ key: 'c', versionId: 'null' },
        condition: { ifMatch: 'e', ifModifiedSecond: undefined, ifSizeBytes: 3 },
      },
    ],
    quiet: true,
  });
});

test('a Delete of nothing, of too much, or of something else is refused', () => {
  const object = '<Object><Key>a</Key></Object>';
  for (const text of [
    '<Delete></Delete>',
    '<Delete><Object><Key></Key></Object></Delete>',
    `<Delete>${object.repeat(1_001)}</Delete>`,
    '<Delete><Object></Object></Delete>',
    '<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>',
    '<Delete><Object><Key><b/></Key></Object></Delete>',
    `<Delete>${object}<Quiet>perhaps</Quiet></Delete>`,
    `<Delete>${object}<Force>true</Force></Delete>`,
    `<delete>${object}</delete>`,
  ]) {
    refuses(() => atOnce(parseDeleteRequest(Buffer.from(text))));
  }
});

test('a CompleteMultipartUpload names parts by number and entity tag', () => {
  const text =
    '<CompleteMultipartUpload><Part><ETag>&quot;ABC&quot;</ETag><PartNumber>1</PartNumber></Part><Part><PartNumber>10000</PartNumber><ETag>def</ETag><ChecksumCRC32>AAAAAA==</ChecksumCRC32></Part></CompleteMultipartUpload>';
  assert.deepEqual(atOnce(parseCompleteMultipartUpload(Buffer.from(text))), [
    { partNumber: 1, etag: 'abc', checksum: undefined },
    { partNumber: 10_000, etag: 'def', checksum: 'AAAAAA==' },
  ]);
});

test('parts that cannot be are refused', () => {
  const complete = (part: string) => () =>
    atOnce(
      parseCompleteMultipartUpload(Buffer.from(`<CompleteMultipartUpload>${part}</CompleteMultipartUpload>`)),
    );
  const part = (number: string, rest = '') =>
    `<Part><PartNumber>${number}</PartNumber><ETag>a</ETag>${rest}</Part>`;
  refuses(complete(''));
  refuses(complete(part('-1')));
  refuses(complete(part('1e3')));
  refuses(complete(part('1', '<ChecksumCRC32>a</ChecksumCRC32><ChecksumSHA1>b</ChecksumSHA1>')));
  refuses(complete('<Part><PartNumber>1</PartNumber></Part>'));
  refuses(complete(part('0')), 'InvalidArgument');
  refuses(complete(part('10001')), 'InvalidArgument');
});

test('a CreateBucketConfiguration may name a location', () => {
  const parse = (inner: string) =>
    parseCreateBucketConfiguration(
      Buffer.from(`<CreateBucketConfiguration>${inner}</CreateBucketConfiguration>`),
    ).locationConstraint;
  assert.equal(parse(''), undefined);
  assert.equal(parse('<LocationConstraint>eu-west-1</LocationConstraint>'), 'eu-west-1');
  refuses(() => parse('<Bucket><Type>Directory</Type></Bucket>'), 'NotImplemented');
});

test('an error document names what the error is about', () => {
  const error = new ObjectStorageError('NoSuchKey', { bucket: 'b', key: 'a<b', fields: { Extra: '1' } });
  assert.equal(
    errorDocument(error, { resource: '/b/a<b', requestId: 'R', hostId: 'H' }),
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><BucketName>b</BucketName><Key>a&lt;b</Key><Extra>1</Extra><Resource>/b/a&lt;b</Resource><RequestId>R</RequestId><HostId>H</HostId></Error>',
  );
});

const listing = {
  bucket: 'b',
  prefix: 'p +',
  delimiter: '/',
  maxKeys: 2,
  encodingType: 'url' as const,
  owner: undefined,
  page: {
    objects: [{ key: 'p +\u0001', sizeBytes: 5, etag: 'e', modifiedMs: 0, checksum: undefined }],
    commonPrefixes: ['p +a/'],
    next: 'p +a/',
  },
};

test('a listing with encoding-type=url encodes every name', () => {
  const text = listObjectsResult({ ...listing, marker: 'm ' });
  for (const element of [
    '<Prefix>p%20%2B</Prefix>',
    '<Delimiter>/</Delimiter>',
    '<Marker>m%20</Marker>',
    '<NextMarker>p%20%2Ba/</NextMarker>',
    '<Key>p%20%2B%01</Key>',
    '<CommonPrefixes><Prefix>p%20%2Ba/</Prefix></CommonPrefixes>',
    '<IsTruncated>true</IsTruncated>',
    '<ETag>&quot;e&quot;</ETag>',
  ]) {
    assert(text.includes(element), `${element} in ${text}`);
  }
});

test('a V2 listing counts keys and prefixes together', () => {
  const text = listObjectsV2Result({
    ...listing,
    startAfter: undefined,
    continuationToken: undefined,
    nextContinuationToken: 'token',
  });
  assert(text.includes('<KeyCount>2</KeyCount>') && text.includes('<NextContinuationToken>token<'), text);
  assert(!text.includes('<StartAfter>') && !text.includes('<Owner>'), text);
});

test('a quiet DeleteResult names errors only', () => {
  const outcomes = [
    { key: 'a', versionId: undefined, result: { versionId: undefined, deleteMarker: false } },
    { key: 'b', versionId: undefined, result: { error: 'AccessDenied' as const } },
  ];
  const names = (quiet: boolean) => read(deleteResult(outcomes, { quiet })).children.map(({ name }) => name);
  assert.deepEqual(names(false), ['Deleted', 'Error']);
  assert.deepEqual(names(true), ['Error']);
});

test('documents about a bucket are well-formed; the first region has no name', () => {
  assert.equal(read(locationConstraint('us-east-1')).text, '');
  assert.equal(read(locationConstraint('eu-west-1')).text, 'eu-west-1');
  assert.deepEqual(
    read(accessControlPolicy('me', [])).children.map(({ name }) => name),
    ['Owner', 'AccessControlList'],
  );
});

test('a time is written as Date writes it', () => {
  for (const timeMs of [0, 7, 86_399_999, 86_400_000, 1_790_000_000_123, 253_402_300_799_999]) {
    assert.equal(timestamp(timeMs), new Date(timeMs).toISOString());
  }
});

test('an entry of a listing is well-formed whatever its key holds, and complete', () => {
  const key = 'a<b>&"\r\u0001 ü';
  const checksum = { algorithm: 'crc64nvme', type: 'FULL_OBJECT', value: 'M3eFcAZSQlc=' } as const;
  const page = {
    objects: [{ key, sizeBytes: 5, etag: 'e-1', modifiedMs: 1_790_000_000_123, checksum }],
    commonPrefixes: [],
    next: undefined,
  };
  const text = listObjectsResult({ ...listing, encodingType: undefined, owner: 'me', marker: '', page });
  const contents = text.slice(text.indexOf('<Contents>'), text.indexOf('</ListBucketResult>'));
  assert.equal(
    contents,
    '<Contents><Key>a&lt;b&gt;&amp;&quot;&#xd;&#x1; ü</Key><LastModified>2026-09-21T14:13:20.123Z</LastModified><ETag>&quot;e-1&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>5</Size><Owner><ID>me</ID><DisplayName>me</DisplayName></Owner><StorageClass>STANDARD</StorageClass></Contents>',
  );
});

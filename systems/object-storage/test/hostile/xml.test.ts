// XML that is no message of S3, to every operation that reads some: refused as MalformedXML, whatever is wrong with it,
// before it costs memory or time, and nothing of it is carried out.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, test } from 'node:test';
import { operations } from '../../src/s3/routing/operations.ts';
import { requestDocuments } from '../../src/s3/xml/request-documents.fuzz.ts';
import { startS3Endpoint } from '../clients/s3-endpoint.ts';
import { type Answer, assertRefused, signedAnswer } from './hostile-exchange.ts';

const MiB = 1024 * 1024;
const endpoint = await startS3Endpoint({ after });
await signedAnswer(endpoint, { method: 'PUT', target: '/photos' });
await signedAnswer(endpoint, { method: 'PUT', target: '/photos/kept' }, 'here to stay');
const created = await signedAnswer(endpoint, { method: 'POST', target: '/photos/parts?uploads=' });
const uploadId = /<UploadId>(\w+)<\/UploadId>/.exec(created.text)![1]!;
for (const number of [1, 2]) {
  const target = `/photos/parts?partNumber=${number}&uploadId=${uploadId}`;
  assert.equal((await signedAnswer(endpoint, { method: 'PUT', target })).status, 200);
}

type Sent = { readonly method: string; readonly target: string };
type Name = keyof typeof requestDocuments;
const sent: Readonly<Record<Name, Sent>> = {
  CreateBucket: { method: 'PUT', target: '/videos' },
  DeleteObjects: { method: 'POST', target: '/photos?delete=' },
  CompleteMultipartUpload: { method: 'POST', target: `/photos/parts?uploadId=${uploadId}` },
  RestoreObject: { method: 'POST', target: '/photos/kept?restore=' },
  ...putAt('/photos?', {
    PutBucketAcl: 'acl',
    PutBucketCors: 'cors',
    PutBucketEncryption: 'encryption',
    PutBucketLifecycleConfiguration: 'lifecycle',
    PutBucketLogging: 'logging',
    PutBucketNotificationConfiguration: 'notification',
    PutBucketOwnershipControls: 'ownershipControls',
    PutBucketReplication: 'replication',
    PutBucketRequestPayment: 'requestPayment',
    PutBucketTagging: 'tagging',
    PutBucketVersioning: 'versioning',
    PutObjectLockConfiguration: 'object-lock',
    PutPublicAccessBlock: 'publicAccessBlock',
  }),
  ...putAt('/photos/kept?', {
    PutObjectAcl: 'acl',
    PutObjectLegalHold: 'legal-hold',
    PutObjectRetention: 'retention',
    PutObjectTagging: 'tagging',
  }),
};

function putAt<Operation extends Name>(
  place: string,
  marks: Readonly<Record<Operation, string>>,
): Readonly<Record<Operation, Sent>> {
  const rows = Object.entries<string>(marks).map(([name, mark]) => [
    name,
    { method: 'PUT', target: `${place}${mark}=` },
  ]);
  return Object.fromEntries(rows);
}

/** Those with a body that is no XML, or with none. */
const others = [
  'CopyObject',
  'CreateMultipartUpload',
  'PostObject',
  'PutBucketPolicy',
  'PutObject',
  'RenameObject',
  'UploadPart',
  'UploadPartCopy',
];

/** What a client sees of all that they would change. */
async function seen(): Promise<readonly string[]> {
  const targets = Object.values(sent)
    .filter(({ method, target }) => method === 'PUT' && target.includes('?'))
    .map(({ target }) => target);
  const answers: string[] = [];
  for (const target of ['/photos/kept', '/photos/parts', '/videos', '/photos/kept?attributes=', ...targets]) {
    const { status, code, text } = await signedAnswer(endpoint, { method: 'GET', target });
    answers.push(`${target} ${code ?? `${status} ${text}`}`);
  }
  return answers;
}
const before = await seen();

test('these are all the operations that read XML', () => {
  const writing = operations.filter(({ method }) => method === 'PUT' || method === 'POST');
  assert.deepEqual(writing.map(({ name }) => name).toSorted(), [...Object.keys(sent), ...others].toSorted());
});

const utf8 = '<?xml version="1.0" encoding="UTF-8"?>';
const laughs = Array.from({ length: 10 }, (_, level) => {
  const before = level === 0 ? 'ha' : `&l${level - 1};`.repeat(10);
  return `<!ENTITY l${level} "${before}">`;
});
const wrap = (root: string, content: string) => `<${root}>${content}</${root}>`;

/** What is wrong, given the right root and content. */
const malformed: Readonly<Record<string, (root: string, content: string) => string | Uint8Array>> = {
  'no XML': () => 'hello',
  JSON: () => '{"Objects":[{"Key":"kept"}]}',
  'white space alone': () => ' \n ',
  'a declaration alone': () => utf8,
  'a comment alone': () => '<!-- nothing -->',
  'an end that is missing': (root, content) => wrap(root, content).slice(0, -3),
  'an element that is not closed': (root, content) => wrap(root, `<Object>${content}`),
  'ends in the wrong order': (root) => `<${root}><A><B></A></B></${root}>`,
  'two roots': (root, content) => wrap(root, content).repeat(2),
  'text behind the root': (root, content) => `${wrap(root, content)}more`,
  'text before the declaration': (root, content) => ` ${utf8}${wrap(root, content)}`,
  'another root': (_, content) => wrap('Other', content),
  'a root in other letters': (root, content) => wrap(root.toLowerCase(), content),
  'an element that is not known': (root, content) => wrap(root, `${content}<Evil/>`),
  'text between elements': (root, content) => wrap(root, `x${content}`),
  'a document type': (root, content) => `<!DOCTYPE ${root}>${wrap(root, content)}`,
  'an entity of its own': (root, content) =>
    `<!DOCTYPE x [<!ENTITY e "kept">]>${wrap(root, content.replace('kept', '&e;'))}`,
  'a file as an entity': (root, content) =>
    `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${wrap(root, content.replace('kept', '&e;'))}`,
  'a URL as an entity': (root, content) =>
    `<!DOCTYPE x [<!ENTITY % e SYSTEM "http://127.0.0.1:1/x"> %e;]>${wrap(root, content)}`,
  'a billion laughs': (root) => `<!DOCTYPE x [${laughs.join('')}]><${root}><Key>&l9;</Key></${root}>`,
  'an entity that nobody declared': (root, content) => wrap(root, `${content}&evil;`),
  'an entity of HTML': (root, content) => wrap(root, `${content}&nbsp;`),
  'a reference to no character': (root, content) => wrap(root, `${content}&#0;`),
  'a reference to half a character': (root, content) => wrap(root, `${content}&#xD800;`),
  'a reference beyond Unicode': (root, content) => wrap(root, `${content}&#x110000;`),
  'an ampersand alone': (root, content) => wrap(root, `${content}&`),
  'a processing instruction': (root, content) => `<?xml-stylesheet href="x"?>${wrap(root, content)}`,
  'another encoding that is declared': (root, content) =>
    `<?xml version="1.0" encoding="UTF-16"?>${wrap(root, content)}`,
  'UTF-7 that is declared': (root, content) => `<?xml version="1.0" encoding="UTF-7"?>${wrap(root, content)}`,
  'UTF-16': (root, content) => Buffer.from(`\ufeff${wrap(root, content)}`, 'utf16le'),
  'Latin-1': (root, content) => Buffer.from(wrap(root, `${content}<Key>\xfc</Key>`), 'latin1'),
  'overlong UTF-8': (root, content) =>
    Buffer.concat([
      Buffer.from(`<${root}>${content}<Key>`),
      Buffer.from([0xc0, 0xaf]),
      Buffer.from('</Key>'),
    ]),
  'a zero byte': (root, content) => wrap(root, `${content}\0`),
  'a control character': (root, content) => wrap(root, `${content}\x01`),
  'an attribute twice': (root, content) => `<${root} a="1" a="2">${content}</${root}>`,
  'an attribute without quotes': (root, content) => `<${root} a=1>${content}</${root}>`,
  'elements in elements, 20,000 deep': (root) => `<${root}>${'<a>'.repeat(20_000)}`,
  '15,000 elements': (root) => wrap(root, '<a/>'.repeat(15_000)),
  'a name of 60,000 letters': (root) => wrap(root, `<${'a'.repeat(60_000)}/>`),
};

function answerOf(name: Name, body: string | Uint8Array): Promise<Answer> {
  const headers = { 'content-md5': createHash('md5').update(body).digest('base64') };
  return signedAnswer(endpoint, { ...sent[name], headers }, body);
}

for (const name of Object.keys(requestDocuments) as Name[]) {
  const { root, content } = requestDocuments[name];
  // Lists have an error of their own.
  const code = root === 'AccessControlPolicy' ? 'MalformedACLError' : 'MalformedXML';
  for (const [what, document] of Object.entries(malformed)) {
    test(`${name} with ${what}`, async () => {
      const answer = await answerOf(name, document(root, content));
      await assertRefused(endpoint, answer, { status: 400, code });
    });
  }

  test(`${name} with a document of 5 MiB`, async () => {
    const answer = await answerOf(name, wrap(root, ' '.repeat(5 * MiB)));
    await assertRefused(endpoint, answer, { status: 400, code: 'MaxMessageLengthExceeded' });
  });
}

test('what stays XML stays accepted: a byte order mark, a namespace, comments, CDATA, references', async () => {
  const body = `\ufeff${utf8}<!-- x --><s3:Delete xmlns:s3="http://s3.amazonaws.com/doc/2006-03-01/"><s3:Object>
    <s3:Key><![CDATA[no]]>&#x2d;such&amp;key</s3:Key></s3:Object></s3:Delete><!-- y -->`;
  const headers = { 'content-md5': createHash('md5').update(body).digest('base64') };
  const answer = await signedAnswer(endpoint, { ...sent.DeleteObjects, headers }, body);
  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.text, /<Deleted><Key>no-such&amp;key<\/Key><\/Deleted>/);
});

const deletions: Readonly<Record<string, string>> = {
  'no object': '<Quiet>true</Quiet>',
  '1,001 objects': '<Object><Key>kept</Key></Object>'.repeat(1_001),
  'an object without a key': '<Object></Object>',
  'an object with two keys': '<Object><Key>kept</Key><Key>kept</Key></Object>',
  'a key with elements in it': '<Object><Key><Key>kept</Key></Key></Object>',
  'a word for quiet that is none': '<Object><Key>kept</Key></Object><Quiet>maybe</Quiet>',
};
for (const [what, content] of Object.entries(deletions)) {
  test(`DeleteObjects with ${what}`, async () => {
    const body = wrap('Delete', content);
    const headers = { 'content-md5': createHash('md5').update(body).digest('base64') };
    const answer = await signedAnswer(endpoint, { ...sent.DeleteObjects, headers }, body);
    await assertRefused(endpoint, answer, { status: 400, code: 'MalformedXML' });
  });
}

const part = (number: string, etag = 'd41d8cd98f00b204e9800998ecf8427e') =>
  `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`;
const completions: Readonly<Record<string, readonly [content: string, code: string]>> = {
  'no part': ['', 'MalformedXML'],
  'part number 0': [part('0'), 'InvalidArgument'],
  'part number 10,001': [part('10001'), 'InvalidArgument'],
  'a part number below 0': [part('-1'), 'MalformedXML'],
  'a part number of letters': [part('one'), 'MalformedXML'],
  'a part number of 2^64': [part('18446744073709551616'), 'MalformedXML'],
  'a part number in hexadecimal': [part('0x1'), 'MalformedXML'],
  'a part that was never sent': [part('7'), 'InvalidPart'],
  'parts in the wrong order': [part('2') + part('1'), 'InvalidPartOrder'],
  'a part twice': [part('1') + part('1'), 'InvalidPartOrder'],
  'a part without an entity tag': ['<Part><PartNumber>1</PartNumber></Part>', 'MalformedXML'],
  '10,001 parts': [
    Array.from({ length: 10_001 }, (_, index) => part(String(index + 1))).join(''),
    'MalformedXML',
  ],
};
for (const [what, [content, code]] of Object.entries(completions)) {
  test(`CompleteMultipartUpload with ${what}`, async () => {
    const body = wrap('CompleteMultipartUpload', content);
    const answer = await signedAnswer(endpoint, sent.CompleteMultipartUpload, body);
    await assertRefused(endpoint, answer, { status: 400, code });
  });
}

test('nothing of all this was carried out', async () => {
  assert.deepEqual(before[0], '/photos/kept 200 here to stay');
  assert.deepEqual(await seen(), before);
});

/** What the store has not that a document asks for, of one that was read. */
const lacking: Readonly<Record<string, string>> = {
  CompleteMultipartUpload: 'InvalidPart', // its checksum
  PutBucketLogging: 'InvalidTargetBucketForLogging',
  PutBucketNotificationConfiguration: 'InvalidArgument', // the queue
  PutBucketReplication: 'InvalidRequest', // the destination
  RestoreObject: 'InvalidObjectState', // it is not archived
};

test('without what is wrong with it each document is one that its operation reads', async () => {
  const outcomes: Record<string, string> = {};
  for (const name of Object.keys(requestDocuments) as Name[]) {
    const { root, content } = requestDocuments[name];
    const { code } = await answerOf(name, `${utf8}${wrap(root, content)}`);
    if (code !== undefined) outcomes[name] = code;
  }
  assert.deepEqual(outcomes, lacking);
});

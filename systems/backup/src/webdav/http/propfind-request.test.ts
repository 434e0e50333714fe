import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../../test/seeded-random.ts';
import { parsePropfind } from './propfind-request.ts';

const parse = (text: string) => parsePropfind(Buffer.from(text));

test('each form is understood, with any prefix', () => {
  assert.deepEqual(parse(''), { kind: 'all', include: [] });
  assert.deepEqual(parse('<propfind xmlns="DAV:"><allprop/></propfind>'), { kind: 'all', include: [] });
  assert.deepEqual(parse('<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>'), { kind: 'names' });
  assert.deepEqual(
    parse(
      '<?xml version="1.0" encoding="utf-8"?><a:propfind xmlns:a="DAV:"><a:prop><a:getetag/><b:x xmlns:b="urn:b"/><y/></a:prop></a:propfind>',
    ),
    {
      kind: 'named',
      names: [
        { namespace: 'DAV:', local: 'getetag' },
        { namespace: 'urn:b', local: 'x' },
        { namespace: '', local: 'y' },
      ],
    },
  );
  assert.deepEqual(
    parse('<propfind xmlns="DAV:"><allprop/><include><acl/></include><unknown><prop/></unknown></propfind>'),
    { kind: 'all', include: [{ namespace: 'DAV:', local: 'acl' }] },
  );
});

test('UTF-16 with its byte order mark is read', () => {
  const text = '\ufeff<propfind xmlns="DAV:"><propname/></propfind>';
  const little = Buffer.from(text, 'utf16le');
  assert.deepEqual(parsePropfind(little), { kind: 'names' });
  assert.deepEqual(parsePropfind(Buffer.from(little).swap16()), { kind: 'names' });
});

test('what is no propfind is refused: other elements, document types, entities, depth, number', () => {
  const inside = (text: string) => `<propfind xmlns="DAV:">${text}</propfind>`;
  for (const text of [
    '<propfind/>',
    '<x xmlns="DAV:"><allprop/></x>',
    inside(''),
    inside('<allprop/><propname/>'),
    inside('<allprop/>').slice(0, -1),
    `<!DOCTYPE propfind [<!ENTITY a "b">]>${inside('<allprop/>')}`,
    inside('<prop><a>&a;</a></prop>'),
    `<?php x?>${inside('<allprop/>')}`,
    inside(`<prop>${'<a>'.repeat(20)}${'</a>'.repeat(20)}</prop>`),
    inside(`<prop>${'<a/>'.repeat(600)}</prop>`),
    inside('<allprop/>\u0000'),
  ])
    assert.equal(parse(text), undefined, text.slice(0, 80));
  assert.equal(parsePropfind(Buffer.from([0xff, 0xff, 0x3c])), undefined);
});

test('a body that was altered anywhere is understood or refused, never a fault', (t) => {
  const random = seededRandom(t);
  const body = Buffer.from(
    '<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:" xmlns:b="urn:b"><D:prop><D:getetag/><b:x/></D:prop></D:propfind>',
  );
  for (let length = 0; length <= body.length; length += 1) parsePropfind(body.subarray(0, length));
  for (let round = 0; round < 3_000; round += 1) {
    const altered = Buffer.from(body);
    for (let times = 1 + random.integer(3); times > 0; times -= 1)
      altered[random.integer(altered.length)] = random.integer(256);
    parsePropfind(altered);
  }
});

// SCRAM, held against the examples of its specifications.

import assert from 'node:assert/strict';
import { pbkdf2Sync } from 'node:crypto';
import test from 'node:test';
import { parseClientFinal, parseClientFirst, serverSignature } from './scram.ts';

test('the exchange of RFC 7677 ends as it says', () => {
  const first = parseClientFirst('n,,n=user,r=rOprNGfwEbeRWgbNEkqO');
  assert.deepEqual([first?.user, first?.gs2Header], ['user', 'n,,']);
  const server = 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096';
  const final = parseClientFinal(
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  );
  const saltedPassword = pbkdf2Sync(
    'pencil',
    Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'),
    4_096,
    32,
    'sha256',
  );
  const authMessage = `${first?.bare},${server},${final?.withoutProof}`;
  const signature = serverSignature('SCRAM-SHA-256', { saltedPassword, authMessage, proof: final!.proof });
  assert.equal(signature?.toString('base64'), '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
  final!.proof[0]! ^= 1;
  assert.equal(
    serverSignature('SCRAM-SHA-256', { saltedPassword, authMessage, proof: final!.proof }),
    undefined,
  );
});

test('commas and equals signs of a name are escaped, and nothing else', () => {
  assert.equal(parseClientFirst('n,,n=a=2Cb=3Dc,r=x')?.user, 'a,b=c');
  assert.equal(parseClientFirst('n,,n=a=2cb,r=x'), undefined);
  assert.equal(parseClientFirst('n,a=other,n=a,r=x')?.authorizationId, 'other');
});

for (const text of [
  '',
  'n,,',
  'p=tls-unique,,n=a,r=x',
  'n,,n=,r=x',
  'n,,n=a',
  'n,,n=a,r=',
  'n,,m=ext,n=a,r=x',
  'x,,n=a,r=x',
])
  test(`'${text}' is no first message`, () => assert.equal(parseClientFirst(text), undefined));

for (const text of ['', 'c=biws,r=x', 'c=biws,p=AAAA', 'r=x,c=biws,p=AAAA', 'c=biws,r=x,p=?'])
  test(`'${text}' is no final message`, () => assert.equal(parseClientFinal(text), undefined));

// Lifecycle rules as XML. Documents marked so are Amazon's own, from the S3 User Guide.

import assert from 'node:assert/strict';
import test from 'node:test';
import { lifecycleConfiguration, parseLifecycleConfiguration } from './lifecycle-configuration.ts';
import { atOnce } from './steps.ts';

const parse = (xml: string) => atOnce(parseLifecycleConfiguration(Buffer.from(xml)));
const ruleOf = (content: string) =>
  parse(`<LifecycleConfiguration><Rule>${content}</Rule></LifecycleConfiguration>`)[0]!;
const refused = (content: string, code: string) =>
  assert.throws(() => ruleOf(`<ID>a</ID><Status>Enabled</Status>${content}`), { code }, content);

test('the examples of the User Guide are understood', () => {
  const [first, second] = parse(`<LifecycleConfiguration>
    <Rule>
      <ID>Archive and then delete rule</ID>
      <Filter>
         <And>
            <Prefix>tax/</Prefix>
            <Tag>
               <Key>key1</Key>
               <Value>value1</Value>
            </Tag>
            <Tag>
               <Key>key2</Key>
               <Value>value2</Value>
            </Tag>
            <ObjectSizeGreaterThan>500</ObjectSizeGreaterThan>
            <ObjectSizeLessThan>64000</ObjectSizeLessThan>
          </And>
      </Filter>
      <Status>Enabled</Status>
      <Expiration>
        <Days>3650</Days>
      </Expiration>
    </Rule>
    <Rule>
        <ID>sample-rule</ID>
        <Prefix></Prefix>
        <Status>Enabled</Status>
        <Expiration>
           <ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>
        </Expiration>
        <NoncurrentVersionExpiration>
           <NewerNoncurrentVersions>5</NewerNoncurrentVersions>
           <NoncurrentDays>30</NoncurrentDays>
        </NoncurrentVersionExpiration>
        <AbortIncompleteMultipartUpload>
           <DaysAfterInitiation>7</DaysAfterInitiation>
        </AbortIncompleteMultipartUpload>
    </Rule>
</LifecycleConfiguration>`);
  assert.deepEqual(JSON.parse(JSON.stringify([first, second])), [
    {
      id: 'Archive and then delete rule',
      enabled: true,
      filter: {
        prefix: 'tax/',
        tags: { key1: 'value1', key2: 'value2' },
        sizeGreaterThan: 500,
        sizeLessThan: 64_000,
      },
      form: 'and',
      expiration: { days: 3_650 },
    },
    {
      id: 'sample-rule',
      enabled: true,
      filter: { prefix: '' },
      form: 'prefix',
      expiration: { expiredObjectDeleteMarker: true },
      noncurrentExpiration: { days: 30, newerVersions: 5 },
      abortUploadsAfterDays: 7,
    },
  ]);
});

test('what was parsed is written so that it is parsed again to the same', () => {
  const rule = ruleOf(
    '<ID>a &amp; b</ID><Filter><Prefix>&lt;&#xfc;/ </Prefix></Filter><Status>Enabled</Status>' +
      '<Expiration><Date>2030-01-01T00:00:00+00:00</Date></Expiration>',
  );
  assert.deepEqual(parse(lifecycleConfiguration([rule])), [rule]);
});

test('a date is midnight UTC, however it is written', () => {
  const dateMs = Date.UTC(2030, 0, 1);
  for (const date of [
    '2030-01-01',
    '2030-01-01T00:00:00Z',
    '2030-01-01T00:00:00.000Z',
    '2030-01-01T00:00:00',
    '2030-01-01T01:00:00+01:00',
    ' 2030-01-01T00:00Z ',
  ]) {
    const content = `<Prefix/><Status>Enabled</Status><Expiration><Date>${date}</Date></Expiration>`;
    assert.deepEqual(ruleOf(content).expiration, { dateMs }, date);
  }
  const dated = (date: string) => `<Prefix/><Expiration><Date>${date}</Date></Expiration>`;
  for (const date of ['20300101', '2030-13-01', '1.1.2030', '1893456000', 'tomorrow', ''])
    refused(dated(date), 'MalformedXML');
  for (const date of ['2030-01-01T00:00:01Z', '2030-01-01T00:00:00.001Z', '2030-01-01T00:00:00+01:00'])
    refused(dated(date), 'InvalidArgument');
});

test('elements that have no place where they stand are refused', () => {
  refused('<Prefix/><Expiration><Days>1</Days><Days>2</Days></Expiration>', 'MalformedXML');
  refused(
    '<Prefix/><Expiration><Days>1</Days></Expiration><Expiration><Days>1</Days></Expiration>',
    'MalformedXML',
  );
  refused('<Prefix/><Expiration><Days> </Days></Expiration>', 'MalformedXML');
  refused('<Prefix/><Expiration><Days>0x1</Days></Expiration>', 'MalformedXML');
  refused('<Prefix/><Expiration>1</Expiration>', 'MalformedXML');
  refused('<Filter>logs/</Filter><Expiration><Days>1</Days></Expiration>', 'MalformedXML');
  refused('<Filter><Tag><Key>a</Key></Tag></Filter><Expiration><Days>1</Days></Expiration>', 'MalformedXML');
  refused('<Prefix/><Expire><Days>1</Days></Expire>', 'MalformedXML');
  assert.throws(() => parse('<LifecycleRules/>'), { code: 'MalformedXML' });
});

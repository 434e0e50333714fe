import assert from 'node:assert/strict';
import test from 'node:test';
import { ObjectStorageError } from '../../errors.ts';
import { notificationConfiguration, parseNotificationConfiguration } from './notification-configuration.ts';

const place = 'us-east-1:000000000000';
const target = `<CloudFunction>arn:aws:lambda:${place}:function:hook</CloudFunction>`;
const created = '<Event>s3:ObjectCreated:*</Event>';
const configuration = (content: string) =>
  `<CloudFunctionConfiguration>${content}</CloudFunctionConfiguration>`;
const document = (...content: string[]) =>
  Buffer.from(`<NotificationConfiguration>${content.join('')}</NotificationConfiguration>`);
const parse = (...content: string[]) => parseNotificationConfiguration(document(...content));
const filter = (...rules: [name: string, value: string][]) =>
  `<Filter><S3Key>${rules
    .map(([name, value]) => `<FilterRule><Name>${name}</Name><Value>${value}</Value></FilterRule>`)
    .join('')}</S3Key></Filter>`;

function refusal(code: string, message?: RegExp) {
  return (error: unknown) => {
    assert(error instanceof ObjectStorageError, String(error));
    assert.equal(error.code, code, error.message);
    if (message !== undefined) assert.match(error.message, message);
    return true;
  };
}

test('every kind of configuration is read, and written again', () => {
  const rules = parse(
    `<QueueConfiguration><Id>q</Id><Queue>arn:aws:sqs:${place}:queue</Queue>
      <Event>s3:ObjectRemoved:*</Event><Event>s3:ObjectTagging:Put</Event></QueueConfiguration>`,
    `<TopicConfiguration><Topic>arn:aws:sns:${place}:topic</Topic><Event>s3:ObjectAcl:Put</Event>
      ${filter(['SUFFIX', '.jpg'])}</TopicConfiguration>`,
    configuration(`<Id>f</Id>${target}${created}${filter(['prefix', ' a/'], ['Suffix', ''])}`),
  );
  const [topic, queue, hook] = rules;
  const hookArn = `arn:aws:lambda:${place}:function:hook`;
  assert.equal(topic!.suffix, '.jpg');
  assert.match(topic!.id, /^[\w-]{24}$/);
  assert.deepEqual(queue, {
    ...{ id: 'q', kind: 'queue', target: `arn:aws:sqs:${place}:queue` },
    events: ['s3:ObjectRemoved:*', 's3:ObjectTagging:Put'],
  });
  assert.deepEqual(hook, {
    ...{ id: 'f', kind: 'function', target: hookArn, events: ['s3:ObjectCreated:*'] },
    ...{ prefix: ' a/', suffix: '' },
  });
  const written = notificationConfiguration(rules);
  assert.deepEqual(parseNotificationConfiguration(Buffer.from(written)), rules);
  assert.match(written, /<Name>prefix<\/Name><Value> a\/<\/Value>/);
  const again = [
    configuration(`${target}${created}`),
    configuration(`${target}<Event>s3:ObjectAcl:Put</Event>`),
  ];
  assert.deepEqual(parse(...again), parse(...again), 'an id that is made up stays the same');
});

test('an empty configuration is one without rules', () => {
  assert.deepEqual(parse(), []);
});

const refused: readonly (readonly [
  what: string,
  content: readonly string[],
  code: string,
  message?: RegExp,
])[] = [
  ['EventBridge', ['<EventBridgeConfiguration/>'], 'NotImplemented', /no EventBridge/],
  ['no event', [configuration(target)], 'MalformedXML'],
  ['no target', [configuration(created)], 'MalformedXML'],
  ['two targets', [configuration(target + target + created)], 'MalformedXML'],
  ['an unknown element', [configuration(`${target}${created}<Other/>`)], 'MalformedXML'],
  [
    'an InvocationRole, of before 2014',
    [configuration(`${target}${created}<InvocationRole>r</InvocationRole>`)],
    'MalformedXML',
  ],
  [
    'an event that does not happen',
    [configuration(`${target}<Event>s3:Replication:*</Event>`)],
    'InvalidArgument',
    /not supported/,
  ],
  [
    'an event without s3:',
    [configuration(`${target}<Event>ObjectCreated:Put</Event>`)],
    'InvalidArgument',
    /not supported/,
  ],
  [
    'a target of another kind',
    [configuration(`<CloudFunction>arn:aws:sqs:${place}:q</CloudFunction>${created}`)],
    'InvalidArgument',
    /not well formed/,
  ],
  [
    'a target that is no ARN',
    [configuration(`<CloudFunction>http://localhost/</CloudFunction>${created}`)],
    'InvalidArgument',
    /not well formed/,
  ],
  [
    'a filter on something else',
    [configuration(target + created + filter(['size', '5']))],
    'InvalidArgument',
    /either prefix or suffix/,
  ],
  [
    'two prefixes',
    [configuration(target + created + filter(['prefix', 'a'], ['Prefix', 'b']))],
    'InvalidArgument',
    /more than one prefix/,
  ],
  [
    'a long prefix',
    [configuration(target + created + filter(['prefix', 'ü'.repeat(513)]))],
    'InvalidArgument',
    /1024 bytes/,
  ],
  ['a long id', [configuration(`<Id>${'x'.repeat(256)}</Id>${target}${created}`)], 'MalformedXML'],
  [
    'one id twice',
    [
      configuration(`<Id>a</Id>${target}${created}`),
      configuration(`<Id>a</Id>${target}<Event>s3:ObjectRemoved:*</Event>`),
    ],
    'InvalidArgument',
    /IDs must be unique/,
  ],
  [
    'rules that overlap',
    [
      configuration(target + created + filter(['prefix', 'a'])),
      configuration(
        `${target}<Event>s3:ObjectCreated:Put</Event>${filter(['prefix', 'ab'], ['suffix', '.jpg'])}`,
      ),
    ],
    'InvalidArgument',
    /ambiguously defined/,
  ],
  [
    'too many rules',
    Array.from({ length: 101 }, (_, index) =>
      configuration(target + created + filter(['prefix', `${index}-`])),
    ),
    'InvalidArgument',
    /at most 100/,
  ],
];

for (const [what, content, code, message] of refused) {
  test(`refused: ${what}`, () => {
    assert.throws(() => parse(...content), refusal(code, message));
  });
}

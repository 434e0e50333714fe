import assert from 'node:assert/strict';
import test from 'node:test';
import { type EventName, eventNames, eventsAskedFor } from './event-names.ts';
import { type NotificationRule, overlapOf, ruleFor } from './notification-rules.ts';

const rule = (id: string, changes: Partial<NotificationRule>): NotificationRule => ({
  ...{ id, kind: 'function', target: `arn:${id}`, events: ['s3:ObjectCreated:*'] },
  ...changes,
});

test('a star means every event of its kind, and no other', () => {
  assert.deepEqual(
    [...eventsAskedFor('s3:ObjectRemoved:*')!],
    ['ObjectRemoved:Delete', 'ObjectRemoved:DeleteMarkerCreated'],
  );
  assert.deepEqual([...eventsAskedFor('s3:ObjectAcl:Put')!], ['ObjectAcl:Put']);
  for (const text of [
    'ObjectAcl:Put',
    's3:*',
    's3:ObjectCreated',
    's3:objectcreated:put',
    's3:Replication:*',
  ])
    assert.equal(eventsAskedFor(text), undefined, text);
  assert(eventNames.every((name) => eventsAskedFor(`s3:${name}`)?.has(name)));
});

test('a rule covers the events that it names, of keys that begin and end as it says', () => {
  const rules = [
    rule('images', { prefix: 'images/', suffix: '.jpg', events: ['s3:ObjectCreated:Put'] }),
    rule('all', { prefix: 'logs/', events: ['s3:ObjectCreated:*', 's3:ObjectTagging:Put'] }),
  ];
  const document = JSON.stringify(rules);
  const found = (event: EventName, key: string) => ruleFor(document, { event, key })?.id;
  assert.equal(found('ObjectCreated:Put', 'images/a.jpg'), 'images');
  assert.equal(found('ObjectCreated:Put', 'images/a.JPG'), undefined);
  assert.equal(found('ObjectCreated:Copy', 'images/a.jpg'), undefined);
  assert.equal(found('ObjectCreated:Copy', 'logs/a.jpg'), 'all');
  assert.equal(found('ObjectTagging:Put', 'logs/'), 'all');
  assert.equal(found('ObjectTagging:Delete', 'logs/'), undefined);
});

test('rules overlap when one event of one key could be covered by both', () => {
  const overlaps = (left: Partial<NotificationRule>, right: Partial<NotificationRule>) =>
    overlapOf([rule('a', left), rule('b', right)])?.map(({ id }) => id);
  assert.deepEqual(overlaps({}, { events: ['s3:ObjectCreated:Put'] }), ['a', 'b']);
  assert.deepEqual(overlaps({ prefix: 'a' }, { prefix: 'ab', suffix: '.x' }), ['a', 'b']);
  assert.deepEqual(overlaps({ suffix: 'jpg' }, { suffix: '.jpg' }), ['a', 'b']);
  assert.equal(overlaps({ prefix: 'a' }, { prefix: 'b' }), undefined);
  assert.equal(overlaps({ suffix: '.jpg' }, { suffix: '.png' }), undefined);
  assert.equal(overlaps({}, { events: ['s3:ObjectRemoved:*'] }), undefined);
});

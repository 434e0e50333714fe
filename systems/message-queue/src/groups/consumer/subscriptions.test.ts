import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GroupTopic, TopicsView } from '../group-context.ts';
import { Subscriptions } from './subscriptions.ts';

const topicsOf = (...names: string[]): GroupTopic[] =>
  names.map((name) => ({ name, topicId: name as GroupTopic['topicId'], partitionCount: 1 }));

test('an answer about topics as they were does not take the place of a later one', () => {
  const all = topicsOf('orders', 'bills');
  const find = (id: string) => all.find(({ name }) => name === id);
  const topics = { changes: 2, all: () => all, find, findById: find } as unknown as TopicsView;
  const subscriptions = new Subscriptions(topics);
  const expression = '.*';
  const ada = { user: 'ada', clientHost: '10.0.0.1' };
  assert(subscriptions.describe(ada, { expression, changes: 2, topics: all }, 0));
  assert(!subscriptions.describe(ada, { expression, changes: 1, topics: topicsOf('orders') }, 0));
  const subscription = { topicNames: [], topicRegex: expression, ...ada };
  assert.deepEqual([...subscriptions.topicsOf(subscription)], ['orders', 'bills']);
  assert(subscriptions.isDescribed({ ...ada, expression }, 0));
});

test('equal answers to a user at many addresses are kept once, and what was stored before addresses were told apart counts for all', () => {
  const all = topicsOf('orders', 'bills', 'letters');
  const find = (id: string) => all.find(({ name }) => name === id);
  const topics = { changes: 2, all: () => all, find, findById: find } as unknown as TopicsView;
  const subscriptions = new Subscriptions(topics);
  const expression = '.*';
  const described = { expression, changes: 2, topics: all };
  const at = (number: number) => ({ user: 'ada', clientHost: `10.0.0.${number}` });
  for (let number = 0; number < 100; number++) subscriptions.describe(at(number), described, 0);
  const bytes = subscriptions.bytesWith(at(100), described);
  assert(bytes < 101 * 65 + 3 * 33, `${bytes} bytes`);
  assert.equal(subscriptions.stored().length, 1);
  const again = new Subscriptions(topics);
  again.restore([...subscriptions.stored(), ['bob', expression, [all[0]!.topicId]]]);
  const seen = (user: string, clientHost: string) => [
    ...again.topicsOf({ topicNames: [], topicRegex: expression, user, clientHost }),
  ];
  assert.deepEqual(seen('ada', '10.0.0.7').length, 3);
  assert.deepEqual(seen('ada', '10.0.0.100'), []);
  assert.deepEqual(seen('bob', '10.0.0.7'), ['orders']);
});

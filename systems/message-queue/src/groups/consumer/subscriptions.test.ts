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
  assert(subscriptions.describe('ada', { expression, changes: 2, topics: all }, 0));
  assert(!subscriptions.describe('ada', { expression, changes: 1, topics: topicsOf('orders') }, 0));
  const subscription = { topicNames: [], topicRegex: expression, user: 'ada' };
  assert.deepEqual([...subscriptions.topicsOf(subscription)], ['orders', 'bills']);
  assert(subscriptions.isDescribed({ user: 'ada', expression }, 0));
});

// What is known of records with delays from outside: when each may appear, whether it was acknowledged, where it was seen.

import assert from 'node:assert/strict';
import type { Seen } from '../delays/delay-fixture.ts';

export type Expected = {
  /** By the broker's wall clock; undefined when nobody knows, since the clock jumped while it was produced. */
  earliestMs: number | undefined;
  /** Where it is to appear. */
  readonly topic: string;
  /** Of the topic that it was produced to: with it goes what is to come. */
  readonly topicId: string;
  isAcknowledged: boolean;
};

export class DelayModel {
  readonly #expected = new Map<string, Expected>();

  expect(text: string, expected: Expected): void {
    this.#expected.set(text, expected);
  }

  /** The clock jumps: of what is under way it is not known when it was taken. */
  jumped(): void {
    for (const expected of this.#expected.values())
      if (!expected.isAcknowledged) expected.earliestMs = undefined;
  }

  acknowledge(texts: readonly string[]): void {
    for (const text of texts) this.#expected.get(text)!.isAcknowledged = true;
  }

  /** It is there, at the latest time that the broker's clock has shown until now. */
  sees({ text, timestampMs }: Seen, latestMs: number): void {
    const { earliestMs } = this.#expected.get(text)!;
    if (earliestMs === undefined) return;
    assert(latestMs >= earliestMs, `${text} is there ${earliestMs - latestMs} ms before its time`);
    assert(timestampMs >= earliestMs || timestampMs <= 1_000, `${text} says that it came before its time`);
  }

  /** Texts that have to be seen in a topic of that id sooner or later. */
  acknowledgedIn(topic: string, isThere: (topicId: string) => boolean): readonly string[] {
    return [...this.#expected]
      .filter(([, each]) => each.topic === topic && each.isAcknowledged && isThere(each.topicId))
      .map(([text]) => text);
  }

  verify(topic: string, seen: readonly Seen[], isThere: (topicId: string) => boolean): void {
    const texts = seen.map(({ text }) => text);
    const twice = texts.find((text, at) => texts.indexOf(text) !== at);
    assert.equal(twice, undefined, `${twice} is in ${topic} twice`);
    for (const text of texts)
      assert.equal(this.#expected.get(text)?.topic, topic, `${text} was not to come to ${topic}`);
    for (const text of this.acknowledgedIn(topic, isThere))
      assert(texts.includes(text), `${text} was acknowledged, and is not in ${topic}`);
  }
}

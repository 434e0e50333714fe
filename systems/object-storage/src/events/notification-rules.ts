// A bucket's notification configuration as it is kept: the document `notification` is JSON of these rules. Checked before
// it was stored (s3/xml/notification-configuration.ts). Pure, because the metadata store decides by it in transactions.
//
// No two rules of a bucket cover one event of one key (`overlapOf`), so an event has at most one target.

import { type EventName, eventsAskedFor } from './event-names.ts';

export const notificationDocument = 'notification';

export type TargetKind = 'topic' | 'queue' | 'function';

export type NotificationRule = {
  readonly id: string;
  readonly kind: TargetKind;
  /** Its ARN. */
  readonly target: string;
  /** As they were asked for: `s3:ObjectCreated:*`. */
  readonly events: readonly string[];
  readonly prefix?: string | undefined;
  readonly suffix?: string | undefined;
};

type ActiveRule = Omit<NotificationRule, 'events'> & { readonly events: ReadonlySet<EventName> };

/** The rule that covers what happened to a key. */
export function ruleFor(
  document: string,
  happened: { readonly event: EventName; readonly key: string },
): ActiveRule | undefined {
  const { event, key } = happened;
  return activeRulesOf(document).find(
    (rule) => rule.events.has(event) && key.startsWith(rule.prefix ?? '') && key.endsWith(rule.suffix ?? ''),
  );
}

/** Two rules that some key could both be covered by, for one event. */
export function overlapOf(
  rules: readonly NotificationRule[],
): readonly [NotificationRule, NotificationRule] | undefined {
  const active = rules.map(activeRule);
  for (const [index, left] of active.entries()) {
    const other = active.findIndex((right, at) => at > index && overlap(left, right));
    if (other !== -1) return [rules[index]!, rules[other]!];
  }
  return undefined;
}

function overlap(left: ActiveRule, right: ActiveRule): boolean {
  const [prefix, otherPrefix] = [left.prefix ?? '', right.prefix ?? ''];
  const [suffix, otherSuffix] = [left.suffix ?? '', right.suffix ?? ''];
  return (
    !left.events.isDisjointFrom(right.events) &&
    (prefix.startsWith(otherPrefix) || otherPrefix.startsWith(prefix)) &&
    (suffix.endsWith(otherSuffix) || otherSuffix.endsWith(suffix))
  );
}

function activeRule({ events, ...rule }: NotificationRule): ActiveRule {
  const covered = events.flatMap((text) => [...(eventsAskedFor(text) ?? [])]);
  return { ...rule, events: new Set(covered) };
}

/** Parsed documents by their texts: every change in a bucket asks for the same one. */
const knownRules = new Map<string, readonly ActiveRule[]>();
const knownRulesMax = 16;

function activeRulesOf(document: string): readonly ActiveRule[] {
  const known = knownRules.get(document);
  if (known !== undefined) return known;
  const active = (JSON.parse(document) as readonly NotificationRule[]).map(activeRule);
  if (knownRules.size >= knownRulesMax) knownRules.clear();
  knownRules.set(document, active);
  return active;
}

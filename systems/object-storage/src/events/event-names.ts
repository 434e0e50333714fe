// What can happen to an object, as Amazon names it, and what a notification configuration asks for.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html

/** Everything that happens here. A configuration puts `s3:` in front, and may have `*` for what stands behind the colon. */
export const eventNames = [
  'ObjectCreated:Put',
  'ObjectCreated:Post',
  'ObjectCreated:Copy',
  'ObjectCreated:CompleteMultipartUpload',
  'ObjectRemoved:Delete',
  'ObjectRemoved:DeleteMarkerCreated',
  'ObjectTagging:Put',
  'ObjectTagging:Delete',
  'ObjectAcl:Put',
  'LifecycleExpiration:Delete',
  'LifecycleExpiration:DeleteMarkerCreated',
  'LifecycleTransition',
  'ObjectRestore:Post',
  'ObjectRestore:Completed',
  'ObjectRestore:Delete',
] as const;

export type EventName = (typeof eventNames)[number];

const asked = new Map<string, ReadonlySet<EventName>>();
for (const name of eventNames) {
  const [kind] = name.split(':');
  const ofKind = eventNames.filter((other) => other.startsWith(`${kind}:`));
  asked.set(`s3:${name}`, new Set([name]));
  // A kind that is one event has no others.
  if (kind !== name) asked.set(`s3:${kind}:*`, new Set(ofKind));
}

/** The events that a configuration means by this text; undefined when it means none that happens here. */
export function eventsAskedFor(text: string): ReadonlySet<EventName> | undefined {
  return asked.get(text);
}

/** Amazon's, by what the record holds: created and removed objects came first. */
export function eventVersionOf(name: EventName): '2.1' | '2.3' {
  return name.startsWith('ObjectCreated:') || name.startsWith('ObjectRemoved:') ? '2.1' : '2.3';
}

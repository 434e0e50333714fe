// A bucket's notification configuration as XML.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
//
//   <NotificationConfiguration>                                    at most 100 configurations; none takes it away
//     <TopicConfiguration>                                         or QueueConfiguration, CloudFunctionConfiguration
//       <Id>name</Id>                                              optional, at most 255 characters, given once
//       <Topic>arn:aws:sns:us-east-1:000000000000:name</Topic>     or Queue, CloudFunction
//       <Event>s3:ObjectCreated:*</Event>                          one or more
//       <Filter><S3Key>                                            optional
//         <FilterRule><Name>prefix</Name><Value>images/</Value></FilterRule>      and one with `suffix`
//       </S3Key></Filter>
//     </TopicConfiguration>
//   </NotificationConfiguration>

import { createHash } from 'node:crypto';
import { ObjectStorageError } from '../../errors.ts';
import { eventsAskedFor } from '../../events/event-names.ts';
import { type NotificationRule, overlapOf, type TargetKind } from '../../events/notification-rules.ts';
import { notificationFilterBytesMax, notificationIdLengthMax, notificationRulesMax } from '../limits.ts';
import { parseXml, type XmlNode } from './xml-reader.ts';
import { elementsOf, malformed, requireRoot, trimmedTextOf } from './xml-schema.ts';
import { type XmlElement, xmlDocument } from './xml-writer.ts';

/** Configuration, target, and the service whose name stands in the target's ARN. */
const kinds = {
  topic: { configuration: 'TopicConfiguration', target: 'Topic', service: 'sns' },
  queue: { configuration: 'QueueConfiguration', target: 'Queue', service: 'sqs' },
  function: { configuration: 'CloudFunctionConfiguration', target: 'CloudFunction', service: 'lambda' },
} as const satisfies Record<TargetKind, unknown>;
const kindNames = Object.keys(kinds) as TargetKind[];

type Unnamed = Omit<NotificationRule, 'id'> & { readonly id: string | undefined };

/** Throws MalformedXML, InvalidArgument, NotImplemented. Whether targets are there is for others to ask. */
export function parseNotificationConfiguration(bytes: Uint8Array): readonly NotificationRule[] {
  const root = requireRoot(parseXml(bytes), 'NotificationConfiguration');
  const elements = elementsOf(root, {
    TopicConfiguration: 'many',
    QueueConfiguration: 'many',
    CloudFunctionConfiguration: 'many',
    EventBridgeConfiguration: 'optional',
  });
  if (elements.EventBridgeConfiguration.length > 0) {
    throw new ObjectStorageError('NotImplemented', {
      message: 'There is no EventBridge here: events go to webhooks, as functions, to queues and to topics.',
    });
  }
  const unnamed = kindNames.flatMap((kind) =>
    elements[kinds[kind].configuration].map((node) => ruleOf(node, kind)),
  );
  if (unnamed.length > notificationRulesMax) {
    throw invalid(`A bucket can have at most ${notificationRulesMax} notification configurations.`);
  }
  const rules = unnamed.map((rule, index) => ({ ...rule, id: rule.id ?? madeUpId(rule, index) }));
  requireDifferentIds(rules);
  requireNoOverlap(rules);
  return rules;
}

function ruleOf(node: XmlNode, kind: TargetKind): Unnamed {
  switch (kind) {
    case 'topic': {
      const elements = elementsOf(node, { ...shared, Topic: 'one' });
      return ruleFrom(elements, { kind, target: elements.Topic[0]! });
    }
    case 'queue': {
      const elements = elementsOf(node, { ...shared, Queue: 'one' });
      return ruleFrom(elements, { kind, target: elements.Queue[0]! });
    }
    case 'function': {
      const elements = elementsOf(node, { ...shared, CloudFunction: 'one' });
      return ruleFrom(elements, { kind, target: elements.CloudFunction[0]! });
    }
  }
}

const shared = { Id: 'optional', Event: 'many', Filter: 'optional' } as const;

function ruleFrom(
  { Id, Event, Filter }: Readonly<Record<keyof typeof shared, readonly XmlNode[]>>,
  { kind, target }: { kind: TargetKind; target: XmlNode },
): Unnamed {
  const id = trimmedTextOf(Id[0]) || undefined;
  if ((id ?? '').length > notificationIdLengthMax) throw malformed();
  if (Event.length === 0) throw malformed();
  const [filter] = Filter;
  return {
    id,
    kind,
    target: arnOf(target, kind),
    events: Event.map(eventOf),
    ...(filter && filterOf(filter)),
  };
}

function arnOf(node: XmlNode, kind: TargetKind): string {
  const arn = trimmedTextOf(node)!;
  const { service, target } = kinds[kind];
  if (new RegExp(`^arn:aws:${service}:[a-z0-9-]*:\\d*:[\\w:.-]{1,300}$`).test(arn)) return arn;
  throw invalid(`The ARN is not well formed`, { name: target, value: arn });
}

function eventOf(node: XmlNode): string {
  const event = trimmedTextOf(node)!;
  if (eventsAskedFor(event) !== undefined) return event;
  throw invalid(`The event '${event}' is not supported for notifications`, { name: 'Event', value: event });
}

function filterOf(node: XmlNode): Pick<NotificationRule, 'prefix' | 'suffix'> {
  const { S3Key } = elementsOf(node, { S3Key: 'optional' });
  if (S3Key[0] === undefined) return {};
  const { FilterRule } = elementsOf(S3Key[0], { FilterRule: 'many' });
  const filter: { prefix?: string; suffix?: string } = {};
  for (const rule of FilterRule) {
    const { Name, Value } = elementsOf(rule, { Name: 'one', Value: 'one' });
    const name = trimmedTextOf(Name[0])!.toLowerCase();
    if (name !== 'prefix' && name !== 'suffix') {
      throw invalid('filter rule name must be either prefix or suffix', {
        name: 'FilterRule.Name',
        value: name,
      });
    }
    if (filter[name] !== undefined) {
      throw invalid(`Cannot specify more than one ${name} rule in a filter.`, {
        name: 'FilterRule.Name',
        value: name,
      });
    }
    filter[name] = filterValue(Value[0]!);
  }
  return filter;
}

function filterValue(node: XmlNode): string {
  if (node.children.length > 0) throw malformed();
  if (Buffer.byteLength(node.text) <= notificationFilterBytesMax) return node.text;
  throw invalid(
    `Size of filter rule value cannot exceed ${notificationFilterBytesMax} bytes in UTF-8 representation`,
    {
      name: 'FilterRule.Value',
      value: node.text,
    },
  );
}

/** The same for the same configuration, so that putting one again changes nothing. */
function madeUpId(rule: Unnamed, index: number): string {
  return createHash('sha256')
    .update(JSON.stringify([index, rule]))
    .digest('base64url')
    .slice(0, 24);
}

function requireDifferentIds(rules: readonly NotificationRule[]): void {
  if (new Set(rules.map(({ id }) => id)).size === rules.length) return;
  throw invalid('Same ID used for multiple configurations. IDs must be unique');
}

function requireNoOverlap(rules: readonly NotificationRule[]): void {
  if (overlapOf(rules) === undefined) return;
  throw invalid(
    'Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.',
  );
}

function invalid(message: string, argument?: { name: string; value: string }): ObjectStorageError {
  const fields = argument && { ArgumentName: argument.name, ArgumentValue: argument.value };
  return new ObjectStorageError('InvalidArgument', { message, ...(fields && { fields }) });
}

export function notificationConfiguration(rules: readonly NotificationRule[]): string {
  return xmlDocument(
    'NotificationConfiguration',
    rules.map((rule): XmlElement => [kinds[rule.kind].configuration, ruleElements(rule)]),
  );
}

function ruleElements({ id, kind, target, events, prefix, suffix }: NotificationRule): XmlElement[] {
  const filterRule = (Name: string, Value: string | undefined): XmlElement[] =>
    Value === undefined
      ? []
      : [
          [
            'FilterRule',
            [
              ['Name', Name],
              ['Value', Value],
            ],
          ],
        ];
  const filterRules = [...filterRule('prefix', prefix), ...filterRule('suffix', suffix)];
  return [
    ['Id', id],
    [kinds[kind].target, target],
    ...events.map((event): XmlElement => ['Event', event]),
    ['Filter', filterRules.length === 0 ? undefined : [['S3Key', filterRules]]],
  ];
}

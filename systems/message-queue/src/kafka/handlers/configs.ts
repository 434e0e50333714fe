// DescribeConfigs, AlterConfigs, IncrementalAlterConfigs, ListConfigResources: of topics, of groups, of the broker and of its
// cluster.

import { definitionOf, isSettingName } from '../../broker/topics/setting-definitions.ts';
import type { Topic } from '../../broker/topics/topic.ts';
import { type SettingTexts, textOf } from '../../broker/topics/topic-settings.ts';
import type { GroupConfigChange } from '../../groups/configs/group-configs.ts';
import type { DescribeConfigsResult } from '../messages/describe-configs-response.ts';
import { alterBrokerConfigs, changedBrokerTexts, describeBrokerConfigs } from './broker-configs.ts';
import { type BrokerParts, nodeId } from './broker-parts.ts';
import { type ConfigLookup, changedTexts } from './changed-texts.ts';
import { type DescribeOptions, topicEntries } from './config-entries.ts';
import { mayLetterTo, newDeadLetterTopic } from './dead-letter-access.ts';
import { alterGroupConfigs, changedGroupTexts, describeGroupConfigs } from './group-configs.ts';
import type { Handler, HandlerContext } from './handler.ts';
import { findTopic } from './partitions.ts';
import { noError, type Refusal, refusal, refusalOf } from './refusals.ts';

/** As Kafka's protocol numbers what has configurations. */
const resourceTypes = { topic: 2, broker: 4, group: 32 } as const;

type Resource = { readonly resourceType: number; readonly resourceName: string };
type Texts = Readonly<Record<string, string | null>>;

export function describeConfigsHandler(parts: BrokerParts): Handler<'describeConfigs'> {
  return async ({ resources, includeSynonyms, includeDocumentation }, context) => {
    const results: DescribeConfigsResult[] = [];
    for (const { resourceType, resourceName, configurationKeys: keys } of resources) {
      const resource = { resourceType, resourceName };
      const options = { keys, includeSynonyms, includeDocumentation };
      results.push({ ...resource, ...(await describe(resource, options, { parts, context })) });
    }
    return { throttleTimeMs: 0, results };
  };
}

async function describe(
  { resourceType, resourceName }: Resource,
  options: DescribeOptions,
  { parts, context }: { parts: BrokerParts; context: HandlerContext },
): Promise<Refusal & Pick<DescribeConfigsResult, 'configs'>> {
  const { topics } = parts;
  const refused = (reason: Refusal) => ({ ...reason, configs: [] });
  switch (resourceType) {
    case resourceTypes.topic: {
      const found = await findTopic({ name: resourceName }, 'describeConfigs', {
        topics,
        access: context.access,
      });
      if ('code' in found) return refused(refusal(found.code));
      return {
        ...noError,
        configs: topicEntries(found.topic.texts, { ...options, configs: topics.configs }),
      };
    }
    case resourceTypes.broker:
      return describeBrokerConfigs(resourceName, options, { parts, context });
    case resourceTypes.group:
      return describeGroupConfigs(resourceName, options, { parts, context });
    default:
      return refused(refusal('INVALID_REQUEST', `resources of type ${resourceType} have no configurations`));
  }
}

export function alterConfigsHandler(parts: BrokerParts): Handler<'alterConfigs'> {
  return async ({ resources, validateOnly }, context) => {
    const responses = [];
    for (const { resourceType, resourceName, configs } of resources) {
      // What is not named goes back to its default.
      const change = () => Object.fromEntries(configs.map(({ name, value }) => [name, value]));
      const resource = { resourceType, resourceName };
      const changes = { topic: change, broker: change, group: change };
      responses.push({ ...resource, ...(await alter(resource, changes, { validateOnly, parts, context })) });
    }
    return { throttleTimeMs: 0, responses };
  };
}

export function incrementalAlterConfigsHandler(parts: BrokerParts): Handler<'incrementalAlterConfigs'> {
  return async ({ resources, validateOnly }, context) => {
    const responses = [];
    for (const { resourceType, resourceName, configs } of resources) {
      const resource = { resourceType, resourceName };
      const changes: Changes = {
        topic: (texts) => changedTexts(texts, configs, lookupOf(texts, parts.topics.defaults)),
        broker: (texts) => changedBrokerTexts(resourceName, { texts, configs, parts }),
        group: (texts) => changedGroupTexts(texts, configs),
      };
      responses.push({ ...resource, ...(await alter(resource, changes, { validateOnly, parts, context })) });
    }
    return { throttleTimeMs: 0, responses };
  };
}

/** By what is altered. */
type Changes = {
  readonly topic: (texts: SettingTexts) => Texts;
  readonly broker: Parameters<typeof alterBrokerConfigs>[1];
  readonly group: GroupConfigChange;
};
type AlterOptions = { validateOnly: boolean; parts: BrokerParts; context: HandlerContext };

async function alter(
  { resourceType, resourceName: name }: Resource,
  changes: Changes,
  options: AlterOptions,
): Promise<Refusal> {
  switch (resourceType) {
    case resourceTypes.topic:
      return alterTopic(name, changes.topic, options);
    case resourceTypes.broker:
      return alterBrokerConfigs(name, changes.broker, options);
    case resourceTypes.group:
      return alterGroupConfigs(name, changes.group, options);
    default:
      return refusal('INVALID_REQUEST', `resources of type ${resourceType} have no configurations`);
  }
}

async function alterTopic(
  name: string,
  change: Changes['topic'],
  { validateOnly, parts, context }: AlterOptions,
): Promise<Refusal> {
  const { topics, log } = parts;
  const found = await findTopic({ name }, 'alterConfigs', { topics, access: context.access });
  if ('code' in found) return refusal(found.code);
  try {
    const { texts } = found.topic;
    const changed = change(texts);
    if (!(await mayLetterTo(newDeadLetterTopic(changed, texts), context.access)))
      return refusal('TOPIC_AUTHORIZATION_FAILED', 'its dead letters would go where you may not write');
    if (validateOnly) topics.requireSettings(changed, texts);
    else await topics.configure(found.topic, change);
    return noError;
  } catch (error) {
    return refusalOf(error, log);
  }
}

function lookupOf(texts: SettingTexts, defaults: SettingTexts): ConfigLookup {
  return {
    of: 'topics',
    typeOf: (name) => (isSettingName(name) ? definitionOf(name).type : undefined),
    textOf: (name) => (isSettingName(name) ? textOf(name, texts, defaults) : ''),
  };
}

export function listConfigResourcesHandler({
  topics,
  groupConfigs,
}: BrokerParts): Handler<'listConfigResources'> {
  return async ({ resourceTypes: asked }, { access, version }) => {
    if (!(await access.allowsCluster('describeConfigs')))
      return {
        throttleTimeMs: 0,
        errorCode: refusal('CLUSTER_AUTHORIZATION_FAILED').errorCode,
        configResources: [],
      };
    // Version 0 asks for metrics of clients, of which there are none.
    const types = version === 0 ? [] : asked.length === 0 ? Object.values(resourceTypes) : asked;
    const isAsked = (type: number) => (types as readonly number[]).includes(type);
    const named = (resourceType: number) => (resourceName: string) => ({ resourceName, resourceType });
    const topicNames = isAsked(resourceTypes.topic) ? topics.all().map(({ name }: Topic) => name) : [];
    const groupNames = isAsked(resourceTypes.group) ? [...(groupConfigs?.all() ?? [])] : [];
    const brokerNames = isAsked(resourceTypes.broker) ? [String(nodeId)] : [];
    return {
      throttleTimeMs: 0,
      errorCode: 0,
      configResources: [
        ...topicNames.map(named(resourceTypes.topic)),
        ...brokerNames.map(named(resourceTypes.broker)),
        ...groupNames.map(named(resourceTypes.group)),
      ],
    };
  };
}

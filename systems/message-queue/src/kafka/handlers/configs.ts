// DescribeConfigs, AlterConfigs, IncrementalAlterConfigs, ListConfigResources: of topics, of groups, and of the
// broker to look at.

import { definitionOf, isSettingName } from '../../broker/topics/setting-definitions.ts';
import type { Topic } from '../../broker/topics/topic.ts';
import { membersOf, type SettingTexts, textOf } from '../../broker/topics/topic-settings.ts';
import { TopicsError } from '../../broker/topics/topics-error.ts';
import type { DescribeConfigsResult } from '../messages/describe-configs-response.ts';
import type { AlterableConfig } from '../messages/incremental-alter-configs-request.ts';
import { type BrokerParts, nodeId } from './broker-parts.ts';
import { brokerSettings } from './broker-settings.ts';
import {
  brokerEntries,
  type DescribeOptions,
  configOperations as operations,
  topicEntries,
} from './config-entries.ts';
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
  const { defaults } = topics;
  const refused = (reason: Refusal) => ({ ...reason, configs: [] });
  switch (resourceType) {
    case resourceTypes.topic: {
      const found = await findTopic({ name: resourceName }, 'describeConfigs', {
        topics,
        access: context.access,
      });
      if ('code' in found) return refused(refusal(found.code));
      return { ...noError, configs: topicEntries(found.topic.texts, { ...options, defaults }) };
    }
    case resourceTypes.broker: {
      if (!(await context.access.allowsCluster('describeConfigs')))
        return refused(refusal('CLUSTER_AUTHORIZATION_FAILED'));
      // Without a name: what is set for all brokers while they run, which is nothing.
      if (resourceName === '') return { ...noError, configs: [] };
      if (resourceName !== String(nodeId)) return refused(unknownBroker(resourceName));
      return {
        ...noError,
        configs: brokerEntries({ ...options, defaults, settings: brokerSettings(parts, context) }),
      };
    }
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
      const altered =
        resourceType === resourceTypes.group
          ? await alterGroupConfigs(resourceName, change, { validateOnly, parts, context })
          : await alter(resource, change, { validateOnly, parts, context });
      responses.push({ ...resource, ...altered });
    }
    return { throttleTimeMs: 0, responses };
  };
}

export function incrementalAlterConfigsHandler(parts: BrokerParts): Handler<'incrementalAlterConfigs'> {
  return async ({ resources, validateOnly }, context) => {
    const responses = [];
    for (const { resourceType, resourceName, configs } of resources) {
      const change = (texts: SettingTexts) => changedTexts(texts, configs, parts.topics.defaults);
      const resource = { resourceType, resourceName };
      const altered =
        resourceType === resourceTypes.group
          ? await alterGroupConfigs(resourceName, (texts) => changedGroupTexts(texts, configs), {
              ...{ validateOnly, parts, context },
            })
          : await alter(resource, change, { validateOnly, parts, context });
      responses.push({ ...resource, ...altered });
    }
    return { throttleTimeMs: 0, responses };
  };
}

async function alter(
  { resourceType, resourceName }: Resource,
  change: (texts: SettingTexts) => Texts,
  { validateOnly, parts, context }: { validateOnly: boolean; parts: BrokerParts; context: HandlerContext },
): Promise<Refusal> {
  const { topics, log } = parts;
  if (resourceType === resourceTypes.broker) return alterBroker(resourceName, context);
  if (resourceType !== resourceTypes.topic)
    return refusal('INVALID_REQUEST', `resources of type ${resourceType} have no configurations`);
  const found = await findTopic({ name: resourceName }, 'alterConfigs', { topics, access: context.access });
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

async function alterBroker(name: string, { access }: HandlerContext): Promise<Refusal> {
  if (!(await access.allowsCluster('alterConfigs'))) return refusal('CLUSTER_AUTHORIZATION_FAILED');
  if (name !== '' && name !== String(nodeId)) return unknownBroker(name);
  return refusal('INVALID_REQUEST', 'the broker is configured at its start, not while it runs');
}

function unknownBroker(name: string): Refusal {
  return refusal('INVALID_REQUEST', `there is no broker '${name}', only ${nodeId}`);
}

function changedTexts(
  texts: SettingTexts,
  configs: readonly AlterableConfig[],
  defaults: SettingTexts,
): Texts {
  const changed: Record<string, string | null> = { ...texts };
  const seen = new Set<string>();
  for (const { name, configOperation, value } of configs) {
    if (seen.has(name)) throw new TopicsError('INVALID_REQUEST', `the configuration ${name} is named twice`);
    seen.add(name);
    if (!isSettingName(name))
      throw new TopicsError('INVALID_CONFIG', `there is no configuration '${name}' of topics`);
    if (configOperation === operations.remove) delete changed[name];
    else if (configOperation === operations.set) changed[name] = value;
    else changed[name] = changedList(textOf(name, texts, defaults), { name, configOperation, value });
  }
  return changed;
}

function changedList(text: string, { name, configOperation, value }: AlterableConfig): string {
  const { append, subtract } = operations;
  const isList = isSettingName(name) && definitionOf(name).type === 'list';
  if (!isList || value === null || (configOperation !== append && configOperation !== subtract))
    throw new TopicsError('INVALID_CONFIG', `operation ${configOperation} cannot be done with ${name}`);
  const [before, named] = [membersOf(text), membersOf(value)];
  const members =
    configOperation === append
      ? [...before, ...named.filter((member) => !before.includes(member))]
      : before.filter((member) => !named.includes(member));
  return members.join(',');
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

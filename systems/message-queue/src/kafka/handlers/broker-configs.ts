// Configurations of the broker (its number) and of its cluster (no name): DescribeConfigs and AlterConfigs, in either form.

import {
  alterableDefinition,
  type BrokerTexts,
  type ConfigLevel,
} from '../../broker/topics/broker-configs.ts';
import { TopicsError } from '../../broker/topics/topics-error.ts';
import type { DescribeConfigsResult } from '../messages/describe-configs-response.ts';
import type { AlterableConfig } from '../messages/incremental-alter-configs-request.ts';
import { type BrokerParts, nodeId } from './broker-parts.ts';
import { brokerSettings } from './broker-settings.ts';
import { changedTexts } from './changed-texts.ts';
import {
  brokerEntries,
  clusterEntries,
  type DescribeOptions,
  configOperations as operations,
} from './config-entries.ts';
import type { HandlerContext } from './handler.ts';
import { noError, type Refusal, refusal, refusalOf } from './refusals.ts';

export async function describeBrokerConfigs(
  name: string,
  options: DescribeOptions,
  { parts, context }: { parts: BrokerParts; context: HandlerContext },
): Promise<Refusal & Pick<DescribeConfigsResult, 'configs'>> {
  const refused = (reason: Refusal) => ({ ...reason, configs: [] });
  if (!(await context.access.allowsCluster('describeConfigs')))
    return refused(refusal('CLUSTER_AUTHORIZATION_FAILED'));
  const level = levelOf(name);
  if (typeof level !== 'string') return refused(level);
  const { configs } = parts.topics;
  if (level === 'cluster') return { ...noError, configs: clusterEntries({ ...options, configs }) };
  const settings = brokerSettings(parts, context);
  return { ...noError, configs: brokerEntries({ ...options, configs, settings }) };
}

export async function alterBrokerConfigs(
  name: string,
  change: (texts: BrokerTexts) => Readonly<Record<string, string | null>>,
  { validateOnly, parts, context }: { validateOnly: boolean; parts: BrokerParts; context: HandlerContext },
): Promise<Refusal> {
  if (!(await context.access.allowsCluster('alterConfigs'))) return refusal('CLUSTER_AUTHORIZATION_FAILED');
  const level = levelOf(name);
  if (typeof level !== 'string') return level;
  try {
    await parts.topics.configureBroker(level, change, { validateOnly });
    return noError;
  } catch (error) {
    return refusalOf(error, parts.log);
  }
}

/** What has always to be set for the cluster is not removed. */
export function changedBrokerTexts(
  name: string,
  { texts, configs, parts }: { texts: BrokerTexts; configs: readonly AlterableConfig[]; parts: BrokerParts },
): ReturnType<typeof changedTexts> {
  const required = parts.topics.configs.requiredOf(levelOf(name) === 'cluster' ? 'cluster' : 'broker');
  const removed = configs.find(
    (each) => each.configOperation === operations.remove && required.includes(each.name),
  );
  if (removed !== undefined)
    throw new TopicsError('INVALID_CONFIG', `${removed.name} cannot be removed from the cluster`);
  return changedTexts(texts, configs, {
    // What cannot be altered is refused with all else of its kind.
    typeOf: (each) => alterableDefinition(each)?.type ?? 'string',
    of: 'brokers',
    textOf: (each) => parts.topics.configs.layersOf(each)[0]?.value ?? '',
  });
}

function levelOf(name: string): ConfigLevel | Refusal {
  if (name === '') return 'cluster';
  if (name === String(nodeId)) return 'broker';
  return refusal('INVALID_REQUEST', `there is no broker '${name}', only ${nodeId}`);
}

// Configurations of groups: DescribeConfigs and AlterConfigs, in either form.

import { type GroupConfigTexts, isGroupConfigName } from '../../groups/configs/group-config-definitions.ts';
import { type GroupConfigChange, GroupConfigError } from '../../groups/configs/group-configs.ts';
import type { DescribeConfigsResult } from '../messages/describe-configs-response.ts';
import type { AlterableConfig } from '../messages/incremental-alter-configs-request.ts';
import type { BrokerParts } from './broker-parts.ts';
import { type DescribeOptions, groupEntries, configOperations as operations } from './config-entries.ts';
import type { HandlerContext } from './handler.ts';
import { noError, type Refusal, refusal, refusalOf } from './refusals.ts';

/** Also of a group that is not there: it may be configured before its first member comes. */
export async function describeGroupConfigs(
  name: string,
  options: DescribeOptions,
  { parts, context }: { parts: BrokerParts; context: HandlerContext },
): Promise<Refusal & Pick<DescribeConfigsResult, 'configs'>> {
  const { groupConfigs } = parts;
  const refused = (reason: Refusal) => ({ ...reason, configs: [] });
  if (groupConfigs === undefined) return refused(noConfigurations());
  if (!(await context.access.allows('group', name, 'describeConfigs')))
    return refused(refusal('GROUP_AUTHORIZATION_FAILED'));
  if (name === '') return refused(refusal('INVALID_REQUEST', 'a group has a name'));
  const { settings } = groupConfigs;
  return { ...noError, configs: groupEntries(groupConfigs.textsOf(name), { ...options, settings }) };
}

export async function alterGroupConfigs(
  name: string,
  change: GroupConfigChange,
  { validateOnly, parts, context }: { validateOnly: boolean; parts: BrokerParts; context: HandlerContext },
): Promise<Refusal> {
  const { groupConfigs, log } = parts;
  if (groupConfigs === undefined) return noConfigurations();
  if (!(await context.access.allows('group', name, 'alterConfigs')))
    return refusal('GROUP_AUTHORIZATION_FAILED');
  try {
    await groupConfigs.change(name, change, { validateOnly });
    return noError;
  } catch (error) {
    return refusalOf(error, log);
  }
}

/** None of them is a list. */
export function changedGroupTexts(
  texts: GroupConfigTexts,
  configs: readonly AlterableConfig[],
): ReturnType<GroupConfigChange> {
  const changed: Record<string, string | null> = { ...texts };
  const seen = new Set<string>();
  for (const { name, configOperation, value } of configs) {
    if (seen.has(name))
      throw new GroupConfigError('INVALID_REQUEST', `the configuration ${name} is named twice`);
    seen.add(name);
    if (!isGroupConfigName(name))
      throw new GroupConfigError('INVALID_CONFIG', `there is no configuration '${name}' of groups`);
    if (configOperation === operations.remove) delete changed[name];
    else if (configOperation === operations.set) changed[name] = value;
    else
      throw new GroupConfigError(
        'INVALID_CONFIG',
        `operation ${configOperation} cannot be done with ${name}`,
      );
  }
  return changed;
}

function noConfigurations(): Refusal {
  return refusal('INVALID_REQUEST', 'this broker has no groups');
}

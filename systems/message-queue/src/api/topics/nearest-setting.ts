// What to say of a setting that topics do not have.

import { nearestName } from '@cairn/service';
import { isSettingName, settingNames } from '../../broker/topics/setting-definitions.ts';

/** Undefined for one that there is. */
export function nearestSetting(name: string): string | undefined {
  if (isSettingName(name)) return undefined;
  const nearest = nearestName(name, settingNames);
  const hint = nearest === undefined ? '' : `: did you mean '${nearest}'?`;
  return `topics have no setting '${name}'${hint}`;
}

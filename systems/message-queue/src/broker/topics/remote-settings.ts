// What Kafka asks of settings of tiered storage together (KIP-405, KIP-950): each value alone may be right.

import type { SettingName } from './setting-definitions.ts';
import { isTrue, membersOf, type SettingTexts, textOf } from './topic-settings.ts';

type Change = {
  readonly texts: SettingTexts;
  /** What was set before; undefined for a topic that is being made. */
  readonly before: SettingTexts | undefined;
  readonly defaults: SettingTexts;
  /** Whether the broker has a blobs engine. */
  readonly hasRemoteStorage: boolean;
};

/** What is wrong with a topic's settings as a whole; undefined when nothing is. */
export function faultOfRemoteSettings({
  texts,
  before,
  defaults,
  hasRemoteStorage,
}: Change): string | undefined {
  const text = (name: SettingName) => textOf(name, texts, defaults);
  const isOn = (name: SettingName) => isTrue(text(name));
  const wasOn = before !== undefined && isTrue(textOf('remote.storage.enable', before, defaults));
  if (!isOn('remote.storage.enable')) {
    if (!wasOn || isOn('remote.log.delete.on.disable')) return undefined;
    return 'remote.storage.enable can only be turned off with remote.log.delete.on.disable=true, which deletes what only the blobs engine has; remote.log.copy.disable=true keeps it to be read';
  }
  // What was moved while there was an engine may stay as it is.
  if (!hasRemoteStorage && !wasOn)
    return 'remote.storage.enable needs a blobs engine: set message-queue.engines.blobs, as file:, s3:, https: or local:';
  if (membersOf(text('cleanup.policy')).includes('compact'))
    return 'remote.storage.enable cannot be on together with cleanup.policy=compact';
  const isCopied = !isOn('remote.log.copy.disable');
  return (
    faultOfLocalRetention('ms', { text, isCopied }) ?? faultOfLocalRetention('bytes', { text, isCopied })
  );
}

function faultOfLocalRetention(
  unit: 'ms' | 'bytes',
  { text, isCopied }: { text: (name: SettingName) => string; isCopied: boolean },
): string | undefined {
  const [local, whole] = [Number(text(`local.retention.${unit}`)), Number(text(`retention.${unit}`))];
  if (local === -2 || local === whole) return undefined;
  const names = `local.retention.${unit} (${local}) and retention.${unit} (${whole})`;
  if (!isCopied) return `${names} have to be the same while remote.log.copy.disable is on`;
  if (whole === -1 || (local !== -1 && local < whole)) return undefined;
  return `${names}: records cannot stay longer on the broker than at all`;
}

// A bucket's object lock as XML.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html
//
//   <ObjectLockConfiguration>
//     <ObjectLockEnabled>Enabled</ObjectLockEnabled>
//     <Rule>                                            optional
//       <DefaultRetention>
//         <Mode>GOVERNANCE</Mode>                       or COMPLIANCE
//         <Days>30</Days>                               or <Years>1</Years>, not both
//       </DefaultRetention>
//     </Rule>
//   </ObjectLockConfiguration>

import type { ObjectLockSetting } from '../../core/object-lock.ts';
import { ObjectStorageError } from '../../errors.ts';
import { retentionDaysMax, retentionYearsMax } from '../limits.ts';
import { retentionModeOf } from './object-lock.ts';
import { parseXml, type XmlNode } from './xml-reader.ts';
import { elementsOf, malformed, requireRoot, trimmedTextOf } from './xml-schema.ts';
import { xmlDocument } from './xml-writer.ts';

/** Throws MalformedXML, InvalidRetentionPeriod. */
export function parseObjectLockConfiguration(bytes: Uint8Array): ObjectLockSetting {
  const root = requireRoot(parseXml(bytes), 'ObjectLockConfiguration');
  const { ObjectLockEnabled, Rule } = elementsOf(root, { ObjectLockEnabled: 'one', Rule: 'optional' });
  if (trimmedTextOf(ObjectLockEnabled[0]) !== 'Enabled') throw malformed();
  const [rule] = Rule;
  if (rule === undefined) return {};
  const { DefaultRetention } = elementsOf(rule, { DefaultRetention: 'one' });
  return { defaultRetention: defaultRetentionOf(DefaultRetention[0]!) };
}

function defaultRetentionOf(node: XmlNode): ObjectLockSetting['defaultRetention'] {
  const { Mode, Days, Years } = elementsOf(node, { Mode: 'one', Days: 'optional', Years: 'optional' });
  const mode = retentionModeOf(Mode[0]!);
  const [days, years] = [periodOf(Days[0], retentionDaysMax), periodOf(Years[0], retentionYearsMax)];
  if (days !== undefined && years === undefined) return { mode, days };
  if (years !== undefined && days === undefined) return { mode, years };
  throw malformed();
}

function periodOf(node: XmlNode | undefined, max: number): number | undefined {
  const text = trimmedTextOf(node);
  if (text === undefined) return undefined;
  if (!/^-?\d{1,10}$/.test(text)) throw malformed();
  const period = Number(text);
  if (period >= 1 && period <= max) return period;
  throw new ObjectStorageError('InvalidRetentionPeriod', {
    message:
      period < 1
        ? 'Default retention period must be a positive integer value.'
        : `Default retention period is too large: at most ${max}.`,
  });
}

export function objectLockConfiguration({ defaultRetention }: ObjectLockSetting): string {
  const { mode, days, years } = defaultRetention ?? {};
  return xmlDocument('ObjectLockConfiguration', [
    ['ObjectLockEnabled', 'Enabled'],
    [
      'Rule',
      defaultRetention && [
        [
          'DefaultRetention',
          [
            ['Mode', mode],
            ['Days', days],
            ['Years', years],
          ],
        ],
      ],
    ],
  ]);
}

// Where a replication rule puts replicas, as XML.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Destination.html
//
//   <Destination>
//     <Bucket>arn:aws:s3:::NAME</Bucket>                 a bucket of this storage; or another target, by its ARN
//     <StorageClass>STANDARD_IA</StorageClass>           optional
//     <Account>000000000000</Account>                    kept and shown: all buckets are of one account
//     <AccessControlTranslation> <Owner>Destination</Owner> ...
//     <ReplicationTime> <Status/> <Time> <Minutes>15 ... kept and shown: nothing waits on purpose
//     <Metrics> <Status/> <EventThreshold> ...           likewise: metrics there are always
//   </Destination>

import type { StorageClass } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { ReplicationRule, ShownSettings } from '../../replication/replication-rules.ts';
import { storageClassNamed } from '../headers/storage-class.ts';
import { integerOf } from './lifecycle-numbers.ts';
import { statusOf } from './status.ts';
import type { XmlNode } from './xml-reader.ts';
import { elementsOf, malformed, trimmedTextOf } from './xml-schema.ts';
import type { XmlElement } from './xml-writer.ts';

export type ReplicaPlace = Pick<
  ReplicationRule,
  'destination' | 'storageClass' | 'ownerTranslated' | 'shown'
>;

/** `placed`: storage classes that have a place. */
export function destinationOf(node: XmlNode, placed: readonly StorageClass[]): ReplicaPlace {
  const elements = elementsOf(node, {
    ...{ Bucket: 'one', Account: 'optional', StorageClass: 'optional', AccessControlTranslation: 'optional' },
    ...{ EncryptionConfiguration: 'optional', ReplicationTime: 'optional', Metrics: 'optional' },
  });
  const destination = trimmedTextOf(elements.Bucket[0])!;
  if (!destination.startsWith('arn:'))
    throw new ObjectStorageError('InvalidArgument', { message: 'Invalid bucket ARN.' });
  if (elements.EncryptionConfiguration.length > 0)
    throw new ObjectStorageError('NotImplemented', {
      message: 'Replicas under aws:kms are not implemented.',
    });
  const storageClass = trimmedTextOf(elements.StorageClass[0]);
  return {
    destination,
    storageClass: storageClass === undefined ? undefined : storageClassNamed(storageClass, placed),
    ownerTranslated: isTranslated(elements.AccessControlTranslation[0]),
    shown: {
      account: trimmedTextOf(elements.Account[0]),
      timeMinutes: timeOf(elements.ReplicationTime[0]),
      metricsMinutes: metricsOf(elements.Metrics[0]),
    },
  };
}

function isTranslated(node: XmlNode | undefined): true | undefined {
  if (node === undefined) return undefined;
  if (trimmedTextOf(elementsOf(node, { Owner: 'one' }).Owner[0]) !== 'Destination') throw malformed();
  return true;
}

/** Undefined when it is disabled too, which is the same as nothing. */
function timeOf(node: XmlNode | undefined): number | undefined {
  if (node === undefined) return undefined;
  const { Status, Time } = elementsOf(node, { Status: 'one', Time: 'one' });
  return statusOf(Status[0]!) ? minutesOf(Time[0]!) : undefined;
}

function metricsOf(node: XmlNode | undefined): ShownSettings['metricsMinutes'] {
  if (node === undefined) return undefined;
  const { Status, EventThreshold } = elementsOf(node, { Status: 'one', EventThreshold: 'optional' });
  if (!statusOf(Status[0]!)) return undefined;
  return EventThreshold[0] === undefined ? 'none' : minutesOf(EventThreshold[0]);
}

/** Amazon knows one number. */
function minutesOf(node: XmlNode): number {
  const { Minutes } = elementsOf(node, { Minutes: 'one' });
  if (integerOf(Minutes[0]!, { max: 15 }) === 15) return 15;
  throw malformed();
}

export function destinationElement({
  destination,
  storageClass,
  ownerTranslated,
  shown = {},
}: ReplicaPlace): XmlElement {
  const { account, timeMinutes, metricsMinutes } = shown;
  const enabled: XmlElement = ['Status', 'Enabled'];
  const threshold: XmlElement[] =
    metricsMinutes === 'none' ? [] : [['EventThreshold', [['Minutes', metricsMinutes]]]];
  return [
    'Destination',
    [
      ['Bucket', destination],
      ['Account', account],
      ['StorageClass', storageClass],
      ['AccessControlTranslation', ownerTranslated && [['Owner', 'Destination']]],
      ['ReplicationTime', timeMinutes && [enabled, ['Time', [['Minutes', timeMinutes]]]]],
      ['Metrics', metricsMinutes === undefined ? undefined : [enabled, ...threshold]],
    ],
  ];
}

// What a lifecycle rule does, as XML.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html
//
//   <Expiration>                                         one of these
//     <Days>30</Days>
//     <Date>2027-01-01T00:00:00Z</Date>                  midnight UTC
//     <ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>
//   </Expiration>
//   <NoncurrentVersionExpiration>
//     <NoncurrentDays>30</NoncurrentDays>
//     <NewerNoncurrentVersions>5</NewerNoncurrentVersions>        optional, at most 100
//   </NoncurrentVersionExpiration>
//   <AbortIncompleteMultipartUpload>
//     <DaysAfterInitiation>7</DaysAfterInitiation>
//   </AbortIncompleteMultipartUpload>
//
// and Transition, NoncurrentVersionTransition: lifecycle-transitions.ts

import { ObjectStorageError } from '../../errors.ts';
import type { Expiration, LifecycleFilter, LifecycleRule } from '../../lifecycle/lifecycle-rules.ts';
import { newerVersionsMax } from '../limits.ts';
import { timestamp } from './elements.ts';
import { midnightOf, positiveOf } from './lifecycle-numbers.ts';
import {
  noncurrentTransitionElement,
  noncurrentTransitionOf,
  requireOrder,
  transitionElement,
  transitionOf,
} from './lifecycle-transitions.ts';
import type { XmlNode } from './xml-reader.ts';
import { elementsOf, malformed, trimmedTextOf } from './xml-schema.ts';
import type { XmlElement } from './xml-writer.ts';

export const actionNames = {
  Expiration: 'optional',
  NoncurrentVersionExpiration: 'optional',
  AbortIncompleteMultipartUpload: 'optional',
  Transition: 'many',
  NoncurrentVersionTransition: 'many',
} as const;

type Actions = Pick<
  LifecycleRule,
  | ('expiration' | 'noncurrentExpiration' | 'abortUploadsAfterDays')
  | ('transitions' | 'noncurrentTransitions')
>;
type ActionNodes = Readonly<Record<keyof typeof actionNames, readonly XmlNode[]>>;

/** Throws MalformedXML, InvalidArgument, InvalidRequest. */
export function actionsOf(nodes: ActionNodes, { filter }: { readonly filter: LifecycleFilter }): Actions {
  if (Object.keys(actionNames).every((name) => nodes[name as keyof ActionNodes].length === 0)) {
    throw invalid('At least one action needs to be specified in a rule');
  }
  const actions = {
    expiration: nodes.Expiration[0] && expirationOf(nodes.Expiration[0]),
    noncurrentExpiration:
      nodes.NoncurrentVersionExpiration[0] && noncurrentOf(nodes.NoncurrentVersionExpiration[0]),
    abortUploadsAfterDays:
      nodes.AbortIncompleteMultipartUpload[0] && abortOf(nodes.AbortIncompleteMultipartUpload[0]),
    transitions: someOf(nodes.Transition.map(transitionOf)),
    noncurrentTransitions: someOf(nodes.NoncurrentVersionTransition.map(noncurrentTransitionOf)),
  };
  requireBareFilter(actions, filter);
  requireOrder(actions);
  return actions;
}

function someOf<T>(all: readonly T[]): readonly T[] | undefined {
  return all.length === 0 ? undefined : all;
}

function expirationOf(node: XmlNode): Expiration {
  const {
    Days,
    Date: Dates,
    ExpiredObjectDeleteMarker,
  } = elementsOf(node, {
    Days: 'optional',
    Date: 'optional',
    ExpiredObjectDeleteMarker: 'optional',
  });
  if (Days.length + Dates.length + ExpiredObjectDeleteMarker.length !== 1) throw malformed();
  if (Days[0] !== undefined) {
    return { days: positiveOf(Days[0], { name: 'Days', action: 'Expiration' }) };
  }
  if (Dates[0] !== undefined) return { dateMs: midnightOf(Dates[0]) };
  return { expiredObjectDeleteMarker: booleanOf(ExpiredObjectDeleteMarker[0]!) };
}

function booleanOf(node: XmlNode): boolean {
  const text = trimmedTextOf(node)!.toLowerCase();
  if (text !== 'true' && text !== 'false') throw malformed();
  return text === 'true';
}

function noncurrentOf(node: XmlNode): LifecycleRule['noncurrentExpiration'] {
  const { NoncurrentDays, NewerNoncurrentVersions } = elementsOf(node, {
    NoncurrentDays: 'one',
    NewerNoncurrentVersions: 'optional',
  });
  const action = 'NoncurrentVersionExpiration';
  const days = positiveOf(NoncurrentDays[0]!, { name: 'NoncurrentDays', action });
  const [newer] = NewerNoncurrentVersions;
  if (newer === undefined) return { days };
  const newerVersions = positiveOf(newer, { name: 'NewerNoncurrentVersions', action });
  if (newerVersions <= newerVersionsMax) return { days, newerVersions };
  throw new ObjectStorageError('InvalidArgument', {
    message: `'NewerNoncurrentVersions' for ${action} action must be at most ${newerVersionsMax}`,
  });
}

function abortOf(node: XmlNode): number {
  const { DaysAfterInitiation } = elementsOf(node, { DaysAfterInitiation: 'one' });
  const action = 'AbortIncompleteMultipartUpload';
  return positiveOf(DaysAfterInitiation[0]!, { name: 'DaysAfterInitiation', action });
}

/** Uploads and delete markers have neither tags nor sizes. */
function requireBareFilter(
  { expiration, abortUploadsAfterDays }: Actions,
  { tags, sizeGreaterThan, sizeLessThan }: LifecycleFilter,
): void {
  const sized = sizeGreaterThan !== undefined || sizeLessThan !== undefined;
  if (tags === undefined && !sized) return;
  const what = tags === undefined ? 'Object Size' : 'Tags';
  if (abortUploadsAfterDays !== undefined) {
    throw invalid(`AbortIncompleteMultipartUpload cannot be specified with ${what}.`);
  }
  if (expiration !== undefined && 'expiredObjectDeleteMarker' in expiration) {
    throw invalid(`ExpiredObjectDeleteMarker cannot be specified with ${what}.`);
  }
}

function invalid(message: string): ObjectStorageError {
  return new ObjectStorageError('InvalidRequest', { message });
}

export function actionElements({
  expiration,
  noncurrentExpiration: noncurrent,
  abortUploadsAfterDays: abort,
  transitions = [],
  noncurrentTransitions = [],
}: Actions): XmlElement[] {
  return [
    ...transitions.map(transitionElement),
    ...noncurrentTransitions.map(noncurrentTransitionElement),
    ['Expiration', expiration && [expirationElement(expiration)]],
    [
      'NoncurrentVersionExpiration',
      noncurrent && [
        ['NoncurrentDays', noncurrent.days],
        ['NewerNoncurrentVersions', noncurrent.newerVersions],
      ],
    ],
    ['AbortIncompleteMultipartUpload', abort === undefined ? undefined : [['DaysAfterInitiation', abort]]],
  ];
}

function expirationElement(expiration: Expiration): XmlElement {
  if ('days' in expiration) return ['Days', expiration.days];
  if ('dateMs' in expiration) return ['Date', timestamp(expiration.dateMs)];
  return ['ExpiredObjectDeleteMarker', expiration.expiredObjectDeleteMarker];
}

// Transitions of a lifecycle rule, as XML.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Transition.html
//
//   <Transition>                                         as many as there are classes; all with Days, or all with Date
//     <Days>30</Days>                                    0 is the day of the put
//     <Date>2027-01-01T00:00:00Z</Date>                  midnight UTC
//     <StorageClass>GLACIER</StorageClass>
//   </Transition>
//   <NoncurrentVersionTransition>
//     <NoncurrentDays>30</NoncurrentDays>
//     <NewerNoncurrentVersions>5</NewerNoncurrentVersions>        optional, at most 100
//     <StorageClass>GLACIER</StorageClass>
//   </NoncurrentVersionTransition>
//
// Amazon wants 30 days in front of an infrequent access class, and between one and an archive, because it charges for
// as many. Here nothing is charged, and any order from warm to cold will do.

import { ObjectStorageError } from '../../errors.ts';
import type { LifecycleRule, NoncurrentTransition, Transition } from '../../lifecycle/lifecycle-rules.ts';
import { isColder, isTransitionClass, type TransitionClass } from '../../transition/storage-classes.ts';
import { newerVersionsMax } from '../limits.ts';
import { timestamp } from './elements.ts';
import { integerOf, midnightOf, positiveOf } from './lifecycle-numbers.ts';
import type { XmlNode } from './xml-reader.ts';
import { elementsOf, malformed, trimmedTextOf } from './xml-schema.ts';
import type { XmlElement } from './xml-writer.ts';

/** Throws MalformedXML, InvalidArgument. */
export function transitionOf(node: XmlNode): Transition {
  const {
    Days,
    Date: Dates,
    StorageClass,
  } = elementsOf(node, { Days: 'optional', Date: 'optional', StorageClass: 'one' });
  if (Days.length + Dates.length !== 1) throw malformed();
  const storageClass = classOf(StorageClass[0]!);
  if (Dates[0] !== undefined) return { storageClass, dateMs: midnightOf(Dates[0]) };
  const days = integerOf(Days[0]!);
  if (days >= 0) return { storageClass, days };
  throw new ObjectStorageError('InvalidArgument', {
    message: "'Days' in Transition action must be nonnegative",
  });
}

/** Throws MalformedXML, InvalidArgument. */
export function noncurrentTransitionOf(node: XmlNode): NoncurrentTransition {
  const { NoncurrentDays, NewerNoncurrentVersions, StorageClass } = elementsOf(node, {
    NoncurrentDays: 'one',
    NewerNoncurrentVersions: 'optional',
    StorageClass: 'one',
  });
  const storageClass = classOf(StorageClass[0]!);
  const action = 'NoncurrentVersionTransition';
  const days = positiveOf(NoncurrentDays[0]!, { name: 'NoncurrentDays', action });
  const [newer] = NewerNoncurrentVersions;
  if (newer === undefined) return { storageClass, days };
  const newerVersions = positiveOf(newer, { name: 'NewerNoncurrentVersions', action });
  if (newerVersions <= newerVersionsMax) return { storageClass, days, newerVersions };
  throw new ObjectStorageError('InvalidArgument', {
    message: `'NewerNoncurrentVersions' for ${action} action must be at most ${newerVersionsMax}`,
  });
}

function classOf(node: XmlNode): TransitionClass {
  const name = trimmedTextOf(node)!;
  if (isTransitionClass(name)) return name;
  throw malformed();
}

type Actions = Pick<
  LifecycleRule,
  'expiration' | 'noncurrentExpiration' | 'transitions' | 'noncurrentTransitions'
>;

/** What moves goes from warm to cold, and is deleted after that. Throws InvalidRequest, InvalidArgument. */
export function requireOrder(actions: Actions): void {
  const { expiration, noncurrentExpiration, transitions = [], noncurrentTransitions = [] } = actions;
  const expires = expiration === undefined || 'expiredObjectDeleteMarker' in expiration ? [] : [expiration];
  const timed = [...transitions, ...expires];
  if (timed.some((action) => 'days' in action) && timed.some((action) => 'dateMs' in action)) {
    throw new ObjectStorageError('InvalidRequest', {
      message: "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule",
    });
  }
  requireColderLater('Transition', transitions.map(timeOf), expires.map(untilOf)[0]);
  requireColderLater(
    'NoncurrentVersionTransition',
    noncurrentTransitions.map(timeOf),
    noncurrentExpiration?.days,
  );
}

type Timed = { readonly storageClass: TransitionClass; readonly at: number };

function timeOf(transition: Transition | NoncurrentTransition): Timed {
  return { storageClass: transition.storageClass, at: untilOf(transition) };
}

function untilOf(action: { readonly days: number } | { readonly dateMs: number }): number {
  return 'days' in action ? action.days : action.dateMs;
}

function requireColderLater(action: string, all: readonly Timed[], expiresAt: number | undefined): void {
  if (new Set(all.map(({ storageClass }) => storageClass)).size < all.length) {
    throw new ObjectStorageError('InvalidRequest', {
      message: `'StorageClass' must be different for '${action}' actions in same 'Rule'`,
    });
  }
  for (const { storageClass, at } of all) {
    const sooner = all.find((other) => isColder(other.storageClass, storageClass) && other.at <= at);
    if (sooner !== undefined) {
      throw tooSoon(`of '${action}' to storage class '${sooner.storageClass}'`, `to '${storageClass}'`);
    }
    if (expiresAt !== undefined && expiresAt <= at) throw tooSoon('of the expiration', `of '${action}'`);
  }
}

function tooSoon(what: string, than: string): ObjectStorageError {
  return new ObjectStorageError('InvalidArgument', {
    message: `The time ${what} must be later than that ${than}`,
  });
}

export function transitionElement(transition: Transition): XmlElement {
  const time: XmlElement =
    'days' in transition ? ['Days', transition.days] : ['Date', timestamp(transition.dateMs)];
  return ['Transition', [time, ['StorageClass', transition.storageClass]]];
}

export function noncurrentTransitionElement(transition: NoncurrentTransition): XmlElement {
  const { days, newerVersions, storageClass } = transition;
  return [
    'NoncurrentVersionTransition',
    [
      ['NoncurrentDays', days],
      ['NewerNoncurrentVersions', newerVersions],
      ['StorageClass', storageClass],
    ],
  ];
}

// ApiVersionsResponse, versions 0 to 4, flexible from 3.
//
// Written by `npm run kafka-messages` from Apache Kafka's ApiVersionsResponse.json (Apache License 2.0). Not to be edited.

import type { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';

export type ApiVersionsResponse = {
  /** The top-level error code. */
  readonly errorCode: number;
  /** The APIs supported by the broker. */
  readonly apiKeys: readonly ApiVersion[];
  /** The duration in milliseconds for which the request was throttled due to a quota violation, or zero if the request did not violate any quota. */
  readonly throttleTimeMs?: number | undefined;
  /** Features supported by the broker. Note: in v0-v3, features with MinSupportedVersion = 0 are omitted. */
  readonly supportedFeatures?: readonly SupportedFeatureKey[] | undefined;
  /** The monotonically increasing epoch for the finalized features information. Valid values are >= 0. A value of -1 is special and represents unknown epoch. */
  readonly finalizedFeaturesEpoch?: number | undefined;
  /** List of cluster-wide finalized features. The information is valid only if FinalizedFeaturesEpoch >= 0. */
  readonly finalizedFeatures?: readonly FinalizedFeatureKey[] | undefined;
  /** Set by a KRaft controller if the required configurations for ZK migration are present. */
  readonly zkMigrationReady?: boolean | undefined;
};

export type FinalizedFeatureKey = {
  /** The name of the feature. */
  readonly name: string;
  /** The cluster-wide finalized max version level for the feature. */
  readonly maxVersionLevel: number;
  /** The cluster-wide finalized min version level for the feature. */
  readonly minVersionLevel: number;
};

export type SupportedFeatureKey = {
  /** The name of the feature. */
  readonly name: string;
  /** The minimum supported version for the feature. */
  readonly minVersion: number;
  /** The maximum supported version for the feature. */
  readonly maxVersion: number;
};

export type ApiVersion = {
  /** The API index. */
  readonly apiKey: number;
  /** The minimum supported version, inclusive. */
  readonly minVersion: number;
  /** The maximum supported version, inclusive. */
  readonly maxVersion: number;
};

export function decodeApiVersionsResponse(reader: Reader, version: number): ApiVersionsResponse {
  const flexible = version >= 3;
  const errorCode = reader.int16();
  const apiKeys = reader.array(flexible, decodeApiVersion, version);
  let throttleTimeMs: ApiVersionsResponse['throttleTimeMs'] = 0;
  if (version >= 1) throttleTimeMs = reader.int32();
  let supportedFeatures: ApiVersionsResponse['supportedFeatures'] = [];
  let finalizedFeaturesEpoch: ApiVersionsResponse['finalizedFeaturesEpoch'] = -1;
  let finalizedFeatures: ApiVersionsResponse['finalizedFeatures'] = [];
  let zkMigrationReady: ApiVersionsResponse['zkMigrationReady'] = false;
  if (flexible)
    reader.taggedFields((tag) => {
      if (tag === 0) supportedFeatures = reader.array(true, decodeSupportedFeatureKey, version);
      else if (tag === 1) finalizedFeaturesEpoch = reader.int64();
      else if (tag === 2) finalizedFeatures = reader.array(true, decodeFinalizedFeatureKey, version);
      else if (tag === 3) zkMigrationReady = reader.bool();
      else return false;
      return true;
    });
  return {
    errorCode,
    apiKeys,
    throttleTimeMs,
    supportedFeatures,
    finalizedFeaturesEpoch,
    finalizedFeatures,
    zkMigrationReady,
  };
}

function decodeFinalizedFeatureKey(reader: Reader, _version: number): FinalizedFeatureKey {
  const name = reader.string(true);
  const maxVersionLevel = reader.int16();
  const minVersionLevel = reader.int16();
  reader.skipTaggedFields();
  return { name, maxVersionLevel, minVersionLevel };
}

function decodeSupportedFeatureKey(reader: Reader, _version: number): SupportedFeatureKey {
  const name = reader.string(true);
  const minVersion = reader.int16();
  const maxVersion = reader.int16();
  reader.skipTaggedFields();
  return { name, minVersion, maxVersion };
}

function decodeApiVersion(reader: Reader, version: number): ApiVersion {
  const flexible = version >= 3;
  const apiKey = reader.int16();
  const minVersion = reader.int16();
  const maxVersion = reader.int16();
  if (flexible) reader.skipTaggedFields();
  return { apiKey, minVersion, maxVersion };
}

export function encodeApiVersionsResponse(
  writer: Writer,
  message: ApiVersionsResponse,
  version: number,
): void {
  const flexible = version >= 3;
  writer.int16(message.errorCode);
  writer.array(flexible, message.apiKeys, encodeApiVersion, version);
  if (version >= 1) writer.int32(message.throttleTimeMs ?? 0);
  if (flexible)
    writer.taggedFields((tags) => {
      const supportedFeatures = message.supportedFeatures ?? [];
      if (version >= 3 && (supportedFeatures?.length ?? 0) > 0)
        tags.field(0, (writer) => {
          writer.array(true, supportedFeatures, encodeSupportedFeatureKey, version);
        });
      const finalizedFeaturesEpoch = message.finalizedFeaturesEpoch ?? -1;
      if (version >= 3 && (finalizedFeaturesEpoch ?? -1) !== -1)
        tags.field(1, (writer) => {
          writer.int64(finalizedFeaturesEpoch);
        });
      const finalizedFeatures = message.finalizedFeatures ?? [];
      if (version >= 3 && (finalizedFeatures?.length ?? 0) > 0)
        tags.field(2, (writer) => {
          writer.array(true, finalizedFeatures, encodeFinalizedFeatureKey, version);
        });
      const zkMigrationReady = message.zkMigrationReady ?? false;
      if (version >= 3 && (zkMigrationReady ?? false) !== false)
        tags.field(3, (writer) => {
          writer.bool(zkMigrationReady);
        });
    });
}

function encodeFinalizedFeatureKey(writer: Writer, message: FinalizedFeatureKey, _version: number): void {
  writer.string(true, message.name);
  writer.int16(message.maxVersionLevel);
  writer.int16(message.minVersionLevel);
  writer.noTaggedFields();
}

function encodeSupportedFeatureKey(writer: Writer, message: SupportedFeatureKey, _version: number): void {
  writer.string(true, message.name);
  writer.int16(message.minVersion);
  writer.int16(message.maxVersion);
  writer.noTaggedFields();
}

function encodeApiVersion(writer: Writer, message: ApiVersion, version: number): void {
  const flexible = version >= 3;
  writer.int16(message.apiKey);
  writer.int16(message.minVersion);
  writer.int16(message.maxVersion);
  if (flexible) writer.noTaggedFields();
}

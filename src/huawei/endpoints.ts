// Where a region's services listen. The list drifts, so it only tells known names from typing errors: an unknown region
// of the right form still gets the usual host name, and a project may name its endpoint itself.
// Facts: the region lists of the official SDKs (GeminiDB 3.1.215, IAM 3.1.172).

import { CloudError } from '../inventory/errors.ts';

const europe = new Set(['eu-west-101']);

/** Regions that the official SDKs know for GeminiDB or IAM. */
export const knownRegions: readonly string[] = [
  ...[
    'ae-ad-1',
    'af-south-1',
    'ap-southeast-1',
    'ap-southeast-2',
    'ap-southeast-3',
    'ap-southeast-4',
    'ap-southeast-5',
  ],
  ...['cn-east-2', 'cn-east-3', 'cn-east-4', 'cn-east-5', 'cn-north-1', 'cn-north-2', 'cn-north-4', 'cn-north-9'],
  ...['cn-north-11', 'cn-north-12', 'cn-south-1', 'cn-south-2', 'cn-south-4', 'cn-southwest-2', 'cn-southwest-3'],
  ...['eu-west-0', 'eu-west-101', 'la-north-2', 'la-south-2', 'me-east-1', 'my-kualalumpur-1', 'na-mexico-1'],
  ...['ru-moscow-1', 'ru-northwest-2', 'sa-brazil-1', 'tr-west-1'],
];

/** Whether the text can be a region at all: it becomes part of a host name that credentials are sent to. */
export function isRegionName(region: string): boolean {
  return /^[a-z]{2}(-[a-z0-9]+)+$/.test(region) && region.length <= 40;
}

/**
 * Base URL of a service in a region, without a trailing slash.
 * @param hostPrefix what the service's host name starts with: `gaussdb-nosql`, `iam`.
 * @throws CloudError `api` where the text cannot be a region.
 */
export function endpointOf(hostPrefix: string, region: string): string {
  if (!isRegionName(region)) {
    throw new CloudError('api', `"${region}" is no region name. Set the project's region, or its endpoint.`, {
      operation: 'endpoint',
    });
  }
  return `https://${hostPrefix}.${region}.myhuaweicloud.${europe.has(region) ? 'eu' : 'com'}`;
}

/** The region of a project by the name that IAM gives it: the text before the first `_`. */
export function regionOfProjectName(name: string): string {
  return name.split('_', 1)[0] ?? name;
}

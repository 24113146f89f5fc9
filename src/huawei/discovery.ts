// The projects that a user may see, through IAM. It only lists: unlike the official SDK it never creates a project.
// Facts: IAM "Listing Projects Accessible to an IAM User", GET /v3/auth/projects: no permission needed, no paging.

import { z } from 'zod';
import type { Project } from '../inventory/model.ts';
import type { Call } from '../inventory/ports.ts';
import { type ApiRequest, brokenBody, type Client, type Credential, jsonOf } from './client.ts';
import { endpointOf, isRegionName, regionOfProjectName } from './endpoints.ts';
import type { CloudService } from './services/service.ts';

/** A built-in project of the object storage: nothing of ours lives there. */
const objectStorageProject = 'MOS';

const projectsWire = z.looseObject({ projects: z.array(z.unknown()) });
const projectWire = z.looseObject({
  id: z.string().min(1),
  name: z.string(),
  enabled: z.boolean().optional(),
  is_domain: z.boolean().optional(),
});

export interface DiscoveryDeps {
  client: Client;
  credential: Credential;
  service: CloudService;
  iamEndpoint: string;
}

/** Projects of these regions (none given: of all), by name. Whether the service exists there and may be read, only its own API says. */
export async function listProjects(deps: DiscoveryDeps, regions: readonly string[], call: Call): Promise<Project[]> {
  const request: ApiRequest = {
    operation: 'list_projects',
    endpoint: deps.iamEndpoint,
    method: 'GET',
    path: '/v3/auth/projects',
    query: [],
  };
  const rows = await deps.client.call(request, deps.credential, call, (answer) => {
    const wire = projectsWire.safeParse(jsonOf(request, answer));
    if (!wire.success) throw brokenBody(request, answer, 'the body has no list "projects"');
    return wire.data.projects;
  });
  return rows
    .flatMap((row) => projectOf(row, deps.service))
    .filter((project) => regions.length === 0 || regions.includes(project.region))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function projectOf(row: unknown, service: CloudService): Project[] {
  const wire = projectWire.safeParse(row);
  if (!wire.success || wire.data.enabled === false || wire.data.is_domain === true) return [];
  const { id, name } = wire.data;
  const region = regionOfProjectName(name);
  if (name === objectStorageProject || !isRegionName(region)) return [];
  return [{ projectId: id, name, region, endpoint: endpointOf(service.hostPrefix, region) }];
}

// A client of the simulated cloud, on the simulator's clock.

import type { CloudAuth, CloudOptions } from '../../src/huawei/cloud.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator.ts';
import { fastClock, testCloud } from './cloud-server.ts';

export const small: SimulatorOptions = { seed: 7, projects: 2, instances: 6, days: 20, speed: 0 };

export function keysOf({ credentials }: Simulator): CloudAuth {
  return { method: 'aksk', accessKey: credentials.accessKey, secretKey: credentials.secretKey };
}

export function passwordOf({ credentials }: Simulator): CloudAuth {
  const { domain, username, password } = credentials;
  return { method: 'password', domain, username, password };
}

/** A cloud whose clock is the simulator's. */
export function cloudOf(simulator: Simulator, overrides: Partial<CloudOptions> = {}) {
  const clock = { ...fastClock(), now: () => simulator.now() };
  return testCloud({ auth: keysOf(simulator), iamEndpoint: simulator.url, clock, ...overrides });
}

export function projectOf(simulator: Simulator, index = 0, endpoint = simulator.url) {
  const project = simulator.projects[index];
  if (project === undefined) throw new Error(`the simulator has no project ${index}`);
  return { projectId: project.projectId, name: project.name, region: project.region, endpoint };
}

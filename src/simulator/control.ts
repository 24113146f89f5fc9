// The hand of the tester on the simulated cloud: every change that can be made while it runs. Each function takes one
// object, so the same table serves in process and over HTTP (control-http.ts).

import type { Behaviour } from './behaviour.ts';
import type { Churn } from './churn.ts';
import { backupControl, ControlError, instanceControl } from './control-estate.ts';
import { isFaultName } from './fault-catalogue.ts';
import type { FaultRule } from './fault-rules.ts';
import type { Throttle } from './throttle.ts';
import type { World } from './world.ts';
import { estateOf } from './world.ts';

export type Control = ReturnType<typeof createControl>;

/** The functions that change this world. */
export function createControl(world: World, hooks: { dropIdleConnections: () => void }) {
  return { ...worldControl(world, hooks), ...backupControl(world), ...instanceControl(world) };
}

function worldControl(world: World, hooks: { dropIdleConnections: () => void }) {
  const everyEstate = () => {
    for (const projectId of world.estates.keys()) estateOf(world, projectId);
  };
  const addFault = (rule: FaultRule): number => {
    if (!isFaultName(rule.fault)) throw new ControlError(`unknown fault "${String(rule.fault)}"`);
    world.faults.push({ id: ++world.faultCount, rule, seen: 0, struck: 0 });
    // Connection faults would never meet a client that keeps its connections.
    if (rule.fault.endsWith('-connect')) hooks.dropIdleConnections();
    return world.faultCount;
  };
  return {
    /** Moves the clock on and lets everything happen that falls due. */
    advance: ({ ms }: { ms: number }) => {
      world.clock.advance(ms);
      everyEstate();
    },
    setTime: ({ at }: { at: string | Date }) => {
      world.clock.set(new Date(at));
      everyEstate();
    },
    setSpeed: ({ speed }: { speed: number }) => world.clock.setSpeed(speed),
    addFault,
    /** Replaces all faults; the ids of the new ones. */
    setFaults: ({ faults }: { faults: readonly FaultRule[] }): number[] => {
      world.faults = [];
      return faults.map(addFault);
    },
    clearFaults: (which: { id?: number } = {}) => {
      world.faults = which.id === undefined ? [] : world.faults.filter((fault) => fault.id !== which.id);
    },
    setChurn: (churn: Partial<Churn>) => {
      world.churn = { ...world.churn, ...churn };
    },
    setThrottle: (throttle: Partial<Throttle>) => {
      world.throttle = { ...world.throttle, ...throttle };
      world.windows.clear();
    },
    setBehaviour: (behaviour: Partial<Behaviour>) => {
      world.behaviour = { ...world.behaviour, ...behaviour };
    },
    revokeTokens: () => {
      for (const token of world.account.tokens.values()) token.revoked = true;
    },
    /** The permanent key's secret changes: clients that have the old one are wrong from now on. */
    rotateSecret: ({ secretKey }: { secretKey: string }) => {
      for (const key of world.account.keys.values()) if (key.securityToken === null) key.secretKey = secretKey;
    },
    changePassword: ({ password }: { password: string }) => {
      world.account.password = password;
      for (const token of world.account.tokens.values()) token.revoked = true;
    },
    forbidProject: ({ projectId }: { projectId: string }) => void world.forbidden.add(projectId),
    permitProject: ({ projectId }: { projectId: string }) => void world.forbidden.delete(projectId),
    /** The project is gone, for IAM and for the service, until it is restored. */
    removeProject: ({ projectId }: { projectId: string }) => {
      if (!world.projects.delete(projectId)) throw new ControlError(`no project ${projectId}`);
    },
    restoreProject: ({ projectId }: { projectId: string }) => {
      const project = world.cast.find((one) => one.projectId === projectId);
      if (project === undefined) throw new ControlError(`no project ${projectId}`);
      world.projects.set(projectId, project);
    },
    forgetRequests: () => {
      world.log.length = 0;
      world.counts.clear();
    },
  };
}

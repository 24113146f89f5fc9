// The true answer to a request: authentication, throttle, project, permission, then the operation itself. Faults come
// later and elsewhere.

import type { Answer } from './answers.ts';
import { notPublished, ok, Refusal, serviceError } from './answers.ts';
import type { AuthDeps } from './authenticate.ts';
import { authenticate, authorizeAction, authorizeProject, principalName } from './authenticate.ts';
import type { Exchange, Routed, ServiceOperation } from './operations.ts';
import { throttle } from './throttle.ts';
import type { World } from './world.ts';
import { estateOf } from './world.ts';

/** Answers the request, before faults of page and delivery. */
export function serve(world: World, exchange: Exchange, routed: Routed): Answer {
  const auth: AuthDeps = {
    account: world.account,
    clock: world.clock,
    behaviour: world.behaviour,
    projects: world.projects,
    forbidden: world.forbidden,
  };
  const { operation } = routed;
  try {
    if (operation === null) return notPublished();
    return operation.kind === 'iam'
      ? operation.serve(auth, exchange)
      : serveProject(world, auth, exchange, { ...routed, operation });
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}

function serveProject(
  world: World,
  auth: AuthDeps,
  exchange: Exchange,
  routed: Routed & { operation: ServiceOperation },
): Answer {
  const { operation, parts } = routed;
  const projectId = routed.projectId ?? '';
  const principal = authenticate(auth, exchange);
  const tooMany = throttle(world.windows, world.throttle, principalName(principal), performance.now());
  if (tooMany !== null) return tooMany;
  const header = exchange.headers['x-project-id'];
  authorizeProject(auth, principal, {
    projectId,
    region: exchange.region,
    headerProjectId: typeof header === 'string' ? header : undefined,
  });
  if (authorizeAction(auth, projectId, operation.action) === 'hidden') {
    return ok({ total_count: 0, [operation.listKey ?? 'items']: [] });
  }
  const estate = estateOf(world, projectId);
  if (estate === null) return serviceError(400, 'DBS.280408', 'Invalid project ID.');
  const lists = { estate, behaviour: world.behaviour, requestNumber: exchange.number };
  return operation.serve({ lists, exchange, parts });
}

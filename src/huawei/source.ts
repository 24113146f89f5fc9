// The Source port: pages and look-ups of one project, rows validated one by one.

import { z } from 'zod';
import { CloudError } from '../inventory/errors.ts';
import type { Anomaly, ListItem, ListPage, Project, Scope } from '../inventory/model.ts';
import type { Call, Clock, PageRequest, Source } from '../inventory/ports.ts';
import { instantOf } from '../inventory/units.ts';
import { type ApiRequest, brokenBody, type Client, type Credential, jsonOf } from './client.ts';
import { namesAnError, readErrorBody } from './error-body.ts';
import type { HttpAnswer } from './http.ts';
import type { CloudService, ServiceList } from './services/service.ts';
import type { QueryPair } from './signer.ts';

const dayMs = 86_400_000;

export interface SourceDeps {
  client: Client;
  clock: Clock;
  credential: Credential;
  service: CloudService;
}

const totalWire = z.union([z.int(), z.string().regex(/^\d+$/).transform(Number)]).pipe(z.int().min(0));

export function createSource(deps: SourceDeps, project: Project): Source {
  const send = (list: ServiceList, operation: string, query: readonly QueryPair[], call: Call) => {
    const request: ApiRequest = {
      operation,
      endpoint: project.endpoint,
      method: 'GET',
      path: list.path(project.projectId),
      query,
    };
    return deps.client.call(request, deps.credential, call, (answer) =>
      readPage(list, request, answer, deps.clock.now()),
    );
  };
  return {
    project,
    fetchPage(scope, request, call) {
      const list = deps.service.lists[scope];
      return send(list, list.operation, pageQuery(list, request), call);
    },
    async lookUp(scope, id, call) {
      const list = deps.service.lists[scope];
      return onlyRowsOf(id, list, scope, () => send(list, list.lookUpOperation, list.lookUpQuery(id), call));
    },
  };
}

function pageQuery(list: ServiceList, request: PageRequest): QueryPair[] {
  return [
    ...list.filters,
    ...(request.window === undefined ? [] : list.windowQuery(request.window)),
    ['limit', String(request.limit)],
    ['offset', String(request.offset)],
  ];
}

/** @throws AttemptFailure where the answer is not the promised shape as a whole. */
function readPage(list: ServiceList, request: ApiRequest, answer: HttpAnswer, now: Date): ListPage {
  const json = jsonOf(request, answer);
  const rows = typeof json === 'object' && json !== null ? (json as Record<string, unknown>)[list.rowsKey] : undefined;
  if (!Array.isArray(rows)) {
    const said = namesAnError(json) ? readErrorBody(answer.body) : null;
    const what =
      said === null ? `the body has no list "${list.rowsKey}"` : `it says ${said.apiCode}: ${said.message ?? ''}`;
    throw brokenBody(request, answer, what);
  }
  const context = { latestPlausible: instantOf(new Date(now.getTime() + dayMs)) };
  const items: ListItem[] = [];
  const anomalies: Anomaly[] = [];
  for (const row of rows) {
    const read = list.readRow(row, context);
    items.push(read.item);
    anomalies.push(...read.anomalies);
  }
  const total = totalWire.safeParse((json as Record<string, unknown>)[list.totalKey]);
  return { items, total: total.success ? total.data : null, anomalies };
}

/**
 * A look-up answers nothing only where the API says so. An answer full of other rows means that it ignored the id, and
 * proves nothing of the row that was asked for.
 */
async function onlyRowsOf(
  id: string,
  list: ServiceList,
  scope: Scope,
  ask: () => Promise<ListPage>,
): Promise<ListPage> {
  const page = await ask().catch((error: unknown) => {
    const gone = error instanceof CloudError && error.apiCode !== undefined && list.goneCodes.includes(error.apiCode);
    if (gone) return { items: [], total: 0, anomalies: [] };
    throw error;
  });
  const items = page.items.filter((item) => item.id === id || item.id === null);
  if (items.length === 0 && page.items.length > 0) {
    throw new CloudError('api', `A look-up of one id in ${scope} answered other rows. Check the endpoint.`, {
      operation: list.lookUpOperation,
    });
  }
  return { ...page, items };
}

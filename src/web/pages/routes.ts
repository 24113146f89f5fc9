// The routes of the pages. What they show is handed in; addresses that make no sense are answered, not thrown.

import type { InstanceQuery, InstanceView, Overview } from '../../inventory/overview.ts';
import { parseInstant } from '../../inventory/units.ts';
import type { Page } from '../answers.ts';
import type { NextRun } from './freshness.ts';
import { instancePage, unknownInstancePage } from './instance.ts';
import { answerOf } from './layout.ts';
import { pageOf, readQuery } from './query.ts';
import { statusPage } from './status.ts';

export interface InstanceRequest {
  projectId: string;
  instanceId: string;
  asOf: Date | null;
  page: number;
}

export interface PagesDeps {
  overview(query: InstanceQuery): Promise<Overview>;
  /** null where the inventory does not know it. */
  instance(request: InstanceRequest): Promise<InstanceView | null>;
  nextRun(): NextRun;
  now(): Date;
}

/** `/` and `/instances/PROJECT/INSTANCE`. */
export function statusPages({ overview, instance, nextRun, now }: PagesDeps): Page[] {
  return [
    {
      path: '/',
      answer: async (request) => {
        const query = readQuery(new URL(request.url).searchParams);
        return await answerOf(request, statusPage(await overview(query), nextRun()));
      },
    },
    {
      path: '/instances/:project/:instance',
      answer: async (request, parameters) => {
        const { searchParams } = new URL(request.url);
        const asOf = asOfParameter(searchParams.get('as-of'));
        if (asOf === 'bad') {
          return new Response('as-of is no instant. Write it with its zone: 2026-11-20T12:00:00Z.\n', { status: 400 });
        }
        const [projectId, instanceId] = [parameters.project ?? '', parameters.instance ?? ''];
        const known = /\0/.test(projectId + instanceId)
          ? null
          : await instance({ projectId, instanceId, asOf, page: pageOf(searchParams.get('page')) });
        return known === null
          ? await answerOf(request, unknownInstancePage(now()), 404)
          : await answerOf(request, instancePage(known));
      },
    },
  ];
}

function asOfParameter(text: string | null): Date | null | 'bad' {
  if (text === null || text === '') return null;
  const instant = parseInstant(text);
  return instant === null ? 'bad' : new Date(instant);
}
